/** The action `police`: `TCA_POLICE_*`, `struct tc_police` (`linux/pkt_cls.h`). @module */
import type { PoliceAction } from '@vnet/core'
import { attributes, octets, u32, u64 } from '../../netlink/attribute.js'
import { readValues } from '../../netlink/attribute-run.js'
import type { Octets } from '../../netlink/octets.js'
import { type Range, range } from '../../netlink/range.js'
import type { MessageWriter } from '../../netlink/writer.js'
import { field, readStruct, struct } from '../struct.js'
import { readTimes, tcf_t } from './action-times.js'
import { controlNumber, controlOf } from './control.js'
import {
  cellLogOf,
  octetsIn,
  octetsPerSecond,
  RATE_32,
  rateTable,
  readRate,
  TICK,
  tc_ratespec,
  ticksOf,
  writeRate,
} from './rate.js'

/** A rate. */
export const tc_police = struct('struct tc_police', 56, {
  index: field('index', 0, 'u32'),
  action: field('action', 4, 's32'),
  limit: field('limit', 8, 'u32'),
  burst: field('burst', 12, 'u32'),
  mtu: field('mtu', 16, 'u32'),
  rate: field('rate', 20, 'bytes'),
  peakRate: field('peakrate', 32, 'bytes'),
  references: field('refcnt', 44, 's32'),
  bindings: field('bindcnt', 48, 's32'),
})

/** Attributes of police. */
export const policeAttributes = attributes({
  parameters: range(1, 'TCA_POLICE_TBF', 'struct', tc_police.size),
  table: octets(2, 'TCA_POLICE_RATE'),
  peakTable: octets(3, 'TCA_POLICE_PEAKRATE'),
  averageRate: u32(4, 'TCA_POLICE_AVRATE'),
  conform: u32(5, 'TCA_POLICE_RESULT'),
  times: range(6, 'TCA_POLICE_TM', 'struct', tcf_t.size),
  rate64: u64(8, 'TCA_POLICE_RATE64'),
  peakRate64: u64(9, 'TCA_POLICE_PEAKRATE64'),
  packetRate: u64(10, 'TCA_POLICE_PKTRATE64'),
  packetBurst: u64(11, 'TCA_POLICE_PKTBURST64'),
})

/** The largest packet of a rate table where none is given. */
const LARGEST = 2047

/** Appends what the options of the action hold. */
export function writePolice(to: MessageWriter, action: PoliceAction): void {
  const a = policeAttributes
  const { rate, peakRate, burst = 0, packetRate, packetBurst = 0, averageRate, mtu = 0, conform } = action
  const cellLog = cellLogOf(mtu === 0 ? LARGEST : mtu)
  const at = to.nestPlain(a.parameters.type)
  to.u32(action.index ?? 0)
  to.u32(controlNumber(action.exceed ?? 'reclassify'))
  to.u32(0)
  to.u32(rate === undefined ? 0 : ticksOf(burst, octetsPerSecond(rate)))
  to.u32(mtu)
  writeRate(to, rate, action, cellLog)
  writeRate(to, peakRate, action, cellLog)
  to.zeros(12)
  to.endNest(at)
  writeTable(to, rate, action, cellLog, a.rate64, a.table)
  writeTable(to, peakRate, action, cellLog, a.peakRate64, a.peakTable)
  if (averageRate !== undefined) a.averageRate.write(to, octetsPerSecond(averageRate))
  if (conform !== undefined) a.conform.write(to, controlNumber(conform))
  if (packetRate === undefined) return
  a.packetRate.write(to, packetRate)
  a.packetBurst.write(to, Math.ceil((packetBurst * 1e9) / packetRate / TICK - 0.01))
}

function writeTable(
  to: MessageWriter,
  rate: number | undefined,
  action: PoliceAction,
  cellLog: number,
  wide: typeof policeAttributes.rate64,
  table: typeof policeAttributes.table,
): void {
  if (rate === undefined) return
  const perSecond = octetsPerSecond(rate)
  if (perSecond >= RATE_32) wide.write(to, perSecond)
  table.write(to, rateTable(rate, action, cellLog))
}

/** Reads the options of the action. */
export function readPolice(from: Octets, at: Range): object {
  const values = readValues(policeAttributes, from, ...at, 'filter.actions')
  const {
    parameters = none,
    rate64,
    peakRate64,
    averageRate,
    packetRate,
    packetBurst = 0,
    conform,
    times,
  } = values as Told
  const { index, references, bindings, action, burst, mtu } = readStruct(from, tc_police, ...parameters)
  const first = parameters[0] + tc_police.fields.rate.offset
  const { perSecond, ...rate } = readRate(from, first, first + tc_ratespec.size, rate64)
  const peak = readRate(from, first + tc_ratespec.size, first + 2 * tc_ratespec.size, peakRate64)
  return {
    index,
    references,
    bindings,
    ...(rate.rate === 0 ? {} : { ...rate, burst: octetsIn(burst, perSecond) }),
    ...(peak.rate === 0 ? {} : { peakRate: peak.rate }),
    ...(packetRate === undefined ? {} : { packetRate, packetBurst: octetsIn(packetBurst, packetRate) }),
    ...(averageRate === undefined ? {} : { averageRate: averageRate * 8 }),
    mtu,
    exceed: controlOf(action),
    ...(conform === undefined ? {} : { conform: controlOf(conform) }),
    ...readTimes(from, times),
  }
}

const none: Range = [0, 0]
interface Told {
  readonly parameters?: Range
  readonly rate64?: number
  readonly peakRate64?: number
  readonly averageRate?: number
  readonly packetRate?: number
  readonly packetBurst?: number
  readonly conform?: number
  readonly times?: Range
}
