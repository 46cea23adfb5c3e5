/** TCP and UDP in a line. @module */
import type { Tcp } from './tcp.js'
import type { TcpOption } from './tcp-option.js'
import type { Udp } from './udp.js'

/** A number in hexadecimal, with leading zeros up to `digits`. */
export function hex(value: number, digits = 1): string {
  return value.toString(16).padStart(digits, '0')
}

/** Octets of a datagram's payload. */
export function lengthOf(udp: Udp, inner: number): number {
  return udp.length === 0 ? inner : udp.length - 8
}

const flagLetters = ['F', 'S', 'R', 'P', '.', 'U', 'E', 'W', 'e']

/** A TCP header and `length` octets of payload, with absolute sequence numbers. */
export function formatTcp(tcp: Tcp, length: number): string {
  const letters = flagLetters.filter((_, bit) => (tcp.flags >>> bit) & 1).join('')
  let text = `Flags [${letters || 'none'}]`
  // A segment without data has no number of its own, unless it opens or ends the connection.
  if (length > 0) text += `, seq ${tcp.sequence}:${(tcp.sequence + length) % 0x100000000}`
  else if (tcp.flags & 0x07) text += `, seq ${tcp.sequence}`
  if (tcp.flags & 0x10) text += `, ack ${tcp.acknowledgement}`
  text += `, win ${tcp.window}`
  if (tcp.flags & 0x20) text += `, urg ${tcp.urgent}`
  if (tcp.options.length > 0) text += `, options [${tcp.options.map(formatOption).join(',')}]`
  return `${text}, length ${length}`
}

/** An option of TCP. */
export function formatOption(option: TcpOption): string {
  switch (option.kind) {
    case 'end':
      return 'eol'
    case 'nop':
      return 'nop'
    case 'mss':
      return `mss ${option.size}`
    case 'window-scale':
      return `wscale ${option.shift}`
    case 'sack-permitted':
      return 'sackOK'
    case 'sack':
      return `sack ${option.blocks.length} ${option.blocks.map(({ left, right }) => `{${left}:${right}}`).join('')}`
    case 'timestamps':
      return `TS val ${option.value} ecr ${option.echo}`
    case 'other':
      return `unknown-${option.type} 0x${Array.from(option.bytes, (octet) => hex(octet, 2)).join('')}`
  }
}
