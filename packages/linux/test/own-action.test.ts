/** Actions by themselves: requests as `tc actions` makes them, and answers as `tc -j` tells them. */
import { type Action, cleanRequest, type LooseRequest } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import type { NetlinkOperation, OperationCodec } from '../src/rtnetlink/codec.js'
import { decodeEvents } from '../src/rtnetlink/event.js'
import { codecs } from '../src/rtnetlink/index.js'
import { pathOf } from '../src/rtnetlink/path.js'
import { listFixtures, loadFixture } from './fixtures/load.js'

const mirred = { kind: 'mirred', link: 'v1' }
const police = { kind: 'police', rate: 8_000_000, burst: 10_000, exceed: 'shot', index: 7 }

/** Every request that `tc` made, as the specification that means the same. */
const meaning: Readonly<Record<string, readonly [operation: NetlinkOperation, spec: object]>> = {
  'action/add': ['action add', { ...mirred, index: 7 }],
  'action/add-free': ['action add', mirred],
  'action/add-cookie': [
    'action add',
    { ...mirred, mode: 'mirror', index: 8, cookie: Uint8Array.of(10, 11), skipHardware: true },
  ],
  'action/set': ['action set', { ...mirred, mode: 'mirror', direction: 'ingress', index: 7 }],
  'action/delete': ['action delete', { kind: 'mirred', index: 7 }],
  'action/get': ['action get', { kind: 'mirred', index: 7 }],
  'action/list': ['action list', { kind: 'mirred' }],
  'action/list-since': ['action list', { kind: 'mirred', usedWithin: 5000 }],
  'action/refused-there': ['action add', { ...mirred, index: 7 }],
  'action/refused-missing': ['action delete', { kind: 'mirred', index: 9 }],
  'guest-action/same-police': ['action add', police],
  'guest-action/same-gact': [
    'action add',
    { kind: 'gact', control: 'shot', index: 3, random: { way: 'determ', control: 'ok', value: 5 } },
  ],
}
/** Requests that differ, and why. */
const without: readonly string[] = [
  'action/flush', // where tc says the flags of a list, in an attribute that means the options there and is not read
]

const recordings = ['action', 'guest-action'].flatMap((folder) => listFixtures(folder))
const encoded = (operation: NetlinkOperation, spec: object): Uint8Array => {
  const request = cleanRequest({ operation, spec } as unknown as LooseRequest)
  const to = new MessageWriter()
  const codec = codecs[operation] as OperationCodec<never>
  codec.encode(to, request.spec as never, { linkIndex: () => 2, timerFrequency: () => 1e9, namespaceFd: () => 3 })
  return to.bytes.slice(0, to.length)
}
const decoded = (operation: NetlinkOperation, name: string): Action[] =>
  loadFixture(name).replies.flatMap((message) => {
    const from = new Octets(message)
    const { decode } = codecs[operation] as OperationCodec<never>
    const found = decode?.(from, 16, message.length, from.u16(4), {} as never)
    return from.u16(4) === 50 ? ((Array.isArray(found) ? found : [found]) as Action[]) : []
  })

describe('requests about actions equal those of tc', () => {
  it('has a meaning, or a reason to have none, for every recording', () => {
    const names = recordings.filter((name) => !name.includes('guest-action/list'))
    expect(names.filter((name) => meaning[name] === undefined && !without.includes(name))).toEqual([])
  })
  it.each(Object.entries(meaning))('%s', (name, [operation, spec]) => {
    const recorded = loadFixture(name).requests.at(-1) as Uint8Array
    // mirred names its link by the last word of its options.
    expect(tree(encoded(operation, spec))).toEqual(tree(recorded))
  })
  it('one of a filter that is only named has a control that no kernel takes, so that none is made', () => {
    const actions = [{ kind: 'gact', index: 7 }]
    const octets = encoded('filter add', { link: 'v0', kind: 'matchall', actions })
    expect(Buffer.from(octets).toString('hex')).toContain('0700000000000000ffffff0f')
  })
  it('one that sends to a block names no link', () => {
    const octets = Buffer.from(encoded('action add', { kind: 'mirred', block: 7, index: 9 })).toString('hex')
    // The end of struct tc_mirred: redirect, index 0; then TCA_MIRRED_BLOCKID.
    expect(octets).toMatch(/01000000000000000800040007000000$/)
  })
  it('what the kernel points at has the name of the field', () => {
    const octets = encoded('action delete', { kind: 'mirred', index: 7 })
    expect(pathOf(octets, octets.length - 8)).toBe('spec.index')
    expect(pathOf(octets, 28)).toBe('spec.kind')
  })
})

