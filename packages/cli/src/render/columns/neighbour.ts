/** Neighbours as rows of a list. @module */
import type { Neighbour } from '@vnet/core'
import type { Names } from '../../names.js'
import type { Column } from '../table.js'

/** The columns of a list of neighbours. */
export function neighbourColumns(names: Names): readonly Column<Neighbour>[] {
  return [
    { title: 'ADDRESS', text: (neighbour) => neighbour.address },
    { title: 'LINK', text: (neighbour) => names.link(neighbour.link) },
    { title: 'MAC', text: (neighbour) => neighbour.mac ?? '' },
    { title: 'STATE', text: (neighbour) => (neighbour.flags.includes('proxy') ? '' : neighbour.state) },
    { title: 'FLAGS', text: (neighbour) => neighbour.flags.join(','), optional: true },
  ]
}
