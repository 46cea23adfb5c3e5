/** Whether what a filter of `flower` is to match of a connection can be. @module */
import { rangeFault, typeFault } from '../argument.js'
import type { FlowerMatch } from '../traffic/flower.js'
import { connectionStates, everyLabelBit } from '../traffic/flower-connection.js'
import { type Check, textOf } from './scalar.js'

/** A label: 16 octets in hexadecimal, in small letters afterwards. */
export const connectionLabel: Check<string> = (value, path) => {
  const text = textOf(32, 1)(value, path).toLowerCase()
  if (!/^[0-9a-f]{32}$/.test(text))
    throw rangeFault(path, `${JSON.stringify(value)} is no label`, 'give 32 hexadecimal digits')
  return text
}

type State = keyof typeof connectionStates

/** What the kernel refuses of states (`fl_validate_ct_state`), and labels with bits outside of their mask. */
export function checkConnection(match: Pick<FlowerMatch, State | 'connectionLabel' | 'connectionLabelMask'>): void {
  for (const state of Object.keys(connectionStates) as State[]) {
    if (state === 'connectionTracked' || match[state] !== true) continue
    if (match.connectionTracked !== true)
      throw typeFault('spec.connectionTracked', 'true', match.connectionTracked, `${state} needs it`)
    if (match.connectionInvalid && state !== 'connectionInvalid') throw both('connectionInvalid', state)
  }
  for (const other of ['connectionEstablished', 'connectionReply'] as const)
    if (match.connectionNew && match[other]) throw both('connectionNew', other)
  const { connectionLabel: label, connectionLabelMask: mask } = match
  if (mask === undefined) return
  if (label === undefined)
    throw typeFault('spec.connectionLabel', 'a label', undefined, 'connectionLabelMask says which of its bits count')
  if ((bits(label) & ~bits(mask) & bits(everyLabelBit)) !== 0n)
    throw rangeFault('spec.connectionLabel', 'has bits that connectionLabelMask leaves out', 'they could never match')
  if (bits(mask) === 0n)
    throw rangeFault('spec.connectionLabelMask', 'has no bits', 'leave out connectionLabel and its mask')
}

const bits = (label: string): bigint => BigInt(`0x${label}`)
const both = (one: State, other: State) =>
  rangeFault(`spec.${other}`, `stands beside ${one}`, 'no packet is both; give one of the two')