describe('answers about actions', () => {
  it('are those that tc -j made of the same octets', () => {
    const [, told] = loadFixture('action/list').json as [unknown, { actions: Record<string, unknown>[] }]
    const found = decoded('action list', 'action/list')
    expect(found.map(({ index, references, bindings }) => [index, references, bindings])).toEqual(
      told.actions.map(({ index, ref, bind }) => [index, ref, bind]),
    )
    const [first, second] = found
    expect(first).toMatchObject({ mode: 'mirror', cookie: Uint8Array.of(10, 11), skipHardware: true, hardwareCount: 0 })
    expect(second).toMatchObject({ mode: 'redirect', control: 'stolen', index: 7, references: 2, bindings: 1 })
    expect(decoded('action get', 'action/get')).toMatchObject([{ kind: 'mirred', index: 7, references: 1 }])
    expect(decoded('action list', 'guest-action/list-police')).toMatchObject([police])
  })
  it('a flush is an event of its own, which names none', () => {
    // TCA_ROOT_TAB { 0 { TCA_ACT_KIND gact, TCA_FCNT 3 } }, as `tca_action_flush` writes it.
    const message = Uint8Array.from(
      Buffer.from('000000001c000100180000000900010067616374000000000800060003000000', 'hex'),
    )
    expect(decodeEvents(new Octets(message), 0, message.length, 49, 0)).toEqual([
      { kind: 'action flush', group: 'action', flushed: { kind: 'gact', count: 3 } },
    ])
  })
  it('cut at any octet they are a decode error or an object, never anything else', () => {
    for (const message of loadFixture('action/list').replies) {
      for (let end = 16; end < message.length; end++) {
        try {
          codecs['action list'].decode?.(new Octets(message.slice(0, end)), 16, end, 50, {} as never)
          decodeEvents(new Octets(message.slice(0, end)), 16, end, 49, 0)
        } catch (error) {
          expect((error as Error).name).toBe('DecodeError')
        }
      }
    }
  })
})

/** A message without what means nothing: the wish for an answer, numbers of the conversation, marks of nests, indexes of links. */
function tree(message: Uint8Array): object {
  const from = new Octets(message)
  const [ACK, ECHO] = [4, 8]
  // The kernel does not ask for CREATE.
  const CREATE = from.u16(4) === 48 ? 0x400 : 0
  return { type: from.u16(4), flags: from.u16(6) & ~(ACK | ECHO | CREATE), attributes: parts(message, 20, []) }
}

/** Attributes in the order of their numbers; those inside of nests likewise. */
function parts(bytes: Uint8Array, start: number, path: readonly number[]): readonly string[] {
  const from = new Octets(bytes)
  const found: string[] = []
  for (let at = start; at + 4 <= bytes.length; ) {
    const length = from.u16(at)
    const own = [...path, from.u16(at + 2) & 0x3fff]
    const value = bytes.slice(at + 4, at + length)
    const name = own.join('.')
    // The list, each action in it, and the options of an action hold attributes.
    if (name === '1' || name === '1.1' || name === '1.1.2') found.push(...parts(value, 0, own))
    else {
      if (name === '1.1.2.2' && value.length === 28) value.fill(0, 24)
      found.push(
        `${name}: ${Buffer.from(value)
          .toString('hex')
          .replace(/(?:00)+$/, '')}`,
      )
    }
    at += (length + 3) & ~3
  }
  return found.sort()
}
