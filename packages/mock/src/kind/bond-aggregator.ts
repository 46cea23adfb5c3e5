/** Aggregators of a bond: ports with the same partner and key (`ad_port_selection_logic`, `ad_agg_selection_logic` of `drivers/net/bonding/bond_3ad.c`). @module */
import type { Device } from '../object/device.js'
import type { BondData } from './bond-data.js'
import type { LacpPort } from './bond-lacp.js'

/** An aggregator; each port brings one, which may stay empty (`struct aggregator`). */
export interface Aggregator {
  readonly id: number
  /** Its ports, the latest first. */
  ports: Device[]
  /** Of ports that are no partners for anybody: half duplex. */
  isIndividual: boolean
  isActive: boolean
  actorKey: number
  /** MAC as a number; 0 while nobody answers. */
  partnerSystem: number
  partnerPriority: number
  partnerKey: number
}

/** An aggregator without ports. */
export const newAggregator = (id: number): Aggregator => ({
  id,
  ports: [],
  isIndividual: false,
  isActive: false,
  actorKey: 0,
  partnerSystem: 0,
  partnerPriority: 0,
  partnerKey: 0,
})

/** What a port keeps for the protocol. */
export const lacpOf = (port: Device): LacpPort => port.bondPort?.lacp as LacpPort

/** The aggregator in use. */
export const activeAggregator = (data: BondData): Aggregator | undefined =>
  data.ports.map((port) => lacpOf(port).own).find(({ isActive, ports }) => isActive && ports.length > 0)

/** Ports of an aggregator whose link works. */
export const workingPorts = (aggregator: Aggregator): number =>
  aggregator.ports.filter((port) => lacpOf(port).isUsable).length

/** Finds the aggregator of a port that has none that fits: one with its partner, else a free one. */
export function joinAggregator(data: BondData, port: Device): void {
  leaveAggregator(port)
  const state = lacpOf(port)
  const all = data.ports.map((one) => lacpOf(one).own)
  const { partner, actor } = state
  let chosen = all.find(
    (one) =>
      one.ports.length > 0 &&
      one.actorKey === actor.key &&
      one.partnerSystem === partner.system &&
      one.partnerPriority === partner.systemPriority &&
      one.partnerKey === partner.key &&
      one.partnerSystem !== 0 &&
      !one.isIndividual,
  )
  if (chosen === undefined) {
    chosen = all.find(({ ports }) => ports.length === 0)
    if (chosen === undefined) return
    Object.assign(chosen, {
      isIndividual: (actor.key & 1) === 0,
      actorKey: actor.key,
      partnerSystem: partner.system,
      partnerPriority: partner.systemPriority,
      partnerKey: partner.key,
    })
  }
  chosen.ports.unshift(port)
  state.aggregator = chosen.id
  state.isSelected = true
}

/** The aggregator that a port is in. */
export const aggregatorOf = (data: BondData, port: Device): Aggregator | undefined =>
  data.ports.map((one) => lacpOf(one).own).find(({ ports }) => ports.includes(port))

function leaveAggregator(port: Device): void {
  for (const other of port.master?.bond?.ports ?? []) {
    const { own } = lacpOf(other)
    if (!own.ports.includes(port)) continue
    own.ports.splice(own.ports.indexOf(port), 1)
    if (own.ports.length === 0) Object.assign(own, { ...newAggregator(own.id), ports: own.ports })
  }
}

/** A port goes: ports that use the aggregator which it brought take a free one (`bond_3ad_unbind_slave`). */
export function takeOverAggregator(data: BondData, port: Device): void {
  leaveAggregator(port)
  const { own } = lacpOf(port)
  if (own.ports.length === 0) return
  const free = data.ports.map((one) => lacpOf(one).own).find((one) => one !== own && one.ports.length === 0)
  if (free === undefined) return
  const { id } = free
  Object.assign(free, { ...own, id, ports: own.ports })
  for (const moved of free.ports) lacpOf(moved).aggregator = id
}

/** Chooses the aggregator in use; the ports of the one before, where it is another one, are handed to `disable`. */
export function selectAggregator(data: BondData, disable: (port: Device) => void): void {
  const active = activeAggregator(data)
  const { adSelect } = data.options
  let best = active !== undefined && workingPorts(active) > 0 ? active : undefined
  for (const port of data.ports) {
    const { own } = lacpOf(port)
    own.isActive = false
    if (workingPorts(own) > 0) best = better(best, own, adSelect === 'count')
  }
  const isStable =
    adSelect === 'stable' &&
    active !== undefined &&
    workingPorts(active) > 0 &&
    (active.partnerSystem !== 0 || best?.partnerSystem === 0) &&
    !(active.actorKey === 0 && best?.actorKey !== 0)
  if (active !== undefined && (isStable || best === active)) active.isActive = true
  else if (best !== undefined) {
    best.isActive = true
    for (const port of active?.ports ?? []) disable(port)
  }
}

/** Together before alone, answered before unanswered, then more ports or more bandwidth (`ad_agg_selection_test`). */
function better(best: Aggregator | undefined, one: Aggregator, byCount: boolean): Aggregator {
  if (best === undefined) return one
  if (best.isIndividual !== one.isIndividual) return best.isIndividual ? one : best
  const [known, answered] = [best.partnerSystem !== 0, one.partnerSystem !== 0]
  if (known !== answered) return answered ? one : best
  const [count, bestCount] = [workingPorts(one), workingPorts(best)]
  if (byCount && count !== bestCount) return count > bestCount ? one : best
  return bandwidth(one) > bandwidth(best) ? one : best
}

/** The speed of its ports is in the key: bits 1–5. */
const bandwidth = (aggregator: Aggregator): number =>
  workingPorts(aggregator) * (speeds[(aggregator.actorKey >> 1) & 31] ?? 0)

/** Mbit/s by the kernel's number (`enum ad_link_speed_type`). */
const speeds = [0, 1, 10, 100, 1000, 2500, 5000, 10_000]

/** The kernel's number of a speed. */
export const speedNumber = (speed: number | undefined): number => Math.max(0, speeds.indexOf(speed ?? 0))
