/** What a host does before it uses an IPv6 address: it asks who has it (RFC 4862 § 5.4, RFC 7527). @module */
import type { Address, Namespace, TunPort } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually, fails, sleep } from './expectation.js'
import { hex, ip6, joined } from './frame.js'
import { icmpv6, icmpv6In, macOption } from './icmpv6-frame.js'
import { readOf, write } from './port-frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

const [HOST, STATION] = [mac(1), mac(0x51)]
const OWN = 'fe80::ff:fe00:1'
const ADDRESS = '2001:db8::7'
const GROUP = 'ff02::1:ff00:7'
const [SOLICITATION, ADVERTISEMENT] = [135, 136]
const nonceType = 14

/** A host on a TAP of the test's, whose link-local address nobody else had. */
async function hostOn({ ns, defer, supports }: Context): Promise<{ port: TunPort; ns: Namespace }> {
  const port = await ns.openTap({ name: 'tap0', mac: HOST })
  defer(() => port.close())
  const interval = async (milliseconds: number) => {
    if (supports.sysctl === true) await ns.sysctl.set('net.ipv6.neigh.tap0.retrans_time_ms', milliseconds)
  }
  // Nobody objects to the first address, so it need not take long.
  if (supports.sysctl === true) await ns.sysctl.set('net.ipv6.conf.tap0.router_solicitation_delay', 0)
  await interval(10)
  await ns.link.set('tap0', { up: true })
  await eventually(async () => expect((await entryOf(ns, OWN))?.flags).toEqual(['permanent']))
  await interval(1000)
  return { port, ns }
}

const entryOf = async (ns: Namespace, text: string): Promise<Address | undefined> =>
  (await ns.address.list({ link: 'tap0', family: 6 })).find(({ address }) => address === text)

/** The host's question whether somebody has an address. */
const probeOf = (port: TunPort, target: string): Promise<Uint8Array> =>
  readOf(port, (frame) => {
    const said = icmpv6In(frame)
    return said?.type === SOLICITATION && said.from === '::' && hex(said.message.subarray(8, 24)) === hex(ip6(target))
  })

/** Somebody says that an address is its own. */
const claim = (target: string): Uint8Array =>
  icmpv6({
    mac: STATION,
    from: target,
    to: 'ff02::1',
    message: joined(Uint8Array.of(ADVERTISEMENT, 0, 0, 0, 0x20, 0, 0, 0), ip6(target), macOption(2, STATION)),
  })

/** Somebody asks for an address, from another or from none. */
const question = (target: string, group: string, from = '::', ...options: Uint8Array[]): Uint8Array =>
  icmpv6({
    mac: STATION,
    from,
    to: group,
    message: joined(Uint8Array.of(SOLICITATION, 0, 0, 0, 0, 0, 0, 0), ip6(target), ...options),
  })

