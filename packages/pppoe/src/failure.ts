/** Ends of connections as errors: with the kernel's code for it, and what to do. @module */
import { type ErrorCode, VnetError } from '@vnet/core'
import type { PppoeEnd } from './client.js'
import { printable } from './text.js'

const causes: Readonly<Record<PppoeEnd['cause'], readonly [code: ErrorCode, hint: string]>> = {
  closed: ['VNET_CLOSED', 'connect again'],
  'no-offer': [
    'ETIMEDOUT',
    'check the cable and the modem, whether the provider wants a VLAN (a link of kind vlan), and the service and name asked for',
  ],
  refused: [
    'ECONNREFUSED',
    'the concentrator takes no session now, or not for this service: ask for another, or later',
  ],
  authentication: ['EACCES', 'check user and password; some providers want the realm with the user: user@provider'],
  'no-agreement': [
    'EPROTO',
    'the two sides want what contradicts: leave out the address, or the methods, that were asked for',
  ],
  'no-answer': ['ETIMEDOUT', 'the other side fell silent while the session was made: try again'],
  silent: ['ETIMEDOUT', 'the other side, or the way to it, is gone: connect again'],
  'protocol-rejected': ['EPROTONOSUPPORT', 'the other side has neither IPv4 nor IPv6 as it was asked for'],
  terminated: ['ECONNRESET', 'the other side ended the session; its reason, if it gave one, is in the message'],
}

/**
 * The error of an end: `EACCES` for a wrong password, `ETIMEDOUT` where nobody answers (any more), `ECONNRESET` where the other
 * side ended it, and so on, with what was said in `detail`.
 */
export function endError(end: PppoeEnd, operation: string, subject: string): VnetError {
  const [code, hint] = causes[end.cause]
  return new VnetError({ code, operation, subject, detail: printable(end.text), hint })
}
