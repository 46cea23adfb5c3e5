/** Where the options of a message go: its own field, and where that is full the fields of the file and the server (RFC 2132 § 9.3). @module */
import type { RawDhcpOption } from './option.js'

/** Octets of the two fields that may hold options. */
export const fieldSizes = { file: 128, serverName: 64 } as const

/** Values of option 52. */
export const overloads = { file: 1, serverName: 2, both: 3 } as const

/** How many octets of options fit, without the octet that ends the list. */
export interface Room {
  readonly options: number
  /** Whether the field of the file may hold options, too. */
  readonly file: boolean
  /** Whether that of the server's name may. */
  readonly serverName: boolean
}

/** Options by the field that holds them, each at most 255 octets long. */
export interface Packed {
  readonly options: readonly RawDhcpOption[]
  readonly file: readonly RawDhcpOption[]
  readonly serverName: readonly RawDhcpOption[]
  /** Value of option 52; absent where the two fields hold none. */
  readonly overload?: number
  /** Numbers of options that fit nowhere. */
  readonly omitted: readonly number[]
}

/** Octets of option 52. */
const overloadSize = 3

/** Puts each option into the first field that has room. What is in front stays where room is short. */
export function packOptions(options: readonly RawDhcpOption[], room: Room): Packed {
  const plain = fill(options, [room.options, 0, 0])
  if (plain.omitted.length === 0 || !(room.file || room.serverName)) return packed(plain)
  const sizes = [
    room.options - overloadSize,
    room.file ? fieldSizes.file - 1 : 0,
    room.serverName ? fieldSizes.serverName - 1 : 0,
  ]
  return packed(fill(options, sizes))
}

interface Filled {
  readonly fields: readonly RawDhcpOption[][]
  readonly omitted: number[]
}

function fill(options: readonly RawDhcpOption[], sizes: readonly number[]): Filled {
  const fields: RawDhcpOption[][] = [[], [], []]
  const left = [...sizes]
  const omitted: number[] = []
  for (const option of options) {
    const places = placesOf(option, left)
    if (places === undefined) {
      omitted.push(option.code)
      continue
    }
    for (const { field, piece } of places) {
      fields[field]?.push(piece)
      left[field] = (left[field] as number) - piece.bytes.length - 2
    }
  }
  return { fields, omitted }
}

/** Where the pieces of an option go, in the order in which they are joined again: options, file, server's name (RFC 3396 § 5). */
function placesOf(option: RawDhcpOption, sizes: readonly number[]) {
  const left = [...sizes]
  const places: { field: number; piece: RawDhcpOption }[] = []
  let field = 0
  for (const piece of piecesOf(option)) {
    const size = piece.bytes.length + 2
    while (field < left.length && (left[field] as number) < size) field++
    if (field === left.length) return undefined
    left[field] = (left[field] as number) - size
    places.push({ field, piece })
  }
  return places
}

/** An option in pieces of at most 255 octets (RFC 3396 § 4). */
export function piecesOf({ code, bytes }: RawDhcpOption): RawDhcpOption[] {
  const pieces = [{ code, bytes: bytes.subarray(0, 255) }]
  for (let at = 255; at < bytes.length; at += 255) pieces.push({ code, bytes: bytes.subarray(at, at + 255) })
  return pieces
}

function packed({ fields, omitted }: Filled): Packed {
  const [options = [], file = [], serverName = []] = fields
  const overload = (file.length > 0 ? overloads.file : 0) | (serverName.length > 0 ? overloads.serverName : 0)
  return { options, file, serverName, omitted, ...(overload === 0 ? {} : { overload }) }
}
