/** When an action was made and used: `struct tcf_t` (`linux/pkt_cls.h`). @module */
import type { ActionTimes } from '@vnet/core'
import type { Octets } from '../../netlink/octets.js'
import type { Range } from '../../netlink/range.js'
import { field, readStruct, struct } from '../struct.js'

/** How long ago, hundredths of a second. */
export const tcf_t = struct('struct tcf_t', 32, {
  installed: field('install', 0, 'u64'),
  lastUsed: field('lastuse', 8, 'u64'),
  firstUsed: field('firstuse', 24, 'u64'),
})

/** Reads it, where it is told. */
export function readTimes(from: Octets, at: Range | undefined): { readonly times?: ActionTimes } {
  if (at === undefined) return {}
  const { installed, lastUsed, firstUsed } = readStruct(from, tcf_t, ...at)
  return {
    times: {
      installed: installed / 100,
      lastUsed: lastUsed / 100,
      ...(firstUsed === 0 ? {} : { firstUsed: firstUsed / 100 }),
    },
  }
}
