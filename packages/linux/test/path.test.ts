/** Offsets of extended acknowledgements as fields of the request. */
import type { CleanLinkSpec, Request } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { littleEndian } from '../src/netlink/octets.js'
import { pathOf } from '../src/rtnetlink/path.js'
import { listFixtures, loadFixture } from './fixtures/load.js'
import { contextOf, encodeLink } from './link-message.js'

const context = contextOf({ v0: 3, br0: 2 }, { blue: 5 })
/** Paths at the start of each attribute, in order: the offsets that kernels tell. */
function paths(request: Request): (string | undefined)[] {
  const message = encodeLink(request, context)
  const found: (string | undefined)[] = []
  for (let offset = 32; offset < message.length; offset += 4) {
    const path = pathOf(message, offset)
    if (found.length === 0 || found.at(-1) !== path) found.push(path)
  }
  return found
}
const add = (spec: object): Request => ({ operation: 'link add', spec: spec as CleanLinkSpec })
const mac = Uint8Array.of(2, 0, 0, 0, 0, 1)

describe('fields of links', () => {
  test('settings', () => {
    const spec = {
      kind: 'ifb',
      mac,
      mtu: 1,
      txQueueLength: 1,
      group: 1,
      txQueues: 1,
      rxQueues: 1,
      master: 'br0',
      name: 'x',
    }
    expect(paths(add(spec))).toEqual([
      'spec.mac',
      'spec.mtu',
      'spec.txQueueLength',
      'spec.group',
      'spec.txQueues',
      'spec.rxQueues',
      'spec.master',
      'spec.name',
      undefined,
      'spec.kind',
    ])
  })
  test('options of a kind', () => {
    expect(paths(add({ kind: 'vlan', parent: 'v0', vlan: { id: 5, gvrp: true, egressQos: { 1: 2 } } }))).toEqual([
      'spec.parent',
      undefined,
      'spec.kind',
      'spec.vlan',
      'spec.vlan.id',
      'spec.vlan',
      'spec.vlan.egressQos',
    ])
    expect(paths(add({ kind: 'bridge', bridge: { forwardDelay: 1, mstEnabled: true } }))).toEqual([
      undefined,
      'spec.kind',
      'spec.bridge',
      'spec.bridge.forwardDelay',
      'spec.bridge',
    ])
    const vxlan = { id: 1, remote: '::1', local: '::2', port: 7, learning: true }
    expect(paths(add({ kind: 'vxlan', vxlan })).slice(2)).toEqual([
      'spec.vxlan',
      'spec.vxlan.id',
      'spec.vxlan.learning',
      'spec.vxlan.port',
      'spec.vxlan.remote',
      'spec.vxlan.local',
    ])
    expect(
      paths(add({ kind: 'macvtap', parent: 'v0', macvlan: { mode: 'source', macs: ['02:00:00:00:00:01'] } })),
    ).toEqual(['spec.parent', undefined, 'spec.kind', 'spec.macvlan', 'spec.macvlan.mode', 'spec.macvlan.macs'])
  })
  test('a veth peer', () => {
    expect(paths(add({ kind: 'veth', peer: { mac, mtu: 1, namespace: { name: 'blue' }, name: 'x' } }))).toEqual([
      undefined,
      'spec.kind',
      undefined,
      'spec.peer',
      'spec.peer.mac',
      'spec.peer.mtu',
      'spec.peer.namespace',
      'spec.peer.name',
    ])
  })
  test('kinds without a name', () => {
    const data = [{ type: 1, bytes: Uint8Array.of(1) }]
    expect(paths(add({ kind: 'bareudp', data }))).toEqual([undefined, 'spec.kind', 'spec.data'])
  })
  test('ports, also of the message that sets the STP state', () => {
    const set = (port: object): Request => ({ operation: 'link set', spec: { link: 'v0', alias: '', port } })
    expect(paths(set({ cost: 1 }))).toEqual(['spec.alias', undefined, 'spec.port', 'spec.port.cost'])
    const state: Request = { operation: 'link set', spec: { link: 'v0', port: { state: 'disabled' } } }
    expect(paths(state)).toEqual(['spec.port', 'spec.port.state'])
  })
  test('names', () => {
    const names = ['a', 'b']
    expect(paths({ operation: 'link set', spec: { link: 'v0', addAltNames: names } })).toEqual(['spec.addAltNames'])
    expect(paths({ operation: 'link set', spec: { link: 'v0', deleteAltNames: names } })).toEqual([
      'spec.deleteAltNames',
    ])
    expect(paths({ operation: 'link get', spec: { link: 'v0', statistics: true } })).toEqual(['spec.link'])
    expect(paths({ operation: 'link list', spec: { statistics: true, master: 'br0', kind: 'veth' } })).toEqual([
      'spec.master',
      undefined,
      'spec.kind',
    ])
  })
})

describe('what is no field', () => {
  const message = encodeLink(add({ kind: 'vlan', parent: 'v0', vlan: { id: 5 } }), context)
  test('the header, behind the end, another message', () => {
    for (const offset of [-1, 0, 16, 31, message.length, 1e9, Number.NaN])
      expect(pathOf(message, offset)).toBeUndefined()
    const other = message.slice()
    other.set(littleEndian ? [255, 255] : [255, 254], 4)
    expect(pathOf(other, 32)).toBeUndefined()
    expect(pathOf(new Uint8Array(3), 1)).toBeUndefined()
  })
  test('any octets at any offset', () => {
    let state = 7
    const next = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      return (state >>> 8) % below
    }
    for (let round = 0; round < 20_000; round++) {
      const bytes = message.slice(0, next(message.length + 1))
      for (let i = next(5); i > 0 && bytes.length > 0; i--) bytes[next(bytes.length)] = next(256)
      const path = pathOf(bytes, next(120))
      if (path !== undefined) expect(path).toMatch(/^spec\.\w/)
    }
  })
})

describe('what the kernel pointed at', () => {
  const pointed = Object.fromEntries(
    listFixtures('refused')
      .map(loadFixture)
      .filter(({ offset }) => offset !== undefined)
      .map(({ name, requests, offset }) => [name, pathOf(requests[0] as Uint8Array, offset as number)]),
  )
  test('in every recorded refusal', () => {
    expect(pointed).toEqual({
      'refused/netns-id-taken': undefined,
      'refused/policy-attribute-too-short': 'spec.mtu',
      'refused/vxlan-mtu': 'spec.mtu',
    })
  })
})
