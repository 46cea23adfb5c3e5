/** Frames of the Link Aggregation Control Protocol, and of its markers (IEEE 802.1AX § 6.4.2.3, § 6.5.3.3). @module */
import {
  ethernetHeaderSize,
  etherTypeAt,
  macAt,
  macToNumber,
  setEtherTypeAt,
  setMacAt,
  setU16At,
  u16At,
} from '@vnet/wire'

/** Group of the protocol, and EtherType of slow protocols. */
export const lacpMac = '01:80:c2:00:00:02'
export const slowProtocols = 0x8809
/** Subtypes. */
const [lacp, marker] = [1, 2]
/** Octets of a frame, of what tells an end, and of the collector's. */
const [frameSize, endSize, collectorSize] = [124, 20, 16]
const version = 1
/** Where this end is told, and the other. */
const [actorAt, partnerAt, collectorAt] = [ethernetHeaderSize + 2, ethernetHeaderSize + 22, ethernetHeaderSize + 42]

/** Bits of a port's state. */
export const lacpState = {
  active: 1,
  fast: 2,
  aggregation: 4,
  synchronization: 8,
  collecting: 16,
  distributing: 32,
  defaulted: 64,
  expired: 128,
} as const

/** One end of a link, as it is told. */
export interface LacpEnd {
  systemPriority: number
  /** MAC as a number. */
  system: number
  key: number
  portPriority: number
  port: number
  state: number
}

/** What a frame tells: its sender, and whom that takes for its partner. */
export interface LacpFrame {
  readonly actor: LacpEnd
  readonly partner: LacpEnd
}

/** A frame. */
export function encodeLacp(source: string, { actor, partner }: LacpFrame): Uint8Array {
  const octets = new Uint8Array(frameSize)
  setMacAt(octets, 0, macToNumber(lacpMac))
  setMacAt(octets, 6, macToNumber(source))
  setEtherTypeAt(octets, 0, slowProtocols)
  octets.set([lacp, version], ethernetHeaderSize)
  writeEnd(octets, actorAt, 1, actor)
  writeEnd(octets, partnerAt, 2, partner)
  octets.set([3, collectorSize], collectorAt)
  return octets
}

function writeEnd(octets: Uint8Array, at: number, type: number, end: LacpEnd): void {
  octets.set([type, endSize], at)
  setU16At(octets, at + 2, end.systemPriority)
  setMacAt(octets, at + 4, end.system)
  setU16At(octets, at + 10, end.key)
  setU16At(octets, at + 12, end.portPriority)
  setU16At(octets, at + 14, end.port)
  octets[at + 16] = end.state
}

const endAt = (octets: Uint8Array, at: number): LacpEnd => ({
  systemPriority: u16At(octets, at + 2),
  system: macAt(octets, at + 4),
  key: u16At(octets, at + 10),
  portPriority: u16At(octets, at + 12),
  port: u16At(octets, at + 14),
  state: octets[at + 16] as number,
})

/** What a frame tells; `undefined` where it is none of the protocol. */
export function decodeLacp(octets: Uint8Array): LacpFrame | undefined {
  if (etherTypeAt(octets, 0) !== slowProtocols || octets[ethernetHeaderSize] !== lacp) return undefined
  return octets.length < frameSize ? undefined : { actor: endAt(octets, actorAt), partner: endAt(octets, partnerAt) }
}

/** The answer to a marker, by which a partner sees that all frames before it have arrived; `undefined` for other frames. */
export function answerMarker(source: string, octets: Uint8Array): Uint8Array | undefined {
  const isMarker = etherTypeAt(octets, 0) === slowProtocols && octets[ethernetHeaderSize] === marker
  if (!isMarker || octets.length < frameSize || octets[ethernetHeaderSize + 2] !== 1) return undefined
  const answer = octets.slice()
  setMacAt(answer, 0, macToNumber(lacpMac))
  setMacAt(answer, 6, macToNumber(source))
  answer[ethernetHeaderSize + 2] = 2
  return answer
}
