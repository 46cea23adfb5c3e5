/** One of the messages that are carried out together, out of a table of attributes. @module */
import { type AttributeTable, writeAttributes } from '../netlink/attribute.js'
import type { Change } from './conversation.js'
import { beginNftables } from './message.js'

/** A message to nf_tables: its number, flags beside NLM_F_REQUEST, netfilter's number of the family, and what it says. */
export function change(message: number, flags: number, family: number, table: AttributeTable, values: object): Change {
  return {
    encode: (to) => {
      beginNftables(to, message, flags, family)
      writeAttributes(to, table, values)
      to.end()
    },
  }
}
