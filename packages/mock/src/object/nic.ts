/** NICs: what the drivers of the kernel's own kinds tell `ethtool` (`get_drvinfo`, `get_link_ksettings`). @module */
import {
  type Link,
  type Nic,
  type NicBeneath,
  type NicFilter,
  type NicQuery,
  type NicSettings,
  nameGiven,
  physicalOf,
  settingsOf,
} from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { channelsOf } from '../nic/channels.js'
import { featuresOf } from '../nic/features.js'
import { lineOf } from '../nic/line.js'
import { listAddresses } from './address.js'
import type { Device } from './device.js'
import { listRoutes } from './route.js'

/** Name and version of each driver that tells them; of all others the kind is the name, and the version that of the kernel. */
const drivers: { readonly [kind: string]: readonly [driver: string, version?: string] | undefined } = {
  bond: ['bonding'],
  bridge: ['bridge', '2.3'],
  geneve: ['geneve', '0.6'],
  ipvlan: ['ipvlan', '0.1'],
  ipvtap: ['ipvlan', '0.1'],
  macvlan: ['macvlan', '0.1'],
  macvtap: ['macvlan', '0.1'],
  tap: ['tun', '1.6'],
  tun: ['tun', '1.6'],
  veth: ['veth', '1.0'],
  vlan: ['802.1Q VLAN Support', '1.8'],
  vrf: ['vrf', '1.1'],
  vxlan: ['vxlan', '0.1'],
}

/** What the driver of bonds says in place of a firmware (`BOND_ABI_VERSION`). */
const bondAbi = '2'

/** Kinds whose driver does not tell of a carrier: what the link itself has is told, also while it is down. */
const untold: ReadonlySet<string> = new Set([
  ...['dummy', 'ifb', 'teql', 'macsec', 'vrf', 'wireguard', 'vti', 'vti6', 'ipip', 'sit', 'ip6tnl'],
  ...['gre', 'gretap', 'erspan', 'ip6gre', 'ip6gretap', 'ip6erspan'],
])

/** One NIC; `undefined` where there is no such link. */
export function getNic(kernel: Kernel, namespace: Namespace, { link, settings }: NicQuery): Nic | undefined {
  const device = namespace.find(link)
  if (device === undefined) return undefined
  const nic = describeNic(kernel, device)
  return settings === true ? { ...nic, settings: settingsIn(kernel, namespace, device) } : nic
}

/** What is configured: what the kernel tells. There are no files with leases and name servers. */
function settingsIn(kernel: Kernel, namespace: Namespace, { index: link }: Device): NicSettings {
  const routes = ([4, 6] as const).flatMap((family) => listRoutes(kernel, namespace, { family, link, table: 'main' }))
  return settingsOf({ link, addresses: listAddresses(kernel, namespace, { link }), routes, leases: [], resolvers: [] })
}

/** The NICs, in order of index. There is no hardware, so none is without a link. */
export function listNics(kernel: Kernel, namespace: Namespace, { physical }: NicFilter): Nic[] {
  return physical === true ? [] : [...namespace.sorted()].map((device) => describeNic(kernel, device))
}

function describeNic(kernel: Kernel, device: Device): Nic {
  const link = kernel.describe(device)
  const { index, name, altNames, kind, type, mac, up, txQueues, rxQueues } = link
  const [driver, version] = kind === undefined ? [] : (drivers[kind] ?? [kind])
  const beneath = beneathOf(kernel, device.namespace, link)
  return {
    index,
    name,
    altNames,
    ...(kind === undefined ? {} : { kind }),
    type,
    ...physicalOf({ type, kind }),
    wireless: false,
    ...(driver === undefined ? {} : { driver }),
    ...(version === undefined ? {} : { version }),
    ...(kind === 'bond' ? { firmware: bondAbi } : {}),
    ...(kind === 'tap' || kind === 'tun' ? { busAddress: kind } : {}),
    ...(mac === undefined ? {} : { mac }),
    up,
    ...(kernel.has('nic features') ? toldOf(device) : { carrier: device.carrier }),
    ...(txQueues === undefined ? {} : { txQueues }),
    ...(rxQueues === undefined ? {} : { rxQueues }),
    ...(beneath === undefined ? {} : { beneath }),
    naming: nameGiven(name, {}, 'computed'),
  }
}

/** What the driver answers to the questions of ethtool's netlink. */
function toldOf(device: Device): Partial<Nic> {
  const channels = channelsOf(device)
  return {
    carrier: (device.up || untold.has(device.kind?.name ?? '')) && device.carrier,
    ...lineOf(device),
    features: featuresOf(device),
    ...(channels === undefined ? {} : { channels }),
  }
}

function beneathOf(
  kernel: Kernel,
  here: Namespace,
  { parent: index, linkNamespaceId: namespaceId }: Link,
): NicBeneath | undefined {
  if (index === undefined || index === 0) return undefined
  if (namespaceId === undefined) {
    const name = here.find(index)?.name
    return { index, ...(name === undefined ? {} : { name }) }
  }
  const namespace = kernel.namespaces.list(here).find(({ id }) => id === namespaceId)?.name
  if (namespace === undefined) return { index, namespaceId }
  const name = kernel.namespaces.named.get(namespace)?.find(index)?.name
  return { index, ...(name === undefined ? {} : { name }), namespaceId, namespace }
}
