/** What a bond and its ports keep (`struct bonding`, `struct slave`). @module */
import type { BondOptions, BondPortState } from '@vnet/core'
import type { Device } from '../object/device.js'
import { type Counters, noCounters, sumOf } from '../stack/counters.js'
import type { Timer } from '../timers.js'
import type { Balance } from './bond-balance.js'
import type { LacpPort } from './bond-lacp.js'

/** Options that are told always. */
export type BondSettings = {
  -readonly [O in keyof Omit<BondOptions, 'activeSlave' | 'primary'>]-?: NonNullable<BondOptions[O]>
}

/** What a bond keeps. */
export interface BondData {
  options: BondSettings
  /** Ports, in the order in which they came. */
  ports: Device[]
  /** The port in use; of mode balance-rr the one that reports of groups take. */
  active: Device | undefined
  /** Name of the primary, which need not be a port yet. */
  primary: string | undefined
  /** Wakes when the ports are to be looked at. */
  timer: Timer | undefined
  /** What ports that left had counted. */
  counted: Readonly<Counters>
  /** Frames that were sent in mode balance-rr. */
  sent: number
  /** Announcements after a change of the port in use that are still to be made, in looks at the carrier (`send_peer_notif`). */
  notices: number
  /** Asking by ARP: when next, and the port that asks while none is in use (`current_arp_slave`). */
  readonly asking: { timer: Timer | undefined; next: number | undefined; port: Device | undefined }
  /** Reports of groups after a change of the port in use: when next, and how many still. */
  readonly reports: { timer: Timer | undefined; next: number | undefined; left: number }
  /** Wakes when the ports are to say their MACs, in modes balance-tlb and balance-alb. */
  readonly teacher: { timer: Timer | undefined }
  /** Of mode 802.3ad: steps until an aggregator is chosen for the first time, the number of the latest, and what wakes for the next step. */
  readonly lacp: { selection: number; lastAggregator: number; timer: Timer | undefined }
  /** What modes balance-tlb and balance-alb keep. */
  readonly balance: Balance
}

/** What a port of a bond keeps. */
export interface BondPort {
  status: NonNullable<BondPortState['miiStatus']>
  /** When a status that is on the way becomes final. */
  due: number
  failures: number
  readonly permanentMac: string
  readonly originalMtu: number
  /** What it had counted before. */
  readonly before: Readonly<Counters>
  /** Of mode 802.3ad. */
  lacp: LacpPort | undefined
  queueId: number
  priority: number
  /** Kernel times when it last asked, heard something that counts, and came into use. */
  lastSent: number
  lastReceived: number
  lastUp: number
  /** Kernel times when it last heard of each target. */
  readonly answers: number[]
}

export const bondOf = (device: Device): BondData => device.bond as BondData

/** What a port has counted since it is one. */
export const sinceJoined = ({ counted, bondPort }: Device): Counters =>
  sumOf(counted ?? noCounters, bondPort?.before ?? noCounters, -1)

/** Modes with one port in use. */
export const usesPrimary = ({ options: { mode } }: BondData): boolean =>
  mode === 'active-backup' || mode === 'balance-tlb' || mode === 'balance-alb'

/** Modes that spread frames by the load of the ports. */
export const isBalanced = ({ options: { mode } }: BondData): boolean => mode === 'balance-tlb' || mode === 'balance-alb'

/** Whether a port is one of those that send (`bond_is_active_slave`). */
export function isInUse(data: BondData, port: Device): boolean {
  const { mode } = data.options
  if (mode === '802.3ad') return port.bondPort?.lacp?.isEnabled === true
  return mode === 'active-backup' ? (data.active ?? data.asking.port) === port : true
}

/** Whether frames that come in at a port are passed over (`bond_is_slave_inactive`). */
export function isDeaf(data: BondData, port: Device): boolean {
  if (data.options.allSlavesActive) return false
  return isBalanced(data) ? data.active !== port : !isInUse(data, port)
}

/** Whether a port can send now (`bond_slave_can_tx`). */
export const canSend = (data: BondData, port: Device): boolean =>
  port.up && port.carrier && port.bondPort?.status === 'up' && isInUse(data, port)
