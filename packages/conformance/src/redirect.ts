/** Hosts that are told of a nearer router, whom they believe, and for how long (`accept_redirects`; RFC 792, RFC 4861 § 8). @module */
import type { Namespace, TunPort } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually } from './expectation.js'
import { arp, ethernet, hex, ip4, ip6, ipv4, joined, put16, sum, u16, unknownMac } from './frame.js'
import { icmpv6, icmpv6In, macOption } from './icmpv6-frame.js'
import { readOf, write } from './port-frame.js'
import { isOwn } from './routed.js'
import { opener } from './socket-place.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

const [IPV4, IPV6] = [0x0800, 0x86dd]
const [ICMP, REDIRECT4, REDIRECT6, ADVERTISEMENT] = [1, 5, 137, 136]
/** MACs of the host, of its router, and of others. */
const [HOST, ROUTER, NEARER, OTHER] = [mac(1), mac(0x52), mac(0x53), mac(0x54)]
const destination = { 4: '10.9.0.1', 6: '2001:db8:9::1' } as const

/** A host on a TAP of the test's, with a default router of each version of IP. */
async function hostOn({ ns, defer }: Context) {
  const port = await ns.openTap({ name: 'tap0', mac: HOST, up: true })
  defer(() => port.close())
  await ns.address.add({ link: 'tap0', address: '10.0.0.1/24' })
  for (const address of ['2001:db8::1/64', 'fe80::1/64']) await ns.address.add({ link: 'tap0', address, noDad: true })
  for (const address of ['2001:db8::1', 'fe80::1']) await isOwn(ns, address)
  const known = [
    ['10.0.0.2', ROUTER],
    ['10.0.0.3', NEARER],
    ['10.0.0.4', OTHER],
    ['10.77.0.1', OTHER],
    ['fe80::52', ROUTER],
    ['fe80::54', OTHER],
  ] as const
  for (const [address, mac] of known) await ns.neighbour.add({ link: 'tap0', address, mac })
  await ns.route.add({ destination: 'default', via: '10.0.0.2' })
  await ns.route.add({ destination: 'default', via: 'fe80::52', link: 'tap0' })
  const open = opener(defer)
  /** What the host sends to somebody, as it comes out of the TAP. */
  const send = async (to: string, link?: string) => {
    const kind = to.includes(':') ? 'udp6' : 'udp4'
    const socket = await open(ns, link === undefined ? { kind } : { kind, link })
    await socket.send(Uint8Array.of(1), { address: to, port: 7 })
    const [type, at, octets] = kind === 'udp4' ? [IPV4, 30, ip4(to)] : [IPV6, 38, ip6(to)]
    return readOf(
      port,
      (frame) => u16(frame, 12) === type && hex(frame.subarray(at, at + octets.length)) === hex(octets),
    )
  }
  return { ns, port, send }
}

/** A question of ping that the host could have sent. */
const echo6 = icmpv6({
  mac: HOST,
  toMac: ROUTER,
  from: '2001:db8::1',
  to: destination[6],
  message: Uint8Array.of(128, 0, 0, 0, 1, 2, 0, 1),
})

const macOf = (frame: Uint8Array): string => hex(frame.subarray(0, 6), ':')

/** A router says who is nearer to the destination of a frame that it got. */
function redirect4(about: Uint8Array, gateway: string, from = '10.0.0.2', code = 1): Uint8Array {
  const message = joined(Uint8Array.of(REDIRECT4, code, 0, 0), ip4(gateway), about.subarray(14, 42))
  put16(message, 2, ~sum(message) & 0xffff)
  return ethernet(HOST, ROUTER, IPV4, ipv4(from, '10.0.0.1', ICMP, message))
}

interface Told {
  readonly target: string
  readonly to?: string
  readonly from?: string
  readonly hops?: number
  /** The frame that it is about; without it none is quoted. */
  readonly about?: Uint8Array
  readonly mac?: string
}

function redirect6({ target, to = destination[6], from = 'fe80::52', hops = 255, about, mac }: Told): Uint8Array {
  const quoted = about?.subarray(14, 14 + ((about.length - 14) & ~7)) ?? new Uint8Array()
  const quotation =
    about === undefined ? quoted : joined(Uint8Array.of(4, 1 + quoted.length / 8, 0, 0, 0, 0, 0, 0), quoted)
  const option = mac === undefined ? new Uint8Array() : macOption(2, mac)
  const message = joined(Uint8Array.of(REDIRECT6, 0, 0, 0, 0, 0, 0, 0), ip6(target), ip6(to), option, quotation)
  return icmpv6({ mac: ROUTER, toMac: HOST, from, to: '2001:db8::1', message, hops })
}

const viaOf = async (ns: Namespace, to: string): Promise<string | undefined> => (await ns.route.get(to))?.via

