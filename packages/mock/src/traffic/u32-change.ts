/** What becomes of a `u32` filter that is there when it is given again (`u32_change`, `u32_init_knode`). @module */
import { type CleanFilterSpec, formatU32Handle } from '@vnet/core'
import { refuse } from '../refusal.js'
import type { FilterEntry } from './entry.js'

/** A filter of `u32`, as it is asked for. */
export type U32Spec = Extract<CleanFilterSpec, { readonly kind: 'u32' }>

/** Its options afterwards: what it matches stays, whatever is given, and so does its place; where it leads and its link may change. */
export function changedOptions(
  there: FilterEntry,
  { nextTable, inputLink, skipHardware = false, skipSoftware = false }: U32Spec,
): FilterEntry['options'] {
  const { options } = there
  if ((options.skipHardware ?? false) !== skipHardware || (options.skipSoftware ?? false) !== skipSoftware)
    refuse('EINVAL', 'Key node flags do not match passed flags')
  return {
    ...options,
    ...(nextTable === undefined ? {} : { nextTable: formatU32Handle(nextTable) }),
    ...(inputLink === undefined ? {} : { inputLink }),
  }
}
