/** Classes of `htb` (`net/sched/sch_htb.c`). @module */
import { DecodeError, type HtbClassOptions, type TrafficStatistics } from '@vnet/core'
import { readValues } from '../../../netlink/attribute-run.js'
import type { Range } from '../../../netlink/range.js'
import { field, readStruct, struct } from '../../struct.js'
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
} from '../rate.js'
import { htbAttributes } from './htb.js'
import type { TrafficKind } from './kind.js'

/** What follows the two rates. */
export const tc_htb_opt = struct('struct tc_htb_opt', 44, {
  rate: field('rate', 0, 'bytes'),
  ceil: field('ceil', 12, 'bytes'),
  burst: field('buffer', 24, 'u32'),
  ceilBurst: field('cbuffer', 28, 'u32'),
  quantum: field('quantum', 32, 'u32'),
  level: field('level', 36, 'u32'),
  priority: field('prio', 40, 'u32'),
})
/** Counters of a class. */
export const tc_htb_xstats = struct('struct tc_htb_xstats', 20, {
  lends: field('lends', 0, 'u32'),
  borrows: field('borrows', 4, 'u32'),
  giants: field('giants', 8, 'u32'),
  tokens: field('tokens', 12, 's32'),
  ceilTokens: field('ctokens', 16, 's32'),
})

/** The frame that a bucket holds at least, octets: 1,500 and headers. */
const FRAME = 1600

/** Classes of hierarchical token buckets. */
export const htbClass: TrafficKind<HtbClassOptions> = {
  headerSize: 0,
  attributes: htbAttributes,
  paths: { parameters: '', table: 'rate', ceilTable: 'ceil', rate64: 'rate', ceil64: 'ceil' },
  encode(to, options, context) {
    const a = htbAttributes
    const { rate, ceil = rate } = options
    const cellLog = cellLogOf(FRAME)
    const [perSecond, most] = [octetsPerSecond(rate), octetsPerSecond(ceil)]
    // What passes between two ticks of the kernel's timer must fit, or the rate is never reached.
    const least = (speed: number) => Math.floor(speed / context.timerFrequency()) + FRAME
    if (perSecond >= RATE_32) a.rate64.write(to, perSecond)
    if (most >= RATE_32) a.ceil64.write(to, most)
    const at = to.nestPlain(a.parameters.type)
    writeRate(to, rate, options, cellLog)
    writeRate(to, ceil, options, cellLog)
    to.u32(ticksOf(options.burst ?? least(perSecond), perSecond))
    to.u32(ticksOf(options.ceilBurst ?? least(most), most))
    to.u32(options.quantum ?? 0)
    to.u32(0)
    to.u32(options.priority ?? 0)
    to.endNest(at)
    a.table.write(to, rateTable(rate, options, cellLog))
    a.ceilTable.write(to, rateTable(ceil, options, cellLog))
  },
  decode(from, start, end) {
    const values = readValues(htbAttributes, from, start, end, 'class.htb')
    const found = values as { parameters?: Range; rate64?: number; ceil64?: number }
    if (found.parameters === undefined) throw new DecodeError('class.htb', start, 'no parameters')
    const [at] = found.parameters
    const { burst, ceilBurst, quantum, level, priority } = readStruct(from, tc_htb_opt, ...found.parameters)
    const { perSecond, ...rate } = readRate(from, at, at + tc_ratespec.size, found.rate64)
    const ceil = readRate(from, at + tc_ratespec.size, at + 2 * tc_ratespec.size, found.ceil64)
    return {
      ...rate,
      ceil: ceil.rate,
      burst: octetsIn(burst, perSecond),
      ceilBurst: octetsIn(ceilBurst, ceil.perSecond),
      priority,
      quantum,
      level,
    }
  },
  statistics(from, start, end): Partial<TrafficStatistics> {
    const { tokens, ceilTokens, ...counts } = readStruct(from, tc_htb_xstats, start, end)
    return { ...counts, tokens: (tokens * TICK) / 1e6, ceilTokens: (ceilTokens * TICK) / 1e6 }
  },
}
