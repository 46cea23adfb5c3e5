/** Ports with a multicast router (`br_multicast_set_port_router`, `br_multicast_mark_router`, `br_rports_fill_info`). @module */
import { type DriverEvent, type MdbRouter, mdbRouterTypes } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import type { BridgeData, BridgePort, RouterBehind } from './bridge-data.js'
import { type Family, families } from './bridge-querier-data.js'

const never = 0
const byQuery = 1
const forEver = 2
const forATime = 3

/** Whether a router of one version of IP is behind a port. */
export const isRouterPort = (member: Device, family: Family): boolean => member.port?.routers[family].there ?? false

/** Whether the bridge itself is a router: then it hears all groups. */
export const isRouterItself = (bridge: Device): boolean => bridge.bridge?.options.multicastRouter === forEver

/** A port's `multicastRouter` is set; for a time, said again, it lasts again. */
export function setRouter(kernel: Kernel, bridge: Device, member: Device, value: number): void {
  const port = member.port as BridgePort
  const changed = port.options.multicastRouter !== value
  if (!changed && value !== forATime) return
  port.options = { ...port.options, multicastRouter: value }
  if (value === forEver || value === forATime) {
    const { multicastQuerierInterval } = (bridge.bridge as BridgeData).options
    const ends = value === forATime ? kernel.now() + (multicastQuerierInterval ?? 255) : undefined
    for (const family of families) {
      if (changed) startRouter(bridge, member, family)
      setBehind(port, family, { ...port.routers[family], ends })
    }
    expireRouter(kernel, bridge, member)
  } else stopRouter(bridge, member)
}

function setBehind(port: BridgePort, family: Family, behind: RouterBehind): void {
  port.routers = { ...port.routers, [family]: behind }
}

/** Somebody at a port behaves like a router, and is taken for one for a while. */
export function markRouter(kernel: Kernel, bridge: Device, member: Device, family: Family, interval: number): void {
  const port = member.port as BridgePort
  const { multicastRouter } = port.options
  if (multicastRouter === never || multicastRouter === forEver) return
  startRouter(bridge, member, family)
  setBehind(port, family, { ...port.routers[family], ends: kernel.now() + interval })
  expireRouter(kernel, bridge, member)
}

/** A port becomes a router's (`br_multicast_add_router`); told where it was none of either version. */
function startRouter(bridge: Device, member: Device, family: Family): void {
  const port = member.port as BridgePort
  if (port.routers[family].there) return
  setBehind(port, family, { ...port.routers[family], there: true })
  if (!port.routers[family === 4 ? 6 : 4].there) tellRouter(bridge, member, 'mdbRouter set')
}

/** A port that comes up is a router's again, where it is one for ever. */
export function resumeRouter(bridge: Device, member: Device): void {
  if (member.port?.options.multicastRouter !== forEver) return
  for (const family of families) startRouter(bridge, member, family)
}

/** A port is a router's no more, as when it goes down; what was said for a time is not said again. */
export function stopRouter(bridge: Device, member: Device): void {
  for (const family of families) endRouter(bridge, member, family)
}

function endRouter(bridge: Device, member: Device, family: Family): void {
  const port = member.port as BridgePort
  const { there, ends } = port.routers[family]
  if (there || ends !== undefined) setBehind(port, family, { there: false })
  if (!there || port.routers[family === 4 ? 6 : 4].there) return
  tellRouter(bridge, member, 'mdbRouter delete')
  if (port.options.multicastRouter === forATime) port.options = { ...port.options, multicastRouter: byQuery }
}

/** Waits until a port is a router's no more; also after a snapshot was loaded. */
export function expireRouter(kernel: Kernel, bridge: Device, member: Device): void {
  const port = member.port as BridgePort
  for (const family of families) {
    const { ends } = port.routers[family]
    if (ends === undefined) continue
    kernel.timers.at(ends, () => {
      if (member.port === port && port.routers[family].ends === ends) endRouter(bridge, member, family)
    })
  }
}

function tellRouter(bridge: Device, member: Device, kind: 'mdbRouter set' | 'mdbRouter delete'): void {
  bridge.namespace.tell(
    'mdbRouter',
    () =>
      ({ kind, group: 'mdbRouter', object: { bridge: bridge.index, port: member.index, other: [] } }) as DriverEvent,
  )
}

/** The router ports of a bridge, the latest port first, as a list tells them. */
export function describeRouters(kernel: Kernel, bridge: Device): MdbRouter[] {
  const now = kernel.now()
  const found: MdbRouter[] = []
  for (const member of (bridge.bridge as BridgeData).ports) {
    const { routers, options } = member.port as BridgePort
    if (!families.some((family) => routers[family].there)) continue
    const left = ({ ends }: { ends?: number | undefined }) =>
      ends === undefined ? 0 : Math.max(0, Math.round((ends - now) * 100) / 100)
    const type = mdbRouterTypes[options.multicastRouter ?? byQuery] as NonNullable<MdbRouter['type']>
    found.push({
      bridge: bridge.index,
      port: member.index,
      timer: Math.max(left(routers[4]), left(routers[6])),
      type,
      ...(routers[4].there ? { ipv4Timer: left(routers[4]) } : {}),
      ...(routers[6].there ? { ipv6Timer: left(routers[6]) } : {}),
      other: [],
    })
  }
  return found
}
