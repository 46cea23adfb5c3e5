/** VLANs of a port as the command line names them: `10`, `trunk=10,20-30,native=1`, `tagged=10,untagged=1,pvid=1`. @module */
import type { VlanList, VlanPortOptions } from '@vnet/switch'
import { rangeValue } from '../parameter.js'
import { UsageError } from '../usage.js'
import { readSettings, type Words } from './settings.js'

/** How `--vlan` is written, for its help and its errors. */
export const vlanExample = '10, trunk, trunk=10,20-30,native=1 or tagged=10,20-30,untagged=1,pvid=1'

const id = { placeholder: 'VLAN', read: readVlan }
const list = { placeholder: 'VLANS', read: (text: string, where: string) => text.split('+').map(vlansOf(where)) }
const trunkWords: Words = {
  trunk: { about: 'VLANs with a tag', property: 'allowed', value: list },
  native: { about: 'the VLAN without a tag', property: 'native', value: id },
}
const hybridWords: Words = {
  tagged: { about: 'VLANs with a tag', property: 'tagged', value: list },
  untagged: { about: 'VLANs without a tag', property: 'untagged', value: list },
  pvid: { about: 'where frames without a tag go', property: 'pvid', value: id },
}

/** Reads the VLANs of a port. */
export function readVlans(text: string): VlanPortOptions {
  if (/^\d+$/.test(text)) return { mode: 'access', id: Number(text) }
  // Inside a list commas go on with it: they become +, which is between the parts of a value elsewhere too.
  const joined = text.replace(/,(?=\d)/g, '+').replace(/^trunk(?=,|$)/, 'trunk=1-4094')
  if (/^(?:trunk|native)\b/.test(joined)) {
    const { allowed, native } = readSettings(joined, trunkWords, 'vlan') as { allowed?: VlanList; native?: number }
    if (allowed === undefined) throw new UsageError('--vlan: native is for a trunk', 'write trunk,native=1')
    return { mode: 'trunk', allowed, ...(native === undefined ? {} : { native }) }
  }
  if (/^(?:tagged|untagged|pvid)\b/.test(joined))
    return { mode: 'hybrid', ...readSettings(joined, hybridWords, 'vlan') }
  throw new UsageError(`--vlan: ${JSON.stringify(text)} names no VLANs`, `write ${vlanExample}`)
}

function readVlan(text: string, where: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError(`--${where} takes the number of a VLAN, not ${JSON.stringify(text)}`)
  return Number(text)
}

const vlansOf =
  (where: string) =>
  (text: string): VlanList[number] => {
    const [first, last] = rangeValue.read(text, where) as [number, number]
    return first === last ? first : [first, last]
  }

/** VLANs of a port for people: `10`, `trunk 10,20-30 native 1`. */
export function vlanText(vlan: VlanPortOptions): string {
  if (vlan.mode === 'access') return String(vlan.id)
  if (vlan.mode === 'trunk') {
    const { native, allowed } = vlan
    return `trunk${allowed === undefined ? '' : ` ${listText(allowed)}`}${native === undefined ? '' : ` native ${native}`}`
  }
  const { pvid, tagged, untagged } = vlan
  const words = [
    ...(tagged === undefined ? [] : [`tagged ${listText(tagged)}`]),
    ...(untagged === undefined ? [] : [`untagged ${listText(untagged)}`]),
    ...(pvid === undefined ? [] : [`pvid ${pvid}`]),
  ]
  return words.join(' ')
}

const listText = (vlans: VlanList): string =>
  vlans.map((vlan) => (typeof vlan === 'number' ? String(vlan) : vlan.join('-'))).join(',')
