/** A lease on a link: its address, its routes, its MTU. @module */
import { isVnetError, type Namespace, parsePrefix, type RouteSpec } from '@vnet/core'
import type { DhcpLease } from '../lease.js'

/** What of a lease is set, and how. */
export interface ConfigurationOptions {
  readonly metric: number | undefined
  readonly mtu: boolean
}

/** Whether one of the kernel's answers says that there is nothing to do. */
const is = (error: unknown, ...codes: string[]): boolean => isVnetError(error) && codes.includes(error.code)

/** Sets leases on a link, and takes them away again. */
export class Configuration {
  readonly #namespace: Namespace
  readonly #link: number
  readonly #options: ConfigurationOptions
  readonly #problem: (error: unknown) => void
  /** MTU before the first lease, which is put back. */
  #mtu: number | undefined

  constructor(namespace: Namespace, link: number, options: ConfigurationOptions, problem: (error: unknown) => void) {
    this.#namespace = namespace
    this.#link = link
    this.#options = options
    this.#problem = problem
  }

  /** Sets a lease, in place of an earlier one. The kernel takes the address away by itself when its time is over. */
  async set(lease: DhcpLease, previous: DhcpLease | undefined, now: number): Promise<void> {
    if (previous !== undefined && prefixOf(previous) !== prefixOf(lease)) await this.remove(previous)
    const left = lease.endsAt === Number.POSITIVE_INFINITY ? lease.endsAt : Math.max(1, Math.ceil(lease.endsAt - now))
    const { broadcast } = lease
    await this.#namespace.address.set({
      link: this.#link,
      address: prefixOf(lease),
      ...(broadcast === undefined ? {} : { broadcast }),
      validLifetime: left,
      preferredLifetime: left,
    })
    await this.#setMtu(lease)
    await this.#setRoutes(lease, previous)
  }

  /** Takes a lease away: what it brought, and nothing else. */
  async remove(lease: DhcpLease): Promise<void> {
    for (const route of this.#routesOf(lease)) await this.#quietly(this.#namespace.route.delete(route), 'ESRCH')
    const key = { link: this.#link, address: prefixOf(lease) }
    // The kernel may have been faster.
    await this.#quietly(this.#namespace.address.delete(key), 'EADDRNOTAVAIL', 'ENODEV')
    if (this.#mtu === undefined) return
    await this.#quietly(this.#namespace.link.set(this.#link, { mtu: this.#mtu }), 'ENODEV')
    this.#mtu = undefined
  }

  async #setMtu({ mtu }: DhcpLease): Promise<void> {
    if (mtu === undefined || !this.#options.mtu) return
    const link = await this.#namespace.link.get(this.#link)
    if (link === undefined || link.mtu === mtu) return
    await this.#quietly(
      this.#namespace.link.set(this.#link, { mtu }).then(() => {
        this.#mtu ??= link.mtu
      }),
    )
  }

  /** Adds the routes that are not there; those that a lease before had, and this one has not, go. */
  async #setRoutes(lease: DhcpLease, previous: DhcpLease | undefined): Promise<void> {
    const { route } = this.#namespace
    const wanted = this.#routesOf(lease)
    const keys = new Set(wanted.map(keyOf))
    const before = previous === undefined ? [] : this.#routesOf(previous)
    for (const old of before.filter((each) => !keys.has(keyOf(each)))) await this.#quietly(route.delete(old), 'ESRCH')
    const there = await route.list({ family: 4, link: this.#link, protocol: 'dhcp' })
    const known = new Set(there.map(({ destination, via, metric }) => keyOf({ destination, via, metric })))
    for (const each of wanted) if (!known.has(keyOf(each))) await this.#quietly(route.add(each))
  }

  /** The routes of a lease; of several to one place the first, which is preferred. */
  #routesOf(lease: DhcpLease): RouteSpec[] {
    const { metric } = this.#options
    const seen = new Set<string>()
    return lease.routes.flatMap(({ destination, router }): RouteSpec[] => {
      if (seen.has(destination)) return []
      seen.add(destination)
      const common = {
        destination: destination === '0.0.0.0/0' ? ('default' as const) : destination,
        link: this.#link,
        family: 4 as const,
        source: lease.address,
        protocol: 'dhcp' as const,
        ...(metric === undefined ? {} : { metric }),
      }
      if (router === '0.0.0.0') return [{ ...common, scope: 'link' }]
      // A router outside of the network is on the link all the same (RFC 3442).
      return [{ ...common, via: router, ...(isInside(router, lease) ? {} : { onLink: true }) }]
    })
  }

  /** Waits; what fails is told, but for what makes no difference. */
  async #quietly(done: Promise<void>, ...harmless: string[]): Promise<void> {
    try {
      await done
    } catch (error) {
      if (!is(error, ...harmless)) this.#problem(error)
    }
  }
}

const prefixOf = ({ address, prefixLength }: DhcpLease): string => `${address}/${prefixLength}`

const keyOf = ({
  destination,
  via,
  metric,
}: {
  destination: unknown
  via?: unknown
  metric?: number | undefined
}): string => `${destination} ${via ?? ''} ${metric ?? 0}`

/** Whether an address is of a lease's network. */
function isInside(router: string, { address, prefixLength }: DhcpLease): boolean {
  const [one, other] = [router, address].map((each) => parsePrefix(each)?.octets as Uint8Array) as [
    Uint8Array,
    Uint8Array,
  ]
  for (let bit = 0; bit < prefixLength; bit++) {
    if ((((one[bit >> 3] as number) ^ (other[bit >> 3] as number)) >> (7 - (bit & 7))) & 1) return false
  }
  return true
}
