/** Options of disciplines with the defaults that Linux fills in (`net/sched/sch_*.c`). @module */
import {
  type CleanQdiscSpec,
  defaultPriorityMap,
  type FifoOptions,
  type FqCodelOptions,
  type HtbOptions,
  type NetemGemodelLoss,
  type NetemOptions,
  type NetemSlot,
  type NetemStateLoss,
  type PrioOptions,
  type TbfOptions,
} from '@vnet/core'
import type { Device } from '../object/device.js'

type Options = Readonly<Record<string, unknown>>

/** Octets of the Ethernet header, which queues count with a packet. */
const HEADER = 14
/** Nanoseconds of the kernel's tick. */
const TICK = 64

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
  return 'data' in spec && spec.data !== undefined ? { data: spec.data } : {}
}

/** Whether the options of a kind can be changed once it is there. */
export const isFixed = (kind: string): boolean => kind === 'htb'

const kinds: { readonly [kind: string]: (given: never, device: Device, before: Options | undefined) => Options } = {
  pfifo: ({ limit }: FifoOptions, device) => ({ limit: limit ?? device.txQueueLength }),
  bfifo: ({ limit }: FifoOptions, device) => ({ limit: limit ?? device.txQueueLength * (device.mtu + HEADER) }),
  prio: ({ bands = 3, priorityMap }: PrioOptions) => ({
    bands,
    priorityMap: priorityMap ?? defaultPriorityMap.map((band) => Math.min(band, bands - 1)),
  }),
  htb: ({ default: other = 0, r2q = 10, directQueueLength }: HtbOptions, device) => ({
    default: other,
    r2q,
    directQueueLength: directQueueLength ?? device.txQueueLength,
    directPackets: 0,
    version: '3.17',
  }),
  tbf({ rate, burst, limit, peakRate, peakBurst, leastPacket, overhead = 0, linkLayer }: TbfOptions) {
    const bucket = (octets: number, speed: number) => ticked(octets + overhead, speed, Math.floor) - overhead
    return {
      rate: wholeRate(rate),
      ...(leastPacket ? { leastPacket } : {}),
      ...(overhead ? { overhead } : {}),
      linkLayer: linkLayer ?? 'ethernet',
      burst: bucket(burst, rate),
      limit,
      ...(peakRate === undefined || peakBurst === undefined
        ? {}
        : { peakRate: wholeRate(peakRate), peakBurst: bucket(peakBurst, peakRate) }),
    }
  },
  fq_codel({ limit, flows, quantum, ecn, dropBatch, memoryLimit, ...given }: FqCodelOptions, device, before) {
    const { target, interval, ceThreshold } = given
    const chosen = { limit, flows, quantum, ecn, dropBatch, memoryLimit }
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
      ...Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)),
      ...Object.fromEntries(times.flatMap(([name, time]) => (time === undefined ? [] : [[name, codelTime(time)]]))),
    }
  },
  netem: emulation,
}

/** What `netem` tells: what is off is left out, and the distribution, which the kernel does not tell. */
function emulation(given: NetemOptions): Options {
  const { lossState, lossGemodel, slot, reorder, gap, rate } = given
  const overtaking = reorder ?? (gap ? 1 : 0)
  return {
    limit: given.limit ?? 1000,
    ...on(given, plain),
    ...(overtaking ? { reorder: overtaking, gap: gap ?? 1, ...on(given, ['reorderCorrelation']) } : {}),
    ...(lossState === undefined ? {} : { lossState: stateLoss(lossState) }),
    ...(lossGemodel === undefined ? {} : { lossGemodel: gemodelLoss(lossGemodel) }),
    ...(rate ? { ...on(given, ['packetOverhead', 'cellSize', 'cellOverhead']), rate: wholeRate(rate) } : {}),
    ...(slot === undefined ? {} : { slot: slotOf(slot) }),
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

function slotOf({ distribution: _, ...slot }: NetemSlot): Options {
  const whole = { ...slot, maxDelay: slot.maxDelay ?? slot.minDelay }
  return on(whole, Object.keys(whole) as (keyof typeof whole)[])
}
