/** Sessions of PPPoE in the kernel: control packets to and fro, a link that carries packets, and how they end. @module */
import type { PppoeChannel } from '@vnet/core'
import { expect } from 'vitest'
import type { Context, PlacedNamespace } from './context.js'
import { eventually, fails, refuses } from './expectation.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

const basis = ['pppoe session', 'link veth'] as const

/** LCP, which is always the program's, and IPCP, which is so by another way once the link is there. */
const LCP = 0xc021
const IPCP = 0x8021

/** A packet of a control protocol as RFC 1661 § 5 has it: the kernel drops others of LCP. */
const packet = (protocol: number, ...octets: number[]) =>
  Uint8Array.of(protocol >> 8, protocol & 255, 9, 1, 0, 4 + octets.length, ...octets)

/** A cable, and the two ends of a session on it. */
async function sessions({ ns, another, defer }: Context, session = 7) {
  const far = await another()
  await ns.link.add({
    kind: 'veth',
    name: 'v0',
    mac: mac(1),
    up: true,
    peer: { name: 'v1', namespace: far.ref, mac: mac(2), up: true },
  })
  const open = async (place: PlacedNamespace, link: string, other: number) => {
    const channel = await place.openPppoe({ link, session, mac: mac(other) })
    defer(() => channel.close())
    return channel
  }
  return { ns, far, here: await open(ns, 'v0', 2), there: await open(far, 'v1', 1) }
}

/** Sends a packet until it arrives: a cable takes a moment to have carrier. */
async function passes(from: PppoeChannel, to: PppoeChannel, sent: Uint8Array): Promise<void> {
  from.send(sent)
  expect(await to.receive()).toEqual(sent)
}

/** Registers the tests. */
export function pppoeSession(suite: Suite): void {
  suite.test('control packets are the program’s, before and after the link is there', basis, async (context) => {
    const { ns, far, here, there } = await sessions(context)
    for (const protocol of [LCP, IPCP]) {
      await passes(here, there, packet(protocol, 1, 2, 3))
      await passes(there, here, packet(protocol, 4))
    }
    const waiting = there.receive()
    expect([here.name, here.attach(1492), here.name, here.attach(1492)]).toEqual([undefined, 'ppp0', 'ppp0', 'ppp0'])
    expect(there.attach(1492)).toBe('ppp0')
    here.send(packet(IPCP, 9))
    expect(await waiting).toEqual(packet(IPCP, 9))
    for (const protocol of [LCP, IPCP]) await passes(there, here, packet(protocol, 5))
    for (const place of [ns, far]) expect(await place.link.get('ppp0')).toMatchObject({ kind: 'ppp', up: false })
  })

  suite.test('packets of IP pass the link, of the versions that may', [...basis, 'packets'], async (context) => {
    const { ns, far, here, there } = await sessions(context)
    const ends = [
      [ns, here, '10.0.0.1', '10.0.0.2'],
      [far, there, '10.0.0.2', '10.0.0.1'],
    ] as const
    for (const [place, channel, address, peer] of ends) {
      expect(channel.attach(1492)).toBe('ppp0')
      await place.link.set('ppp0', { mtu: 1492, up: true })
      await place.address.add({ link: 'ppp0', address: `${address}/32`, peer: `${peer}/32` })
    }
    await fails(ns.ping({ address: '10.0.0.2', timeout: 0.3 }), 'ETIMEDOUT')
    here.pass(4, true)
    there.pass(4, true)
    expect(await eventually(() => ns.ping({ address: '10.0.0.2', size: 1464, timeout: 1 }))).toMatchObject({
      address: '10.0.0.2',
    })
    here.pass(4, false)
    await fails(ns.ping({ address: '10.0.0.2', timeout: 0.3 }), 'ETIMEDOUT')
    await here.close()
    await here.close()
    expect(await ns.link.get('ppp0')).toBeUndefined()
    await fails(here.receive(), 'VNET_CLOSED')
    expect(() => here.send(packet(LCP))).toThrow(expect.objectContaining({ code: 'VNET_CLOSED' }))
  })

  suite.test('its end: its link is deleted, its Ethernet link is set down, it is closed', basis, async (context) => {
    const { ns, far, here, there } = await sessions(context)
    here.attach(1492)
    const ended = fails(here.receive(), 'ENXIO')
    await ns.link.delete('ppp0')
    expect(await ended).toMatchObject({ operation: 'pppoe receive', subject: 'v0', hint: expect.any(String) })
    await here.close()
    const again = await ns.openPppoe({ link: 'v0', session: 7, mac: mac(2) })
    await passes(again, there, packet(LCP, 1))
    const down = fails(there.receive(), 'ENXIO')
    await far.link.set('v1', { up: false })
    await down
    const pending = fails(again.receive(), 'VNET_CLOSED')
    await again.close()
    await pending
  })

  suite.test('what is refused', basis, async (context) => {
    const { ns } = await sessions(context)
    const open = (link: string, session: number, other: string) => ns.openPppoe({ link, session, mac: other })
    expect(await fails(open('v0', 7, mac(2)), 'EALREADY')).toMatchObject({ operation: 'pppoe open', subject: 'v0' })
    await fails(open('none', 8, mac(2)), 'ENODEV')
    await ns.link.set('v0', { up: false })
    expect((await fails(open('v0', 8, mac(2)), 'ENETDOWN')).hint).toContain('set it up')
    for (const session of [0, 65_535, 1.5]) await refuses(open('v0', session, mac(2)))
    await refuses(open('v0', 8, 'x'))
    await refuses(open('v0', 8, '01:00:00:00:00:01'))
  })
}
