/** How a link is described: in a list, an answer or an event. @module */
import type { Link, LinkLimits } from '@vnet/core'
import type { Namespace } from '../namespace.js'
import { noCounters, statisticsOf } from '../stack/counters.js'
import { type Device, isOperational } from './device.js'

/** Flags as `ip` prints them, in its order. */
export function flagsOf(device: Device): string[] {
  const flags: string[] = []
  if (device.up && !isOperational(device)) flags.push('NO-CARRIER')
  if (device.loopback) flags.push('LOOPBACK')
  if (device.canBroadcast) flags.push('BROADCAST')
  if (device.pointToPoint) flags.push('POINTOPOINT')
  if (device.multicast) flags.push('MULTICAST')
  if (device.noArp) flags.push('NOARP')
  if (device.allMulticast) flags.push('ALLMULTI')
  if (device.promiscuous) flags.push('PROMISC')
  if (device.isMaster) flags.push('MASTER')
  if (device.isSlave) flags.push('SLAVE')
  if (device.up) flags.push('UP')
  if (device.up && device.carrier) flags.push('LOWER_UP')
  return flags
}

function limitsOf(device: Device): LinkLimits {
  return {
    gsoMaxSize: 65536,
    gsoMaxSegments: 65535,
    tsoMaxSize: device.tsoMaxSize,
    tsoMaxSegments: 65535,
    groMaxSize: 65536,
    gsoIpv4MaxSize: 65536,
    groIpv4MaxSize: 65536,
  }
}

/** The link that `IFLA_LINK` names: the lower link, or the other end of a pair. */
export function linkedTo(device: Device): Device | undefined {
  // A VXLAN does not tell it.
  return device.vxlan === undefined ? (device.lower ?? device.peer) : undefined
}

/** The kind that a link tells; `undefined` where nobody can make another. */
export function toldKind(device: Device): string | undefined {
  const { kind } = device
  return kind === undefined || kind.fromModule ? undefined : (kind.word?.(device) ?? kind.name)
}

/** The link as the kernel tells it in a list or an event. `namespaceId` numbers a foreign namespace, as nsids do. */
export function describe(
  device: Device,
  namespaceId: (from: Namespace, to: Namespace) => number,
  statistics = false,
  now = 0,
): Link {
  const home = device.vxlan?.home ?? device.geneve?.home ?? device.tunnel?.home
  // A VXLAN that was moved tells where its packets go, and itself for want of a link; a tunnel tells 0 then.
  const linked = home !== undefined && home !== device.namespace ? device : linkedTo(device)
  const parent = device.tunnel === undefined ? linked?.index : ((device.tunnel.options.link as number | undefined) ?? 0)
  const other = home ?? linked?.namespace
  const foreign = other !== undefined && other !== device.namespace ? other : undefined
  const kind = toldKind(device)
  return {
    index: device.index,
    name: device.name,
    ...(kind === undefined ? {} : { kind }),
    type: device.type,
    ...(device.mac === undefined ? {} : { mac: device.mac }),
    ...(device.broadcast === undefined ? {} : { broadcast: device.broadcast }),
    up: device.up,
    flags: flagsOf(device),
    operationalState: device.up ? device.operationalState : 'down',
    carrier: device.carrier,
    linkMode: 0,
    mtu: device.mtu,
    minMtu: device.minMtu,
    maxMtu: device.maxMtu,
    ...(device.master === undefined ? {} : { master: device.master.index }),
    ...(parent === undefined ? {} : { parent }),
    ...(foreign === undefined ? {} : { linkNamespaceId: namespaceId(device.namespace, foreign) }),
    group: device.group,
    txQueueLength: device.txQueueLength,
    qdisc: device.qdisc,
    txQueues: device.txQueues,
    rxQueues: device.rxQueues,
    altNames: [...device.altNames],
    ...(device.alias === undefined ? {} : { alias: device.alias }),
    promiscuity: device.promiscuity,
    allMulticast: device.allMulti,
    ...(device.permanentAddress === undefined ? {} : { permanentMac: device.permanentAddress }),
    ...(device.inet6 === undefined ? {} : { addrGenMode: device.addrGenMode }),
    limits: limitsOf(device),
    ...device.kind?.describe?.(device, now),
    ...(device.master?.kind === undefined ? {} : { portKind: device.master.kind.name }),
    ...device.master?.kind?.describePort?.(device, now),
    ...(statistics
      ? { statistics: statisticsOf(device.kind?.statistics?.(device) ?? device.counted ?? noCounters) }
      : {}),
    other: [],
  }
}
