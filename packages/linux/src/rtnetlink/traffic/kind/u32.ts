/** Filters of kind `u32` (`linux/pkt_cls.h`; `net/sched/cls_u32.c`). @module */
import {
  type Action,
  type CleanFilterSpec,
  type FilterStatistics,
  formatU32Handle,
  type U32Key,
  type U32NextHeader,
} from '@vnet/core'
import { attributes, text, u32 } from '../../../netlink/attribute.js'
import { readValues } from '../../../netlink/attribute-run.js'
import type { Octets } from '../../../netlink/octets.js'
import { type Range, range } from '../../../netlink/range.js'
import { field, readStruct, struct, writeStruct } from '../../struct.js'
import { actionList, oldPolice } from '../action.js'
import { TC_U32_EAT, TC_U32_OFFSET, TC_U32_TERMINAL, TC_U32_VAROFFSET } from '../constants.js'
import { classOf, writeResult } from './filter-result.js'
import type { TrafficKind } from './kind.js'
import { readOffload, writeOffload } from './offload.js'

/** What a filter of `u32` looks for: a head, and a key for each 32 bits. */
export const tc_u32_sel = struct('struct tc_u32_sel', 16, {
  flags: field('flags', 0, 'u8'),
  shift: field('offshift', 1, 'u8'),
  keys: field('nkeys', 2, 'u8'),
  mask: field('offmask', 4, 'u16be'),
  plus: field('off', 6, 'u16'),
  at: field('offoff', 8, 'u16'),
  hashOffset: field('hoff', 10, 'u16'),
  hashMask: field('hmask', 12, 'u32be'),
})
/** 32 bits. */
export const tc_u32_key = struct('struct tc_u32_key', 16, {
  mask: field('mask', 0, 'u32be'),
  value: field('val', 4, 'u32be'),
  offset: field('off', 8, 's32'),
  offsetMask: field('offmask', 12, 's32'),
})
/** How often a filter of `u32` was asked; behind it a number of 64 bits for each key. */
export const tc_u32_pcnt = struct('struct tc_u32_pcnt', 16, {
  tried: field('rcnt', 0, 'u64'),
  matched: field('rhit', 8, 'u64'),
})
/** A mark; `success` counts the packets that had it. */
export const tc_u32_mark = struct('struct tc_u32_mark', 12, {
  mark: field('val', 0, 'u32'),
  markMask: field('mask', 4, 'u32'),
  markMatched: field('success', 8, 'u32'),
})

/** Attributes, enum TCA_U32_*. */
export const u32Attributes = attributes({
  classId: u32(1, 'TCA_U32_CLASSID'),
  table: u32(2, 'TCA_U32_HASH'),
  nextTable: u32(3, 'TCA_U32_LINK'),
  divisor: u32(4, 'TCA_U32_DIVISOR'),
  keys: range(5, 'TCA_U32_SEL', 'struct', tc_u32_sel.size),
  police: oldPolice(6, 'TCA_U32_POLICE'),
  actions: actionList(7, 'TCA_U32_ACT'),
  inputLink: text(8, 'TCA_U32_INDEV'),
  counts: range(9, 'TCA_U32_PCNT', 'struct', tc_u32_pcnt.size),
  mark: range(10, 'TCA_U32_MARK', 'struct', tc_u32_mark.size),
  flags: u32(11, 'TCA_U32_FLAGS'),
})
type U32Spec = Extract<CleanFilterSpec, { readonly kind: 'u32' }>

const ALL = 0xffffffff

