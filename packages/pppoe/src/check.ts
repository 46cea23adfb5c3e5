/** Checks of what is given: wrong values are refused before anything is done, with what to do. @module */
import { formatMac, parseIp, parseMac, wrongArgument } from '@vnet/core'
import type { AuthenticationMethod } from './authentication.js'
import type { KeepAlive } from './lcp.js'
import type { AutomatonLimits } from './negotiation.js'

const operation = 'pppoe'

/** The MAC address as text in the one form that is compared. @throws TypeError text that is none */
export function macText(mac: string, attribute: string): string {
  const octets = parseMac(mac)
  if (octets !== undefined) return formatMac(octets)
  const problem = `${JSON.stringify(mac)} is not a MAC address`
  throw wrongArgument('VNET_TYPE', operation, attribute, problem, 'such as 02:00:00:00:00:01')
}

/** The octets of an IPv4 address. @throws TypeError text that is none */
export function ipv4Octets(address: string, attribute: string): Uint8Array {
  const octets = parseIp(address)
  if (octets?.length === 4) return octets
  const problem = `${JSON.stringify(address)} is not an IPv4 address`
  throw wrongArgument('VNET_TYPE', operation, attribute, problem, 'such as 10.0.0.1')
}

/** A whole number of a range. @throws RangeError another */
export function wholeOf(value: number, least: number, most: number, attribute: string): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  const problem = `${value} is not a whole number of ${least}–${most}`
  throw wrongArgument('VNET_RANGE', operation, attribute, problem, `choose one from ${least} to ${most}`)
}

/** A time that must pass, seconds. @throws RangeError one of 0 or less */
export function timeOf(seconds: number, attribute: string): number {
  if (seconds > 0 && seconds < Number.POSITIVE_INFINITY) return seconds
  throw wrongArgument('VNET_RANGE', operation, attribute, `${seconds} is no time to wait`, 'give seconds above 0')
}

/** Times and limits of PPP. @throws RangeError no time to wait, or no whole number of times */
export function checkTimes({ interval, failures }: KeepAlive, limits: AutomatonLimits): void {
  if (interval !== 0) timeOf(interval, 'keepAlive.interval')
  wholeOf(failures, 1, 1000, 'keepAlive.failures')
  timeOf(limits.restart, 'limits.restart')
  for (const name of ['maxConfigure', 'maxTerminate', 'maxFailure'] as const) {
    wholeOf(limits[name], 1, 1000, `limits.${name}`)
  }
}

/** Methods of authentication, at least one: none would let in everybody. @throws RangeError none, or one that is not known */
export function checkMethods(methods: readonly AuthenticationMethod[]): void {
  if (methods.length > 0 && methods.every((method) => method === 'pap' || method === 'chap-md5')) return
  const problem = `${JSON.stringify(methods)} are no methods`
  throw wrongArgument('VNET_RANGE', operation, 'methods', problem, 'choose chap-md5, pap, or both')
}

/** What belongs together is there. @throws RangeError it is not */
export function checkGiven(isThere: boolean, attribute: string, problem: string, hint: string): void {
  if (!isThere) throw wrongArgument('VNET_RANGE', operation, attribute, problem, hint)
}

/** Text of at most so many octets of UTF-8. @throws RangeError longer text */
export function textOf(text: string, most: number, attribute: string): string {
  const size = new TextEncoder().encode(text).length
  if (size <= most) return text
  throw wrongArgument('VNET_RANGE', operation, attribute, `${size} octets, at most ${most} fit`, 'make it shorter')
}
