/** MAC filters of the ports of bridges (chains of the family bridge, `net/netfilter/nft_chain_filter.c`). @module */
import type { CleanMacFilterSpec, MacFilter, MacFilterCounter, MacFilterFilter, MacFilterKey } from '@vnet/core'
import { macAt, macFromNumber } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import { unsupported } from '../supports.js'

/** The filter of a port. */
export interface MacFilterEntry {
  /** MACs as numbers of 48 bits, in ascending order. */
  readonly allow: ReadonlySet<number> | undefined
  readonly deny: ReadonlySet<number> | undefined
  readonly passed: { packets: number; bytes: number }
  readonly dropped: { packets: number; bytes: number }
}

/** Sets the filter of a port, in place of another. */
export function setMacFilter(kernel: Kernel, { macFilters }: Namespace, spec: CleanMacFilterSpec): undefined {
  if (!kernel.has('mac filter')) throw unsupported('macFilter set', 'mac filter')
  macFilters.set(spec.link, {
    allow: numbersOf(spec.allow),
    deny: numbersOf(spec.deny),
    passed: { packets: 0, bytes: 0 },
    dropped: { packets: 0, bytes: 0 },
  })
}

/** Removes the filter of a port. */
export function deleteMacFilter({ macFilters }: Namespace, { link }: MacFilterKey): undefined {
  if (macFilters.delete(link)) return
  refuse('ENOENT', undefined, { attribute: 'spec.link', hint: '`vnet mac-filter list` shows the filters there are' })
}

/** The filters by name of their ports. */
export function listMacFilters({ macFilters }: Namespace, filter: MacFilterFilter): MacFilter[] {
  return [...macFilters]
    .filter(([link]) => filter.link === undefined || filter.link === link)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([link, { allow, deny, passed, dropped }]) => ({
      link,
      ...(allow === undefined ? {} : { allow: [...allow].map(macFromNumber) }),
      ...(deny === undefined ? {} : { deny: [...deny].map(macFromNumber) }),
      passed: copyOf(passed),
      dropped: copyOf(dropped),
    }))
}

const numbersOf = (macs: readonly Uint8Array[] | undefined): ReadonlySet<number> | undefined =>
  macs === undefined ? undefined : new Set(macs.map((octets) => macAt(octets, 0)))

const copyOf = ({ packets, bytes }: MacFilterCounter): MacFilterCounter => ({ packets, bytes })
