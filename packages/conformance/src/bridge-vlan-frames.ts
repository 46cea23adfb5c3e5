/** What a bridge that tells VLANs apart does to frames and their tags, seen at TAPs (`net/bridge/br_vlan.c`). @module */
import { expect } from 'vitest'
import { bridged } from './bridge-frames.js'
import type { Context } from './context.js'
import { everybody } from './frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'
import { passed, send, type TestFrame } from './taps.js'

/** Registers the tests. */
export function bridgeVlanFrames(suite: Suite): void {
  const needs = ['tun port', 'link tap', 'link bridge', 'bridge vlan-filtering'] as const
  const broadcast = (number: number, ...tags: NonNullable<TestFrame['tags']>): TestFrame => ({
    to: everybody,
    number,
    tags,
  })
  const [Q, AD] = [0x8100, 0x88a8] as const

  for (const [protocol, type, other] of [
    ['802.1Q', Q, AD],
    ['802.1ad', AD, Q],
  ] as const) {
    suite.test(`${protocol}: access ports and a trunk`, needs, async (context) => {
      // tap1: untagged in 10; tap2: untagged in 20; tap3: both, tagged.
      const [one, two, three] = await filtering(context, protocol)
      const { ns } = context
      for (const [link, vlan] of [
        ['tap1', 10],
        ['tap2', 20],
      ] as const) {
        await ns.bridgeVlan.add({ link, vlan, pvid: true, untagged: true })
        await ns.bridgeVlan.delete({ link, vlan: 1 })
      }
      await ns.bridgeVlan.add({ link: 'tap3', vlan: [10, 20] })
      await send(one, broadcast(1))
      await send(two, broadcast(2))
      await send(three, broadcast(3, [type, 10]), broadcast(4, [type, 0x6000 | 20]), broadcast(5, [type, 30]))
      // A tag of the other protocol is contents: untagged, so in VLAN 1, which nobody else has any more.
      await send(three, broadcast(6, [other, 10]))
      // What is tagged with the port's own VLAN comes in; what is tagged with another does not.
      await send(one, broadcast(7, [type, 0xa000 | 10]), broadcast(8, [type, 20]))
      // The end: all in VLAN 1 again.
      const end = async () => {
        for (const link of ['tap1', 'tap2']) await ns.bridgeVlan.add({ link, vlan: 1, pvid: true, untagged: true })
      }
      const hex = (tci: number) => `${type.toString(16)}:${tci.toString(16).padStart(4, '0')}`
      const [atOne, atTwo] = await passed(three, [one, two], [], end)
      expect([atOne, atTwo]).toEqual([['3'], ['4']])
      const [atThree] = await passed(one, [three], [])
      expect(atThree).toEqual([`${hex(10)} 1`, `${hex(20)} 2`, `${hex(0xa00a)} 7`])
    })
  }

  suite.test('a tag that names VLAN 0 has a priority only', needs, async (context) => {
    const [one, two, three] = await filtering(context, '802.1Q')
    await context.ns.bridgeVlan.add({ link: 'tap3', vlan: 1 })
    // Where it leaves tagged it is in VLAN 1, with its priority.
    expect(await passed(one, [two, three], [broadcast(1, [Q, 0xe000])])).toEqual([['1'], ['8100:e001 1']])
  })

  suite.test('stations are learned in their VLAN', needs, async (context) => {
    const [one, two, three] = await filtering(context, '802.1Q')
    const { ns } = context
    for (const link of ['tap1', 'tap2', 'tap3']) await ns.bridgeVlan.add({ link, vlan: 10 })
    await send(two, { to: everybody, from: mac(0x51), number: 9, tags: [[Q, 10]] })
    const frames = [
      { to: mac(0x51), number: 1, tags: [[Q, 10]] },
      { to: mac(0x51), number: 2 },
    ] as const
    expect(await passed(one, [two, three], frames)).toEqual([
      ['8100:000a 1', '2'],
      ['8100:000a 9', '2'],
    ])
    const learned = (await ns.fdb.list({ link: 'tap2', state: 'dynamic' })).filter((entry) => entry.mac === mac(0x51))
    expect(learned.map((entry) => entry.vlan)).toEqual([10])
  })

  suite.test('a VLAN that blocks at a port, and one that only learns', needs, async (context) => {
    const [one, two] = await filtering(context, '802.1Q')
    const { ns } = context
    for (const link of ['tap1', 'tap2']) await ns.bridgeVlan.add({ link, vlan: 10 })
    const tagged = (number: number) => broadcast(number, [Q, 10])
    const free = () => ns.bridgeVlan.set({ link: 'tap2', vlan: 10, state: 'forwarding' })
    await ns.bridgeVlan.set({ link: 'tap2', vlan: 10, state: 'blocking' })
    expect(await passed(one, [two], [tagged(1)], free)).toEqual([[]])
    await ns.bridgeVlan.set({ link: 'tap2', vlan: 10, state: 'learning' })
    await send(two, { to: everybody, from: mac(0x52), number: 5, tags: [[Q, 10]] })
    expect(await passed(two, [one], [tagged(2)], free)).toEqual([[]])
    const learned = (await ns.fdb.list({ link: 'tap2' })).filter((entry) => entry.mac === mac(0x52))
    expect(learned.map((entry) => entry.vlan)).toEqual([10])
  })

  suite.test('VLANs count what passes, where it is wanted', needs, async (context) => {
    const [one, two] = await filtering(context, '802.1Q')
    const { ns } = context
    await ns.link.set('br0', { bridge: { vlanStatsEnabled: true } })
    for (const link of ['tap1', 'tap2']) await ns.bridgeVlan.add({ link, vlan: 10 })
    const frames = [1, 2, 3].map((number): TestFrame => ({ to: everybody, number, tags: [[Q, 10]], size: 114 }))
    await passed(one, [two], frames)
    const [vlan] = (await ns.bridgeVlan.list({ link: 'tap1', statistics: true })).filter((each) => each.vlan === 10)
    // Of all ports together; octets without the Ethernet header. The bridge itself is not in VLAN 10.
    expect(vlan?.statistics).toMatchObject({ rxPackets: 3, rxBytes: 300, txPackets: 3, txBytes: 300 })
  })
}

/** Three TAPs of a bridge that filters; all are in VLAN 1. */
async function filtering(context: Context, vlanProtocol: '802.1Q' | '802.1ad') {
  return bridged(context, 3, { vlanFiltering: true, vlanProtocol })
}
