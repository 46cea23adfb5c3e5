/** Packets of a connection with the addresses that the other end knows (`nf_nat_packet`, `nf_nat_icmp_reply_translation`). @module */
import { checksumOf, icmpTypes, ipProtocols, pseudoSum6, setU16At } from '@vnet/wire'
import { opposite, type Part, type Tracked } from './connection.js'
import { rewrite, sumIcmp4 } from './rewrite.js'
import { icmpHeader, type WholePacket } from './track.js'
import { inverse, transportOf } from './tuple.js'

const otherPart = (part: Part): Part => (part === 'source' ? 'destination' : 'source')

/** Whether a packet's part is to be changed: what is the source of questions is the destination of answers. */
function isChanged({ connection, direction }: Tracked, part: Part): boolean {
  return connection.changed[direction === 'original' ? part : otherPart(part)]
}

/** Changes a part of a packet to what its connection says. In place; `false` where it may not pass. */
export function translate(packet: WholePacket, tracked: Tracked, part: Part): boolean {
  if (tracked.isRelated) return translateError(packet, tracked, part)
  if (isChanged(tracked, part)) rewrite(packet, part, inverse(tracked.connection[opposite(tracked.direction)]))
  return true
}

/** An ICMP error: what it quotes gets back the addresses that its sender knows, and it seems to come from where they say. */
function translateError(packet: WholePacket, tracked: Tracked, part: Part): boolean {
  const { octets, ip, end } = packet
  const transport = transportOf(octets, ip, end)
  if (transport === undefined) return false
  const { start, protocol } = transport
  const { changed } = tracked.connection
  // Another router for an address that the sender does not know is no help.
  const isRedirect = protocol === ipProtocols.icmp && octets[start] === icmpTypes.redirect
  if (isRedirect && (changed.source || changed.destination)) return false
  if (!isChanged(tracked, part)) return true
  const known = tracked.connection[opposite(tracked.direction)]
  rewrite({ octets, ip: start + icmpHeader, end }, otherPart(part), known)
  if (protocol === ipProtocols.icmp) sumIcmp4(octets, start, end)
  rewrite(packet, part, inverse(known))
  if (protocol === ipProtocols.icmpv6) {
    setU16At(octets, start + 2, 0)
    const pseudo = pseudoSum6(octets, ip, ipProtocols.icmpv6, end - start)
    setU16At(octets, start + 2, checksumOf(octets, start, end, pseudo))
  }
  return true
}
