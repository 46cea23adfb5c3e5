/** The small network that most tests start from. @module */
import type { Link, Namespace } from '@vnet/core'
import { eventually, present } from './expectation.js'

/** A MAC for tests: locally administered, unicast, told apart by its last octet. */
export const mac = (last: number): string => `02:00:00:00:00:${last.toString(16).padStart(2, '0')}`

/** A bridge that is up, with a MAC of its own so that ports do not change it. */
export function addBridge(ns: Namespace, name = 'br0'): Promise<Link> {
  return ns.link.add({ kind: 'bridge', name, mac: mac(0xb0), up: true })
}

/** A veth pair, both ends here and up: they have carrier, as far as the backend knows of such. */
export async function addPair(ns: Namespace, name = 'v0', peer = 'v1'): Promise<Link> {
  return ns.link.add({ kind: 'veth', name, mac: mac(1), up: true, peer: { name: peer, mac: mac(2), up: true } })
}

/**
 * `lo` up; bridge `br0` (10.0.0.1/24, 2001:db8::1/64) with port `v0`, whose peer `v1` is up and free. Duplicate address
 * detection is off, so that the addresses work at once.
 */
export async function addSmallNetwork(ns: Namespace): Promise<void> {
  await ns.link.set('lo', { up: true })
  await addBridge(ns)
  await addPair(ns)
  await ns.link.set('v0', { master: 'br0' })
  // Carrier travels through a work queue of the kernel.
  await eventually(async () => {
    const links = await ns.link.list({ up: true })
    const waiting = links.filter((link) => link.name !== 'lo' && link.operationalState !== 'up')
    if (waiting.length > 0) throw new Error(`no carrier yet: ${waiting.map((link) => link.name).join()}`)
  })
  await ns.address.add({ link: 'br0', address: '10.0.0.1/24' })
  await ns.address.add({ link: 'br0', address: '2001:db8::1/64', noDad: true })
}

/** The links of a namespace by name, without those that every namespace has (`lo`, and fallback tunnels such as `gre0`). */
export async function namesOf(ns: Namespace): Promise<string[]> {
  const links = await ns.link.list()
  return links.filter(isMade).map((link) => link.name)
}

/** The indexes of links, which are there. */
export function indexesOf(ns: Namespace, ...names: readonly string[]): Promise<number[]> {
  return Promise.all(names.map(async (name) => present(await ns.link.get(name)).index))
}

/** Whether somebody made the link: not `lo`, and not a fallback link that the kernel puts in every namespace. */
export const isMade = (link: Pick<Link, 'name' | 'fallback'>): boolean => link.name !== 'lo' && link.fallback !== true
