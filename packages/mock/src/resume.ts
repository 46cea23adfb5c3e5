/** What waits for its time goes on waiting after a snapshot was loaded. @module */
import type { Kernel } from './kernel.js'
import { tellSoon } from './kind/bond-alb.js'
import { resumeAsking } from './kind/bond-arp.js'
import { runLacp } from './kind/bond-lacp.js'
import { teachSwitches } from './kind/bond-mac.js'
import { resumeReports } from './kind/bond-report.js'
import { inspect } from './kind/bond-watch.js'
import { resumeHold } from './kind/bridge-bpdu.js'
import { ageGroup } from './kind/bridge-group-age.js'
import { resumeOther, resumeQuery } from './kind/bridge-querier.js'
import { expireRouter } from './kind/bridge-router.js'
import { resumeBridge, resumeHello, resumeMessageAge, resumePort, resumeTopologyTold } from './kind/bridge-stp.js'
import { ageRecord } from './kind/bridge-table.js'
import { startAnnouncing } from './kind/hsr.js'
import { announceSoon } from './kind/team.js'
import { resumeLooking } from './kind/team-statistics.js'
import { ageVxlanRecord } from './kind/vxlan-table.js'
import { resumeWireguard } from './kind/wireguard-send.js'
import { watchLifetime4 } from './object/address4.js'
import { watchLifetime6 } from './object/address6.js'
import { setCarrier } from './object/carrier.js'
import { resumeDad } from './object/dad.js'
import type { Device } from './object/device.js'
import { watchExpiry } from './object/fib6.js'
import { deleteLinks } from './object/link-delete.js'
import { leaveForSockets, watchMemberships } from './object/membership.js'
import { resumeNeighbour } from './object/neighbour.js'
import { resumeExceptions } from './object/route-exception.js'
import { resumeSoliciting } from './object/router-solicit.js'
import { attachQdisc } from './traffic/traffic.js'

/** Sets every timer again; what fell due meanwhile happens at the next step of the kernel. */
export function resume(kernel: Kernel): void {
  for (const namespace of kernel.namespaces.all) {
    for (const device of [...namespace.links.values()]) resumeDevice(kernel, device)
    for (const family of [4, 6] as const) {
      for (const table of namespace.routes[family].all()) {
        for (const route of table.all()) {
          if (family === 6) watchExpiry(kernel, namespace, route)
          for (const hop of route.hops) resumeExceptions(kernel, hop)
        }
      }
    }
  }
  kernel.namespaces.reapAll()
}

function resumeDevice(kernel: Kernel, device: Device): void {
  if (device.tun !== undefined && closePorts(kernel, device)) return
  for (const entry of device.qdiscs) attachQdisc(kernel, device, entry)
  for (const entry of device.addresses4) watchLifetime4(kernel, device, entry)
  for (const entry of device.inet6?.addresses ?? []) {
    watchLifetime6(kernel, device, entry)
    resumeDad(kernel, device, entry)
  }
  resumeSoliciting(kernel, device)
  for (const family of [4, 6] as const) {
    leaveForSockets(kernel, device, family)
    watchMemberships(kernel, device, family)
  }
  for (const entry of device.neighbours.values()) resumeNeighbour(kernel, device, entry)
  for (const record of device.vxlan?.fdb.values() ?? []) ageVxlanRecord(kernel, device, record)
  if (device.port !== undefined) {
    resumePort(kernel, device)
    resumeMessageAge(kernel, device)
    resumeHold(kernel, device)
  }
  if (device.bond !== undefined) {
    inspect(kernel, device)
    resumeAsking(kernel, device)
    resumeReports(kernel, device)
    teachSwitches(kernel, device)
    runLacp(kernel, device)
    tellSoon(kernel, device, 0)
  }
  if (device.wireguard !== undefined) resumeWireguard(kernel, device)
  if (device.hsr !== undefined) startAnnouncing(kernel, device)
  if (device.team !== undefined) {
    announceSoon(kernel, device, 0)
    resumeLooking(kernel, device.team)
  }
  if (device.bridge === undefined) return
  resumeBridge(kernel, device)
  resumeTopologyTold(kernel, device)
  resumeHello(kernel, device)
  for (const record of device.bridge.fdb.values()) ageRecord(kernel, device, record)
  for (const record of device.bridge.groups.values()) ageGroup(kernel, device, record)
  for (const member of device.bridge.ports) expireRouter(kernel, device, member)
  for (const query of device.bridge.queries.values()) resumeQuery(kernel, device, query)
  for (const key of device.bridge.queriers.keys()) {
    const [family, vlan] = key.split(' ').map(Number)
    resumeOther(kernel, device, family === 4 ? 4 : 6, vlan ?? 0)
  }
}

/** Ports are not part of a snapshot: it is as if all had been closed. Whether the link went with them. */
function closePorts(kernel: Kernel, device: Device): boolean {
  if (!device.tun?.persistent) {
    deleteLinks(kernel, [device])
    return true
  }
  if (device.tun.multiQueue) device.tun = { ...device.tun, queues: 0, disabledQueues: 0 }
  setCarrier(kernel, device, false)
  return false
}
