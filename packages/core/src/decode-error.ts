/** What a decoder throws, and all that it ever throws, on octets that are not what they should be. @module */

const brand = Symbol.for('@vnet/core/DecodeError')

/**
 * Octets that are not the message they should be: where, and what was wrong. Check with {@link isDecodeError}, not with
 * `instanceof`: two copies of the package may be loaded.
 */
export class DecodeError extends Error {
  /** Path of names to the place: `link.linkinfo.data`, `ipv4.options`. */
  readonly path: string
  /** Offset in the octets that were given. */
  readonly offset: number

  /** Says what is wrong, and where. */
  constructor(path: string, offset: number, problem: string) {
    super(`${path} at octet ${offset}: ${problem}`)
    this.name = 'DecodeError'
    this.path = path
    this.offset = offset
    Object.defineProperty(this, brand, { value: true })
  }

  /** The first name of the path: the object of a netlink message (`link`), the layer of a frame (`ipv4`). */
  get layer(): string {
    const dot = this.path.indexOf('.')
    return dot === -1 ? this.path : this.path.slice(0, dot)
  }
}

/** Whether a caught value is a {@link DecodeError}, of this or of another copy of the package. */
export function isDecodeError(value: unknown): value is DecodeError {
  return typeof value === 'object' && value !== null && brand in value
}
