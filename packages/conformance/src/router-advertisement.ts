/** How a host finds routers, and what it takes from them (RFC 4861 § 6.3, RFC 4862 § 5.5, RFC 4191). @module */
import type { Namespace, Route, TunPort } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually } from './expectation.js'
import { hex, ip6, joined, put16 } from './frame.js'
import { icmpv6, icmpv6In, macOption } from './icmpv6-frame.js'
import { readOf, write } from './port-frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

const [HOST, ROUTER] = [mac(1), mac(0x51)]
const OWN = 'fe80::ff:fe00:1'
const VIA = 'fe80::51'
const [SOLICITATION, ADVERTISEMENT, ECHO] = [133, 134, 128]

/** A host on a TAP of the test's, once it asks for routers. */
async function hostOn({ ns, defer }: Context): Promise<{ port: TunPort; ns: Namespace; asked: Uint8Array }> {
  const port = await ns.openTap({ name: 'tap0', mac: HOST, up: true })
  defer(() => port.close())
  return { port, ns, asked: await nextQuestion(port) }
}

const nextQuestion = (port: TunPort) => readOf(port, (frame) => icmpv6In(frame)?.type === SOLICITATION)

/** What a router tells of itself. `lifetime` in seconds; `flags` hold its preference. */
function advertisement(
  said: { readonly lifetime: number; readonly flags?: number; readonly hops?: number; readonly from?: string },
  ...options: readonly Uint8Array[]
): Uint8Array {
  const head = new Uint8Array(16)
  head.set([ADVERTISEMENT, 0, 0, 0, said.hops ?? 0, said.flags ?? 0])
  put16(head, 6, said.lifetime)
  return icmpv6({
    mac: ROUTER,
    from: said.from ?? VIA,
    to: 'ff02::1',
    message: joined(head, macOption(1, ROUTER), ...options),
  })
}

/** A route that a router tells of: `flags` hold its preference, `lifetime` is in seconds. */
function routeTold(text: string, length: number, flags: number, lifetime: number): Uint8Array {
  const units = 1 + Math.ceil(length / 64)
  const option = new Uint8Array(8 * units)
  option.set([24, units, length, flags])
  new DataView(option.buffer).setUint32(4, lifetime)
  option.set(ip6(text).subarray(0, 8 * (units - 1)), 8)
  return option
}

const setting = (name: string) => `net.ipv6.conf.tap0.accept_ra_${name}`

/** A prefix: 0x80 on the link, 0x40 to make addresses of. Lifetimes in seconds. */
function prefix(text: string, flags: number, valid: number, preferred: number, length = 64): Uint8Array {
  const option = new Uint8Array(32)
  const view = new DataView(option.buffer)
  option.set([3, 4, length, flags])
  view.setUint32(4, valid)
  view.setUint32(8, preferred)
  option.set(ip6(text), 16)
  return option
}

const mtu = (octets: number): Uint8Array =>
  joined(Uint8Array.of(5, 1, 0, 0, 0, 0), Uint8Array.of(octets >> 8, octets & 255))

const routesOf = async (ns: Namespace, destination: string): Promise<readonly Route[]> =>
  (await ns.route.list({ family: 6, link: 'tap0' })).filter((route) => route.destination === destination)

const addressesOf = async (ns: Namespace) =>
  (await ns.address.list({ link: 'tap0', family: 6 })).filter(({ scope }) => scope === 'global')