/** Writes what must change nothing, then what does; so it was read. */
async function ignored(
  { ns, port, send }: { ns: Namespace; port: TunPort; send: (to: string) => Promise<Uint8Array> },
  frames: readonly Uint8Array[],
): Promise<void> {
  const witness = `10.9.9.${++witnesses}`
  const about = await send(witness)
  const before = { 4: await viaOf(ns, destination[4]), 6: await viaOf(ns, destination[6]) }
  for (const frame of frames) await write(port, frame)
  await write(port, redirect4(about, '10.0.0.3'))
  await eventually(async () => expect(await viaOf(ns, witness)).toBe('10.0.0.3'))
  expect({ 4: await viaOf(ns, destination[4]), 6: await viaOf(ns, destination[6]) }).toEqual(before)
}
let witnesses = 0

/** Registers the tests. */
export function redirect(suite: Suite): void {
  const needs = ['packets', 'sysctl', 'tun port', 'link tap', 'socket'] as const

  suite.test('IPv4: packets to one destination go by the nearer router, for five minutes', needs, async (context) => {
    const { ns, port, send } = await hostOn(context)
    const about = await send(destination[4])
    expect(macOf(about)).toBe(ROUTER)
    await write(port, redirect4(about, '10.0.0.3'))
    const route = await eventually(async () => {
      const found = await ns.route.get(destination[4])
      expect(found?.via).toBe('10.0.0.3')
      return found
    })
    expect(route?.expires).toBeGreaterThan(200)
    expect(route?.expires).toBeLessThanOrEqual(300)
    expect(macOf(await send(destination[4]))).toBe(NEARER)
    expect(macOf(await send('10.9.0.2'))).toBe(ROUTER)
    // No route was made, and another route to there ends it.
    const routes = await ns.route.list({ family: 4 })
    expect(routes.map(({ destination, via }) => [destination, via])).toContainEqual(['default', '10.0.0.2'])
    expect(routes.map(({ via }) => via)).not.toContain('10.0.0.3')
    await ns.route.set({ destination: 'default', via: '10.0.0.4' })
    expect(await viaOf(ns, destination[4])).toBe('10.0.0.4')
    expect(macOf(await send(destination[4]))).toBe(OTHER)
  })

  suite.test('IPv4: only the router in use is believed, about what was sent', needs, async (context) => {
    const host = await hostOn(context)
    const about = await host.send(destination[4])
    const foreign = about.slice()
    put16(foreign, 34, u16(foreign, 34) ^ 1)
    await ignored(host, [
      redirect4(about, '10.0.0.4', '10.0.0.4'),
      redirect4(foreign, '10.0.0.4'),
      redirect4(about, '10.0.0.4', '10.0.0.2', 4),
      redirect4(about, '10.0.0.2'),
      redirect4(about, '10.0.0.1'),
      redirect4(about, '224.0.0.1'),
      redirect4(about, '0.0.0.0'),
      redirect4(about.subarray(0, 38), '10.0.0.4'),
    ])
    // Now the router in use is another one.
    await write(host.port, redirect4(about, '10.0.0.3'))
    await eventually(async () => expect(await viaOf(host.ns, destination[4])).toBe('10.0.0.3'))
    await ignored(host, [redirect4(about, '10.0.0.4')])
    await write(host.port, redirect4(about, '10.0.0.4', '10.0.0.3'))
    await eventually(async () => expect(await viaOf(host.ns, destination[4])).toBe('10.0.0.4'))
  })

  suite.test('IPv4: a router whose MAC is not known is asked for, and used the next time', needs, async (context) => {
    const { ns, port, send } = await hostOn(context)
    const about = await send(destination[4])
    await write(port, redirect4(about, '10.0.0.9'))
    await readOf(port, (frame) => u16(frame, 12) === 0x0806 && hex(frame.subarray(38, 42)) === hex(ip4('10.0.0.9')))
    expect(await viaOf(ns, destination[4])).toBe('10.0.0.2')
    await write(port, arp(2, HOST, NEARER, '10.0.0.9', HOST, '10.0.0.1'))
    await write(port, redirect4(about, '10.0.0.9'))
    await eventually(async () => expect(await viaOf(ns, destination[4])).toBe('10.0.0.9'))
  })

  suite.test('IPv4: accept_redirects, shared_media and secure_redirects', needs, async (context) => {
    const host = await hostOn(context)
    const { ns, port, send } = host
    const set = async (name: string, value: number) => {
      for (const whose of ['all', 'tap0']) await ns.sysctl.set(`net.ipv4.conf.${whose}.${name}`, value)
    }
    const about = await send(destination[4])
    // Of routers all must want it, of hosts one.
    await set('accept_redirects', 0)
    await write(port, redirect4(about, '10.0.0.3'))
    const ask = arp(1, HOST, ROUTER, '10.0.0.2', unknownMac, '10.0.0.1')
    await write(port, ask)
    await readOf(port, (frame) => u16(frame, 12) === 0x0806 && u16(frame, 20) === 2)
    expect(await viaOf(ns, destination[4])).toBe('10.0.0.2')
    await ns.sysctl.set('net.ipv4.conf.all.accept_redirects', 1)
    // On one cable there may be several networks, or there are not.
    await set('shared_media', 0)
    await set('secure_redirects', 0)
    await ignored(host, [redirect4(about, '10.77.0.1')])
    await set('secure_redirects', 1)
    await write(port, redirect4(about, '10.0.0.3'))
    await write(port, ask)
    await readOf(port, (frame) => u16(frame, 12) === 0x0806 && u16(frame, 20) === 2)
    expect(await viaOf(ns, destination[4]), 'no router of ours').toBe('10.0.0.2')
    await ns.route.add({ destination: '10.8.0.0/16', via: '10.0.0.3' })
    await write(port, redirect4(about, '10.0.0.3'))
    await eventually(async () => expect(await viaOf(ns, destination[4])).toBe('10.0.0.3'))
    await set('shared_media', 1)
    await write(port, redirect4(about, '10.77.0.1', '10.0.0.3'))
    await eventually(async () => expect(await viaOf(ns, destination[4])).toBe('10.77.0.1'))
  })

  suite.test('IPv6: a nearer router, whose MAC comes with it', needs, async (context) => {
    const { ns, port, send } = await hostOn(context)
    expect(macOf(await send(destination[6]))).toBe(ROUTER)
    await write(port, redirect6({ target: 'fe80::53', about: echo6, mac: NEARER }))
    await eventually(async () => expect(await viaOf(ns, destination[6])).toBe('fe80::53'))
    expect(await ns.neighbour.get({ link: 'tap0', address: 'fe80::53' })).toMatchObject({
      mac: NEARER,
      flags: ['router'],
    })
    expect(macOf(await send(destination[6]))).toBe(NEARER)
    expect(macOf(await send('2001:db8:9::2'))).toBe(ROUTER)
    // Who says that it is no router is none.
    const said = joined(Uint8Array.of(ADVERTISEMENT, 0, 0, 0, 0x20, 0, 0, 0), ip6('fe80::53'), macOption(2, NEARER))
    await write(port, icmpv6({ mac: NEARER, from: 'fe80::53', to: 'ff02::1', message: said }))
    await eventually(async () => expect(await viaOf(ns, destination[6])).toBe('fe80::52'))
  })

  suite.test('IPv6: a destination on the link itself, of a socket that is bound to it', needs, async (context) => {
    const { ns, port, send } = await hostOn(context)
    const about = await send(destination[6], 'tap0')
    await write(port, redirect6({ target: destination[6], about, mac: NEARER }))
    await eventually(async () => expect(await viaOf(ns, destination[6])).toBeUndefined())
    expect(macOf(await send(destination[6]))).toBe(NEARER)
    expect((await ns.neighbour.get({ link: 'tap0', address: destination[6] }))?.flags).toEqual([])
  })

  suite.test('IPv6: without a MAC it is asked for; without a quotation it counts too', needs, async (context) => {
    const { ns, port } = await hostOn(context)
    await write(port, redirect6({ target: 'fe80::53' }))
    await eventually(async () => expect(await viaOf(ns, destination[6])).toBe('fe80::53'))
    const socket = await opener(context.defer)(ns, { kind: 'udp6' })
    await socket.send(Uint8Array.of(1), { address: destination[6], port: 7 })
    const asked = await readOf(port, (frame) => icmpv6In(frame)?.type === 135 && icmpv6In(frame)?.from !== '::')
    expect(hex(icmpv6In(asked)?.message.subarray(8, 24) as Uint8Array)).toBe(hex(ip6('fe80::53')))
  })

  suite.test('IPv6: whom a host does not believe', needs, async (context) => {
    const host = await hostOn(context)
    const foreign = (await host.send(destination[6], 'tap0')).slice()
    put16(foreign, 54, u16(foreign, 54) ^ 1)
    const good = { target: 'fe80::54', about: echo6, mac: OTHER }
    await ignored(host, [
      redirect6({ ...good, hops: 254 }),
      redirect6({ ...good, from: '2001:db8::52' }),
      redirect6({ ...good, from: 'fe80::54' }),
      redirect6({ ...good, target: '2001:db8::54' }),
      redirect6({ ...good, about: foreign }),
      // The route of a socket that is bound to no link is not found.
      redirect6({ ...good, about: await host.send(destination[6]) }),
    ])
    await host.ns.sysctl.set('net.ipv6.conf.tap0.accept_redirects', 0)
    await ignored(host, [redirect6(good)])
    await host.ns.sysctl.set('net.ipv6.conf.tap0.accept_redirects', 1)
    await host.ns.sysctl.set('net.ipv6.conf.tap0.forwarding', 1)
    await ignored(host, [redirect6(good)])
    await host.ns.sysctl.set('net.ipv6.conf.tap0.forwarding', 0)
    await write(host.port, redirect6(good))
    await eventually(async () => expect(await viaOf(host.ns, destination[6])).toBe('fe80::54'))
  })
}
