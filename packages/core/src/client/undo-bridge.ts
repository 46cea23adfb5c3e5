/** What must be read before a change of what only bridges have, so that it can be taken back. @module */
import type { BridgeVlan, CleanBridgeVlanKey } from '../bridge-vlan.js'
import type { Connection } from '../driver.js'
import type { CleanFdbFlush, FdbEntry } from '../fdb.js'
import { ask } from './ask.js'
import type { LooseRequest } from './loose-request.js'
import { fdbSpec } from './spec.js'
import type { Preparations } from './undo.js'

/** The preparations for VLANs of bridges, and for the removal of many FDB entries. */
export const bridgePreparations: Preparations = {
  'fdb flush': async (connection, spec) => {
    const link = await ask(connection, 'link get', { link: spec.link })
    const port = spec.port === undefined ? undefined : await ask(connection, 'link get', { link: spec.port })
    const keeper = spec.master ? link?.master : link?.index
    const only = port?.index ?? (spec.master ? link?.index : undefined)
    const kept = (await ask(connection, 'fdb list', {})).filter(
      (entry) =>
        (entry.master ?? entry.link) === keeper &&
        (only === undefined || entry.link === only) &&
        isFlushed(entry, spec),
    )
    return () => kept.map(entryAgain)
  },

  'bridgeVlan add': async (connection, spec) => {
    const before = await ask(connection, 'bridgeVlan list', { link: spec.link })
    // Of those in the range the flags may change; and the VLAN of untagged frames may move here from any.
    const changed = before.filter((entry) => inRange(entry, spec) || (spec.pvid && entry.pvid))
    const key = { link: spec.link, vlan: spec.vlan, ...keeper(spec) }
    return () => [
      { operation: 'bridgeVlan delete', spec: key },
      ...changed.flatMap((entry) => bridgeVlanAgain(entry, spec)),
    ]
  },
  'bridgeVlan set': async (connection, spec) => {
    const { link, vlan: _, ...changed } = spec
    const before = await ask(connection, 'bridgeVlan list', { link })
    return () =>
      before
        .filter((entry) => inRange(entry, spec))
        .map((entry) => {
          const options = Object.keys(changed).map((name) => [name, entry[name as keyof typeof changed]] as const)
          const known: Record<string, unknown> = Object.fromEntries(options.filter(([, value]) => value !== undefined))
          // One without a tunnel tells none.
          if (changed.tunnel !== undefined) known.tunnel = entry.tunnel ?? null
          return { operation: 'bridgeVlan set', spec: { link, vlan: entry.vlan, ...known } }
        })
  },
  'bridgeVlanGlobal set': async (connection, spec) => {
    const { bridge, vlan: _, ...changed } = spec
    const before = await ask(connection, 'bridgeVlanGlobal list', { bridge })
    return () =>
      before
        .filter((entry) => inRange(entry, spec))
        .map((entry) => {
          const options = Object.keys(changed).map((name) => [name, entry[name as keyof typeof changed]])
          return {
            operation: 'bridgeVlanGlobal set',
            spec: { bridge, vlan: entry.vlan, ...Object.fromEntries(options) },
          }
        })
  },
  'bridgeMst set': async (connection, { link, msti }) => {
    const before = await ask(connection, 'bridgeMst list', { link, msti })
    return () => before.map(({ state }) => ({ operation: 'bridgeMst set', spec: { link, msti, state } }))
  },
  'bridgeVlan delete': async (connection, spec) => {
    const before = await ask(connection, 'bridgeVlan list', { link: spec.link })
    return () => before.filter((entry) => inRange(entry, spec)).flatMap((entry) => bridgeVlanAgain(entry, spec))
  },
}

/** A VXLAN may have several remotes for a MAC; those of a bridge's entries are one. */
const entryAgain = (entry: FdbEntry): LooseRequest =>
  entry.remote === undefined
    ? { operation: 'fdb set', spec: fdbSpec(entry) }
    : { operation: 'fdb add', spec: { ...fdbSpec(entry), append: true } }

const inRange = (entry: Pick<BridgeVlan, 'vlan'>, { vlan: [first, last] }: Pick<CleanBridgeVlanKey, 'vlan'>): boolean =>
  entry.vlan >= first && entry.vlan <= last

const keeper = ({ self, master }: Pick<CleanBridgeVlanKey, 'self' | 'master'>) => ({
  ...(self === undefined ? {} : { self }),
  ...(master === undefined ? {} : { master }),
})

/** The VLANs of a port that leaves its bridge: it comes back with that of untagged frames, which may not have been its. */
export async function portVlans(connection: Connection, link: number): Promise<LooseRequest[]> {
  const before = await ask(connection, 'bridgeVlan list', { link })
  if (before.length === 0) return []
  const none: LooseRequest = { operation: 'bridgeVlan delete', spec: { link, vlan: [1, 4094] } }
  return [none, ...before.flatMap((entry) => bridgeVlanAgain(entry, {}))]
}

/** The tunnels that VLANs of a port are mapped to, which it forgets without `vlanTunnel`. */
export async function portTunnels(connection: Connection, link: number): Promise<LooseRequest[]> {
  const before = await ask(connection, 'bridgeVlan list', { link })
  return before.flatMap(({ vlan, tunnel }): LooseRequest[] =>
    tunnel === undefined ? [] : [{ operation: 'bridgeVlan set', spec: { link, vlan, tunnel } }],
  )
}

/** What makes a VLAN of a port again as it was; a bridge's own VLAN has a state that nobody chooses. */
function bridgeVlanAgain(entry: BridgeVlan, key: Pick<CleanBridgeVlanKey, 'self' | 'master'>): LooseRequest[] {
  const { link, vlan, pvid, untagged, state, multicastRouter, multicastMaxGroups, neighbourSuppress, tunnel } = entry
  const again: LooseRequest[] = [{ operation: 'bridgeVlan add', spec: { link, vlan, pvid, untagged, ...keeper(key) } }]
  if (key.self === true) return again
  // What a new one has is not asked for: older kernels do not know all of it.
  const options = {
    ...(state === 'forwarding' ? {} : { state }),
    ...(multicastRouter === 1 ? {} : { multicastRouter }),
    ...(multicastMaxGroups ? { multicastMaxGroups } : {}),
    ...(neighbourSuppress ? { neighbourSuppress } : {}),
    ...(tunnel === undefined ? {} : { tunnel }),
  }
  const given = Object.values(options).some((value) => value !== undefined)
  if (given) again.push({ operation: 'bridgeVlan set', spec: { link, vlan, ...options } })
  return again
}

/**
 * Whether a flush removes an entry, as far as can be told of it; what was learned is learned again. What stays although it is
 * thought to go is made again without harm.
 */
function isFlushed(entry: FdbEntry, flush: CleanFdbFlush): boolean {
  const has = (flag: string) => entry.flags.includes(flag)
  const fits = (wanted: boolean | undefined, is: boolean) => wanted === undefined || wanted === is
  return (
    (entry.state !== 'dynamic' || has('extern_learn')) &&
    fits(flush.permanent, entry.state === 'permanent') &&
    fits(flush.static, entry.state !== 'dynamic') &&
    fits(flush.externallyLearned, has('extern_learn')) &&
    fits(flush.sticky, has('sticky')) &&
    fits(flush.offloaded, has('offload')) &&
    (flush.vlan === undefined || flush.vlan === entry.vlan)
  )
}
