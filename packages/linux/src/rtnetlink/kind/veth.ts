/** veth pairs: the other end as a link message inside the message (`linux/veth.h`; `drivers/net/veth.c`). @module */
import type { CleanLinkSpec, NamespaceRef, VethPeer } from '@vnet/core'
import { attributes, custom } from '../../netlink/attribute.js'
import type { MessageWriter } from '../../netlink/writer.js'
import type { EncodeContext } from '../codec.js'
import { ifinfomsg } from '../link-attributes.js'
import { writeLinkHeader, writeLinkSettings } from '../link-settings.js'

/** Attributes of a veth in `IFLA_INFO_DATA`. The peer is `struct ifinfomsg` with link attributes behind it. */
export const vethAttributes = attributes({
  peer: custom<never>(
    1,
    'VETH_INFO_PEER',
    'struct',
    ifinfomsg.size,
    () => {},
    () => undefined as never,
  ),
})

type Peer = VethPeer<Uint8Array, NamespaceRef>

/** Appends the peer of a new veth; without one the kernel makes a peer with a name of its own choice. */
export function writePeer(to: MessageWriter, peer: Peer, context: EncodeContext): void {
  // Its content begins with a struct, so it is no nest although it holds attributes.
  const at = to.nestPlain(vethAttributes.peer.type)
  writeLinkHeader(to, peer, peer.index ?? 0)
  // An alias cannot be chosen here: the kernel takes it only from a change (see split.ts).
  writeLinkSettings(to, peer, context)
  to.endNest(at)
}

/** The peer that a specification tells of, where it is one of a veth. */
export const peerOf = (spec: CleanLinkSpec): Peer | undefined =>
  spec.kind === 'veth' && 'peer' in spec ? spec.peer : undefined
