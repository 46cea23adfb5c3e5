/** MACsec links: options as attributes (`linux/if_link.h`, `IFLA_MACSEC_*`; `drivers/net/macsec.c`). @module */
import type { MacsecOptions, MacsecState } from '@vnet/core'
import { attributes, bool, custom, u8, u16be, u32, words, writeAttributes } from '../../netlink/attribute.js'
import { readValues } from '../../netlink/attribute-run.js'
import { littleEndian } from '../../netlink/octets.js'
import type { LinkKind } from './kind.js'

type Cipher = NonNullable<MacsecOptions['cipher']>

const CIPHER = 4
/** Upper half of the number of a cipher suite (IEEE 802.1AE § 14.1); the lower half of each (`MACSEC_CIPHER_ID_*`). */
const suites = 0x0080c200
const ciphers: Readonly<Record<Cipher, number>> = {
  'gcm-aes-128': 0x01000001,
  'gcm-aes-256': 0x01000002,
  'gcm-aes-xpn-128': 0x01000003,
  'gcm-aes-xpn-256': 0x01000004,
}
const byNumber = new Map(Object.entries(ciphers).map(([word, number]) => [number, word as Cipher]))

/** Attributes of a MACsec link. */
export const macsecAttributes = attributes({
  sci: custom<string>(
    1,
    'IFLA_MACSEC_SCI',
    'u64be',
    8,
    (to, value) => to.octetsAttribute(1, Uint8Array.from(Buffer.from(value, 'hex'))),
    (from, start, end) => Buffer.from(from.copy(start, end)).toString('hex'),
  ),
  port: u16be(2, 'IFLA_MACSEC_PORT'),
  icvLength: u8(3, 'IFLA_MACSEC_ICV_LEN'),
  cipher: custom<Cipher>(
    CIPHER,
    'IFLA_MACSEC_CIPHER_SUITE',
    'u64',
    8,
    (to, value) => {
      const at = to.nestPlain(CIPHER)
      // Beyond what a number holds exactly, so in halves.
      to.u32(littleEndian ? ciphers[value] : suites)
      to.u32(littleEndian ? suites : ciphers[value])
      to.endNest(at)
    },
    // Of 128 bits the kernel tells an older number, with another upper half.
    (from, at) => {
      const lower = from.u32(littleEndian ? at : at + 4)
      return byNumber.get(lower) ?? (String(lower) as Cipher)
    },
  ),
  window: u32(5, 'IFLA_MACSEC_WINDOW'),
  encodingSa: u8(6, 'IFLA_MACSEC_ENCODING_SA'),
  encrypt: bool(7, 'IFLA_MACSEC_ENCRYPT'),
  protect: bool(8, 'IFLA_MACSEC_PROTECT'),
  sendSci: bool(9, 'IFLA_MACSEC_INC_SCI'),
  endStation: bool(10, 'IFLA_MACSEC_ES'),
  scb: bool(11, 'IFLA_MACSEC_SCB'),
  replayProtect: bool(12, 'IFLA_MACSEC_REPLAY_PROTECT'),
  validate: words(u8(13, 'IFLA_MACSEC_VALIDATION'), { disabled: 0, check: 1, strict: 2 }),
  offload: words(u8(15, 'IFLA_MACSEC_OFFLOAD'), { off: 0, phy: 1, mac: 2 }),
})

/** MACsec links. */
export const macsec: LinkKind<MacsecOptions, MacsecState> = {
  property: 'macsec',
  attributes: macsecAttributes,
  encode: (to, options) => writeAttributes(to, macsecAttributes, options),
  decode: (from, start, end) => readValues(macsecAttributes, from, start, end, 'link.macsec'),
}
