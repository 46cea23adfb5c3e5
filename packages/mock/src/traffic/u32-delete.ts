/** The end of `u32` filters and of their hash tables (`u32_delete`, `u32_destroy`, `net/sched/cls_u32.c`). @module */
import { formatU32Handle } from '@vnet/core'
import { refuse } from '../refusal.js'
import { releaseActions } from './action-entry.js'
import type { FilterEntry, FilterHolder } from './entry.js'
import { isOfU32, isRoot, isTable, ROOT_TABLE, tableOf } from './u32.js'

/**
 * Takes the filter or table with this handle away, whichever place and priority it was made by, and gives it as it is told.
 * With the last filter of its last priority that one ends, and all tables with it.
 *
 * @param root The root table of the priority that was named.
 */
export function takeU32(outer: FilterHolder, root: FilterEntry, handle: number): FilterEntry {
  const all = outer.filters.filter(isOfU32)
  const found = handle === ROOT_TABLE ? root : all.find((entry) => entry.handle === handle)
  if (found === undefined) refuse('ENOENT', 'Specified filter handle not found')
  if (isRoot(found)) refuse('EINVAL', 'Not allowed to delete root node')
  const told = formatU32Handle(handle)
  if (isTable(found) && all.some(({ options }) => options.nextTable === told))
    refuse('EBUSY', 'Can not delete in-use filter')
  dropFilters(outer, [found])
  const left = all.filter((entry) => outer.filters.includes(entry))
  if (left.every(isTable) && left.filter(isRoot).length === 1) dropFilters(outer, left)
  const { chain, priority, protocol } = root
  return { ...found, chain, priority, protocol }
}

/**
 * Removes filters and tables: with a table what is in it, and with the last root all other tables, which outlast
 * the priority that they were made by.
 */
export function dropFilters(outer: FilterHolder, going: readonly FilterEntry[]): void {
  const tables = new Set(going.filter(isTable).map(({ handle }) => handle))
  const stays = (entry: FilterEntry) => !going.includes(entry) && !(isOfU32(entry) && tables.has(tableOf(entry.handle)))
  const left = outer.filters.filter(stays)
  const kept = left.some(isRoot) ? left : left.filter((entry) => !isOfU32(entry))
  releaseActions(outer.filters.filter((entry) => !kept.includes(entry)))
  outer.filters.splice(0, outer.filters.length, ...kept)
}
