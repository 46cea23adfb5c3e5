/** Offsets of extended acknowledgements as paths into the request: `spec.vlan.id`. @module */
import type { AttributeTable } from '../netlink/attribute.js'
import { byNumber } from '../netlink/attribute-run.js'
import { Octets } from '../netlink/octets.js'
import { ipMessageTables } from './ip-paths.js'
import { linkMessageTables } from './link-paths.js'
import { trafficMessageTables } from './traffic/paths.js'

/** How the attributes of a message, or of a nest, are named in the request's specification. */
export interface MessageTable {
  /** Octets of the struct before the attributes. */
  readonly headerSize: number
  /** The attributes. */
  readonly table: AttributeTable
  /** Path of the object that the attributes are fields of: `spec`, `spec.peer`. */
  readonly prefix: string
  /** Fields of table entries that the specification names otherwise; `''` stands for the object as a whole. */
  readonly paths?: Readonly<Record<string, string>>
  /**
   * The inside of a nest by its property, where it is not simply the table's `inner` under the nest's own path: `start`
   * and `end` bound the attributes that the nest stands among, its neighbours.
   */
  readonly inside?: Readonly<Record<string, (from: Octets, start: number, end: number) => MessageTable | undefined>>
}

/** The table of each message by its RTM number; a function where the header decides (a neighbour or an FDB entry). */
export const messageTables: Readonly<Record<number, MessageTable | ((message: Octets) => MessageTable | undefined)>> = {
  ...linkMessageTables,
  ...ipMessageTables,
  ...trafficMessageTables,
}

/**
 * The field that an extended acknowledgement's offset points at.
 *
 * @param message The request, from its nlmsghdr on.
 * @param offset Octets from the start of the nlmsghdr (`NLMSGERR_ATTR_OFFS`).
 * @returns Such as `spec.mtu`; `undefined` when it points at no attribute that is a field.
 */
export function pathOf(message: Uint8Array, offset: number): string | undefined {
  return pathIn(message, offset, (type, from) => {
    const entry = messageTables[type]
    return typeof entry === 'function' ? entry(from) : entry
  })
}

/** From a request and an offset in it to the field that is meant. */
export type PathOf = (message: Uint8Array, offset: number) => string | undefined

/** {@link pathOf} by tables of another protocol. */
export function pathIn(
  message: Uint8Array,
  offset: number,
  tableOf: (type: number, from: Octets) => MessageTable | undefined,
): string | undefined {
  if (message.length < 16) return undefined
  const from = new Octets(message)
  const described = tableOf(from.u16(4), from)
  if (described === undefined) return undefined
  const path = find(from, 16 + described.headerSize, Math.min(from.u32(0), message.length), offset, described)
  // The whole of the specification is not worth a word.
  return path === described.prefix ? undefined : path
}

function find(from: Octets, start: number, end: number, offset: number, described: MessageTable): string | undefined {
  for (let at = start; end - at >= 4; ) {
    const length = from.u16(at)
    if (length < 4 || at + length > end) return undefined
    if (offset >= at && offset < at + length) {
      const known = byNumber(described.table)[from.u16(at + 2) & 0x3fff]
      if (known === undefined) return described.prefix
      const { property, field } = known
      const chosen = described.inside?.[property]?.(from, start, end)
      const path = join(described.prefix, described.paths?.[property] ?? property)
      const own = chosen !== undefined && described.paths?.[property] === undefined ? chosen.prefix : path
      const inside = chosen ?? (field.inner && { headerSize: 0, table: field.inner, prefix: path })
      if (inside === undefined || offset === at) return own
      return find(from, at + 4 + inside.headerSize, at + length, offset, inside) ?? own
    }
    at += (length + 3) & ~3
  }
  return undefined
}

const join = (prefix: string, field: string): string => (field === '' ? prefix : `${prefix}.${field}`)
