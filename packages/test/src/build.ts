/** Makes what was planned. @module */
import { randomBytes } from 'node:crypto'
import {
  type AddressSpec,
  type Capability,
  formatPrefix,
  type Host,
  type Namespace,
  remedyOf,
  VnetError,
  wrongArgument,
} from '@vnet/core'
import { LabCable } from './cable.js'
import { prepareNat } from './nat/ground.js'
import { addressesOf, isOf, type LabNode } from './node.js'
import type { Plan, PlannedNode } from './plan.js'
import type { LabTime } from './time.js'

/** The bridge of a switch. */
const bridge = 'br0'

/** What was made. */
export interface Built {
  readonly nodes: ReadonlyMap<string, LabNode>
  readonly cables: readonly LabCable[]
}

/** The namespace of a node: a new one, or, in a fork, the one that is there. */
export type NamespaceOf = (node: string) => Promise<Namespace>

/** Nodes and cables around namespaces whose links are there already. */
export async function adopt(host: Host, plan: Plan, namespaceOf: NamespaceOf): Promise<Built> {
  const nodes = new Map<string, LabNode>()
  for (const planned of plan.nodes) nodes.set(planned.name, nodeOf(planned, await namespaceOf(planned.name)))
  const cables = plan.cables.map((planned) => {
    const [one, other] = planned.ends.map(({ node, link }) => ({ node: nodes.get(node) as LabNode, link }))
    if (one === undefined || other === undefined) throw new TypeError('a cable has two ends')
    return new LabCable(host, planned, [one, other])
  })
  return { nodes, cables }
}

/** Makes links, addresses and routes; `begin` is called when the nodes are there and no frame has passed. */
export async function build(
  host: Host,
  plan: Plan,
  namespaceOf: NamespaceOf,
  time: LabTime,
  begin: (built: Built) => Promise<void>,
): Promise<Built> {
  const forwards = plan.nodes.some(({ role }) => role === 'router' || role === 'nat')
  if (forwards) need(host, 'sysctl', 'a router forwards by net.ipv4.ip_forward')
  if (plan.nodes.some(({ role }) => role === 'nat')) need(host, 'tun port', 'a NAT box translates between two of them')
  const built = await adopt(host, plan, namespaceOf)
  const { nodes, cables } = built
  await begin(built)
  for (const planned of plan.nodes) await prepare(host, planned, nodes.get(planned.name) as LabNode)
  for (const [place, cable] of cables.entries()) await lay(cable, plan.cables[place]?.mtu)
  for (const planned of plan.nodes) await settle(planned, nodes.get(planned.name) as LabNode)
  await usable(nodes.values(), time)
  for (const [place, cable] of cables.entries()) {
    const impair = plan.cables[place]?.impair
    if (impair !== undefined) await cable.impair(impair)
  }
  return built
}

/** The beginning of the names of a lab's namespaces. */
export const namePrefix = (): string => `vnet-${randomBytes(5).toString('hex')}-`

function nodeOf(planned: PlannedNode, namespace: Namespace): LabNode {
  const addresses = addressesOf(planned)
  const { name, role } = planned
  return {
    name,
    role,
    namespace,
    addresses,
    address(family = 4) {
      const found = addresses.find((address) => isOf(family, address))
      if (found !== undefined) return found
      const hint = 'give it one in the options of a cable, or leave its addresses out'
      throw wrongArgument('VNET_RANGE', 'lab address', 'family', `${name} has no address of IPv${family}`, hint)
    },
  }
}

async function prepare(host: Host, { role, bridge: options }: PlannedNode, { namespace }: LabNode): Promise<void> {
  await namespace.link.set('lo', { up: true })
  // Nobody else can have link-local addresses either, without which routers of IPv6 pass nothing on for a second or two.
  if (host.supports.sysctl === true) await namespace.sysctl.set('net.ipv6.conf.default.accept_dad', 0)
  if (role === 'switch') await namespace.link.add({ kind: 'bridge', name: bridge, bridge: options, up: true })
  if (role === 'router') {
    await namespace.sysctl.set('net.ipv4.ip_forward', 1)
    await namespace.sysctl.set('net.ipv6.conf.all.forwarding', 1)
  }
  if (role === 'nat') await prepareNat(namespace)
}

async function lay({ ends: [one, other] }: LabCable, mtu: number | undefined): Promise<void> {
  const size = mtu === undefined ? {} : { mtu }
  const peer = { name: other.link, namespace: other.node.namespace, ...size }
  await one.node.namespace.link.add({ kind: 'veth', name: one.link, ...size, peer })
  for (const { node, link } of [one, other]) {
    const master = node.role === 'switch' ? { master: bridge } : {}
    await node.namespace.link.set(link, { ...master, up: true })
  }
}

async function settle({ ends, routes }: PlannedNode, { namespace }: LabNode): Promise<void> {
  for (const { link, addresses } of ends) {
    for (const address of addresses) {
      // Nobody else can have it: no second is lost with asking.
      const quick: Partial<AddressSpec> = address.octets.length === 16 ? { noDad: true } : {}
      await namespace.address.add({ link, address: formatPrefix(address), ...quick })
    }
  }
  for (const { destination, family, via } of routes)
    await namespace.route.add({ destination, family, via, protocol: 'static' })
}

/** Refuses what the backend cannot do. */
function need(host: Host, capability: Capability, why: string): void {
  const reason = host.supports[capability]
  if (reason === true) return
  throw new VnetError({
    code: 'VNET_UNSUPPORTED',
    operation: 'lab create',
    subject: capability,
    detail: `${reason}; ${why}`,
    hint: remedyOf(capability),
  })
}

/** Seconds until a kernel has made addresses usable that nobody was asked about, at most. */
const soon = 5

/** Waits until every address can be sent from: Linux does that a moment after it was asked (`addrconf_dad_work`). */
async function usable(nodes: Iterable<LabNode>, time: LabTime): Promise<void> {
  for (const { addresses, namespace } of nodes) {
    for (const end = time.now() + soon; time.now() < end; await time.wait(0.01)) {
      const entries = await namespace.address.list({ family: 6 })
      const isWaiting = entries.some(({ address, flags }) => addresses.includes(address) && flags.includes('tentative'))
      if (!isWaiting) break
    }
  }
}
