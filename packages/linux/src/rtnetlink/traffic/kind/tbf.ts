/** `tbf`: a struct, tables and wide rates (`net/sched/sch_tbf.c`). @module */
import { DecodeError, packetOctets, type TbfOptions } from '@vnet/core'
import { attributes, octets, u32, u64 } from '../../../netlink/attribute.js'
import { readValues } from '../../../netlink/attribute-run.js'
import { type Range, range } from '../../../netlink/range.js'
import { field, readStruct, struct } from '../../struct.js'
import {
  cellLogOf,
  octetsIn,
  octetsPerSecond,
  RATE_32,
  rateTable,
  readRate,
  tc_ratespec,
  ticksOf,
  writeRate,
} from '../rate.js'
import type { TrafficKind } from './kind.js'

/** What follows the two rates. */
export const tc_tbf_qopt = struct('struct tc_tbf_qopt', 36, {
  rate: field('rate', 0, 'bytes'),
  peakRate: field('peakrate', 12, 'bytes'),
  limit: field('limit', 24, 'u32'),
  burst: field('buffer', 28, 'u32'),
  peakBurst: field('mtu', 32, 'u32'),
})

/** Attributes, enum TCA_TBF_*. */
export const tbfAttributes = attributes({
  parameters: range(1, 'TCA_TBF_PARMS', 'struct', tc_tbf_qopt.size),
  table: octets(2, 'TCA_TBF_RTAB'),
  peakTable: octets(3, 'TCA_TBF_PTAB'),
  rate64: u64(4, 'TCA_TBF_RATE64'),
  peakRate64: u64(5, 'TCA_TBF_PRATE64'),
  burst: u32(6, 'TCA_TBF_BURST'),
  peakBurst: u32(7, 'TCA_TBF_PBURST'),
})

/** The largest packet that the tables reach where no peak says another. */
const LARGEST = 2047

/** Token bucket filter. */
export const tbf: TrafficKind<TbfOptions> = {
  headerSize: 0,
  attributes: tbfAttributes,
  paths: { parameters: '', table: 'rate', peakTable: 'peakRate', rate64: 'rate', peakRate64: 'peakRate' },
  encode(to, options) {
    const a = tbfAttributes
    const { rate, burst, peakRate, peakBurst = 0 } = options
    const perSecond = octetsPerSecond(rate)
    const peak = peakRate === undefined ? undefined : octetsPerSecond(peakRate)
    const cellLog = cellLogOf(peakBurst === 0 ? LARGEST : peakBurst)
    const at = to.nestPlain(a.parameters.type)
    writeRate(to, rate, options, cellLog)
    writeRate(to, peakRate, options, cellLog)
    to.u32(options.limit as number)
    to.u32(ticksOf(burst, perSecond))
    to.u32(peak === undefined ? 0 : ticksOf(peakBurst, peak))
    to.endNest(at)
    a.burst.write(to, burst)
    if (perSecond >= RATE_32) a.rate64.write(to, perSecond)
    a.table.write(to, rateTable(rate, options, cellLog))
    if (peak === undefined) return
    if (peak >= RATE_32) a.peakRate64.write(to, peak)
    a.peakBurst.write(to, peakBurst)
    a.peakTable.write(to, rateTable(peakRate as number, options, cellLog))
  },
  decode(from, start, end) {
    const values = readValues(tbfAttributes, from, start, end, 'qdisc.tbf')
    const found = values as { parameters?: Range; rate64?: number; peakRate64?: number }
    if (found.parameters === undefined) throw new DecodeError('qdisc.tbf', start, 'no parameters')
    const [at] = found.parameters
    const { limit, burst, peakBurst } = readStruct(from, tc_tbf_qopt, ...found.parameters)
    const { perSecond, ...rate } = readRate(from, at, at + tc_ratespec.size, found.rate64)
    const peak = readRate(from, at + tc_ratespec.size, at + 2 * tc_ratespec.size, found.peakRate64)
    // The kernel keeps the time that the bucket takes on the line as if it were one packet.
    const size = (ticks: number, speed: number) => packetOctets(octetsIn(ticks, speed), rate)
    return {
      ...rate,
      burst: size(burst, perSecond),
      limit,
      ...(peak.rate === 0 ? {} : { peakRate: peak.rate, peakBurst: size(peakBurst, peak.perSecond) }),
    }
  },
}
