/** What a decoder throws, and all that it ever throws, on octets that are not what they should be. @module */

/** Octets that are not the message they should be: where, and what was wrong. */
export class DecodeError extends Error {
  /** Path of names to the place: `link.linkinfo.data`. */
  readonly path: string
  /** Offset in the octets that were given. */
  readonly offset: number

  /** Says what is wrong, and where. */
  constructor(path: string, offset: number, problem: string) {
    super(`${path} at octet ${offset}: ${problem}`)
    this.name = 'DecodeError'
    this.path = path
    this.offset = offset
  }
}
