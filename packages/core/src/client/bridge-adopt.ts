/** Taking a NIC into a bridge and out of it, with all that it has: what is refused, and in which order things are done. @module */
import type { BridgeMove } from '../bridge-adopt.js'
import { bridgeAdoptSpec, bridgeReleaseSpec } from '../check/bridge-adopt.js'
import { checkArgument } from '../check/request.js'
import type { CallOptions } from '../driver.js'
import { isVnetError, VnetError } from '../error.js'
import type { Link, LinkRef } from '../link.js'
import type { Namespace, NetworkObjects, Transaction } from './api.js'
import type { BridgeClient } from './api-bridge-adopt.js'
import {
  addAddresses,
  doubleRoute,
  dropAddresses,
  type Movable,
  movableOf,
  moveRoutes,
  routeByObject,
} from './link-move.js'

/** The bridge where none is named. */
const USUAL = 'br0'

/** The object for bridges that take NICs over. */
export function bridgeClient(ns: Pick<Namespace, keyof NetworkObjects | 'transaction'>): BridgeClient {
  return {
    async adopt(given, options) {
      const { link, bridge, session, force } = checkArgument('bridge adopt', bridgeAdoptSpec, given, 'spec')
      const refuse = refusal('bridge adopt', link)
      const nic = await present(ns, refuse, link, options)
      refuseKind(refuse, nic)
      const taken = await ns.link.get(bridge ?? USUAL, options)
      if (taken !== undefined) refuseBridge(refuse, taken, bridge !== undefined, force === true)
      if (taken === undefined && typeof bridge === 'number')
        throw refuse('ENODEV', 'there is no such bridge; `vnet bridge show` lists those there are')
      if (!force) await refuseRisk(ns, refuse, nic, session, options)
      const movable = await movableOf(ns, nic, options)
      await refuseDouble(ns, refuse, movable, options)
      const { mac, mtu } = nic
      return carryOut(ns, refuse, options, async (change) => {
        const to =
          taken ??
          (await change.link.add({
            kind: 'bridge',
            name: (bridge as string | undefined) ?? USUAL,
            mtu,
            up: true,
            ...(mac === undefined ? {} : { mac }),
          }))
        if (taken !== undefined) await change.link.set(to.index, { up: true, ...(mac === undefined ? {} : { mac }) })
        await move(change, movable, nic, to, () => change.link.set(nic.index, { master: to.index }))
        return moved(movable, nic, to, taken === undefined)
      })
    },

    async release(given, options) {
      const { link, deleteBridge, session, force } = checkArgument('bridge release', bridgeReleaseSpec, given, 'spec')
      const refuse = refusal('bridge release', link)
      const nic = await present(ns, refuse, link, options)
      const bridge = nic.master === undefined ? undefined : await ns.link.get(nic.master, options)
      if (bridge?.kind !== 'bridge')
        throw refuse('EINVAL', `${nic.name} is no port of a bridge; \`vnet bridge show\` lists the ports`)
      const others = (await ns.link.list({ master: bridge.index }, options)).filter(({ index }) => index !== nic.index)
      if (deleteBridge && others.length > 0) {
        const names = others.map(({ name }) => name).join(', ')
        throw refuse('EBUSY', `${bridge.name} has other ports: ${names}; let it stay, or take them out first`)
      }
      if (!force) await refuseRisk(ns, refuse, bridge, session, options)
      const movable = await movableOf(ns, bridge, options)
      await refuseDouble(ns, refuse, movable, options)
      return carryOut(ns, refuse, options, async (change) => {
        await move(change, movable, bridge, nic, () => change.link.set(nic.index, { master: null }))
        if (deleteBridge) await change.link.delete(bridge.index)
        return moved(movable, nic, bridge, deleteBridge === true)
      })
    },
  }
}

/** The order with the shortest time in which what comes in by one link is answered by the other: that in which routes are replaced. */
async function move(
  change: Transaction,
  movable: Movable,
  from: Link,
  to: Link,
  join: () => Promise<void>,
): Promise<void> {
  await addAddresses(change, movable, from, to)
  await join()
  await moveRoutes(change, movable, from, to)
  await dropAddresses(change, movable, from, to)
}

function moved(
  { addresses, routes, neighbours, rules }: Movable,
  nic: Link,
  bridge: Link,
  changed: boolean,
): BridgeMove {
  return {
    link: nic.name,
    bridge: bridge.name,
    changed,
    addresses: addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    routes: routes.length,
    neighbours: neighbours.length,
    rules: rules.length,
  }
}

type Refuse = (code: VnetError['code'], hint: string) => VnetError

const refusal =
  (operation: string, link: LinkRef): Refuse =>
  (code, hint) =>
    new VnetError({ code, operation, subject: typeof link === 'number' ? `#${link}` : link, hint })

