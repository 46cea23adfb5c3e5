/** `netem`: a struct with attributes behind it (`net/sched/sch_netem.c`). @module */
import {
  distributionTable,
  type NetemDistribution,
  type NetemGemodelLoss,
  type NetemOptions,
  type NetemSlot,
  type NetemStateLoss,
} from '@vnet/core'
import { type Attribute, attributes, define, octets, u32, u64 } from '../../../netlink/attribute.js'
import { readValues } from '../../../netlink/attribute-run.js'
import { littleEndian, type Octets } from '../../../netlink/octets.js'
import { type Range, range } from '../../../netlink/range.js'
import type { MessageWriter } from '../../../netlink/writer.js'
import { field, readStruct, struct, writeStruct } from '../../struct.js'
import { octetsPerSecond, RATE_32, TICK } from '../rate.js'
import type { TrafficKind } from './kind.js'

/** Delay, loss and doubles. */
export const tc_netem_qopt = struct('struct tc_netem_qopt', 24, {
  delay: field('latency', 0, 'u32'),
  limit: field('limit', 4, 'u32'),
  loss: field('loss', 8, 'u32'),
  gap: field('gap', 12, 'u32'),
  duplicate: field('duplicate', 16, 'u32'),
  jitter: field('jitter', 20, 'u32'),
})
/** How much each depends on the one before. */
export const tc_netem_corr = struct('struct tc_netem_corr', 12, {
  delayCorrelation: field('delay_corr', 0, 'u32'),
  lossCorrelation: field('loss_corr', 4, 'u32'),
  duplicateCorrelation: field('dup_corr', 8, 'u32'),
})
/** Overtaking. */
export const tc_netem_reorder = struct('struct tc_netem_reorder', 8, {
  reorder: field('probability', 0, 'u32'),
  reorderCorrelation: field('correlation', 4, 'u32'),
})
/** Damage. */
export const tc_netem_corrupt = struct('struct tc_netem_corrupt', 8, {
  corrupt: field('probability', 0, 'u32'),
  corruptCorrelation: field('correlation', 4, 'u32'),
})
/** The rate of the line. */
export const tc_netem_rate = struct('struct tc_netem_rate', 16, {
  rate: field('rate', 0, 'u32'),
  packetOverhead: field('packet_overhead', 4, 's32'),
  cellSize: field('cell_size', 8, 'u32'),
  cellOverhead: field('cell_overhead', 12, 's32'),
})
/** Holding back. */
export const tc_netem_slot = struct('struct tc_netem_slot', 40, {
  minDelay: field('min_delay', 0, 'u64'),
  maxDelay: field('max_delay', 8, 'u64'),
  packets: field('max_packets', 16, 's32'),
  bytes: field('max_bytes', 20, 's32'),
  delay: field('dist_delay', 24, 'u64'),
  jitter: field('dist_jitter', 32, 'u64'),
})
/** Loss by four states. */
export const tc_netem_gimodel = struct('struct tc_netem_gimodel', 20, {
  p13: field('p13', 0, 'u32'),
  p31: field('p31', 4, 'u32'),
  p32: field('p32', 8, 'u32'),
  p14: field('p14', 12, 'u32'),
  p23: field('p23', 16, 'u32'),
})
/** Loss by two states; `h` is the chance to get through when bad. */
export const tc_netem_gemodel = struct('struct tc_netem_gemodel', 16, {
  p: field('p', 0, 'u32'),
  r: field('r', 4, 'u32'),
  h: field('h', 8, 'u32'),
  k1: field('k1', 12, 'u32'),
})

/** Models of loss, enum NETEM_LOSS_*. */
export const netemLossAttributes = attributes({
  lossState: range(1, 'NETEM_LOSS_GI', 'struct', tc_netem_gimodel.size),
  lossGemodel: range(2, 'NETEM_LOSS_GE', 'struct', tc_netem_gemodel.size),
})

/** 64 bits as decimal digits: JavaScript's numbers hold 53. */
const digits64 = (type: number, name: string): Attribute<string> =>
  define(
    type,
    name,
    'u64',
    8,
    (to, value) => {
      const octets = new Uint8Array(8)
      new DataView(octets.buffer).setBigUint64(0, BigInt(value), littleEndian)
      to.octetsAttribute(type, octets)
    },
    (from, at) => String(from.view.getBigUint64(at, littleEndian)),
  )

