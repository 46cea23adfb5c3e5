/** What teams in mode `loadbalance` sent, by hash and port, and the looks at it that are told (`lb_stats_refresh`). @module */
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { withValue } from '../object/empty.js'
import type { TeamData } from './team.js'
import type { Balancing } from './team-balancing.js'

/** Counts what was sent by a port. */
export function countBalanced(balancing: Balancing, port: Device, hash: number, octets: number): void {
  balancing.sent = withValue(balancing.sent, hash, (balancing.sent.get(hash) ?? 0) + octets)
  if (port.teamPort !== undefined) port.teamPort.sent += octets
}

/** Looks from now on each so many tenths of a second; 0 for never. A look that is due already keeps its time. */
export function setLooks(kernel: Kernel, data: TeamData, tenths: number): void {
  const { balancing } = data
  if (balancing.statisticsInterval === tenths) return
  balancing.statisticsInterval = tenths
  if (tenths === 0) stopLooking(kernel, balancing)
  else if (balancing.look.at === undefined) lookAt(kernel, data, kernel.now())
}

/** Looks no more. */
export function stopLooking(kernel: Kernel, { look }: Balancing): void {
  kernel.timers.cancel(look.timer)
  look.at = undefined
  look.timer = undefined
}

/** Goes on looking after a snapshot was loaded. */
export function resumeLooking(kernel: Kernel, data: TeamData): void {
  const { at } = data.balancing.look
  if (at !== undefined) lookAt(kernel, data, at)
}

function lookAt(kernel: Kernel, data: TeamData, at: number): void {
  const { balancing, ports } = data
  balancing.look.at = at
  balancing.look.timer = kernel.timers.at(at, () => {
    balancing.told = new Map(balancing.sent)
    for (const { teamPort } of ports) if (teamPort !== undefined) teamPort.told = teamPort.sent
    lookAt(kernel, data, kernel.now() + balancing.statisticsInterval / 10)
  })
}
