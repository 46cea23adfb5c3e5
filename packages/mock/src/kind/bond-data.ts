/** What a bond and its ports keep (`struct bonding`, `struct slave`). @module */
import type { BondOptions, BondPortState } from '@vnet/core'
import type { Device } from '../object/device.js'
import type { Timer } from '../timers.js'

/** Options that are told always. */
export type BondSettings = {
  -readonly [O in keyof Omit<BondOptions, 'activeSlave' | 'primary'>]-?: NonNullable<BondOptions[O]>
}

/** What a bond keeps. */
export interface BondData {
  options: BondSettings
  /** Ports, in the order in which they came. */
  ports: Device[]
  active: Device | undefined
  /** Name of the primary, which need not be a port yet. */
  primary: string | undefined
  /** Wakes when the ports are to be looked at. */
  timer: Timer | undefined
}

/** What a port of a bond keeps. */
export interface BondPort {
  status: NonNullable<BondPortState['miiStatus']>
  /** When a status that is on the way becomes final. */
  due: number
  failures: number
  readonly permanentMac: string
  readonly originalMtu: number
  queueId: number
  priority: number
}

export const bondOf = (device: Device): BondData => device.bond as BondData

/** Modes with one port in use. */
export const usesPrimary = ({ options: { mode } }: BondData): boolean =>
  mode === 'active-backup' || mode === 'balance-tlb' || mode === 'balance-alb'