async function present(
  ns: Pick<Namespace, 'link'>,
  refuse: Refuse,
  link: LinkRef,
  options?: CallOptions,
): Promise<Link> {
  const found = await ns.link.get(link, options)
  if (found !== undefined) return found
  throw refuse('ENODEV', 'there is no such link; `vnet link list` shows those that are there')
}

/** What can be no port, or is one (`br_add_if`). */
function refuseKind(refuse: Refuse, { name, type, kind, master, flags }: Link): void {
  if (flags.includes('LOOPBACK')) throw refuse('EINVAL', 'the loopback link is this host itself, and never a port')
  if (kind === 'bridge') throw refuse('ELOOP', 'a bridge is no port of another: join them with a veth pair')
  if (type !== 'ether') throw refuse('EINVAL', `only Ethernet links are ports, and ${name} is of type ${type}`)
  if (master !== undefined)
    throw refuse('EBUSY', `it is a port already: \`vnet link set ${name} --no-master\`, or release it first`)
}

function refuseBridge(refuse: Refuse, { name, kind, bridge }: Link, isMeant: boolean, force: boolean): void {
  const { stp = false, forwardDelay = 0 } = bridge ?? {}
  if (!isMeant) throw refuse('EEXIST', `there is a link ${name}: say which bridge, ${name} itself if it is meant`)
  if (kind !== 'bridge') throw refuse('EINVAL', `${name} is no bridge; \`vnet bridge show\` lists those there are`)
  if (stp && forwardDelay > 0 && !force) {
    const hint = `the spanning tree of ${name} would keep a new port silent for ${2 * forwardDelay} s: switch it off, or force it`
    throw refuse('EBUSY', hint)
  }
}

/** A route is replaced by what it leads to: where there are two of a kind, the other one might be. */
async function refuseDouble(
  ns: NetworkObjects,
  refuse: Refuse,
  movable: Movable,
  options?: CallOptions,
): Promise<void> {
  const route = await doubleRoute(ns, movable, options)
  if (route === undefined) return
  const { destination, metric = 0 } = route
  throw refuse('EBUSY', `there are two routes to ${destination} of metric ${metric}: give one of them another metric`)
}

/** What only those do who mean it. */
async function refuseRisk(
  ns: NetworkObjects,
  refuse: Refuse,
  from: Link,
  session: string | undefined,
  options?: CallOptions,
): Promise<void> {
  await refuseSession(ns, refuse, from, session, options)
  const route = await routeByObject(ns, from, options)
  if (route === undefined) return
  const { destination, nextHopId } = route
  const hint = `the route to ${destination} leads by nexthop object ${nextHopId}, which does not move: make it a plain route, or force it, which does that`
  throw refuse('EBUSY', hint)
}

/** Nobody shall saw off the branch that he sits on. */
async function refuseSession(
  ns: Pick<Namespace, 'link' | 'route'>,
  refuse: Refuse,
  { index, name }: Link,
  session: string | undefined,
  options?: CallOptions,
): Promise<void> {
  if (session === undefined) return
  const [to = '', zone] = session.split('%')
  const way = zone === undefined ? await wayTo(ns, to, options) : (await ns.link.get(zone, options))?.index
  if (way !== index) return
  const hint = `your session with ${to} comes by ${name}, and would end if anything went wrong: force it, or come another way`
  throw refuse('EBUSY', hint)
}

/** What the kernel says where there is no way: no route, or one of type unreachable, prohibit or blackhole (`fib_props`). */
const noWay: readonly string[] = ['ENETUNREACH', 'EHOSTUNREACH', 'EACCES', 'EINVAL']

/** The link of the way to a host; `undefined` where there is none. */
async function wayTo(
  { route }: Pick<Namespace, 'route'>,
  to: string,
  options?: CallOptions,
): Promise<number | undefined> {
  try {
    return (await route.get(to, options))?.link
  } catch (error) {
    if (isVnetError(error) && noWay.includes(error.code)) return undefined
    throw error
  }
}

/** A transaction whose failure is told of the NIC. */
async function carryOut(
  ns: Pick<Namespace, 'transaction'>,
  refuse: Refuse,
  options: CallOptions | undefined,
  body: (change: Transaction) => Promise<BridgeMove>,
): Promise<BridgeMove> {
  try {
    return await ns.transaction(body, options)
  } catch (error) {
    if (!isVnetError(error) || error.code !== 'VNET_TRANSACTION') throw error
    const { operation, subject } = refuse('VNET_TRANSACTION', '')
    const { notUndone, cause } = error
    throw new VnetError({ ...error.toJSON(), operation, subject, notUndone, cause })
  }
}
