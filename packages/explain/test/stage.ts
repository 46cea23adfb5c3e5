/** What scenes are built of: namespaces, cables, and networks that others begin with. @module */
import type { Capability, Host, LinkChange, Namespace } from '@vnet/core'
import type { Cause } from '../src/index.js'

/** What a scene is built with. */
export interface Stage {
  /** The namespaces, by name; made when first asked for, with `lo` up. */
  readonly at: (name: string) => Promise<Namespace>
  /** A veth pair, both ends up. */
  readonly cable: (one: string, two: string) => Promise<void>
}

/** A scene. */
export interface Scene {
  readonly name: string
  readonly needs: readonly Capability[]
  readonly to: string
  readonly size?: number
  readonly hops?: number
  /** A datagram to a port, in the place of a ping, and the namespace and port where somebody sends back what comes. */
  readonly udp?: { readonly port: number; readonly sourcePort?: number; readonly listens?: readonly [string, number] }
  /** Why there is no answer; `undefined`: there is one. */
  readonly cause?: Cause
  /** The link where it stops. */
  readonly at?: string
  readonly way?: 'there' | 'back'
  /** Namespaces that the one who explains is not told of. */
  readonly hidden?: readonly string[]
  /** With names: of a namespace without one, only the ends of veth pairs are found elsewhere. */
  readonly named?: boolean
  readonly build: (stage: Stage) => Promise<void>
}

export const veth: readonly Capability[] = ['link veth']
export const bridge: readonly Capability[] = ['link veth', 'link bridge']

/** Stage hands: `spot` is a namespace and a link, `a eth0`. */
function split(spot: string): [string, string] {
  return spot.split(' ') as [string, string]
}

export async function address(stage: Stage, spot: string, ...addresses: string[]): Promise<void> {
  const [place, link] = split(spot)
  const ns = await stage.at(place)
  for (const each of addresses)
    await ns.address.add({ link, address: each, ...(each.includes(':') ? { noDad: true } : {}) })
  for (const each of addresses.filter((text) => text.includes(':'))) await isOwn(ns, each.replace(/\/.*/, ''))
}

/** The kernel makes the route to an address of IPv6 after it has answered. */
async function isOwn(ns: Namespace, address: string): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    const routes = await ns.route.list({ family: 6, table: 'all' })
    if (routes.some(({ type, destination }) => type === 'local' && destination === `${address}/128`)) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`${address} is not taken`)
}

/** Changes a link. */
export async function set(stage: Stage, spot: string, change: Omit<LinkChange, 'link'>): Promise<void> {
  const [place, link] = split(spot)
  await (await stage.at(place)).link.set(link, change)
}

/** The two hosts, with the last part of the address of each and of the other. */
export const both = [
  ['a', 1, 2],
  ['b', 2, 1],
] as const

/** Two hosts on one cable. */
export async function pair(stage: Stage, other = 'b'): Promise<void> {
  await stage.cable('a eth0', `${other} eth0`)
  await address(stage, 'a eth0', '10.0.0.1/24', '2001:db8::1/64')
  await address(stage, `${other} eth0`, '10.0.0.2/24', '2001:db8::2/64')
}

/** Two cables between two hosts, `s0` and `s1` at both. */
export async function twoCables(stage: Stage): Promise<void> {
  for (const number of [0, 1]) await stage.cable(`a s${number}`, `b s${number}`)
}

/** The kernel opens a port when it has heard of its carrier, up to a second later. */
async function forwards(ns: Namespace, port: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if ((await ns.link.get(port))?.port?.state === 'forwarding') return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`${port} does not forward`)
}

/** Hosts at the ports of a bridge in `sw`. */
export async function star(stage: Stage, hosts: readonly string[], filtering = false): Promise<Namespace> {
  const sw = await stage.at('sw')
  await sw.link.add({
    kind: 'bridge',
    name: 'br0',
    up: true,
    ...(filtering ? { bridge: { vlanFiltering: true } } : {}),
  })
  for (const [i, host] of hosts.entries()) {
    await stage.cable(`${host} eth0`, `sw p${i + 1}`)
    await sw.link.set(`p${i + 1}`, { master: 'br0' })
    await forwards(sw, `p${i + 1}`)
    await address(stage, `${host} eth0`, `10.0.0.${i + 1}/24`, `2001:db8::${i + 1}/64`)
  }
  return sw
}

/** `a` – `r` – `b`, with routes through `r`. */
export async function routed(
  stage: Stage,
  options: { readonly forwards?: boolean; readonly back?: boolean } = {},
): Promise<Namespace> {
  const { forwards = true, back = true } = options
  await stage.cable('a eth0', 'r left')
  await stage.cable('r right', 'b eth0')
  await address(stage, 'a eth0', '10.0.1.2/24', '2001:db8:1::2/64')
  await address(stage, 'r left', '10.0.1.1/24', '2001:db8:1::1/64')
  await address(stage, 'r right', '10.0.2.1/24', '2001:db8:2::1/64')
  await address(stage, 'b eth0', '10.0.2.2/24', '2001:db8:2::2/64')
  const [a, r, b] = [await stage.at('a'), await stage.at('r'), await stage.at('b')]
  await a.route.add({ destination: '10.0.2.0/24', via: '10.0.1.1' })
  await a.route.add({ destination: '2001:db8:2::/64', via: '2001:db8:1::1' })
  if (back) {
    await b.route.add({ destination: '10.0.1.0/24', via: '10.0.2.1' })
    await b.route.add({ destination: '2001:db8:1::/64', via: '2001:db8:2::1' })
  }
  await r.sysctl.set('net.ipv4.ip_forward', forwards)
  await r.sysctl.set('net.ipv6.conf.all.forwarding', forwards)
  return r
}

/** Opens a stage; with names that no other has, where a scene needs some. */
export function stageOn(host: Host, prefix?: string) {
  const made = new Map<string, Promise<Namespace>>()
  const at = (name: string): Promise<Namespace> => {
    const there = made.get(name)
    if (there !== undefined) return there
    const making = host.namespace
      .add(prefix === undefined ? undefined : `${prefix}-${name}`)
      .then(async (namespace) => {
        await namespace.link.set('lo', { up: true })
        return namespace
      })
    made.set(name, making)
    return making
  }
  const places = () => Promise.all([...made].map(async ([name, namespace]) => ({ name, namespace: await namespace })))
  const cable = async (one: string, two: string): Promise<void> => {
    const [[place, name], [farPlace, farName]] = [split(one), split(two)]
    const [near, far] = [await at(place), await at(farPlace)]
    await near.link.add({ kind: 'veth', name, up: true, peer: { name: farName, namespace: far, up: true } })
  }
  const close = async (): Promise<void> => {
    for (const { namespace } of await places()) {
      await namespace.close()
      if (namespace.name !== undefined) await host.namespace.delete(namespace.name)
    }
  }
  return { at, cable, places, close }
}
