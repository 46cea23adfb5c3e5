import { cleanRequest, type LooseRequest } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import { bridgeVniCodecs, decodeBridgeVnis } from '../src/rtnetlink/bridge-vni.js'
import type { OperationCodec } from '../src/rtnetlink/codec.js'
import { decodeEvents } from '../src/rtnetlink/event.js'
import { pathOf } from '../src/rtnetlink/path.js'
import { loadFixture } from './fixtures/load.js'

const repliesOf = (name: string) => loadFixture(name).replies.filter((bytes) => bytes[4] === 120)

describe('identifiers of VXLANs', () => {
  it.each([
    ['add', 'bridgeVni add', { link: 'vx0', vni: 100 }],
    ['add-range', 'bridgeVni add', { link: 'vx0', vni: [100, 199] }],
    ['add-remote', 'bridgeVni add', { link: 'vx0', vni: 100, remote: '192.0.2.9' }],
    ['add-remote-v6', 'bridgeVni add', { link: 'vx0', vni: [100, 101], remote: '2001:db8::9' }],
    ['add-group', 'bridgeVni add', { link: 'vx0', vni: 100, remote: '239.1.2.3' }],
    ['delete', 'bridgeVni delete', { link: 'vx0', vni: 100 }],
    ['delete-range', 'bridgeVni delete', { link: 'vx0', vni: [100, 101] }],
    ['list', 'bridgeVni list', {}],
    ['list-statistics', 'bridgeVni list', { statistics: true }],
  ] as const)('%s is asked for as iproute2 does', (name, operation, spec) => {
    const recorded = loadFixture(`vni/${name}`).requests.at(-1) as Uint8Array
    const to = new MessageWriter()
    const codec = bridgeVniCodecs[operation] as OperationCodec<never>
    codec.encode(to, cleanRequest({ operation, spec } as LooseRequest).spec as never, {
      linkIndex: () => new DataView(recorded.buffer, recorded.byteOffset).getUint32(20, true),
      namespaceFd: () => 3,
      timerFrequency: () => 1e9,
    })
    expect([...to.bytes.slice(16, to.length)]).toEqual([...recorded.slice(16)])
    expect([...to.bytes.slice(4, 6)]).toEqual([...recorded.slice(4, 6)])
  })

  it('are those that bridge -j made of the same octets, each by itself', () => {
    const found = repliesOf('vni/list').flatMap((bytes) => decodeBridgeVnis(new Octets(bytes), 16, bytes.length))
    const [{ vnis }] = loadFixture('vni/list').json as [
      { vnis: { vni: number; vniEnd?: number; remote?: string; group?: string }[] },
    ]
    const told = vnis.flatMap(({ vni, vniEnd = vni, remote, group }) =>
      Array.from({ length: vniEnd - vni + 1 }, (_, at) => [vni + at, remote ?? group]),
    )
    expect(told).toHaveLength(7)
    expect(found.map(({ vni, remote }) => [vni, remote])).toEqual(told)
  })

  it('have counters when asked for', () => {
    const found = repliesOf('vni/list-statistics').flatMap((bytes) =>
      decodeBridgeVnis(new Octets(bytes), 16, bytes.length),
    )
    const names = ['rxBytes', 'rxPackets', 'rxDropped', 'rxErrors', 'txBytes', 'txPackets', 'txDropped', 'txErrors']
    expect(found).toHaveLength(7)
    for (const { statistics } of found) expect(Object.keys(statistics ?? {}).sort()).toEqual(names.sort())
  })

  it('are events, one for each', () => {
    const [bytes] = repliesOf('vni/list') as [Uint8Array]
    for (const [type, kind] of [
      [120, 'bridgeVni set'],
      [121, 'bridgeVni delete'],
    ] as const) {
      const events = decodeEvents(new Octets(bytes), 16, bytes.length, type, 0)
      expect(new Set(events.map((event) => event.kind))).toEqual(new Set([kind]))
      expect(events).toHaveLength(7)
    }
  })

  it('that are cut give a decode error', () => {
    const [bytes] = repliesOf('vni/list') as [Uint8Array]
    for (const end of [20, bytes.length - 2])
      expect(() => decodeBridgeVnis(new Octets(bytes), 16, end)).toThrowError(/bridgeVni/)
  })

  it('that end before they begin, or are no identifiers, give a decode error and take no memory', () => {
    const [bytes] = repliesOf('vni/list') as [Uint8Array]
    const view = new DataView(bytes.slice().buffer)
    // VXLAN_VNIFILTER_ENTRY_END, of the first range.
    let at = 16
    while (!(view.getUint16(at, true) === 8 && (view.getUint16(at + 2, true) & 0x3fff) === 2)) at += 4
    for (const last of [0, 0x1000000, 0xffffffff, 0xf00000]) {
      view.setUint32(at + 4, last, true)
      const octets = new Octets(new Uint8Array(view.buffer))
      expect(() => decodeBridgeVnis(octets, 16, bytes.length)).toThrowError(/bridgeVni.*identifiers from/)
    }
  })

  it('a refusal is of the field that it points at', () => {
    const recorded = loadFixture('vni/refused-zero')
    expect(pathOf(recorded.requests.at(-1) as Uint8Array, 24)).toBe('spec.vni')
  })
})