/** Attributes, enum TCA_NETEM_*. */
export const netemAttributes = attributes({
  correlation: range(1, 'TCA_NETEM_CORR', 'struct'),
  distribution: octets(2, 'TCA_NETEM_DELAY_DIST'),
  reorder: range(3, 'TCA_NETEM_REORDER', 'struct'),
  corrupt: range(4, 'TCA_NETEM_CORRUPT', 'struct'),
  lossModel: { ...range(5, 'TCA_NETEM_LOSS', 'nested'), inner: netemLossAttributes },
  rate: range(6, 'TCA_NETEM_RATE', 'struct'),
  ecn: u32(7, 'TCA_NETEM_ECN'),
  rate64: u64(8, 'TCA_NETEM_RATE64'),
  padding: octets(9, 'TCA_NETEM_PAD'),
  delay64: u64(10, 'TCA_NETEM_LATENCY64'),
  jitter64: u64(11, 'TCA_NETEM_JITTER64'),
  slot: range(12, 'TCA_NETEM_SLOT', 'struct'),
  slotDistribution: octets(13, 'TCA_NETEM_SLOT_DIST'),
  seed: digits64(14, 'TCA_NETEM_PRNG_SEED'),
})

const ALL = 0xffffffff
/** A chance as the kernel's share of 2^32. */
const share = (chance: number | undefined): number => Math.round((chance ?? 0) * ALL)
/** Back: nine digits are more than 32 bits hold. */
const chance = (part: number): number => Math.round((part / ALL) * 1e9) / 1e9
/** Milliseconds as nanoseconds. */
const nanoseconds = (milliseconds: number | undefined): number => Math.round((milliseconds ?? 0) * 1e6)
/** Nanoseconds as ticks, as many as 32 bits hold: the attribute of 64 bits says it in full. */
const ticks = (ns: number): number => Math.min(ALL, Math.floor(ns / TICK))

type Structs = Parameters<typeof writeStruct>[1]

function structAttribute(to: MessageWriter, type: number, description: Structs, values: object): void {
  const at = to.nestPlain(type)
  writeStruct(to, description, values as { [name: string]: number })
  to.endNest(at)
}

/** Network emulation. */
export const netem: TrafficKind<NetemOptions> = {
  headerSize: tc_netem_qopt.size,
  attributes: netemAttributes,
  paths: {
    correlation: '',
    lossModel: '',
    delay64: 'delay',
    jitter64: 'jitter',
    rate64: 'rate',
    slotDistribution: 'slot',
  },
  encode(to, options) {
    const a = netemAttributes
    const [delay, jitter] = [nanoseconds(options.delay), nanoseconds(options.jitter)]
    writeStruct(to, tc_netem_qopt, {
      delay: ticks(delay),
      limit: options.limit ?? 1000,
      loss: share(options.loss),
      gap: options.gap ?? (options.reorder === undefined ? 0 : 1),
      duplicate: share(options.duplicate),
      jitter: ticks(jitter),
    })
    if (options.delay !== undefined) a.delay64.write(to, delay)
    if (options.jitter !== undefined) a.jitter64.write(to, jitter)
    structAttribute(to, a.correlation.type, tc_netem_corr, {
      delayCorrelation: share(options.delayCorrelation),
      lossCorrelation: share(options.lossCorrelation),
      duplicateCorrelation: share(options.duplicateCorrelation),
    })
    structAttribute(to, a.reorder.type, tc_netem_reorder, {
      // With a gap alone each packet at it overtakes.
      reorder: share(options.reorder ?? (options.gap ? 1 : 0)),
      reorderCorrelation: share(options.reorderCorrelation),
    })
    structAttribute(to, a.corrupt.type, tc_netem_corrupt, {
      corrupt: share(options.corrupt),
      corruptCorrelation: share(options.corruptCorrelation),
    })
    if (options.ecn) a.ecn.write(to, 1)
    writeLoss(to, options.lossState, options.lossGemodel)
    // A rate of zero takes away one that was there.
    const perSecond = octetsPerSecond(options.rate ?? 0)
    if (perSecond >= RATE_32) a.rate64.write(to, perSecond)
    structAttribute(to, a.rate.type, tc_netem_rate, { ...options, rate: Math.min(perSecond, ALL) })
    writeSlot(to, options.slot)
    if (options.seed !== undefined) a.seed.write(to, options.seed)
    const table = tableOf(options.distribution)
    if (table !== undefined) a.distribution.write(to, table)
  },
  decode(from, start, end) {
    const values = readValues(netemAttributes, from, start + tc_netem_qopt.size, end, 'qdisc.netem')
    const found = values as { [name: string]: Range | undefined } & Wide
    const head = readStruct(from, tc_netem_qopt, start, end)
    const read = <S extends Structs>(description: S, at: Range | undefined) =>
      readStruct(from, description, ...(at ?? none)) as { [name: string]: number }
    const rates = read(tc_netem_rate, found.rate)
    const perSecond = found.rate64 ?? (rates.rate as number)
    const chances: { readonly [name: string]: number } = {
      loss: head.loss,
      duplicate: head.duplicate,
      ...read(tc_netem_corr, found.correlation),
      ...read(tc_netem_reorder, found.reorder),
      ...read(tc_netem_corrupt, found.corrupt),
    }
    const reordering = chances.reorder !== 0
    const [delay, jitter] = [found.delay64 ?? head.delay * TICK, found.jitter64 ?? head.jitter * TICK]
    return {
      limit: head.limit,
      ...(delay === 0 ? {} : { delay: delay / 1e6 }),
      ...(jitter === 0 ? {} : { jitter: jitter / 1e6 }),
      ...Object.fromEntries(
        Object.entries(chances).flatMap(([name, part]) => (part === 0 ? [] : [[name, chance(part)]])),
      ),
      ...(reordering ? { gap: head.gap } : {}),
      ...(found.lossModel === undefined ? {} : readLoss(from, found.lossModel)),
      ...(perSecond === 0 ? {} : { ...nonZero(rates), rate: perSecond * 8 }),
      ...(found.ecn ? { ecn: true } : {}),
      ...(found.slot === undefined ? {} : { slot: readSlot(from, found.slot) }),
      ...(found.seed === undefined ? {} : { seed: found.seed }),
    }
  },
}

