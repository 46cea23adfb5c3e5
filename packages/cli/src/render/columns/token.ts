/** Tokens as rows of a list. @module */
import type { Token } from '@vnet/core'
import type { Names } from '../../names.js'
import type { Column } from '../table.js'

/** The columns of a list of them. */
export function tokenColumns(names: Names): readonly Column<Token>[] {
  return [
    { title: 'LINK', text: (entry) => names.link(entry.link) },
    { title: 'TOKEN', text: (entry) => entry.token },
  ]
}
