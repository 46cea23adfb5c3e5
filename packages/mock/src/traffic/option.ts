/** Options of disciplines with the defaults that Linux fills in (`net/sched/sch_*.c`). @module */
import {
  type CleanQdiscSpec,
  defaultPriorityMap,
  type FifoOptions,
  type FqCodelOptions,
  type HtbOptions,
  lineOctets,
  type NetemGemodelLoss,
  type NetemOptions,
  type NetemSlot,
  type NetemStateLoss,
  type PrioOptions,
  packetOctets,
  type SizeTable,
  type TbfOptions,
} from '@vnet/core'
import type { Device } from '../object/device.js'

type Options = Readonly<Record<string, unknown>>

/** Octets of the Ethernet header, which queues count with a packet. */
const HEADER = 14
/** Nanoseconds of the kernel's tick. */
export const TICK = 64

/** A rate in whole octets a second, told in bit/s. */
export const wholeRate = (rate: number): number => Math.floor(rate / 8) * 8

/** Octets of a bucket after they were kept as a time in ticks, which `round` makes whole. */
export function ticked(octets: number, rate: number, round: (ticks: number) => number): number {
  const perSecond = Math.floor(rate / 8)
  return Math.round((round((octets * 1e9) / perSecond / TICK) * TICK * perSecond) / 1e9)
}

/** Microseconds as `fq_codel` keeps them, in steps of 1,024 ns; milliseconds outside. */
const codelTime = (milliseconds: number): number =>
  Math.floor((Math.floor((milliseconds * 1e6) / 1024) * 1024) / 1000) / 1000

/** The options of a discipline as Linux tells them; of one that is there what is not given stays. */
export function qdiscOptions(device: Device, spec: CleanQdiscSpec, before?: Options): Options {
  const make = kinds[spec.kind]
  if (make !== undefined) return make(spec as never, device, before)
  // Those that vnet has no name for (`teql0`) have none, and read over what they are given.
  return {}
}

/** The options of a discipline as Linux tells them: of a bucket of `tbf` it keeps the time that it takes on the line (`psched_l2t_ns`). */
export function toldOptions(kind: string, options: Options): Options {
  if (kind !== 'tbf') return options
  const { rate, burst, peakRate, peakBurst, ...line } = options as unknown as TbfOptions
  const told = (octets: number, speed: number) =>
    packetOctets(ticked(lineOctets(octets, line), speed, Math.floor), line)
  const peak = peakRate === undefined || peakBurst === undefined ? {} : { peakBurst: told(peakBurst, peakRate) }
  return { ...options, burst: told(burst, rate), ...peak }
}

/** A size table as Linux tells it, with what it is without a choice (`tc_calc_size_table` of `tc`). */
export function toldSizeTable(table: SizeTable | undefined): SizeTable | undefined {
  if (table === undefined) return undefined
  const { overhead = 0, linkLayer = 'ethernet', leastPacket = 0, mtu = 2047, size = 512 } = table
  const isTable = linkLayer === 'atm' || leastPacket > 0
  return { overhead, linkLayer, leastPacket, ...(isTable ? { mtu, size } : {}) }
}

/** Whether the options of a kind can be changed once it is there. */
export const isFixed = (kind: string, spec: CleanQdiscSpec): boolean =>
  kind === 'htb' || (!(kind in kinds) && 'data' in spec && spec.data !== undefined)

/** A queue's limit, which stays until another is given. */
function limited({ limit }: FifoOptions, before: Options | undefined, usual: number): Options {
  return limit === undefined ? (before ?? { limit: usual }) : { limit }
}

