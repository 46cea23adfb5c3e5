/** Encryption and check values of MACsec: AES-GCM (IEEE 802.1AE § 14; NIST SP 800-38D). @module */
import { gcm } from '@noble/ciphers/aes.js'
import { setU32At } from '@vnet/wire'
import { joined } from '../bits.js'
import type { MacsecSaData } from './macsec-keys.js'
import { sciOctets } from './macsec-tag.js'

/** Octets of a whole check value. */
const wholeCheck = 16

/** What is the same for a frame at both ends. */
export interface SealInput {
  readonly association: Pick<MacsecSaData, 'key' | 'salt' | 'ssci'>
  readonly sci: string
  /** The whole number of the frame, also with an XPN cipher. */
  readonly packetNumber: number
  /** Whether the data are encrypted, or only covered by the check value. */
  readonly isEncrypted: boolean
  /** MACs and tag. */
  readonly header: Uint8Array
  readonly icvLength: number
}

/** What no two frames with one key have in common: identifier and number, or, with an XPN cipher, a salted short identifier and a longer number. */
function nonceOf({ association: { salt, ssci }, sci, packetNumber }: SealInput): Uint8Array {
  const nonce = new Uint8Array(12)
  if (salt === undefined) {
    nonce.set(sciOctets(sci))
    setU32At(nonce, 8, packetNumber)
    return nonce
  }
  // The short identifier as the usual processor keeps it.
  for (let i = 0; i < 4; i++) nonce[i] = ((ssci ?? 0) >>> (8 * i)) & 0xff
  setU32At(nonce, 4, Math.floor(packetNumber / 2 ** 32))
  setU32At(nonce, 8, packetNumber >>> 0)
  return nonce.map((octet, i) => octet ^ (salt[i] as number))
}

/** The data as they are sent, and the check value behind them. */
export function seal(input: SealInput, data: Uint8Array): Uint8Array {
  const { association, isEncrypted, header, icvLength } = input
  const nonce = nonceOf(input)
  if (isEncrypted) {
    const sealed = gcm(association.key, nonce, header).encrypt(data)
    return sealed.subarray(0, data.length + icvLength)
  }
  const check = gcm(association.key, nonce, joined(header, data)).encrypt(new Uint8Array())
  return joined(data, check.subarray(0, icvLength))
}

/** The data of a sealed frame, and whether the check value is right. */
export function unseal(input: SealInput, sealed: Uint8Array): { data: Uint8Array; isValid: boolean } {
  const { association, isEncrypted, header, icvLength } = input
  const body = sealed.subarray(0, sealed.length - icvLength)
  // Encrypting twice decrypts; the check value may be shorter than the library's, so it is made anew and compared.
  const data = isEncrypted ? gcm(association.key, nonceOf(input), header).encrypt(body).slice(0, -wholeCheck) : body
  const again = seal(input, data)
  return { data, isValid: again.every((octet, i) => octet === sealed[i]) }
}
