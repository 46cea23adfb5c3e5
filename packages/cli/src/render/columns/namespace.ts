/** Namespaces as rows of a list. @module */
import type { NamespaceInfo } from '@vnet/core'
import type { Column } from '../table.js'

/** The columns of a list of namespaces. */
export const namespaceColumns: readonly Column<NamespaceInfo>[] = [
  { title: 'NAME', text: (namespace) => namespace.name },
  { title: 'ID', text: ({ id }) => (id === undefined ? '' : String(id)), right: true, optional: true },
  { title: 'IDENTITY', text: (namespace) => namespace.identity },
]
