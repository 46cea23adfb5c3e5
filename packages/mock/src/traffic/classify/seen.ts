/** A frame as filters see it: its tag lies beside it, as the kernel keeps it (`skb_vlan_untag`). @module */
import {
  ethernetHeaderSize,
  etherTypeAt,
  etherTypes,
  isTaggedAt,
  leastEtherType,
  vlanIdAt,
  vlanPriorityAt,
  vlanTagSize,
} from '@vnet/wire'
import type { Frame } from '../../stack/frame.js'
import { type PacketTypeNumber, packetType } from '../../stack/packet-type.js'

/** Octets of the two MACs. */
const macs = 12
/** What the kernel calls frames with a length in place of the EtherType (`ETH_P_802_2`). */
const llc = 0x0004

/** A frame that filters look at. */
export class Seen {
  readonly frame: Frame
  readonly isEthernet: boolean
  /** Whether it has a tag. */
  readonly isTagged: boolean
  /** Whether it came in, and is to go on from there. */
  readonly isIncoming: boolean
  /** For whom it is. */
  readonly type: PacketTypeNumber
  /** The class that the last filter which matched names. */
  classId = 0

  constructor(frame: Frame, isEthernet: boolean, isIncoming: boolean, type: PacketTypeNumber = packetType.host) {
    this.frame = frame
    this.isEthernet = isEthernet
    this.isTagged = isEthernet && isTaggedAt(frame.octets, 0)
    this.isIncoming = isIncoming
    this.type = type
  }

  get #tag(): number {
    return this.isTagged ? vlanTagSize : 0
  }

  /** Octets that it counts as: of one that came in, the link-layer header is none of them. */
  get length(): number {
    return this.whole - (this.isIncoming ? this.network : 0)
  }

  /** Octets with the link-layer header, and without the tag. */
  get whole(): number {
    return this.frame.octets.length - this.#tag
  }

  /** Where the network header begins in a frame without a tag. */
  get network(): number {
    return this.isEthernet ? ethernetHeaderSize : 0
  }

  /** The protocol, by which filters are chosen: that of the tag where there is one. */
  get protocol(): number {
    return this.isTagged ? etherTypeAt(this.frame.octets, 0) : this.innerProtocol
  }

  /** The protocol behind a tag. */
  get innerProtocol(): number {
    const { octets } = this.frame
    if (!this.isEthernet) return (octets[0] as number) >> 4 === 6 ? etherTypes.ipv6 : etherTypes.ipv4
    const type = etherTypeAt(octets, this.#tag)
    return type < leastEtherType ? llc : type
  }

  /** The VLAN of the tag. */
  get vlan(): number | undefined {
    return this.isTagged ? vlanIdAt(this.frame.octets, 0) : undefined
  }

  /** The priority in the tag. */
  get vlanPriority(): number | undefined {
    return this.isTagged ? vlanPriorityAt(this.frame.octets, 0) : undefined
  }

  /** An octet, counted from the network header as if there were no tag; 0 before the frame, `undefined` behind it. */
  octetAt(offset: number): number | undefined {
    const at = this.network + offset
    if (at < 0) return 0
    return this.frame.octets[at < macs || !this.isTagged ? at : at + vlanTagSize]
  }

  /** 32 bits; `undefined` where the frame ends before. */
  wordAt(offset: number): number | undefined {
    const last = this.octetAt(offset + 3)
    if (last === undefined) return undefined
    const [a, b, c] = [this.octetAt(offset), this.octetAt(offset + 1), this.octetAt(offset + 2)]
    return (((a as number) << 24) | ((b as number) << 16) | ((c as number) << 8) | last) >>> 0
  }
}