const kinds: { readonly [kind: string]: (given: never, device: Device, before: Options | undefined) => Options } = {
  pfifo: (given: FifoOptions, device, before) => limited(given, before, device.txQueueLength),
  bfifo: (given: FifoOptions, device, before) => limited(given, before, device.txQueueLength * (device.mtu + HEADER)),
  prio: ({ bands = 3, priorityMap }: PrioOptions) => ({
    bands,
    priorityMap: priorityMap ?? defaultPriorityMap.map((band) => Math.min(band, bands - 1)),
  }),
  htb: ({ default: other = 0, r2q = 10, directQueueLength }: HtbOptions, device) => ({
    default: other,
    // The kernel takes it for a number with a sign, and nothing below 1.
    r2q: Math.max(1, r2q | 0),
    directQueueLength: directQueueLength ?? device.txQueueLength,
    version: '3.17',
  }),
  tbf({ rate, burst, limit, peakRate, peakBurst, leastPacket, overhead, linkLayer }: TbfOptions) {
    return {
      rate: wholeRate(rate),
      ...(leastPacket ? { leastPacket } : {}),
      ...(overhead ? { overhead } : {}),
      linkLayer: linkLayer ?? 'ethernet',
      burst,
      limit,
      ...(peakRate === undefined || peakBurst === undefined ? {} : { peakRate: wholeRate(peakRate), peakBurst }),
    }
  },
  fq_codel(
    { limit, flows, quantum, ecn, ceSelector, ceMask, dropBatch, memoryLimit, ...given }: FqCodelOptions,
    device,
    before,
  ) {
    const { target, interval, ceThreshold } = given
    const chosen = { limit, flows, quantum, ecn, ceSelector, ceMask, dropBatch, memoryLimit }
    // Told along with a threshold only, which they never come without.
    const unselected = ceThreshold === undefined ? {} : { ceSelector: 0, ceMask: 0 }
    const times = Object.entries({ target, interval, ceThreshold })
    return {
      ...(before ?? {
        limit: 10_240,
        flows: 1024,
        target: codelTime(5),
        interval: codelTime(100),
        quantum: device.mtu + HEADER,
        ecn: true,
        dropBatch: 64,
        memoryLimit: 32 << 20,
      }),
      ...(before?.ceMask === undefined ? unselected : {}),
      ...Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)),
      ...Object.fromEntries(times.flatMap(([name, time]) => (time === undefined ? [] : [[name, codelTime(time)]]))),
    }
  },
  netem: emulation,
}

/** What `netem` tells: what is off is left out, and the distribution, which the kernel does not tell. */
function emulation(given: NetemOptions, _device: Device, before?: Options): Options {
  const { lossState, lossGemodel, slot, reorder, gap, rate } = given
  const overtaking = reorder ?? (gap ? 1 : 0)
  return {
    limit: given.limit ?? 1000,
    ...on(given, plain),
    ...(overtaking ? { reorder: overtaking, gap: gap ?? 1, ...on(given, ['reorderCorrelation']) } : {}),
    ...(lossState === undefined ? {} : { lossState: stateLoss(lossState) }),
    ...(lossGemodel === undefined ? {} : { lossGemodel: gemodelLoss(lossGemodel) }),
    ...(rate ? { ...on(given, ['packetOverhead', 'cellSize', 'cellOverhead']), rate: wholeRate(rate) } : {}),
    ...slotsOf(slot, before),
    ...(given.seed === undefined ? {} : { seed: given.seed }),
  }
}

const plain: readonly (keyof NetemOptions)[] = [
  ...(['delay', 'jitter', 'delayCorrelation', 'loss', 'lossCorrelation', 'duplicate', 'duplicateCorrelation'] as const),
  ...(['corrupt', 'corruptCorrelation', 'ecn'] as const),
]

/** Those of the named options that are not off. */
function on<T extends object>(given: T, names: readonly (keyof T)[]): Options {
  return Object.fromEntries(names.filter((name) => Boolean(given[name])).map((name) => [name, given[name]]))
}

const stateLoss = ({ p13, p31 = 1 - p13, p32 = 0, p14 = 0, p23 = 1 }: NetemStateLoss) => ({ p13, p31, p32, p14, p23 })

const gemodelLoss = ({ p, r = 1 - p, lossBad = 1, lossGood = 0 }: NetemGemodelLoss) => ({ p, r, lossBad, lossGood })

/** Slots, which stay until others are given; such without any time between them are none. */
function slotsOf(given: NetemSlot | undefined, before: Options | undefined): Options {
  if (given === undefined) return before?.slot === undefined ? {} : { slot: before.slot }
  const { distribution: _, ...slot } = given
  const whole = { ...slot, maxDelay: slot.maxDelay ?? slot.minDelay }
  const told = on(whole, Object.keys(whole) as (keyof typeof whole)[])
  return whole.minDelay || whole.maxDelay || whole.jitter ? { slot: told } : {}
}
