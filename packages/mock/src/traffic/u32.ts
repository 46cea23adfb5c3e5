/**
 * Hash tables of `u32` filters (`net/sched/cls_u32.c`). Each priority begins with a table of one bucket, its root; all places of a
 * discipline, or of a block, have their tables in common (`struct tc_u_common`). @module
 */
import type { U32NextHeader } from '@vnet/core'
import { refuse } from '../refusal.js'
import type { FilterEntry, FilterHolder } from './entry.js'
import type { U32Spec } from './u32-change.js'

/** A handle is the number of a table, of a bucket of it, and of a filter in that. */
const TABLE = 0x100000
const BUCKET = 0x1000
/** The word for the root table of whichever priority (`TC_U32_ROOT`). */
export const ROOT_TABLE = 0xfff00000
/** The first number that the kernel gives to tables and filters. */
const FIRST = 0x800
/** The last one that it gives to tables, beyond the first. */
const LAST = 0x7fe

/** Whether an entry is a table, not a filter. */
export const isTable = (entry: FilterEntry): boolean => entry.options.divisor !== undefined

/** Whether it is the table that a priority begins with. */
export const isRoot = (entry: FilterEntry): boolean => entry.options.root === true

/** Whether it is a filter of `u32`, or a table of these. */
export const isOfU32 = ({ kind }: FilterEntry): boolean => kind === 'u32'

/** Whether an entry is a filter of a priority, or for `u32` the root of one: other tables outlast theirs. */
export const isOfPriority = (entry: FilterEntry): boolean => !isOfU32(entry) || isRoot(entry)

/** The handle of the table that a handle is in. */
export const tableOf = (handle: number): number => handle - (handle % TABLE)
const bucketOf = (handle: number): number => handle - (handle % BUCKET)
/** Which bucket of its table that is, from 0 on. */
export const bucketIndex = (handle: number): number => Math.floor((handle % TABLE) / BUCKET)

/** The tables, those of all places and priorities. */
const tablesOf = (outer: FilterHolder): FilterEntry[] =>
  outer.filters.filter((entry) => isOfU32(entry) && isTable(entry))

/**
 * The handle of a new table for which none was chosen; `root` is that of a root table which is about to be. The first is
 * `800:`, the others are numbered in turn, also where what they were for is refused (`gen_new_htid`).
 */
export function newTable(outer: FilterHolder, root?: number): number {
  const taken = new Set([root, ...tablesOf(outer).map(({ handle }) => handle)])
  if (root === undefined && taken.size === 1) {
    outer.lastTable = 0
    return FIRST * TABLE
  }
  let number = outer.lastTable ?? 0
  do number = number === LAST ? 1 : number + 1
  while (taken.has((FIRST + number) * TABLE))
  outer.lastTable = number
  return (FIRST + number) * TABLE
}

/** The handle of a filter: in the table that it is put into, with the number that was chosen or the first that is free. */
export function handleOfU32(outer: FilterHolder, spec: U32Spec, root: number): number {
  if (spec.divisor !== undefined) return spec.handle === undefined ? newTable(outer, root) : Number(spec.handle)
  const home = homeOf(outer, spec, root)
  const chosen = spec.handle === undefined ? 0 : Number(spec.handle)
  // Of another bucket the kernel takes the number alone.
  if (tableOf(chosen) !== 0 && tableOf(chosen) !== tableOf(home))
    refuse('EINVAL', 'Handle specified hash table address mismatch')
  if (chosen % BUCKET !== 0) return home + (chosen % BUCKET)
  const taken = new Set(outer.filters.filter(isOfU32).map(({ handle }) => handle))
  let handle = home + FIRST
  while (taken.has(handle)) handle++
  return handle
}

/** Where a filter is put: a bucket of a table. */
function homeOf(outer: FilterHolder, spec: U32Spec, root: number): number {
  const table = spec.table ?? 0
  if ([0, root, ROOT_TABLE].includes(tableOf(table))) return root
  const found = tablesOf(outer).find(({ handle }) => handle === tableOf(table))
  if (found === undefined) refuse('EINVAL', 'Specified hash table not found', { attribute: 'spec.table' })
  if ((table % TABLE) / BUCKET >= Number(found.options.divisor))
    refuse('EINVAL', 'Specified hash table buckets exceed configured value', { attribute: 'spec.table' })
  return bucketOf(table)
}

/** Refuses a next table that is not there. */
export function refuseNext(outer: FilterHolder, { nextTable }: U32Spec): void {
  if (nextTable === undefined) return
  const attribute = 'spec.nextTable'
  const found = tablesOf(outer).find(({ handle }) => handle === nextTable)
  if (found === undefined) refuse('EINVAL', 'Link hash table not found', { attribute })
  if (isRoot(found)) refuse('EINVAL', 'Not linking to root node', { attribute })
}

/** Where the next header begins, as the kernel tells it. */
export function toldNextHeader({ at = 0, mask, shift = 0, plus, eat }: U32NextHeader): U32NextHeader {
  return {
    ...(mask === undefined ? {} : { at, mask, shift }),
    ...(plus === undefined ? {} : { plus }),
    ...(eat ? { eat } : {}),
  }
}

/**
 * What a priority lists: the tables that were made by its number at any place and in any chain, the newest first, each before its
 * filters, whatever chain and protocol they were given themselves (`u32_walk`).
 */
export function listedBy(root: FilterEntry, { filters: every }: FilterHolder): FilterEntry[] {
  const { chain, priority, protocol } = root
  const all = every.filter(isOfU32)
  const tables = all.filter((entry) => isTable(entry) && entry.priority === priority).reverse()
  const filters = all.filter((entry) => !isTable(entry)).sort((a, b) => a.handle - b.handle)
  return tables
    .flatMap((table) => [table, ...filters.filter(({ handle }) => tableOf(handle) === table.handle)])
    .map((entry) => ({ ...entry, chain, priority, protocol }))
}
