/**
 * What a NAT box needs of its kernel: two TUN links, `inside` and `outside`, and rules that lead packets into them. The kernel
 * forwards, asks for MACs, cuts packets and tells of errors; between the two links the translator has them.
 *
 * @module
 */
import { formatPrefix, type Namespace, networkOf, type TunPort } from '@vnet/core'
import type { PlannedNode } from '../plan.js'
import type { PlannedNat } from './plan-nat.js'

/** Both ports of the translator. */
export interface NatPorts {
  readonly inside: TunPort
  readonly outside: TunPort
}

/** Orders of the rules: what is for the address outside goes to the translator before the kernel takes it as its own. */
const priority = { translated: 10, local: 20, others: 30 }

/** Tables of packets that came from inside, and of those that came from outside. */
const tables = { inside: 1000, outside: 1001 }

/** The MTU of both links: no packet is cut on its way into the translator. */
const mtu = 65_535

/** Settings that must stand before there are links. */
export async function prepareNat({ sysctl }: Namespace): Promise<void> {
  await sysctl.set('net.ipv4.ip_forward', 1)
  for (const whose of ['all', 'default']) {
    // Packets leave the translator by another link than the one where they came in, with an address of this host.
    await sysctl.set(`net.ipv4.conf.${whose}.rp_filter`, 0)
    await sysctl.set(`net.ipv4.conf.${whose}.accept_local`, 1)
  }
}

/** Leads packets into the translator, once links, addresses and routes are there. */
export async function leadThrough(namespace: Namespace, nat: PlannedNat, node: PlannedNode): Promise<NatPorts> {
  const ports = await openNatPorts(namespace)
  try {
    await layRules(namespace, nat, node)
    return ports
  } catch (error) {
    await ports.inside.close()
    await ports.outside.close()
    throw error
  }
}

async function layRules(namespace: Namespace, nat: PlannedNat, node: PlannedNode): Promise<void> {
  const { rule, sysctl } = namespace
  const { link: outside, address } = nat
  // The address outside is answered for as that of a host behind this one, for so it is routed. At once, where the kernel lets
  // this user say so, else within 0.8 s.
  await sysctl.set(`net.ipv4.conf.${outside}.proxy_arp`, 1)
  const delay = `net.ipv4.neigh.${outside}.proxy_delay`
  if ((await sysctl.get(delay)) !== undefined) await sysctl.set(delay, 0)
  await layRoutes(namespace, nat, node)
  const own = { to: `${address}/32`, priority: priority.translated }
  for (const { link } of node.ends) {
    const side = link === outside ? 'outside' : 'inside'
    await rule.add({ ...own, inputLink: link, table: tables[side] })
    const others = { inputLink: link, priority: priority.others, family: 4 } as const
    await rule.add(side === 'inside' ? { ...others, table: tables.inside } : { ...others, action: 'blackhole' })
  }
  // ICMP errors of this kernel about packets that were translated already.
  await rule.add({ ...own, inputLink: 'lo', table: tables.outside })
  await rule.add({ family: 4, priority: priority.local, table: 'local' })
  await rule.delete({ family: 4, priority: 0, table: 'local' })
}

/** Opens both ports; in a fork their links are there already. */
export async function openNatPorts(namespace: Namespace): Promise<NatPorts> {
  const inside = await openPort(namespace, 'inside')
  try {
    return { inside, outside: await openPort(namespace, 'outside') }
  } catch (error) {
    await inside.close()
    throw error
  }
}

async function openPort(namespace: Namespace, name: string): Promise<TunPort> {
  // It stays with its routes when a lab is copied; it goes with its namespace.
  const port = await namespace.openTun({ name, mtu, batchSize: 16, persistent: true })
  try {
    // The kernel would send packets of its own to the translator.
    await namespace.sysctl.set(`net.ipv6.conf.${name}.disable_ipv6`, 1)
    await namespace.link.set(name, { up: true })
    return port
  } catch (error) {
    await port.close()
    throw error
  }
}

/** From inside to what lies inside directly, to all else by the translator. */
async function layRoutes({ route }: Namespace, nat: PlannedNat, { ends, routes }: PlannedNode): Promise<void> {
  const table = tables.inside
  for (const { link, addresses } of ends) {
    if (link === nat.link) continue
    for (const address of addresses) await route.add({ destination: formatPrefix(networkOf(address)), link, table })
  }
  for (const { destination, via, link } of routes)
    if (link !== nat.link) await route.add({ destination, via, table, protocol: 'static' })
  await route.add({ destination: 'default', family: 4, link: 'inside', table })
  await route.add({ destination: 'default', family: 4, link: 'outside', table: tables.outside })
}
