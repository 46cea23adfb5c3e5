/** What a link counts (`struct rtnl_link_stats64`). @module */
import type { LinkStatistics } from '@vnet/core'
import type { Device } from '../object/device.js'

/** Counters that grow. */
export type Counters = { -readonly [C in keyof LinkStatistics]: number }

/** Counters of something new. */
export function newCounters(): Counters {
  return {
    rxPackets: 0,
    txPackets: 0,
    rxBytes: 0,
    txBytes: 0,
    rxErrors: 0,
    txErrors: 0,
    rxDropped: 0,
    txDropped: 0,
    multicast: 0,
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
}

/** Those of a link that nothing has passed. */
export const noCounters: Readonly<Counters> = Object.freeze(newCounters())

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

/** Adds to counters what others have counted, or takes it off again. */
export function addCounters(to: Counters, counters: Counters, sign: 1 | -1 = 1): Counters {
  for (const name of Object.keys(to) as (keyof Counters)[]) to[name] += sign * counters[name]
  return to
}
