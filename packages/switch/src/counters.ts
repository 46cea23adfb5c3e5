/** What passed a port of the switch and what did not, by cause. @module */

/** Why a frame that came in at a port was dropped there. The index is that of the counter. */
export const inboundCauses = [
  /** Shorter than its header, or cut inside its tag. */
  'malformed',
  /** The source is a group, zero, or the switch's own address. */
  'badSource',
  /** To `01:80:c2:00:00:0x`, which bridges keep to a link (IEEE 802.1D-2004 § 7.12.6). */
  'reserved',
  /** The port is down, or the spanning tree has it discarding or learning. */
  'blocked',
  /** Not in the port's list of allowed sources, or in that of denied ones. */
  'notAllowed',
  /** Of a VLAN that the port does not belong to, or without a tag where it must have one. */
  'vlan',
  /** Too many frames of its sort, see `storm`. */
  'storm',
  /** The destination is where the frame came from. */
  'samePort',
  /** No port was left to go to: isolated, blocked, of other VLANs, or switched off for floods. */
  'nowhere',
  /** A sticky or static entry says that the source belongs to another port. */
  'moved',
] as const

/** Why a frame was dropped that was to leave by a port. */
export const outboundCauses = [
  /** Longer than the port's MTU and header. */
  'tooLong',
  /** The queue was full (counted by what writes, see {@link Switch.dropped}). */
  'queueFull',
] as const

/** A cause of a drop on the way in. */
export type InboundCause = (typeof inboundCauses)[number]
/** A cause of a drop on the way out. */
export type OutboundCause = (typeof outboundCauses)[number]

/** Counters of a port since it was added. */
export interface SwitchCounters {
  /** Frames that came in, dropped ones and BPDUs included. */
  readonly inFrames: number
  /** Octets of them. */
  readonly inOctets: number
  /** Frames that were handed over for sending, without BPDUs. */
  readonly outFrames: number
  /** Octets of them. */
  readonly outOctets: number
  /** Frames that came in and went to more ports than one, or would have. */
  readonly flooded: number
  /** BPDUs that were heard. */
  readonly inBpdus: number
  /** BPDUs that were sent. */
  readonly outBpdus: number
  /** Frames dropped, by cause. */
  readonly dropped: Readonly<Record<InboundCause | OutboundCause, number>>
}

/** Counters in place: numbers that are added to without allocation. */
export class CounterCells {
  /** Drops on the way in, in the order of {@link inboundCauses}. */
  readonly inbound = new Float64Array(inboundCauses.length)
  /** Drops on the way out, in the order of {@link outboundCauses}. */
  readonly outbound = new Float64Array(outboundCauses.length)
  /** Frames in, octets in, frames out, octets out, flooded, BPDUs in, BPDUs out. */
  readonly passed = new Float64Array(7)

  /** The counters as a value. */
  value(): SwitchCounters {
    const [inFrames = 0, inOctets = 0, outFrames = 0, outOctets = 0, flooded = 0, inBpdus = 0, outBpdus = 0] =
      this.passed
    const dropped = Object.fromEntries([
      ...inboundCauses.map((cause, i) => [cause, this.inbound[i]]),
      ...outboundCauses.map((cause, i) => [cause, this.outbound[i]]),
    ])
    return { inFrames, inOctets, outFrames, outOctets, flooded, inBpdus, outBpdus, dropped }
  }
}
