/** Octets as hexadecimal digits. @module */

/** Two small digits an octet. */
export const hexText = (octets: Uint8Array): string =>
  Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('')

/** The octets of such digits, of which there are two an octet. */
export const octetsOf = (digits: string): Uint8Array =>
  Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
