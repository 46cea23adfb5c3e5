/** Requests that the kernel takes in several messages, and their order. */
import type { CleanLinkChange, CleanLinkSpec, Request } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { madeLink, madePeer, namespaceOfPart, split, undo, withLink, withMade } from '../src/rtnetlink/split.js'
import { contextOf, encodeLink } from './link-message.js'

const add = (spec: object): Request => ({ operation: 'link add', spec: spec as CleanLinkSpec })
const set = (spec: object): Request => ({ operation: 'link set', spec: { link: 'v0', ...spec } as CleanLinkChange })
const specs = (request: Request) => split(request)?.map(({ spec }) => spec)

describe('one message as it is', () => {
  test.each<[string, Request]>([
    ['delete', { operation: 'link delete', spec: { link: 1 } }],
    ['both families of routes', { operation: 'route list', spec: { table: 'main' } }],
    ['both families of rules', { operation: 'rule list', spec: {} }],
    [
      'add',
      add({ kind: 'veth', name: 'v0', up: true, mtu: 1400, master: 'br0', promiscuous: true, peer: { name: 'v1' } }),
    ],
    ['add in a namespace', add({ kind: 'ifb', namespace: { name: 'blue' } })],
    ['settings', set({ mtu: 1400, up: true, master: 'br0', promiscuous: false, alias: 'x', carrier: true })],
    ['kind options and settings', set({ bridge: { stp: true }, mtu: 1400 })],
    ['port options', set({ port: { cost: 5 } })],
    ['port options and settings', set({ port: { cost: 5 }, mtu: 1400, master: null })],
    ['port state', set({ port: { state: 'blocking' } })],
    ['a new name and up', set({ name: 'v1', up: true })],
    ['a move, up there', set({ namespace: { name: 'blue' }, up: true, name: 'eth0', mtu: 1400 })],
    ['new names', set({ addAltNames: ['a'] })],
    ['old names', set({ deleteAltNames: ['a'] })],
  ])('%s', (_, request) => expect(split(request)).toBeUndefined())
})

describe('link add', () => {
  test('what the kernel takes from a change only follows', () => {
    expect(specs(add({ kind: 'ifb', name: 'i0', up: true, alias: 'x', carrier: false, port: { cost: 5 } }))).toEqual([
      { kind: 'ifb', name: 'i0', up: true },
      { link: madeLink, alias: 'x', carrier: false, port: { cost: 5 } },
    ])
  })
  test('an STP state is a message of its own', () => {
    expect(specs(add({ kind: 'ifb', name: 'i0', alias: 'x', port: { state: 'blocking' } }))).toEqual([
      { kind: 'ifb', name: 'i0' },
      { link: madeLink, alias: 'x' },
      { link: madeLink, port: { state: 'blocking' } },
    ])
  })
  test('a veth peer is set up when the pair is joined', () => {
    const peer = { name: 'v1', up: true, alias: 'other', mtu: 1300 }
    expect(specs(add({ kind: 'veth', name: 'v0', alias: 'x', peer }))).toEqual([
      { kind: 'veth', name: 'v0', peer: { name: 'v1', mtu: 1300 } },
      { link: madePeer, up: true, alias: 'other' },
      { link: madeLink, alias: 'x' },
    ])
    expect(specs(add({ kind: 'veth', peer: { up: false } }))).toBeUndefined()
  })
})

