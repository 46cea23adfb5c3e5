/** Keys of WireGuard: 32 octets, written in base64 as `wg` does (RFC 4648 § 4; RFC 7748). @module */

/** A key: 44 characters of base64, or the 32 octets. */
export type WireguardKeyInput = string | Uint8Array

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const octetsOfKey = 32

/** The octets of a key; `undefined` when the text is not one in the only way that it can be written. */
export function parseWireguardKey(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z\d+/]{43}=$/.test(text)) return undefined
  const octets = new Uint8Array(octetsOfKey)
  let bits = 0
  let held = 0
  let at = 0
  for (const digit of text.slice(0, -1)) {
    held = ((held << 6) | digits.indexOf(digit)) & 0xfff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    octets[at++] = held >> bits
  }
  // The last digit has two bits to spare, which must be zero.
  return (held & 3) === 0 ? octets : undefined
}

/** A key as `wg` writes it: 44 characters of base64. */
export function formatWireguardKey(octets: Uint8Array): string {
  let text = ''
  for (let i = 0; i < octetsOfKey; i += 3) {
    const [a = 0, b = 0, c = 0] = octets.subarray(i, Math.min(i + 3, octetsOfKey))
    const word = (a << 16) | (b << 8) | c
    for (const shift of [18, 12, 6, 0]) text += digits[(word >> shift) & 63]
  }
  return `${text.slice(0, 43)}=`
}
