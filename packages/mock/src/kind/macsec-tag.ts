/** The tag of a MACsec frame, behind the MACs (IEEE 802.1AE § 9). @module */
import { ethernetHeaderSize, etherTypeAt, setEtherTypeAt, setU32At, u16At, u32At } from '@vnet/wire'

/** EtherType of MACsec. */
const macsecType = 0x88e5
/** Bits of the first octet: version, end station, identifier, single copy broadcast, encrypted, changed; and the association. */
const [versionBit, endBit, sciBit, scbBit, encryptedBit, changedBit, associationBits] = [
  0x80, 0x40, 0x20, 0x10, 8, 4, 3,
]
/** Octets of a tag behind the EtherType, and of an identifier. */
const [tagSize, sciSize] = [6, 8]
/** Octets of data from which on a tag does not tell how many. */
const leastLong = 48
const macs = 12

/** What a tag says. */
export interface MacsecTag {
  readonly association: number
  readonly isEncrypted: boolean
  readonly isChanged: boolean
  readonly endStation: boolean
  readonly scb: boolean
  /** The lower 32 bits of the number of the frame. */
  readonly packetNumber: number
  /** 16 hexadecimal digits, where it is told. */
  readonly sci: string | undefined
}

/** Octets from the beginning of a frame to its data. */
export const headerSizeOf = ({ sci }: Pick<MacsecTag, 'sci'>): number =>
  ethernetHeaderSize + tagSize + (sci === undefined ? 0 : sciSize)

/** Whether a frame has a tag. */
export const isMacsec = (octets: Uint8Array): boolean => etherTypeAt(octets, 0) === macsecType

/** The MACs of a frame and a tag. */
export function macsecHeader(frame: Uint8Array, tag: MacsecTag): Uint8Array {
  const octets = new Uint8Array(headerSizeOf(tag))
  octets.set(frame.subarray(0, macs))
  setEtherTypeAt(octets, 0, macsecType)
  const { endStation, sci, scb, isEncrypted, isChanged } = tag
  const bits: [boolean, number][] = [
    [endStation, endBit],
    [sci !== undefined, sciBit],
    [scb, scbBit],
    [isEncrypted, encryptedBit],
    [isChanged, changedBit],
  ]
  octets[ethernetHeaderSize] = bits.reduce((sum, [on, bit]) => sum | (on ? bit : 0), tag.association)
  const data = frame.length - macs
  octets[ethernetHeaderSize + 1] = data < leastLong ? data : 0
  setU32At(octets, ethernetHeaderSize + 2, tag.packetNumber)
  if (sci !== undefined) octets.set(sciOctets(sci), ethernetHeaderSize + tagSize)
  return octets
}

/** An identifier as octets. */
export const sciOctets = (sci: string): Uint8Array =>
  Uint8Array.from({ length: sciSize }, (_, i) => Number.parseInt(sci.slice(2 * i, 2 * i + 2), 16))

const hexOf = (octets: Uint8Array): string =>
  Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('')

/** The tag of a frame; `undefined` where it is cut. */
export function macsecTagAt(octets: Uint8Array): MacsecTag | undefined {
  const at = ethernetHeaderSize
  const bits = octets[at]
  const hasSci = ((bits ?? 0) & sciBit) !== 0
  if (bits === undefined || octets.length < at + tagSize + (hasSci ? sciSize : 0)) return undefined
  return {
    association: bits & associationBits,
    isEncrypted: (bits & encryptedBit) !== 0,
    isChanged: (bits & changedBit) !== 0,
    endStation: (bits & endBit) !== 0,
    scb: (bits & scbBit) !== 0,
    packetNumber: u32At(octets, at + 2),
    sci: hasSci ? hexOf(octets.subarray(at + tagSize, at + tagSize + sciSize)) : undefined,
  }
}

/** The identifier of who sent a frame; where it is not told the MAC and port 1 (`macsec_frame_sci`). */
export const sciOf = (octets: Uint8Array, { sci }: MacsecTag): string => sci ?? `${hexOf(octets.subarray(6, 12))}0001`

/** Whether a frame is whole, and its tag says nothing that cannot be (`macsec_validate_skb`). */
export function isWhole(octets: Uint8Array, tag: MacsecTag, icvLength: number, isExtended: boolean): boolean {
  const bits = u16At(octets, ethernetHeaderSize) >> 8
  if ((bits & versionBit) !== 0 || ((tag.endStation || tag.scb) && tag.sci !== undefined)) return false
  const short = octets[ethernetHeaderSize + 1] as number
  if ((short & 0xc0) !== 0 || (tag.packetNumber === 0 && !isExtended)) return false
  const data = octets.length - headerSizeOf(tag) - icvLength
  return short === 0 ? data >= leastLong : data === short
}

/** A frame of the data behind a tag. */
export function withoutMacsecTag(octets: Uint8Array, data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(macs + data.length)
  frame.set(octets.subarray(0, macs))
  frame.set(data, macs)
  return frame
}
