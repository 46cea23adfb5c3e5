/** MAC filters as rows of a list. @module */
import type { MacFilter } from '@vnet/core'
import type { Column } from '../table.js'

/** The columns of a list of MAC filters. */
export const macFilterColumns: readonly Column<MacFilter>[] = [
  { title: 'PORT', text: ({ link }) => link },
  { title: 'ALLOW', text: ({ allow }) => (allow === undefined ? 'all' : allow.join(' ') || 'nobody') },
  { title: 'DENY', text: ({ deny = [] }) => deny.join(' ') || 'nobody' },
  { title: 'PASSED', text: ({ passed }) => String(passed.packets), right: true },
  { title: 'BYTES', text: ({ passed }) => String(passed.bytes), right: true },
  { title: 'DROPPED', text: ({ dropped }) => String(dropped.packets), right: true },
  { title: 'BYTES', text: ({ dropped }) => String(dropped.bytes), right: true },
]
