/** Checks of what a session of PPPoE is opened with. @module */
import { named } from '../argument.js'
import type { PppoeOptions, PppoeSpec } from '../pppoe.js'
import { objectOf } from './object.js'
import { linkRef, unicastMac, wholeNumber } from './scalar.js'

/** 0 is none, and 65,535 is reserved (RFC 2516 § 4). */
const fields = { link: linkRef, session: wholeNumber(1, 0xfffe), mac: unicastMac }

const options = objectOf(fields, ['link', 'session', 'mac'])

/** What a driver receives of what a user wrote. */
export function pppoeSpec(given: PppoeOptions): PppoeSpec {
  const link = (given as { link?: unknown } | null | undefined)?.link
  return named('pppoe open', link, () => options(given, 'options') as unknown as PppoeSpec)
}