describe('link set', () => {
  test('the master before the port options, which are those of its port', () => {
    expect(specs(set({ master: 'br0', port: { cost: 5 }, mtu: 1400 }))).toEqual([
      { link: 'v0', master: 'br0', mtu: 1400 },
      { link: 'v0', port: { cost: 5 } },
    ])
  })
  test('up before the STP state of the port', () => {
    expect(specs(set({ up: true, port: { state: 'learning' } }))).toEqual([
      { link: 'v0', up: true },
      { link: 'v0', port: { state: 'learning' } },
    ])
  })
  test('old names, the name, new names: a link may keep its name as an alternative one', () => {
    expect(specs(set({ name: 'a', deleteAltNames: ['a'], addAltNames: ['v0'], mtu: 1400 }))).toEqual([
      { link: 'v0', deleteAltNames: ['a'] },
      { link: 'v0', name: 'a', mtu: 1400 },
      { link: 'v0', addAltNames: ['v0'] },
    ])
    expect(specs(set({ deleteAltNames: ['a'], addAltNames: ['b'] }))).toHaveLength(2)
  })
  test('down before the name, which older kernels do not change of a link that is up', () => {
    expect(specs(set({ name: 'a', up: false, mtu: 1400 }))).toEqual([
      { link: 'v0', up: false },
      { link: 'v0', name: 'a', mtu: 1400 },
    ])
  })
  test('the move is last, with all that shall hold there', () => {
    const namespace = { name: 'blue' }
    expect(specs(set({ namespace, up: true, addAltNames: ['x'], deleteAltNames: ['y'], name: 'eth0' }))).toEqual([
      { link: 'v0', deleteAltNames: ['y'] },
      { link: 'v0', name: 'eth0' },
      { link: 'v0', addAltNames: ['x'] },
      { link: 'v0', namespace, up: true, name: 'eth0' },
    ])
    expect(specs(set({ namespace, master: 'br0', port: { cost: 1 }, mtu: 1400 }))).toEqual([
      { link: 'v0', master: 'br0' },
      { link: 'v0', port: { cost: 1 } },
      { link: 'v0', namespace, mtu: 1400 },
    ])
  })
  test('a spec that holds only undefined beside is simple', () => {
    expect(split(set({ port: { cost: 1 }, master: undefined, addAltNames: undefined }))).toBeUndefined()
  })
})

describe('parts', () => {
  test('what was made takes its place', () => {
    const made = { index: 7, parent: 8 }
    expect(withMade(set({ link: madeLink, mtu: 1 }), made)).toEqual(set({ link: 7, mtu: 1 }))
    expect(withMade(set({ link: madePeer, up: true }), made)).toEqual(set({ link: 8, up: true }))
    expect(withMade(set({ mtu: 1 }), made)).toEqual(set({ mtu: 1 }))
    expect(withLink(set({ mtu: 1 }), 9)).toEqual(set({ link: 9, mtu: 1 }))
  })
  test('and is deleted again', () => {
    const whole = add({ kind: 'ifb', alias: 'x' })
    expect(withMade(undo(whole) as Request, { index: 7 })).toEqual({ operation: 'link delete', spec: { link: 7 } })
    expect(undo(set({ mtu: 1 }))).toBeUndefined()
  })
  test('in the namespace that it was made in', () => {
    const [blue, red] = [{ name: 'blue' }, { name: 'red' }]
    const whole = add({ kind: 'veth', namespace: blue, alias: 'x', peer: { namespace: red, up: true } })
    const places = split(whole)?.map((part) => namespaceOfPart(whole, part))
    expect(places).toEqual([undefined, red, blue])
    expect(namespaceOfPart(whole, undo(whole) as Request)).toEqual(blue)
    expect(namespaceOfPart(set({ namespace: blue }), set({ mtu: 1 }))).toBeUndefined()
  })
  test('each is one message', () => {
    const context = contextOf({ v0: 3, br0: 2 }, { blue: 5 })
    for (const request of [
      add({ kind: 'veth', alias: 'x', port: { state: 'disabled' }, peer: { up: true } }),
      set({ name: 'a', up: false, addAltNames: ['v0'], master: 'br0', port: { cost: 1 }, namespace: { name: 'blue' } }),
    ])
      for (const part of split(request) ?? []) {
        const bytes = encodeLink(withMade(part, { index: 7, parent: 8 }), context)
        expect(new DataView(bytes.buffer).getUint32(0, true)).toBe(bytes.length)
      }
  })
})
