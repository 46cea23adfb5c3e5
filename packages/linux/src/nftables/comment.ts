/** A rule's comment, in the octets that the kernel keeps for its user: number, length and text, as `nft` has it. @module */

/** The number of a comment (`NFTNL_UDATA_RULE_COMMENT` of libnftnl). */
const COMMENT = 0

/** The octets that hold a comment. */
export function commentOctets(comment: string): Uint8Array {
  const text = new TextEncoder().encode(comment)
  return Uint8Array.from([COMMENT, text.length + 1, ...text, 0])
}

/** The comment in such octets; `undefined` where there is none. */
export function commentOf(octets: Uint8Array): string | undefined {
  for (let at = 0; at + 2 <= octets.length; at += 2 + (octets[at + 1] as number)) {
    const text = octets.subarray(at + 2, at + 2 + (octets[at + 1] as number))
    if (octets[at] === COMMENT) return new TextDecoder().decode(text).replace(/\0.*$/s, '')
  }
  return undefined
}
