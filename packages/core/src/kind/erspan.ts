/** ERSPAN: mirrored frames in GRE (draft-foschiano-erspan-03; `linux/if_tunnel.h`, `IFLA_GRE_ERSPAN_*`). @module */
import { rangeFault, typeFault } from '../argument.js'
import { choice, type Field, integer, type Told } from '../field.js'
import { checkGre, checkIp6gre, type GreOptions, greFields, type Ip6greOptions, ip6greFields } from './gre.js'

/** What of the ERSPAN header is chosen. */
export interface ErspanHeaderOptions {
  /** Version of the header: 1 (type II) unless told otherwise, 2 (type III), 0 (type I, without a header). */
  readonly erspanVersion?: 0 | 1 | 2
  /** Version 1: index of the mirrored port, 0–1048575. */
  readonly erspanIndex?: number
  /** Version 2: which way the mirrored frames went. */
  readonly erspanDir?: 'ingress' | 'egress'
  /** Version 2: identifier of the mirroring engine, 0–63. */
  readonly erspanHwid?: number
}

/** Settable options of an ERSPAN over IPv4, as `ip link add type erspan seq key 7 local … remote …`. The key is the session, 0–1023. */
export interface ErspanOptions extends GreOptions, ErspanHeaderOptions {}
/** Settable options of an ERSPAN over IPv6 (`ip6erspan`). The key is the session, 0–1023; there is no version 0. */
export interface Ip6erspanOptions extends Ip6greOptions, ErspanHeaderOptions {}

/** State of an erspan link. `link` is an index. */
export type ErspanState = Told<ErspanOptions>
/** State of an ip6erspan link. `link` is an index. */
export type Ip6erspanState = Told<Ip6erspanOptions>

const erspanHeaderFields: Readonly<Record<keyof ErspanHeaderOptions, Field>> = {
  erspanVersion: integer(0, 2, 'version of the ERSPAN header'),
  erspanIndex: integer(0, 0xfffff, 'version 1: index of the mirrored port'),
  erspanDir: choice(['ingress', 'egress'], 'version 2: which way the mirrored frames went'),
  erspanHwid: integer(0, 63, 'version 2: identifier of the mirroring engine'),
}

/** What each option of an erspan takes. */
export const erspanFields: Readonly<Record<keyof ErspanOptions, Field>> = { ...greFields, ...erspanHeaderFields }
/** What each option of an ip6erspan takes. */
export const ip6erspanFields: Readonly<Record<keyof Ip6erspanOptions, Field>> = {
  ...ip6greFields,
  ...erspanHeaderFields,
}

type Options = Readonly<Record<string, unknown>>

/** Refuses options of an erspan that contradict each other. */
export function checkErspan(options: Options, path: string, making: boolean): void {
  checkGre(options, path, making)
  checkHeader(options, path, making)
}

/** Refuses options of an ip6erspan that contradict each other. */
export function checkIp6erspan(options: Options, path: string, making: boolean): void {
  checkIp6gre(options, path, making)
  if (options.erspanVersion === 0) {
    throw rangeFault(`${path}.erspanVersion`, 'there is no version 0 over IPv6', 'give 1 or 2')
  }
  checkHeader(options, path, making)
}

/** Which version has which part of the header. */
const versions: Readonly<Record<string, number>> = { erspanIndex: 1, erspanDir: 2, erspanHwid: 2 }

function checkHeader(options: Options, path: string, making: boolean): void {
  const version = options.erspanVersion ?? (making ? 1 : undefined)
  for (const [name, needed] of Object.entries(versions)) {
    if (options[name] === undefined || version === undefined || version === needed) continue
    throw rangeFault(`${path}.${name}`, `is part of version ${needed}`, `give erspanVersion: ${needed} as well`)
  }
  for (const name of ['ikey', 'okey']) {
    const key = options[name]
    if (version !== 0 && typeof key === 'number' && key > 1023) {
      throw rangeFault(`${path}.${name}`, `the session ${key} has more than 10 bits`, 'give a key of 0 to 1023')
    }
    if (making && version !== 0 && options.external !== true && key === undefined) {
      throw typeFault(`${path}.${name}`, 'a session', undefined, 'give ikey and okey, 0 to 1023')
    }
  }
  for (const name of ['icsum', 'ocsum']) {
    if (version === 0 || options[name] !== true) continue
    throw rangeFault(`${path}.${name}`, 'ERSPAN has no checksum', `leave out ${name}`)
  }
  for (const name of ['iseq', 'oseq']) {
    if (version === 0 || options[name] !== false) continue
    throw rangeFault(`${path}.${name}`, 'ERSPAN numbers its packets always', `leave out ${name}`)
  }
}