/** The octets of a curve's table: numbers of 16 bits with sign. */
function tableOf(distribution: NetemDistribution | undefined): Uint8Array | undefined {
  const table = distribution === undefined ? undefined : distributionTable(distribution)
  if (table === undefined) return undefined
  const octets = new Uint8Array(2 * table.length)
  const view = new DataView(octets.buffer)
  for (const [at, deviation] of table.entries()) view.setInt16(2 * at, deviation, littleEndian)
  return octets
}

const none: Range = [0, 0]

interface Wide {
  readonly rate64?: number
  readonly delay64?: number
  readonly jitter64?: number
  readonly ecn?: number
  readonly seed?: string
}

const nonZero = (values: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== 0))

function writeLoss(to: MessageWriter, state: NetemStateLoss | undefined, gemodel: NetemGemodelLoss | undefined): void {
  if (state === undefined && gemodel === undefined) return
  const at = to.nestPlain(netemAttributes.lossModel.type)
  if (state !== undefined) {
    const { p13, p31 = 1 - p13, p32 = 0, p14 = 0, p23 = 1 } = state
    structAttribute(to, netemLossAttributes.lossState.type, tc_netem_gimodel, {
      p13: share(p13),
      p31: share(p31),
      p32: share(p32),
      p14: share(p14),
      p23: share(p23),
    })
  }
  if (gemodel !== undefined) {
    const { p, r = 1 - p, lossBad = 1, lossGood = 0 } = gemodel
    structAttribute(to, netemLossAttributes.lossGemodel.type, tc_netem_gemodel, {
      p: share(p),
      r: share(r),
      h: share(1 - lossBad),
      k1: share(lossGood),
    })
  }
  to.endNest(at)
}

function readLoss(from: Octets, [start, end]: Range): Record<string, unknown> {
  const values = readValues(netemLossAttributes, from, start, end, 'qdisc.netem')
  const { lossState, lossGemodel } = values as { lossState?: Range; lossGemodel?: Range }
  const all = (numbers: { readonly [name: string]: number }) =>
    Object.fromEntries(Object.entries(numbers).map(([name, part]) => [name, chance(part)]))
  if (lossState !== undefined) return { lossState: all(readStruct(from, tc_netem_gimodel, ...lossState)) }
  if (lossGemodel === undefined) return {}
  const { p, r, h, k1 } = readStruct(from, tc_netem_gemodel, ...lossGemodel)
  return { lossGemodel: { p: chance(p), r: chance(r), lossBad: chance(ALL - h), lossGood: chance(k1) } }
}

function writeSlot(to: MessageWriter, slot: NetemSlot | undefined): void {
  if (slot === undefined) return
  const a = netemAttributes
  structAttribute(to, a.slot.type, tc_netem_slot, {
    minDelay: nanoseconds(slot.minDelay),
    maxDelay: nanoseconds(slot.maxDelay ?? slot.minDelay),
    packets: slot.packets,
    bytes: slot.bytes,
    delay: nanoseconds(slot.delay),
    jitter: nanoseconds(slot.jitter),
  })
  const table = tableOf(slot.distribution)
  if (table !== undefined) a.slotDistribution.write(to, table)
}

function readSlot(from: Octets, at: Range): NetemSlot {
  const { packets, bytes, ...times } = readStruct(from, tc_netem_slot, ...at)
  const milliseconds = Object.entries(nonZero(times)).map(([name, ns]) => [name, ns / 1e6])
  // The kernel tells "any number" as the largest.
  const most = Object.entries({ packets, bytes }).filter(([, count]) => count !== 0 && count !== 0x7fffffff)
  return Object.fromEntries([...milliseconds, ...most])
}
