/** Ends of a conversation: an address, and a port where there are ports. @module */
import type { Packet } from './frame.js'

/** One end. */
export interface End {
  readonly address: string
  /** Absent of what has no ports. */
  readonly port?: number
}

/** Both ends of a packet. */
export function endsOf({ from, to, ports }: Packet): { readonly from: End; readonly to: End } {
  if (ports === undefined) return { from: { address: from }, to: { address: to } }
  return { from: { address: from, port: ports.from }, to: { address: to, port: ports.to } }
}

/** The packet with other ends. */
export function between(packet: Packet, from: End, to: End): Packet {
  const { from: source = 0, to: destination = 0 } = packet.ports ?? {}
  const ports = packet.ports && { from: from.port ?? source, to: to.port ?? destination }
  return { ...packet, from: from.address, to: to.address, ...(ports && { ports }) }
}

/** Whether two are one. */
export const isSame = (one: End, other: End): boolean => one.address === other.address && one.port === other.port

/** `10.0.0.2`, `10.0.0.2 port 53`. */
export const endText = ({ address, port }: End): string => (port === undefined ? address : `${address} port ${port}`)