/** Registers the tests. */
export function routerAdvertisement(suite: Suite): void {
  const needs = ['tun port', 'link tap', 'packets'] as const

  suite.test('asked for with the first address, and again after about four seconds', needs, async (context) => {
    const { port, asked } = await hostOn(context)
    const begun = performance.now()
    expect(icmpv6In(asked)).toMatchObject({ from: OWN, to: 'ff02::2', hops: 255 })
    expect(hex(icmpv6In(asked)?.message.subarray(8) as Uint8Array)).toBe(hex(macOption(1, HOST)))
    await nextQuestion(port)
    const passed = performance.now() - begun
    expect(passed).toBeGreaterThan(3000)
  })

  suite.test('a default route for as long as it says, and no longer', needs, async (context) => {
    const { port, ns } = await hostOn(context)
    await write(port, advertisement({ lifetime: 1800, flags: 0x08, hops: 33 }))
    const [route] = await eventually(async () => {
      const found = await routesOf(ns, 'default')
      expect(found).toHaveLength(1)
      return found
    })
    expect(route).toMatchObject({
      via: VIA,
      protocol: 'ra',
      metric: 1024,
      preference: 'high',
      metrics: { hopLimit: 33 },
    })
    expect(route?.expires).toBeGreaterThan(1700)
    expect(route?.expires).toBeLessThanOrEqual(1800)
    const neighbour = await ns.neighbour.get({ link: 'tap0', address: VIA })
    expect(neighbour).toMatchObject({ mac: ROUTER, flags: ['router'] })
    await write(port, advertisement({ lifetime: 0 }))
    await eventually(async () => expect(await routesOf(ns, 'default')).toEqual([]))
  })

  suite.test('routes to other networks, as long as their prefixes may be', [...needs, 'sysctl'], async (context) => {
    const { port, ns } = await hostOn(context)
    if ((await ns.sysctl.get(setting('rt_info_max_plen'))) === undefined)
      context.skip('lacks capability: sysctl (accept_ra_rt_info_max_plen: it needs CONFIG_IPV6_ROUTE_INFO)')
    const [near, far] = ['2001:db8:5::/48', '2001:db8:6:7:8::/80']
    const say = (flags: number, lifetime: number) =>
      write(
        port,
        advertisement(
          { lifetime: 0 },
          routeTold('2001:db8:5::', 48, flags, lifetime),
          routeTold('2001:db8:6:7:8::', 80, flags, lifetime),
          routeTold('2001:db8:a::', 48, 0x10, lifetime),
        ),
      )
    const told = async () =>
      (await ns.route.list({ family: 6, link: 'tap0' })).filter(({ protocol }) => protocol === 'ra')
    const destinations = async () => (await told()).map(({ destination }) => destination).sort()
    // Without a setting the default route alone.
    await say(0x08, 600)
    await write(port, advertisement({ lifetime: 0 }, routeTold('::', 0, 0x08, 600)))
    await eventually(async () => expect(await told()).toHaveLength(1))
    expect(await told()).toMatchObject([{ destination: 'default', via: VIA, preference: 'high', metric: 1024 }])
    await write(port, advertisement({ lifetime: 0 }, routeTold('::', 0, 0x08, 0)))
    await eventually(async () => expect(await told()).toEqual([]))
    await ns.sysctl.set(setting('rt_info_max_plen'), 64)
    await say(0x08, 600)
    await eventually(async () => expect(await destinations()).toEqual([near]))
    expect(await told()).toMatchObject([{ via: VIA, protocol: 'ra', metric: 1024, preference: 'high' }])
    expect((await told())[0]?.expires).toBeGreaterThan(500)
    await ns.sysctl.set(setting('rt_info_max_plen'), 128)
    await ns.sysctl.set(setting('rt_info_min_plen'), 64)
    await say(0x18, 0xffffffff)
    await eventually(async () => expect(await destinations()).toEqual([near, far]))
    expect(await routesOf(ns, far)).toMatchObject([{ preference: 'low' }])
    expect((await routesOf(ns, far))[0]?.expires).toBeUndefined()
    expect(await routesOf(ns, near)).toMatchObject([{ preference: 'high' }])
    await ns.sysctl.set(setting('rt_info_min_plen'), 0)
    await say(0x00, 300)
    await eventually(async () => expect(await routesOf(ns, near)).toMatchObject([{ preference: 'medium' }]))
    expect((await routesOf(ns, far))[0]?.expires).toBeLessThanOrEqual(300)
    await say(0, 0)
    await eventually(async () => expect(await told()).toEqual([]))
  })

  suite.test(
    'of several routers the one that is preferred, where that counts',
    [...needs, 'sysctl'],
    async (context) => {
      const { port, ns } = await hostOn(context)
      if ((await ns.sysctl.get(setting('rtr_pref'))) === undefined)
        context.skip('lacks capability: sysctl (accept_ra_rtr_pref: it needs CONFIG_IPV6_ROUTER_PREF)')
      const own = prefix('2001:db8:1::', 0xc0, 3600, 1800)
      const other = 'fe80::52'
      const via = async () => (await ns.route.get('2001:db8:99::1'))?.via
      await write(port, advertisement({ lifetime: 1800, flags: 0x18 }, own))
      await write(port, advertisement({ lifetime: 1800, flags: 0x08, from: other }))
      await eventually(async () => expect(await routesOf(ns, 'default')).toHaveLength(2))
      await eventually(async () => expect((await addressesOf(ns))[0]?.flags).toEqual(['mngtmpaddr']))
      expect(await via()).toBe(other)
      await write(port, advertisement({ lifetime: 1800, flags: 0x18, from: other }))
      await write(port, advertisement({ lifetime: 1800, flags: 0x00 }))
      await eventually(async () => expect(await via()).toBe(VIA))
      await ns.sysctl.set(setting('rtr_pref'), 0)
      await write(port, advertisement({ lifetime: 1800, flags: 0x08, from: other }))
      await eventually(async () =>
        expect((await routesOf(ns, 'default')).map(({ preference }) => preference)).toEqual(['medium', 'medium']),
      )
    },
  )

  suite.test(
    'a token is the second half of addresses; with another one they go, and routers are asked',
    needs,
    async (context) => {
      const { port, ns } = await hostOn(context)
      await ns.token.set({ link: 'tap0', token: '::5' })
      await nextQuestion(port)
      const said = advertisement({ lifetime: 0 }, prefix('2001:db8:1::', 0xc0, 3600, 1800))
      const texts = async () => (await addressesOf(ns)).map(({ address }) => address)
      await write(port, said)
      await eventually(async () => expect(await texts()).toEqual(['2001:db8:1::5']))
      // Somebody chose this one, so it stays.
      await ns.address.add({ link: 'tap0', address: '2001:db8:1::77/64', noDad: true })
      await ns.token.set({ link: 'tap0', token: '::a:b:c:d' })
      await eventually(async () => expect(await texts()).toEqual(['2001:db8:1::77']))
      await nextQuestion(port)
      await write(port, said)
      await eventually(async () => expect((await texts()).sort()).toEqual(['2001:db8:1:0:a:b:c:d', '2001:db8:1::77']))
      await ns.token.delete({ link: 'tap0' })
      await eventually(async () => expect(await texts()).toEqual(['2001:db8:1::77']))
      await write(port, said)
      await eventually(async () => expect((await texts()).sort()).toEqual(['2001:db8:1::77', '2001:db8:1::ff:fe00:1']))
    },
  )

  suite.test('a prefix: a route to it, and an address of it', needs, async (context) => {
    const { port, ns } = await hostOn(context)
    await write(port, advertisement({ lifetime: 0 }, prefix('2001:db8:1::', 0xc0, 3600, 1800)))
    const [address] = await eventually(async () => {
      const found = await addressesOf(ns)
      expect(found.map(({ flags }) => flags)).toEqual([['mngtmpaddr']])
      return found
    })
    expect(address).toMatchObject({ address: '2001:db8:1::ff:fe00:1', prefixLength: 64, protocol: 'kernel_ra' })
    expect(address?.validLifetime).toBeGreaterThan(3500)
    expect(address?.preferredLifetime).toBeLessThanOrEqual(1800)
    const [route] = await routesOf(ns, '2001:db8:1::/64')
    expect(route).toMatchObject({ protocol: 'kernel', metric: 256 })
    expect(route?.expires).toBeGreaterThan(3500)
    expect(route?.via).toBeUndefined()
  })

  suite.test('a prefix on the link alone, and one for addresses alone', needs, async (context) => {
    const { port, ns } = await hostOn(context)
    const [onLink, autonomous] = [prefix('2001:db8:1::', 0x80, 3600, 0), prefix('2001:db8:2::', 0x40, 3600, 3600)]
    await write(port, advertisement({ lifetime: 0 }, onLink, autonomous))
    await eventually(async () => expect(await addressesOf(ns)).toHaveLength(1))
    expect(await addressesOf(ns)).toMatchObject([{ address: '2001:db8:2::ff:fe00:1' }])
    expect(await routesOf(ns, '2001:db8:1::/64')).toHaveLength(1)
    expect(await routesOf(ns, '2001:db8:2::/64')).toEqual([])
    // Zero takes the route back.
    await write(port, advertisement({ lifetime: 0 }, prefix('2001:db8:1::', 0x80, 0, 0)))
    await eventually(async () => expect(await routesOf(ns, '2001:db8:1::/64')).toEqual([]))
  })

  suite.test('an address is not ended soon by anybody who calls himself a router', needs, async (context) => {
    const { port, ns } = await hostOn(context)
    const say = (valid: number, preferred: number) =>
      write(port, advertisement({ lifetime: 0 }, prefix('2001:db8:1::', 0x40, valid, preferred)))
    await say(86400, 86400)
    await eventually(async () => expect((await addressesOf(ns))[0]?.flags).toEqual(['mngtmpaddr']))
    await say(10, 0)
    await eventually(async () => expect((await addressesOf(ns))[0]?.flags).toContain('deprecated'))
    expect((await addressesOf(ns))[0]).toMatchObject({ preferredLifetime: 0 })
    const left = (await addressesOf(ns))[0]?.validLifetime
    expect(left).toBeGreaterThan(7100)
    expect(left).toBeLessThanOrEqual(7200)
  })

  suite.test('not taken: of another length, link-local, without sense, or from afar', needs, async (context) => {
    const { port, ns } = await hostOn(context)
    await write(
      port,
      advertisement(
        { lifetime: 0 },
        prefix('2001:db8:1::', 0x40, 3600, 1800, 63),
        prefix('fe80::', 0xc0, 3600, 1800),
        prefix('2001:db8:2::', 0xc0, 1800, 3600),
      ),
    )
    const far = icmpv6({
      mac: ROUTER,
      from: '2001:db8::51',
      to: 'ff02::1',
      message: joined(Uint8Array.of(ADVERTISEMENT, 0, 0, 0, 0, 0, 7, 8), new Uint8Array(8)),
    })
    await write(port, far)
    await write(port, advertisement({ lifetime: 0 }, prefix('2001:db8:3::', 0x40, 3600, 1800)))
    await eventually(async () => expect(await addressesOf(ns)).toHaveLength(1))
    expect(await addressesOf(ns)).toMatchObject([{ address: '2001:db8:3::ff:fe00:1' }])
    expect(await routesOf(ns, 'default')).toEqual([])
    expect(await routesOf(ns, '2001:db8:2::/64')).toEqual([])
  })

  suite.test('hop limit and MTU are those that it says', needs, async (context) => {
    const { port, ns } = await hostOn(context)
    const option = prefix('2001:db8:1::', 0x80, 3600, 0)
    await write(port, advertisement({ lifetime: 1800, hops: 33 }, option, mtu(1300)))
    await eventually(async () => expect(await routesOf(ns, 'default')).toHaveLength(1))
    await ns.address.add({ link: 'tap0', address: '2001:db8:1::1/64', noDad: true })
    await ns.neighbour.add({ link: 'tap0', address: '2001:db8:1::9', mac: mac(9) })
    void ns.ping({ address: '2001:db8:1::9', size: 1280, timeout: 5 }).catch(() => {})
    // What is longer than the MTU goes in fragments (44), none of them longer.
    const piece = await readOf(port, (frame) => frame[20] === 44)
    expect(piece[21]).toBe(33)
    expect(piece.length).toBeLessThanOrEqual(1314)
    void ns.ping({ address: '2001:db8:1::9', size: 100, timeout: 5 }).catch(() => {})
    const whole = await readOf(port, (frame) => icmpv6In(frame)?.type === ECHO)
    expect(whole[21]).toBe(33)
  })
}
