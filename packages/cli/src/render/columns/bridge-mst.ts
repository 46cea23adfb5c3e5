/** States of ports in instances of the spanning tree as rows of a list. @module */
import type { BridgeMst } from '@vnet/core'
import type { Names } from '../../names.js'
import type { Column } from '../table.js'

/** The columns of a list of them. */
export function bridgeMstColumns(names: Names): readonly Column<BridgeMst>[] {
  return [
    { title: 'PORT', text: (entry) => names.link(entry.link) },
    { title: 'MSTI', text: (entry) => String(entry.msti), right: true },
    { title: 'STATE', text: (entry) => entry.state },
  ]
}
