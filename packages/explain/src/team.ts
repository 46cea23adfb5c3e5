/** Bonds and teams: by which ports they send, and at which they take what comes in. @module */
import type { Link } from '@vnet/core'
import type { Spot, World } from './world.js'

/** The ports that it sends by: several only where all get a copy. */
export async function sendingPorts(world: World, spot: Spot, link: Link): Promise<readonly Link[]> {
  const ports = world.ports(spot.place, spot.link)
  const working = ports.filter((port) => port.up && carries(port))
  if (link.kind === 'bond') {
    const active = link.bond?.activeSlave
    const used = active === undefined ? working : working.filter(({ index }) => index === active)
    return link.bond?.mode === 'broadcast' ? used : used.slice(0, 1)
  }
  const { mode, activePort, ports: known = [] } = (await world.team(spot)) ?? {}
  const isEnabled = ({ index }: Link) => known.some((port) => port.link === index && port.enabled)
  if (mode === 'broadcast') return working.filter(isEnabled)
  if (mode === 'activebackup') return working.filter(({ index }) => index === activePort)
  // Without a program that gives hashes all goes by the first port that is enabled, whether it works or not.
  if (mode === 'loadbalance') return ports.filter(isEnabled).slice(0, 1)
  return working.filter(isEnabled).slice(0, 1)
}

/** Why a port drops what comes in. */
export async function portRefusal(world: World, spot: Spot, port: Link, master: Link): Promise<string | undefined> {
  if (port.bondPort?.state === 'backup') return `is a backup of ${master.name}: what comes in is dropped`
  if (master.kind !== 'team') return undefined
  const team = await world.team({ place: spot.place, link: master.index })
  if (team?.mode === 'activebackup' && team.activePort !== port.index)
    return `is not the active port of ${master.name}: what comes in is dropped`
  if (team?.ports.some(({ link, enabled }) => link === port.index && !enabled))
    return `is not enabled in ${master.name}: what comes in is dropped`
  return undefined
}

/** The kernel tells of the operational state up to a second late; of the carrier at once. */
export function carries({ carrier, operationalState }: Link): boolean {
  return carrier ?? (operationalState !== 'down' && operationalState !== 'lowerlayerdown')
}
