/** Rapid deployment of IPv6 (6rd, RFC 5969): the IPv4 address of a site lies in its IPv6 network, so that no tunnel has a far end. @module */
import { isVnetError } from '@vnet/core'
import { expect } from 'vitest'
import type { Context, PlacedNamespace } from './context.js'
import { eventually, present } from './expectation.js'
import type { Suite } from './suite.js'

/** The provider's network, 24 bits of an IPv4 address behind it: all begin with 10. */
const provider = {
  sixrdPrefix: '2001:db8::',
  sixrdPrefixLength: 32,
  sixrdRelayPrefix: '10.0.0.0',
  sixrdRelayPrefixLength: 8,
}
/** Sites: an IPv4 address, and the router and a host behind it in the network of the site. */
const sites = [
  ['10.1.2.3', '2001:db8:102:300::1', '2001:db8:102:3ff::5'],
  ['10.1.2.7', '2001:db8:102:700::1', '2001:db8:102:7ff::5'],
  ['10.1.2.9', '2001:db8:102:900::1', '2001:db8:102:9ff::5'],
] as const

const needs = ['packets sit', 'link veth', 'link bridge', 'link sit'] as const

/** Registers the tests. */
export function tunnelSixrd(suite: Suite): void {
  suite.test(
    'rapid deployment: each site reaches the others, without a word of where they are',
    needs,
    async (context) => {
      const routers = await addSites(context)
      for (const [from, router] of routers.entries()) {
        for (const [to, [, there, behind]] of sites.entries()) {
          if (from === to) continue
          for (const address of [there, behind]) {
            const reply = await eventually(() => router.ping({ address, timeout: 2 }))
            expect(reply.address).toBe(address)
          }
        }
      }
      for (const router of routers) {
        const { rxPackets, txPackets } = present((await router.link.get('t0', { statistics: true }))?.statistics)
        expect(rxPackets).toBeGreaterThanOrEqual(8)
        expect(txPackets).toBeGreaterThanOrEqual(8)
      }
    },
  )

  suite.test('rapid deployment: a site in another provider’s network is not reached', needs, async (context) => {
    const [router] = await addSites(context)
    const here = present(router)
    await eventually(() => here.ping({ address: sites[1][1], timeout: 2 }))
    await here.route.add({ destination: '2001:db9::/32', link: 't0' })
    const before = present((await here.link.get('t0', { statistics: true }))?.statistics)
    await expect(here.ping({ address: '2001:db9:102:700::1', timeout: 0.3 })).rejects.toThrow()
    const after = present((await here.link.get('t0', { statistics: true }))?.statistics)
    expect(after.txErrors).toBeGreaterThan(before.txErrors)
    expect(after.txPackets).toBe(before.txPackets)
  })
}

/** Routers of sites on one network of the provider; the first is the test's own namespace. */
async function addSites(context: Context): Promise<readonly PlacedNamespace[]> {
  const { ns, another } = context
  const routers: PlacedNamespace[] = [ns]
  while (routers.length < sites.length) routers.push(await another())
  await ns.link.add({ kind: 'bridge', name: 'br0', up: true })
  for (const [number, router] of routers.entries()) {
    const [ipv4, ipv6, behind] = sites[number] as (typeof sites)[number]
    if (router === ns) await ns.address.add({ link: 'br0', address: `${ipv4}/8` })
    else {
      await ns.link.add({
        kind: 'veth',
        name: `v${number}`,
        up: true,
        master: 'br0',
        peer: { name: 'v', namespace: router, up: true },
      })
      await router.address.add({ link: 'v', address: `${ipv4}/8` })
    }
    await addTunnel(context, router, ipv4)
    await router.link.set('lo', { up: true })
    await router.address.add({ link: 't0', address: `${ipv6}/32`, noDad: true })
    await router.address.add({ link: 'lo', address: `${behind}/128`, noDad: true })
  }
  return routers
}

async function addTunnel({ skip }: Context, router: PlacedNamespace, local: string): Promise<void> {
  try {
    await router.link.add({ kind: 'sit', name: 't0', up: true, sit: { local, ...provider } })
  } catch (error) {
    if (isVnetError(error) && error.code === 'VNET_UNSUPPORTED')
      skip('lacks capability: option sit.sixrdPrefix (CONFIG_IPV6_SIT_6RD)')
    throw error
  }
}