/** Bits of packets. */
export const u32Filter: TrafficKind<U32Spec> = {
  headerSize: 0,
  attributes: u32Attributes,
  encode(to, spec, context) {
    const a = u32Attributes
    if (spec.divisor !== undefined) {
      a.divisor.write(to, spec.divisor)
      writeOffload(to, a.flags, spec)
      return
    }
    if (spec.table !== undefined) a.table.write(to, spec.table)
    writeResult(to, a, spec, context)
    if (spec.nextTable !== undefined) a.nextTable.write(to, spec.nextTable)
    const { keys = [{ offset: 0, value: 0, mask: 0 }], hashKey = { offset: 0, mask: 0 } } = spec
    const at = to.nestPlain(a.keys.type)
    // What is found further down counts, unless the filter itself says what is to be done.
    const ends = spec.nextTable === undefined || spec.classId !== undefined || (spec.actions ?? []).length > 0
    writeStruct(to, tc_u32_sel, {
      flags: (ends ? TC_U32_TERMINAL : 0) | flagsOf(spec.nextHeader),
      shift: spec.nextHeader?.shift ?? 0,
      keys: keys.length,
      mask: spec.nextHeader?.mask ?? 0,
      plus: spec.nextHeader?.plus ?? 0,
      at: spec.nextHeader?.at ?? 0,
      hashOffset: hashKey.offset,
      hashMask: hashKey.mask,
    })
    for (const { mask, value, offset, fromNextHeader } of keys)
      writeStruct(to, tc_u32_key, { mask, value, offset, offsetMask: fromNextHeader ? -1 : 0 })
    to.endNest(at)
    if (spec.inputLink !== undefined) a.inputLink.write(to, spec.inputLink)
    if (spec.mark !== undefined) {
      const mark = to.nestPlain(a.mark.type)
      writeStruct(to, tc_u32_mark, { mark: spec.mark, markMask: spec.markMask ?? ALL })
      to.endNest(mark)
    }
    writeOffload(to, a.flags, spec)
  },
  decode(from, start, end) {
    const values = readValues(u32Attributes, from, start, end, 'filter.u32')
    const { keys, classId, table, nextTable, counts, police, actions, mark, flags, ...rest } = values as {
      keys?: Range
      counts?: Range
      police?: Action
      actions?: readonly Action[]
      mark?: Range
      flags?: number
      classId?: number
      table?: number
      nextTable?: number
    }
    const head = readStruct(from, tc_u32_sel, ...(keys ?? [0, 0]))
    const { hashOffset, hashMask } = head
    return {
      ...rest,
      ...(actions === undefined && police === undefined ? {} : { actions: actions ?? [police] }),
      ...(keys === undefined ? {} : { keys: readKeys(from, keys) }),
      ...(table === undefined ? {} : { table: formatU32Handle(table) }),
      ...(nextTable === undefined || nextTable === 0 ? {} : { nextTable: formatU32Handle(nextTable) }),
      ...(hashMask === 0 ? {} : { hashKey: { offset: (hashOffset << 16) >> 16, mask: hashMask } }),
      ...(head.flags & nextHeaderFlags ? { nextHeader: readNextHeader(head) } : {}),
      ...readMark(from, counts, mark),
      ...readOffload(flags),
      ...classOf(classId),
    }
  },
}

const nextHeaderFlags = TC_U32_OFFSET | TC_U32_VAROFFSET | TC_U32_EAT

function flagsOf({ mask, plus, eat }: U32NextHeader = {}): number {
  return (plus === undefined ? 0 : TC_U32_OFFSET) | (mask === undefined ? 0 : TC_U32_VAROFFSET) | (eat ? TC_U32_EAT : 0)
}

function readNextHeader(
  head: { readonly [name in 'flags' | 'at' | 'mask' | 'shift' | 'plus']: number },
): U32NextHeader {
  const { flags, at, mask, shift, plus } = head
  return {
    ...(flags & TC_U32_VAROFFSET ? { at: (at << 16) >> 16, mask, shift } : {}),
    ...(flags & TC_U32_OFFSET ? { plus } : {}),
    ...(flags & TC_U32_EAT ? { eat: true } : {}),
  }
}

/** The mark, and how often the filter and it matched. */
function readMark(from: Octets, counts: Range | undefined, at: Range | undefined): object {
  const statistics = counts && readCounts(from, counts)
  if (at === undefined) return statistics === undefined ? {} : { statistics }
  const { mark, markMask, markMatched } = readStruct(from, tc_u32_mark, ...at)
  return {
    mark,
    ...(markMask === ALL ? {} : { markMask }),
    ...(statistics === undefined ? {} : { statistics: { ...statistics, markMatched } }),
  }
}

function readCounts(from: Octets, [start, end]: Range): FilterStatistics {
  const keys: number[] = []
  for (let at = start + tc_u32_pcnt.size; at + 8 <= end; at += 8) keys.push(from.u64(at))
  return { ...readStruct(from, tc_u32_pcnt, start, end), keys }
}

function readKeys(from: Octets, [start, end]: Range): U32Key[] {
  const keys: U32Key[] = []
  const { size } = tc_u32_key
  for (let at = start + tc_u32_sel.size; at + size <= end; at += size) {
    const { offsetMask, ...key } = readStruct(from, tc_u32_key, at, at + size)
    keys.push({ ...key, ...(offsetMask === 0 ? {} : { fromNextHeader: true }) })
  }
  return keys
}
