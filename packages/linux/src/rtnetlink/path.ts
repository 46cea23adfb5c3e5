/** From the offset that an extended acknowledgement names to the path of the field in the specification. @module */

/** The path; `undefined` where the offset is none of a known attribute. */
export function pathOf(_message: Uint8Array, _offset: number): string | undefined {
  return undefined
}
