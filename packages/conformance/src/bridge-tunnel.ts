/** External VXLANs below bridges: which identifiers come in, and how VLANs become identifiers. @module */
import type { BridgeVniStatistics, FilterSpec, VxlanOptions } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually, present } from './expectation.js'
import { everybody, hex, joined, udpHeader } from './frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'
import { arrivals, frameOf, send, type Tap } from './taps.js'
import { bridged } from './tunnel-bridged.js'
import { needsOf, protocols } from './tunnel-inside.js'
import { incoming, other, outer, type Underlay } from './tunnel-underlay.js'

const [near4, far4] = outer[4]
const [near6, far6] = outer[6]
const needs = ['link bridge', ...needsOf('vxlan')] as const
const inVlans = [...needs, 'bridge vlan-filtering'] as const
const traffic = ['traffic control', 'qdisc clsact', 'filter flower', 'action gact'] as const
const inside = mac(0x61)

/** Registers the tests. */
export function bridgeTunnel(suite: Suite): void {
  suite.test('only identifiers of the list come in, and are counted', needs, async (context) => {
    const { underlay, tap } = await filtering(context)
    const { ns } = context
    await ns.bridgeVni.add({ link: 't0', vni: [100, 101] })
    const read = async (...vnis: number[]) => {
      for (const [number, vni] of [...vnis.entries(), [0xffff, 100] as const])
        await underlay.write(arriving(vni, number))
      return arrivals(tap)
    }
    expect(await read(99, 100, 101, 102, 0)).toEqual(['1', '2'])
    await ns.bridgeVni.delete({ link: 't0', vni: 101 })
    await ns.bridgeVni.add({ link: 't0', vni: 102 })
    expect(await read(99, 100, 101, 102)).toEqual(['1', '3'])
    // Over IPv6, too.
    await underlay.write(arriving(102, 7, 6))
    await underlay.write(arriving(100, 0xffff, 6))
    expect(await arrivals(tap)).toEqual(['7'])
    expect(await counted(context, 100)).toMatchObject({ rxPackets: 5, rxBytes: 5 * 46, rxErrors: 0 })
    expect(await counted(context, 102)).toMatchObject({ rxPackets: 2, rxBytes: 2 * 46, txPackets: 0 })
  })

  suite.test('an external VXLAN without a list takes in all', needs, async (context) => {
    const { underlay, tap } = await filtering(context, { vniFilter: false })
    for (const [number, vni] of [99, 0, 0xffffff].entries()) await underlay.write(arriving(vni, number))
    await underlay.write(arriving(7, 0xffff))
    expect(await arrivals(tap)).toEqual(['0', '1', '2'])
  })

  suite.test('VLANs that are mapped become identifiers, and back', inVlans, async (context) => {
    const { underlay, tap } = await mapped(context)
    const { ns } = context
    // In: the tag is that of the VLAN; what has no VLAN is in that of untagged frames, where there is one.
    await ns.bridgeVlan.delete({ link: 't0', vlan: 1 })
    for (const [number, vni] of [
      [1, 1010],
      [2, 1011],
      [3, 1012],
      [0xffff, 1010],
    ] as const) {
      await underlay.write(arriving(vni, number))
    }
    expect(await arrivals(tap)).toEqual(['8100:000a 1', '8100:000b 2'])
    // Out: by the remote of the identifier, without the tag; what is mapped to none goes nowhere.
    await ns.bridgeVlan.add({ link: 't0', vlan: 12 })
    const before = await counted(context, 1011)
    const out = async (vlan: number, number: number, to = everybody) => {
      await send(tap, { to, number, tags: [[0x8100, vlan]] })
      const wanted = hex(frameOf({ to, number }))
      const { to: remote, payload } = await underlay.read((packet) => hex(packet.payload).endsWith(wanted))
      return `${remote} ${hex(payload.subarray(12, 15))}`
    }
    await send(tap, { to: everybody, number: 4, tags: [[0x8100, 12]] })
    expect(await out(10, 5)).toBe(`${far4} 0003f2`)
    expect(await out(11, 6)).toBe(`${other[4]} 0003f3`)
    const { txBytes, txPackets } = await counted(context, 1011)
    expect([txPackets - before.txPackets, txBytes - before.txBytes]).toEqual([1, 60])
    // An entry of the FDB is for one identifier.
    await ns.fdb.add({ link: 't0', self: true, mac: inside, remote: other[4], sourceVni: 1010, vni: 77 })
    expect(await out(10, 7, inside)).toBe(`${other[4]} 00004d`)
    expect(await out(11, 8, inside)).toBe(`${other[4]} 0003f3`)
  })

  suite.test('an external VXLAN learns each identifier by itself', inVlans, async (context) => {
    const { underlay, tap } = await mapped(context, { learning: true })
    const { ns } = context
    await underlay.write(arriving(1010, 1))
    await underlay.write(arriving(1010, 0xffff))
    await arrivals(tap)
    const found = (await ns.fdb.list({ link: 't0' })).filter((entry) => entry.mac === inside && entry.remote)
    expect(found.map(({ remote, sourceVni, state }) => [remote, sourceVni, state])).toEqual([[far4, 1010, 'dynamic']])
    await send(tap, { to: inside, number: 5, tags: [[0x8100, 10]] })
    const wanted = hex(frameOf({ to: inside, number: 5 }))
    const { payload } = await underlay.read((packet) => hex(packet.payload).endsWith(wanted))
    expect(hex(payload.subarray(12, 15))).toBe('0003f2')
  })

  suite.test('an identifier without a remote drops what it does not know, and counts it', inVlans, async (context) => {
    const { tap } = await mapped(context)
    await context.ns.bridgeVni.delete({ link: 't0', vni: 1011 })
    await context.ns.bridgeVni.add({ link: 't0', vni: 1011 })
    const before = await counted(context, 1011)
    await send(tap, { to: everybody, number: 5, tags: [[0x8100, 11]] })
    await eventually(async () => expect((await counted(context, 1011)).txDropped).toBe(before.txDropped + 1))
  })

  suite.test('a VLAN whose frames leave untagged is mapped to nothing', inVlans, async (context) => {
    const { tap, underlay } = await mapped(context)
    const { ns } = context
    await ns.bridgeVlan.add({ link: 't0', vlan: 10, untagged: true })
    await send(tap, { to: everybody, number: 5, tags: [[0x8100, 10]] })
    await send(tap, { to: everybody, number: 6, tags: [[0x8100, 11]] })
    const seen: string[] = []
    const last = hex(frameOf({ to: everybody, number: 6 }))
    await underlay.read((packet) => {
      const octets = hex(packet.payload)
      if (octets.endsWith(hex(frameOf({ to: everybody, number: 5 })))) seen.push('5')
      return octets.endsWith(last)
    })
    expect(seen).toEqual([])
  })

  suite.test('flower matches the tunnel that a frame came by', [...needs, ...traffic], async (context) => {
    const { underlay, tap } = await filtering(context, { vniFilter: false })
    const { ns } = context
    await ns.qdisc.add({ link: 't0', kind: 'clsact' })
    const frames = [
      [1, 1010, 4],
      [2, 1011, 4],
      [3, 1010, 6],
      [4, 0, 4],
    ] as const
    const left = async (match: object) => {
      const spec = { link: 't0', parent: 'ingress', kind: 'flower', protocol: 'all', priority: 1, ...match }
      await ns.filter.add({ ...spec, actions: [{ kind: 'gact', control: 'shot' }] } as FilterSpec)
      for (const [number, vni, over] of frames) await underlay.write(arriving(vni, number, over))
      await ns.filter.delete({ link: 't0', parent: 'ingress', priority: 1 })
      await underlay.write(arriving(1, 0xffff))
      return (await arrivals(tap)).map(Number)
    }
    expect(await left({ tunnelKey: 1010 })).toEqual([2, 4])
    expect(await left({ tunnelKey: 0 })).toEqual([1, 2, 3])
    expect(await left({ tunnelFrom: `${far4}/32` })).toEqual([3])
    expect(await left({ tunnelTo: `${near6}/128` })).toEqual([1, 2, 4])
    expect(await left({ tunnelKey: 1010, tunnelFrom: '192.0.2.0/24' })).toEqual([2, 3, 4])
    expect(await left({ tunnelDestinationPort: 4789 })).toEqual([])
    expect(await left({ tunnelSourcePort: 50_001 })).toEqual([1, 2, 3, 4])
    expect(await left({ tunnelTtl: 64 })).toEqual([])
    expect(await left({ tunnelTos: 4 })).toEqual([1, 2, 3, 4])
  })
}

