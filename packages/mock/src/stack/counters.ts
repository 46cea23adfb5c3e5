/** What a link counts (`struct rtnl_link_stats64`). @module */
import type { LinkStatistics } from '@vnet/core'
import type { Device } from '../object/device.js'

const rare = {
  collisions: 0,
  rxLengthErrors: 0,
  rxOverErrors: 0,
  rxCrcErrors: 0,
  rxFrameErrors: 0,
  rxFifoErrors: 0,
  rxMissedErrors: 0,
  txAbortedErrors: 0,
  txCarrierErrors: 0,
  txFifoErrors: 0,
  txHeartbeatErrors: 0,
  txWindowErrors: 0,
  rxCompressed: 0,
  txCompressed: 0,
  rxNoHandler: 0,
}

/** Counters that grow. Those that few links need are there from the first time on. */
export type Counters = { -readonly [C in Exclude<keyof LinkStatistics, keyof typeof rare>]: number } & {
  [C in keyof typeof rare]?: number
}

/** Counters of something new. Not a copy of others: what is added to a copy gives it a description of its own in V8. */
export const newCounters = (): Counters => ({
  rxPackets: 0,
  txPackets: 0,
  rxBytes: 0,
  txBytes: 0,
  rxErrors: 0,
  txErrors: 0,
  rxDropped: 0,
  txDropped: 0,
  multicast: 0,
})

/** Those of a link that nothing has passed. */
export const noCounters: Readonly<Counters> = Object.freeze(newCounters())

/** All of them, as they are told. */
export const statisticsOf = (counters: Readonly<Counters>): LinkStatistics => ({ ...noCounters, ...rare, ...counters })

/** Counts what is rare. */
export function countRare(counters: Counters, name: keyof typeof rare): void {
  counters[name] = (counters[name] ?? 0) + 1
}

/** Counts a frame that came in. */
export function countReceived(device: Device, octets: number): void {
  device.counters.rxPackets++
  device.counters.rxBytes += octets
}

/** Counts a frame that went out. */
export function countSent(device: Device, octets: number): void {
  device.counters.txPackets++
  device.counters.txBytes += octets
}

/** What two have counted together, or one without the other. */
export function sumOf(a: Readonly<Counters>, b: Readonly<Counters>, sign: 1 | -1 = 1): Counters {
  const sum: Counters = { ...a }
  for (const name of Object.keys(b) as (keyof Counters)[]) sum[name] = (sum[name] ?? 0) + sign * (b[name] ?? 0)
  return sum
}
