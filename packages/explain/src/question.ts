/** What is asked, and what makes no question. @module */
import { type ArgumentError, parseIp, wrongArgument } from '@vnet/core'
import type { Place } from './reading.js'

/** What every question has. */
export interface Question {
  /** The namespaces that the packet may pass; what is not among them is not seen. */
  readonly places: readonly Place[]
  /** The name, among `places`, of the one that sends. */
  readonly from: string
  /** The address that is asked; IPv4 or IPv6. */
  readonly to: string
  /** Hop limit, 1–255; default 64. */
  readonly hops?: number
}

/** A ping. */
export interface PingQuestion extends Question {
  /** Octets after the ICMP header, 0–65,507; default 56, as `ping` has it. */
  readonly size?: number
}

/** A connection of TCP. */
export interface TcpQuestion extends Question {
  /** The port that is asked, 1–65,535. */
  readonly port: number
  /** The port that it is sent from, 1–65,535; default 49,152, in the place of the one that the kernel would choose. */
  readonly sourcePort?: number
}

/** A datagram of UDP. */
export interface UdpQuestion extends TcpQuestion {
  /** Octets after the UDP header, 0–65,507; default 0. The answer is taken to be as long. */
  readonly size?: number
}

/** The port that is sent from unless another is given: the first of those that are nobody's (RFC 6335 § 6). */
export const usualPort = 49_152

/** Refuses what makes no question; the octets of the address that is asked. */
export function check(operation: string, question: Partial<UdpQuestion> & Question): Uint8Array {
  const { places, from, to, size = 0, hops = 64, port = usualPort, sourcePort = usualPort } = question
  const refused = (attribute: string, problem: string, hint: string): ArgumentError =>
    wrongArgument('VNET_RANGE', operation, attribute, problem, hint)
  const inRange = (attribute: string, value: number, least: number, most: number): void => {
    if (!Number.isInteger(value) || value < least || value > most)
      throw refused(attribute, `${value} is out of range`, `give a whole number from ${least} to ${most}`)
  }
  const names = places.map(({ name }) => name)
  if (!names.includes(from)) throw refused('from', `${from} is none of the places`, `there are: ${names.join(', ')}`)
  const octets = parseIp(to)
  if (octets === undefined) throw refused('to', `${to} is no IP address`, 'give one such as 10.0.0.2 or 2001:db8::2')
  inRange('size', size, 0, 65_507)
  inRange('hops', hops, 1, 255)
  inRange('port', port, 1, 65_535)
  inRange('sourcePort', sourcePort, 1, 65_535)
  return octets
}
