/** Hosts in a row with routers between them, in both versions of IP. @module */
import type { Namespace } from '@vnet/core'
import type { Context, PlacedNamespace } from './context.js'
import { eventually } from './expectation.js'

/** Cable `i` is 10.0.`i`.0/24 and 2001:db8:a`i`::/64; who is on its left is `.1`, on its right `.2`. */
export const left4 = (cable: number): string => `10.0.${cable}.1`
export const right4 = (cable: number): string => `10.0.${cable}.2`
export const left6 = (cable: number): string => `2001:db8:a${cable}::1`
export const right6 = (cable: number): string => `2001:db8:a${cable}::2`

/** A host at each end, and the routers between. */
export interface Row {
  readonly first: PlacedNamespace
  readonly last: PlacedNamespace
  /** From the first to the last host. */
  readonly routers: readonly PlacedNamespace[]
  /** Addresses of the last host. */
  readonly address4: string
  readonly address6: string
}

/**
 * Makes a row, with routes for everybody; the links are `left` and `right`, as seen from each. `mtus` are those of the cables.
 * What the machine's own settings would bring in is set to what Linux has by default.
 */
export async function makeRow(context: Context, routers: number, mtus: readonly number[] = []): Promise<Row> {
  const hosts: PlacedNamespace[] = [context.ns]
  while (hosts.length < routers + 2) hosts.push(await context.another())
  const cables = routers + 1
  // IPv6 needs cables that are wide enough (RFC 8200 § 5).
  const version6 = mtus.every((mtu) => mtu >= 1280)
  for (const [at, ns] of hosts.entries()) await plain(ns, at > 0 && at < cables)
  for (let cable = 0; cable < cables; cable++) {
    const [a, b] = [hosts[cable] as PlacedNamespace, hosts[cable + 1] as PlacedNamespace]
    const mtu = mtus[cable] ?? 1500
    await a.link.add({
      kind: 'veth',
      name: 'right',
      mtu,
      up: true,
      peer: { name: 'left', namespace: b, mtu, up: true },
    })
    await address(a, 'right', left4(cable), version6 ? left6(cable) : undefined)
    await address(b, 'left', right4(cable), version6 ? right6(cable) : undefined)
  }
  for (const [at, ns] of hosts.entries()) await routes(ns, at, cables, version6)
  const [first, last] = [hosts[0] as PlacedNamespace, hosts[cables] as PlacedNamespace]
  const row = {
    first,
    last,
    routers: hosts.slice(1, -1),
    address4: right4(cables - 1),
    address6: right6(cables - 1),
  }
  // Carriers come up in the kernel's own time.
  for (const ns of hosts) await eventually(async () => expectCarriers(await ns.link.list()))
  if (version6) {
    for (const ns of hosts) for (const { address } of await ns.address.list({ family: 6 })) await isOwn(ns, address)
  }
  return row
}

/** Waits until packets to an address of IPv6 are the host's own: the kernel makes the route to it after it has answered. */
export async function isOwn(ns: Namespace, address: string): Promise<void> {
  await eventually(async () => {
    const routes = await ns.route.list({ family: 6, table: 'local' })
    if (!routes.some(({ type, destination }) => type === 'local' && destination === `${address}/128`))
      throw new Error(`no route to ${address} yet`)
  })
}

function expectCarriers(links: readonly { readonly name: string; readonly operationalState: string }[]): void {
  for (const { name, operationalState } of links) {
    if (['left', 'right'].includes(name) && operationalState !== 'up') throw new Error(`${name} is ${operationalState}`)
  }
}

/** Settings of a host, or of a router, as Linux has them by default. */
export async function plain(ns: Namespace, forwards: boolean): Promise<void> {
  await ns.link.set('lo', { up: true })
  for (const whose of ['all', 'default', 'lo']) {
    await ns.sysctl.set(`net.ipv4.conf.${whose}.rp_filter`, 0)
    await ns.sysctl.set(`net.ipv4.conf.${whose}.accept_local`, 0)
    await ns.sysctl.set(`net.ipv4.conf.${whose}.send_redirects`, 1)
  }
  await ns.sysctl.set('net.ipv4.ip_forward', forwards)
  await ns.sysctl.set('net.ipv6.conf.all.forwarding', forwards)
}

async function address(ns: Namespace, link: string, ipv4: string, ipv6: string | undefined): Promise<void> {
  await ns.address.add({ link, address: `${ipv4}/24` })
  if (ipv6 !== undefined) await ns.address.add({ link, address: `${ipv6}/64`, noDad: true })
}

/** Routes to all cables that are not one's own. */
async function routes(ns: Namespace, at: number, cables: number, version6: boolean): Promise<void> {
  for (let cable = 0; cable < cables; cable++) {
    if (cable < at - 1) {
      await ns.route.add({ destination: `10.0.${cable}.0/24`, via: left4(at - 1) })
      if (version6) await ns.route.add({ destination: `2001:db8:a${cable}::/64`, via: left6(at - 1) })
    } else if (cable > at) {
      await ns.route.add({ destination: `10.0.${cable}.0/24`, via: right4(at) })
      if (version6) await ns.route.add({ destination: `2001:db8:a${cable}::/64`, via: right6(at) })
    }
  }
}