/** Registers the tests. */
export function addressDetection(suite: Suite): void {
  const needs = ['tun port', 'link tap', 'packets'] as const

  suite.test('asked for before it is used: once, from nobody, with a number', needs, async (context) => {
    const { port, ns } = await hostOn(context)
    await ns.address.add({ link: 'tap0', address: `${ADDRESS}/64` })
    expect((await entryOf(ns, ADDRESS))?.flags).toContain('tentative')
    const frame = await probeOf(port, ADDRESS)
    const said = icmpv6In(frame)
    expect(said).toMatchObject({ from: '::', to: GROUP, hops: 255, alert: false })
    expect(hex(frame.subarray(0, 12))).toBe(hex(joined(Uint8Array.of(0x33, 0x33, 0xff, 0, 0, 7, 2, 0, 0, 0, 0, 1))))
    // Eight octets of options: the number, and no MAC, for there is no address that it would be of.
    expect([said?.message.length, said?.message[24], said?.message[25]]).toEqual([32, nonceType, 1])
    await eventually(async () => expect((await entryOf(ns, ADDRESS))?.flags).toEqual(['permanent']))
  })

  suite.test('nodad: used at once, without a question', needs, async (context) => {
    const { port, ns } = await hostOn(context)
    await ns.address.add({ link: 'tap0', address: '2001:db8::8/64', noDad: true })
    expect((await entryOf(ns, '2001:db8::8'))?.flags).toEqual(['nodad', 'permanent'])
    await ns.address.add({ link: 'tap0', address: `${ADDRESS}/64` })
    const first = await readOf(port, (frame) => {
      const said = icmpv6In(frame)
      return said?.type === SOLICITATION && said.message[9] === 1 && said.from === '::'
    })
    expect(hex(icmpv6In(first)?.message.subarray(8, 24) as Uint8Array)).toBe(hex(ip6(ADDRESS)))
  })

  for (const [what, frame] of [
    ['claims it', claim(ADDRESS)],
    ['asks for it too', question(ADDRESS, GROUP, '::', Uint8Array.of(nonceType, 1, 1, 2, 3, 4, 5, 6))],
  ] as const) {
    suite.test(`somebody else ${what}: it stays, and is not used`, needs, async (context) => {
      const { port, ns } = await hostOn(context)
      await ns.address.add({ link: 'tap0', address: `${ADDRESS}/64` })
      await probeOf(port, ADDRESS)
      await write(port, frame)
      await eventually(async () =>
        expect((await entryOf(ns, ADDRESS))?.flags).toEqual(['dadfailed', 'tentative', 'permanent']),
      )
      await sleep(1200)
      expect((await entryOf(ns, ADDRESS))?.flags).toContain('dadfailed')
      const local = await ns.route.list({ table: 'local', link: 'tap0', family: 6 })
      expect(local.map(({ destination }) => destination)).not.toContain(`${ADDRESS}/128`)
    })
  }

  suite.test('an address for a time goes when somebody else has it', needs, async (context) => {
    const { port, ns } = await hostOn(context)
    await ns.address.add({ link: 'tap0', address: `${ADDRESS}/64`, validLifetime: 1000, preferredLifetime: 500 })
    await probeOf(port, ADDRESS)
    await write(port, claim(ADDRESS))
    await eventually(async () => expect(await entryOf(ns, ADDRESS)).toBeUndefined())
  })

  suite.test(
    'its own question that comes back says nothing, nor does one to the wrong group',
    needs,
    async (context) => {
      const { port, ns } = await hostOn(context)
      await ns.address.add({ link: 'tap0', address: `${ADDRESS}/64` })
      await write(port, await probeOf(port, ADDRESS))
      await write(port, question(ADDRESS, 'ff02::1'))
      await write(port, question(ADDRESS, GROUP, '::', macOption(1, STATION)))
      await eventually(async () => expect((await entryOf(ns, ADDRESS))?.flags).toEqual(['permanent']))
    },
  )

  suite.test(
    'asked for as often as wanted: twice, or not at all (dad_transmits)',
    [...needs, 'sysctl'],
    async (context) => {
      const { port, ns } = await hostOn(context)
      await ns.sysctl.set('net.ipv6.neigh.tap0.retrans_time_ms', 20)
      await ns.sysctl.set('net.ipv6.conf.tap0.dad_transmits', 2)
      await ns.address.add({ link: 'tap0', address: `${ADDRESS}/64` })
      await probeOf(port, ADDRESS)
      await probeOf(port, ADDRESS)
      await eventually(async () => expect((await entryOf(ns, ADDRESS))?.flags).toEqual(['permanent']))
      await ns.sysctl.set('net.ipv6.conf.tap0.dad_transmits', 0)
      await ns.address.add({ link: 'tap0', address: '2001:db8::8/64' })
      await eventually(async () => expect((await entryOf(ns, '2001:db8::8'))?.flags).toEqual(['permanent']))
      await ns.sysctl.set('net.ipv6.conf.tap0.dad_transmits', 1)
      await ns.address.add({ link: 'tap0', address: '2001:db8::9/64' })
      const next = await readOf(port, (frame) => {
        const said = icmpv6In(frame)
        return said?.type === SOLICITATION && said.from === '::'
      })
      expect(hex(icmpv6In(next)?.message.subarray(8, 24) as Uint8Array)).toBe(hex(ip6('2001:db8::9')))
    },
  )

  suite.test('accept_dad 2: a link whose MAC somebody else has loses IPv6', [...needs, 'sysctl'], async (context) => {
    const { ns, defer } = context
    const port = await ns.openTap({ name: 'tap0', mac: HOST })
    defer(() => port.close())
    const set = (name: string, value: number) => ns.sysctl.set(`net.ipv6.conf.tap0.${name}`, value)
    await set('router_solicitation_delay', 0)
    await set('accept_dad', 2)
    await ns.link.set('tap0', { up: true })
    await ns.address.add({ link: 'tap0', address: '2001:db8::9/64', noDad: true })
    await probeOf(port, OWN)
    await write(port, claim(OWN))
    await eventually(async () => expect(await ns.sysctl.get('net.ipv6.conf.tap0.disable_ipv6')).toBe('1'))
    expect(await ns.address.list({ link: 'tap0', family: 6 })).toEqual([])
    await fails(ns.address.add({ link: 'tap0', address: `${ADDRESS}/64` }), 'EACCES')
    // Nobody asks, so nobody can object.
    await set('dad_transmits', 0)
    await set('disable_ipv6', 0)
    await eventually(async () => expect((await entryOf(ns, OWN))?.flags).toEqual(['permanent']))
  })

  suite.test(
    'accept_dad 2: another address that somebody has stays, and is not used',
    [...needs, 'sysctl'],
    async (context) => {
      const { port, ns } = await hostOn(context)
      await ns.sysctl.set('net.ipv6.conf.all.accept_dad', 2)
      await ns.address.add({ link: 'tap0', address: `${ADDRESS}/64` })
      await probeOf(port, ADDRESS)
      await write(port, claim(ADDRESS))
      await eventually(async () => expect((await entryOf(ns, ADDRESS))?.flags).toContain('dadfailed'))
      expect(await ns.sysctl.get('net.ipv6.conf.tap0.disable_ipv6')).toBe('0')
      expect((await entryOf(ns, OWN))?.flags).toEqual(['permanent'])
    },
  )

  suite.test('who asks whether it is free is told: to all, and not as an answer', needs, async (context) => {
    const { port } = await hostOn(context)
    await write(port, question(OWN, 'ff02::1:ff00:1'))
    const told = icmpv6In(await readOf(port, (frame) => icmpv6In(frame)?.type === ADVERTISEMENT))
    expect(told).toMatchObject({ from: OWN, to: 'ff02::1', hops: 255 })
    expect([told?.message[4], hex(told?.message.subarray(24) as Uint8Array)]).toEqual([0x20, hex(macOption(2, HOST))])
  })

  suite.test('who asks the address itself is told that it is there, and no MAC', needs, async (context) => {
    const { port } = await hostOn(context)
    const unicast = icmpv6({
      mac: STATION,
      from: 'fe80::51',
      to: OWN,
      toMac: HOST,
      message: joined(Uint8Array.of(SOLICITATION, 0, 0, 0, 0, 0, 0, 0), ip6(OWN), macOption(1, STATION)),
    })
    await write(port, unicast)
    const told = icmpv6In(await readOf(port, (frame) => icmpv6In(frame)?.type === ADVERTISEMENT))
    expect(told).toMatchObject({ from: OWN, to: 'fe80::51' })
    expect([told?.message[4], told?.message.length]).toEqual([0x40, 24])
  })
}