/** A VXLAN `t0` that takes the identifier from each packet, as a port of `br0`. */
function filtering(context: Context, options: VxlanOptions = {}) {
  const vxlan = { external: true, vniFilter: true, local: near4, udpZeroChecksum6Rx: true, ...options }
  return bridged(context, { kind: 'vxlan', name: 't0', vxlan })
}

/** The same, whose VLANs 10 and 11 are identifiers 1010 and 1011. */
async function mapped(context: Context, options: VxlanOptions = {}): Promise<{ underlay: Underlay; tap: Tap }> {
  const { ns } = context
  const place = await filtering(context, options)
  await ns.link.set('br0', { bridge: { vlanFiltering: true } })
  await ns.link.set('t0', { port: { vlanTunnel: true } })
  for (const link of ['t0', 'tap1']) await ns.bridgeVlan.add({ link, vlan: [10, 11] })
  await ns.bridgeVlan.add({ link: 'tap1', vlan: 12 })
  await ns.bridgeVlan.set({ link: 't0', vlan: [10, 11], tunnel: 1010 })
  await ns.bridgeVni.add({ link: 't0', vni: 1010, remote: far4 })
  await ns.bridgeVni.add({ link: 't0', vni: 1011, remote: other[4] })
  return place
}

async function counted({ ns }: Context, vni: number): Promise<BridgeVniStatistics> {
  const [entry] = await ns.bridgeVni.list({ link: 't0', vni, statistics: true })
  return present(entry?.statistics)
}

/** A frame of the tests from the far end, under an identifier. */
function arriving(vni: number, number: number, over: 4 | 6 = 4): Uint8Array {
  const frame = frameOf({ to: everybody, from: inside, number })
  const header = Uint8Array.of(8, 0, 0, 0, vni >> 16, vni >> 8, vni, 0)
  const datagram = joined(udpHeader(50_000, 4789, 16 + frame.length), header, frame)
  return incoming(over, protocols.udp, datagram, 0, over === 4 ? far4 : far6)
}
