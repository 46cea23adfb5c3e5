/** Keys of WireGuard: 32 octets, written in base64 as `wg` does (RFC 4648 § 4; RFC 7748). @module */

/** A key: 44 characters of base64, or the 32 octets. */
export type WireguardKeyInput = string | Uint8Array

/** The octets of a key; `undefined` when the text is not one in the only way that it can be written. */
export function parseWireguardKey(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z\d+/]{43}=$/.test(text)) return undefined
  const octets = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  // The last digit has two bits to spare, which must be zero.
  return formatWireguardKey(octets) === text ? octets : undefined
}

/** A key as `wg` writes it: 44 characters of base64. */
export function formatWireguardKey(octets: Uint8Array): string {
  return btoa(String.fromCharCode(...octets))
}
