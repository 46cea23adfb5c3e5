/** What must be read before a change of a team, so that it can be taken back. @module */
import type { Connection } from '../driver.js'
import type { Link } from '../link.js'
import type { TeamBalancing, TeamChange, TeamDevice, TeamPort, TeamPortChange } from '../team.js'
import { teamSettings } from '../team-option.js'
import { ask } from './ask.js'
import type { LooseRequest } from './loose-request.js'
import type { Preparations } from './undo.js'

/** The preparation for a change of a team. */
export const teamPreparations: Preparations = {
  'team set': async (connection, spec) => {
    const before = await ask(connection, 'team get', { link: spec.link })
    if (before === undefined) return () => []
    const ports = await portsBefore(connection, spec, before)
    const back = changeBack(spec, before, ports)
    return () => (teamSettings(back).length === 0 ? [] : [{ operation: 'team set', spec: back }])
  },
}

/** The requests that give a team made again what the deleted one had; `ports` are put back between the two. */
export async function teamAgain(
  connection: Connection,
  link: number,
  ports: readonly LooseRequest[],
): Promise<LooseRequest[]> {
  const before = await ask(connection, 'team get', { link })
  if (before === undefined) return [...ports]
  const { mode, notifyPeersCount, notifyPeersInterval, mcastRejoinCount, mcastRejoinInterval, activePort } = before
  const counts = { notifyPeersCount, notifyPeersInterval, mcastRejoinCount, mcastRejoinInterval }
  const first: TeamChange = { link, ...(mode === undefined ? {} : { mode }), ...counts }
  const then: TeamChange = {
    link,
    ports: before.ports.map((port) => portBack(port, port)),
    ...(before.balancing === undefined ? {} : { balancing: before.balancing }),
    ...(activePort === undefined ? {} : { activePort }),
  }
  const last: LooseRequest[] = teamSettings(then).length === 0 ? [] : [{ operation: 'team set', spec: then }]
  return [{ operation: 'team set', spec: first }, ...ports, ...last]
}

/** The requests that give a port of a team that comes back what it had there. */
export async function teamPortAgain(connection: Connection, port: Link): Promise<LooseRequest[]> {
  if (port.master === undefined) return []
  const team = await ask(connection, 'team get', { link: port.master })
  const before = team?.ports.find(({ link }) => link === port.index)
  if (team === undefined || before === undefined) return []
  const active = team.activePort === port.index ? { activePort: port.index } : {}
  const ofPort = Object.entries(team.balancing?.hashPorts ?? {}).filter(([, index]) => index === port.index)
  const balancing = ofPort.length === 0 ? {} : { balancing: { hashPorts: Object.fromEntries(ofPort) } }
  const ports = [portBack(before, before)]
  return [{ operation: 'team set', spec: { link: team.link, ports, ...balancing, ...active } }]
}

/** The touched ports as they were, each with the change that touches it. */
async function portsBefore(
  connection: Connection,
  spec: TeamChange,
  before: TeamDevice,
): Promise<readonly TeamPortChange[]> {
  const found: TeamPortChange[] = []
  for (const touched of spec.ports ?? []) {
    const link = await ask(connection, 'link get', { link: touched.link })
    const port = before.ports.find((one) => one.link === link?.index)
    if (port !== undefined) found.push(portBack(port, touched))
  }
  return found
}

/** The kernel cannot be told to forget a mode, an active port, or the port of a hash: the first of each stays. */
function changeBack(spec: TeamChange, before: TeamDevice, ports: readonly TeamPortChange[]): TeamChange {
  const { notifyPeersCount, notifyPeersInterval, mcastRejoinCount, mcastRejoinInterval, mode, activePort } = before
  const all = { mode, notifyPeersCount, notifyPeersInterval, mcastRejoinCount, mcastRejoinInterval, activePort }
  const balancing = before.balancing === undefined ? {} : { balancing: balancingBack(before.balancing, spec) }
  return { link: before.link, ...touchedOf(all, spec), ports, ...balancing }
}

/** Disabling a port, or another mode, takes the ports of hashes away, so these come back with all changes of such. */
function balancingBack(
  before: Required<TeamBalancing<number>>,
  { mode, ports = [], balancing = {} }: TeamChange,
): TeamBalancing {
  if (mode !== undefined) return before
  const { hashPorts } = before
  const losing = ports.some(({ enabled }) => enabled === false)
  const touched = losing ? hashPorts : touchedOf(hashPorts, balancing.hashPorts ?? {})
  return { ...touchedOf({ ...before, hashPorts: undefined }, balancing), hashPorts: touched as Record<number, number> }
}

function portBack(port: TeamPort, touched: object): TeamPortChange {
  const { link, enabled, priority, queueId, userLinkup, userLinkupEnabled } = port
  return { link, ...touchedOf({ enabled, priority, queueId, userLinkup, userLinkupEnabled }, touched) }
}

/** The properties that a change touches, with the values of before, where there were such. */
function touchedOf(before: object, touched: object): object {
  const given = touched as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    Object.entries(before).filter(([property, value]) => value !== undefined && given[property] !== undefined),
  )
}
