/** Aliases as rows of a list. @module */
import type { Alias } from '@vnet/core'
import type { Names } from '../../names.js'
import type { Column } from '../table.js'
import { addressColumns } from './address.js'

/** The columns of a list of aliases: those of addresses, whose label is the name here. */
export function aliasColumns(names: Names): readonly Column<Alias>[] {
  return [
    { title: 'NAME', text: ({ name }) => name },
    { title: 'LINK', text: ({ link }) => names.link(link) },
    { title: 'ADMIN', text: ({ up }) => (up ? 'up' : 'down') },
    ...addressColumns(names).filter(({ title }) => title !== 'LINK' && title !== 'LABEL'),
  ]
}
