/** Rates as the kernel takes them: octets a second, time in ticks, tables of times by size (`linux/pkt_sched.h`, `tc_core.c`). @module */
import { type LineOptions, lineOctets } from '@vnet/core'
import { littleEndian, type Octets } from '../../netlink/octets.js'
import type { MessageWriter } from '../../netlink/writer.js'
import { field, readStruct, struct, writeStruct } from '../struct.js'
import { TC_LINKLAYER_ATM, TC_LINKLAYER_ETHERNET, TC_RTAB_SIZE } from './constants.js'

/** Nanoseconds of a tick: `PSCHED_SHIFT` is 6 in every kernel since 2.6.31; the second number of /proc/net/psched tells it. */
export const TICK = 64

const U32 = 0xffffffff
/** Above this a rate needs an attribute of 64 bits beside the 32 of the struct. */
export const RATE_32 = 0x100000000

/** A rate and how the size of a packet is counted. */
export const tc_ratespec = struct('struct tc_ratespec', 12, {
  cellLog: field('cell_log', 0, 'u8'),
  linkLayer: field('linklayer', 1, 'u8'),
  overhead: field('overhead', 2, 'u16'),
  cellAlign: field('cell_align', 4, 'u16'),
  mpu: field('mpu', 6, 'u16'),
  rate: field('rate', 8, 'u32'),
})

/** Whole octets a second of a rate in bit/s. */
export const octetsPerSecond = (rate: number): number => Math.floor(rate / 8)

/** Time that `octets` take, in ticks, rounded up: what was asked for always fits. */
export function ticksOf(octets: number, perSecond: number): number {
  // A hundredth of a tick is no time but an error of division.
  return Math.min(U32, Math.ceil((octets * 1e9) / perSecond / TICK - 0.01))
}

/** Octets that pass in some ticks. */
export function octetsIn(ticks: number, perSecond: number): number {
  return Math.round((ticks * TICK * perSecond) / 1e9)
}

/** Size classes of packets are 2^n octets wide, so that 255 of them reach the largest packet. */
export function cellLogOf(largest: number): number {
  let log = 0
  while (largest >> log > 255) log++
  return log
}

/** Appends `struct tc_ratespec`. */
export function writeRate(to: MessageWriter, rate: number | undefined, options: LineOptions, cellLog: number): void {
  if (rate === undefined) {
    to.zeros(tc_ratespec.size)
    return
  }
  writeStruct(to, tc_ratespec, {
    cellLog,
    linkLayer: options.linkLayer === 'atm' ? TC_LINKLAYER_ATM : TC_LINKLAYER_ETHERNET,
    overhead: options.overhead ?? 0,
    // Sizes are rounded up to their class, said the other way round.
    cellAlign: 0xffff,
    mpu: options.leastPacket ?? 0,
    rate: Math.min(octetsPerSecond(rate), U32),
  })
}

/** Time that a packet of each of 256 sizes takes, in ticks: kernels before 3.8 look it up, later ones want it all the same. */
export function rateTable(rate: number, options: LineOptions, cellLog: number): Uint8Array {
  const table = new Uint8Array(TC_RTAB_SIZE)
  const view = new DataView(table.buffer)
  const perSecond = octetsPerSecond(rate)
  const { leastPacket, linkLayer } = options
  for (let i = 0; i < 256; i++) {
    const octets = lineOctets((i + 1) << cellLog, { leastPacket, linkLayer })
    // In the order in which `tc` counts, so that the tables are the same to the last digit.
    const microseconds = Math.floor(1e6 * (octets / perSecond))
    view.setUint32(i * 4, Math.min(U32, Math.floor((microseconds * 1000) / TICK)), littleEndian)
  }
  return table
}

/** What a `struct tc_ratespec` says; `wide` is the rate of the 64-bit attribute, octets a second. */
export function readRate(
  from: Octets,
  start: number,
  end: number,
  wide: number | undefined,
): { readonly rate: number; readonly perSecond: number } & LineOptions {
  const { rate, mpu, overhead, linkLayer } = readStruct(from, tc_ratespec, start, end)
  const perSecond = wide ?? rate
  return {
    rate: perSecond * 8,
    perSecond,
    ...(mpu === 0 ? {} : { leastPacket: mpu }),
    ...(overhead === 0 ? {} : { overhead }),
    linkLayer: (linkLayer & 0x0f) === TC_LINKLAYER_ATM ? 'atm' : 'ethernet',
  }
}
