/** Texts of others: what they said may be long, and not for a terminal. @module */

/** Octets of a text of others that is passed on: so they fit into any packet, even one of the smallest MRU. */
const BRIEF = 120

/** The beginning of a text, as far as it fits into any packet: what others have said may be long, and longer when quoted. */
export function brief(text: string): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(BRIEF))
  return text.slice(0, read)
}

/** A text of others without what would change how a terminal shows it. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, '\ufffd')
