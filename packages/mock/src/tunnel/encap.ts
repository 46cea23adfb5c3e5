/** Tunnels wrapped in UDP: foo over UDP, and generic UDP encapsulation (`net/ipv4/fou_core.c`; draft-ietf-intarea-gue). @module */
import { ipProtocols } from '@vnet/wire'
import type { TunnelSettings } from '../kind/tunnel-option.js'
import { datagramOf } from './udp.js'

/** Octets of a GUE header without optional fields. */
const gueHeaderSize = 4

/** What lies behind the outer IP header, and its protocol. */
export interface Wrapped {
  readonly protocol: number
  readonly payload: Uint8Array
}

/** Puts a UDP header, and one of GUE, around the payload of a tunnel that is to be wrapped. `port` gives one for the flow. */
export function encapsulated(
  options: TunnelSettings,
  protocol: number,
  payload: Uint8Array,
  { source: from, destination: to, port }: { source: Uint8Array; destination: Uint8Array; port: () => number },
): Wrapped {
  const { encap, encapSport, encapDport, encapCsum, encapCsum6 } = options as {
    encap?: string
    encapSport?: number
    encapDport?: number
    encapCsum?: boolean
    encapCsum6?: boolean
  }
  if (encap !== 'fou' && encap !== 'gue') return { protocol, payload }
  let inside = payload
  if (encap === 'gue') {
    // Version 0, a packet of data, no fields: only the protocol of what follows.
    inside = new Uint8Array(gueHeaderSize + payload.length)
    inside[1] = protocol
    inside.set(payload, gueHeaderSize)
  }
  const isSummed = to.length === 4 ? encapCsum === true : encapCsum6 === true
  const datagram = { sourcePort: encapSport || port(), port: encapDport ?? 0, isSummed, payload: inside }
  const udp = datagramOf(datagram, from, to)
  return { protocol: ipProtocols.udp, payload: udp }
}
