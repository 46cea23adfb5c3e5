/** Ports with a multicast router (`br_multicast_set_port_router`, `br_rports_fill_info`). @module */
import { type DriverEvent, type MdbRouter, mdbRouterTypes } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import type { BridgeData, BridgePort } from './bridge-data.js'

const byQuery = 1
const forEver = 2
const forATime = 3

/** A port's `multicastRouter` is set; for a time, said again, it lasts again. */
export function setRouter(kernel: Kernel, bridge: Device, member: Device, value: number): void {
  const port = member.port as BridgePort
  const changed = port.options.multicastRouter !== value
  if (!changed && value !== forATime) return
  port.options.multicastRouter = value
  if (value === forEver || value === forATime) {
    const { multicastQuerierInterval } = (bridge.bridge as BridgeData).options
    port.routerEnds = value === forATime ? kernel.now() + (multicastQuerierInterval ?? 255) : undefined
    if (changed) startRouter(bridge, member)
    expireRouter(kernel, bridge, member)
  } else stopRouter(bridge, member)
}

/** A port becomes a router's (`br_multicast_add_router`). */
function startRouter(bridge: Device, member: Device): void {
  const port = member.port as BridgePort
  if (port.router) return
  port.router = true
  tellRouter(bridge, member, 'mdbRouter set')
}

/** A port that comes up is a router's again, where it is one for ever. */
export function resumeRouter(bridge: Device, member: Device): void {
  if (member.port?.options.multicastRouter === forEver) startRouter(bridge, member)
}

/** A port is a router's no more, as when it goes down; what was said for a time is not said again. */
export function stopRouter(bridge: Device, member: Device): void {
  const port = member.port as BridgePort
  port.routerEnds = undefined
  if (!port.router) return
  port.router = false
  tellRouter(bridge, member, 'mdbRouter delete')
  if (port.options.multicastRouter === forATime) port.options.multicastRouter = byQuery
}

/** Waits until a port is a router's no more. */
export function expireRouter(kernel: Kernel, bridge: Device, member: Device): void {
  const port = member.port as BridgePort
  const ends = port.routerEnds
  if (ends === undefined) return
  kernel.timers.at(ends, () => {
    if (member.port === port && port.routerEnds === ends) stopRouter(bridge, member)
  })
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
    const port = member.port as BridgePort
    if (!port.router) continue
    const timer = port.routerEnds === undefined ? 0 : Math.round((port.routerEnds - now) * 100) / 100
    const type = mdbRouterTypes[port.options.multicastRouter ?? byQuery] as NonNullable<MdbRouter['type']>
    found.push({
      bridge: bridge.index,
      port: member.index,
      timer,
      type,
      ipv4Timer: timer,
      ipv6Timer: timer,
      other: [],
    })
  }
  return found
}
