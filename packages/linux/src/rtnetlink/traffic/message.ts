/** What all messages of traffic control have: `struct tcmsg` and the attributes `TCA_*` (`linux/rtnetlink.h`). @module */
import { DecodeError, type Estimator, estimatorSteps, type RawAttribute } from '@vnet/core'
import { attributes, octets, text, u8, u32 } from '../../netlink/attribute.js'
import { readAttributes } from '../../netlink/attribute-run.js'
import type { Octets } from '../../netlink/octets.js'
import { type Range, range } from '../../netlink/range.js'
import type { MessageWriter } from '../../netlink/writer.js'
import type { EncodeContext } from '../codec.js'
import { field, readStruct, struct, writeStruct } from '../struct.js'
import type { TrafficKind } from './kind/kind.js'

/** The header. */
export const tcmsg = struct('struct tcmsg', 20, {
  family: field('tcm_family', 0, 'u8'),
  link: field('tcm_ifindex', 4, 's32'),
  handle: field('tcm_handle', 8, 'u32'),
  parent: field('tcm_parent', 12, 'u32'),
  info: field('tcm_info', 16, 'u32'),
})

/** An estimator. */
export const tc_estimator = struct('struct tc_estimator', 2, {
  interval: field('interval', 0, 'u8'),
  weight: field('ewma_log', 1, 'u8'),
})

/** The attributes, enum TCA_*. */
export const trafficAttributes = attributes({
  kind: text(1, 'TCA_KIND'),
  options: range(2, 'TCA_OPTIONS', 'bytes'),
  estimator: range(5, 'TCA_RATE', 'struct', tc_estimator.size),
  statistics: range(7, 'TCA_STATS2', 'nested'),
  sizeTable: range(8, 'TCA_STAB', 'nested'),
  chain: u32(11, 'TCA_CHAIN'),
  ingressBlock: u32(13, 'TCA_INGRESS_BLOCK'),
  egressBlock: u32(14, 'TCA_EGRESS_BLOCK'),
})

/** Attributes that are read past: counters told a second time, and what the kernel only repeats. */
export const skippedTrafficAttributes = attributes({
  oldStatistics: octets(3, 'TCA_STATS'),
  oldOwnStatistics: octets(4, 'TCA_XSTATS'),
  padding: octets(9, 'TCA_PAD'),
  hardware: u8(12, 'TCA_HW_OFFLOAD'),
})

/** What a message says before its kind's options are read. */
export interface TrafficMessage {
  readonly link: number
  readonly handle: number
  readonly parent: number
  readonly info: number
  readonly kind: string
  readonly chain?: number
  readonly ingressBlock?: number
  readonly egressBlock?: number
  readonly options?: Range
  readonly statistics?: Range
  readonly sizeTable?: Range
  readonly other: RawAttribute[]
}

/** Appends the header. */
export function writeHeader(
  to: MessageWriter,
  values: { readonly link: number; readonly handle?: number; readonly parent?: number; readonly info?: number },
): void {
  writeStruct(to, tcmsg, values)
}

/** Appends an estimator, where there is one. */
export function writeEstimator(to: MessageWriter, estimator: Estimator | undefined): void {
  const steps = estimator && estimatorSteps(estimator)
  if (steps === undefined) return
  const { interval, weight } = steps
  // Intervals shorter than a second are told below 0.
  to.octetsAttribute(trafficAttributes.estimator.type, Uint8Array.of(interval & 0xff, weight))
}

/** Reads the header and the attributes around the options. */
export function readMessage(from: Octets, start: number, end: number, path: string): TrafficMessage {
  if (end - start < tcmsg.size) throw new DecodeError(path, start, `${end - start} octets, needs ${tcmsg.size}`)
  const { link, handle, parent, info } = readStruct(from, tcmsg, start, end)
  const { values, other } = readAttributes(trafficAttributes, from, start + tcmsg.size, end, path)
  const skipped = new Set(Object.values(skippedTrafficAttributes).map(({ type }) => type))
  return {
    link,
    handle,
    parent,
    info,
    kind: '',
    ...values,
    other: other.filter(({ type }) => !skipped.has(type)),
  }
}

/** Appends the kind and its options: those of a kind that is known, or the octets as they were given. */
export function writeOptions(
  to: MessageWriter,
  spec: { readonly kind: string; readonly data?: Uint8Array },
  kind: TrafficKind<never> | undefined,
  context: EncodeContext,
): void {
  const { kind: word, options } = trafficAttributes
  word.write(to, spec.kind)
  if (kind === undefined) {
    if (spec.data !== undefined) to.octetsAttribute(options.type, spec.data)
    return
  }
  const at = to.nestPlain(options.type)
  const before = to.length
  kind.encode(to, spec as never, context)
  // Without options the attribute is left out, as `tc` does: some disciplines refuse an empty one. Filters need it.
  if (to.length === before && kind.always !== true) to.length = at
  else to.endNest(at)
}
