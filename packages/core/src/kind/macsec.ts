/** MACsec: Ethernet with integrity and encryption (`linux/if_link.h`, `IFLA_MACSEC_*`; IEEE 802.1AE). @module */
import { rangeFault, typeFault } from '../argument.js'
import { bool, choice, type Field, fixed, integer, since } from '../field.js'

/**
 * Settable options of a MACsec link, as `ip link add link PARENT type macsec port 1 encrypt on`. Its keys and its peers are
 * objects of their own (`macsecSa`, `macsecSc`): without a key the link carries nothing.
 */
export interface MacsecOptions {
  /** Secure channel identifier, 16 hexadecimal digits: MAC and port of this end. Fixed once made. */
  readonly sci?: string
  /** Port of this end in the identifier, 1–65535, behind the link's MAC; 1 is the default. Fixed once made. */
  readonly port?: number
  /** Cipher suite; `gcm-aes-128` is the default. Fixed once made. */
  readonly cipher?: 'gcm-aes-128' | 'gcm-aes-256' | 'gcm-aes-xpn-128' | 'gcm-aes-xpn-256'
  /** Octets of the integrity check value, 8–16; 16 is the default. Fixed once made. */
  readonly icvLength?: number
  /** Association that sends, 0–3. */
  readonly encodingSa?: number
  /** Frames are encrypted, not only protected. */
  readonly encrypt?: boolean
  /** Sent frames are protected; the default. */
  readonly protect?: boolean
  /** The identifier is sent with each frame; the default. Neither together with `endStation` nor with `scb`. */
  readonly sendSci?: boolean
  /** End station: the identifier is made of the MAC of the frame. */
  readonly endStation?: boolean
  /** Single copy broadcast (EPON). */
  readonly scb?: boolean
  /** Frames behind the window are dropped; needs `window`. */
  readonly replayProtect?: boolean
  /** How late a frame may come, packets. */
  readonly window?: number
  /** What happens to frames that are not valid; `strict` drops them and is the default. */
  readonly validate?: 'disabled' | 'check' | 'strict'
  /** Who does the work: the kernel, the PHY, or the MAC (Linux 5.18). */
  readonly offload?: 'off' | 'phy' | 'mac'
}

/** State of a MACsec link. */
export type MacsecState = Omit<MacsecOptions, 'port'>

/** What each option of a MACsec link takes. */
export const macsecFields: Readonly<Record<keyof MacsecOptions, Field>> = {
  sci: fixed({ type: 'text', octets: 16, about: 'secure channel identifier, 16 hexadecimal digits' }),
  port: fixed(integer(1, 65535, "this end's port in the identifier")),
  cipher: fixed(choice(['gcm-aes-128', 'gcm-aes-256', 'gcm-aes-xpn-128', 'gcm-aes-xpn-256'], 'cipher suite')),
  icvLength: fixed(integer(8, 16, 'integrity check value', 'octets')),
  encodingSa: integer(0, 3, 'association that sends'),
  encrypt: bool('frames are encrypted'),
  protect: bool('sent frames are protected'),
  sendSci: bool('the identifier is sent with each frame'),
  endStation: bool('end station'),
  scb: bool('single copy broadcast'),
  replayProtect: bool('frames behind the window are dropped'),
  window: integer(0, 0xffffffff, 'how late a frame may come', 'packets'),
  validate: choice(['disabled', 'check', 'strict'], 'what happens to frames that are not valid'),
  offload: since('Linux 6.2', choice(['off', 'phy', 'mac'], 'who does the work'), {
    untold: 'off',
    byValue: true,
  }),
}

/** Refuses options of a MACsec link that contradict each other. */
export function checkMacsec(options: Readonly<Record<string, unknown>>, path: string): void {
  const { sci, port, sendSci, endStation, scb, replayProtect, window } = options as MacsecOptions
  if (sci !== undefined && !/^[\da-f]{16}$/i.test(sci)) {
    throw rangeFault(`${path}.sci`, `${JSON.stringify(sci)} is no identifier`, 'such as 0200000000010001: MAC and port')
  }
  if (sci !== undefined && port !== undefined) {
    throw rangeFault(`${path}.port`, 'the identifier holds a port', 'leave out sci or port')
  }
  // The kernel looks at those that are told, not at those in force.
  const [, second] = Object.entries({ sendSci, endStation, scb }).filter(([, on]) => on === true)
  if (second !== undefined) {
    throw rangeFault(`${path}.${second[0]}`, 'only one of sendSci, endStation and scb', 'leave the others out')
  }
  if (sci !== undefined && sendSci === false) {
    throw rangeFault(`${path}.sendSci`, 'an identifier of your own is sent', 'leave out sci or sendSci')
  }
  if (replayProtect === true && window === undefined) {
    throw typeFault(`${path}.window`, 'a number of packets', undefined, 'replayProtect needs a window')
  }
}

/** The options that a new MACsec link can be told to be like one: of `sendSci`, `endStation` and `scb` one, if any. */
export function macsecAgain(state: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { sendSci, ...rest } = state as MacsecOptions
  const other = rest.endStation === true || rest.scb === true
  return { ...rest, ...(other || sendSci === undefined ? {} : { sendSci }) }
}
