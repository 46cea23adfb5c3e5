/** ERSPAN headers, types II and III: mirrored frames inside GRE (draft-foschiano-erspan-03 § 4). @module */
import { DecodeError } from '@vnet/core'
import { assembled, type Decoded, need, none, unsigned } from './bounds.js'
import { setU16At, setU32At, u16At, u32At } from './octets.js'

/** EtherTypes in GRE: of type II (and of type I, which has no header), and of type III. */
export const erspanProtocols = { second: 0x88be, third: 0x22eb } as const

/** Octets of the headers by their version number: 1 is type II, 2 is type III. */
const sizes: readonly (number | undefined)[] = [undefined, 8, 12]

/** Octets of the ERSPAN header at `offset`, without a subheader for platforms; `undefined` of an unknown version. */
export function erspanSizeAt(bytes: Uint8Array, offset: number): number | undefined {
  return sizes[(bytes[offset] as number) >> 4]
}

/** The session of the ERSPAN header at `offset`, 10 bits. */
export function erspanSessionAt(bytes: Uint8Array, offset: number): number {
  return u16At(bytes, offset + 2) & 0x3ff
}

/** What both types have. */
interface Common {
  readonly layer: 'erspan'
  /** VLAN of the mirrored frame, 12 bits. */
  readonly vlan: number
  /** Class of service of the frame, 3 bits. */
  readonly serviceClass: number
  /** Type II: how the frame was tagged, 3 is that it has its tag. Type III: 1 short, 2 oversized, 3 bad. 2 bits. */
  readonly encapsulation: number
  /** Whether the frame is not whole. */
  readonly truncated: boolean
  /** Session of mirroring, 10 bits. */
  readonly session: number
}

/** A header of type II. */
export interface Erspan2 extends Common {
  /** Its number in the header. */
  readonly version: 1
  /** Port that was mirrored, 20 bits. */
  readonly index: number
  /** Twelve bits before it that must be zero. */
  readonly reserved: number
}

/** A header of type III. */
export interface Erspan3 extends Common {
  /** Its number in the header. */
  readonly version: 2
  /** When the frame was seen, in units that `granularity` tells, 32 bits. */
  readonly timestamp: number
  /** Security group, 16 bits. */
  readonly securityGroup: number
  /** Whether the payload is an Ethernet frame. */
  readonly ethernet: boolean
  /** Kind of the payload, 5 bits: 0 Ethernet, 2 IP. */
  readonly frameType: number
  /** Number of the mirroring engine, 6 bits. */
  readonly hardware: number
  /** 0 for frames that came in, 1 for those that went out. */
  readonly direction: 0 | 1
  /** Unit of `timestamp`, 2 bits: 0 is 100 µs. */
  readonly granularity: number
  /** Whether a subheader of the platform follows, which stays part of the payload. */
  readonly subheader: boolean
}

/** An ERSPAN header. */
export type Erspan = Erspan2 | Erspan3

type Spec<Value extends Erspan, Given extends keyof Value> = Pick<Value, Given> & Partial<Omit<Value, Given | 'layer'>>

/** An ERSPAN header to encode; absent is zero, and the payload of type III Ethernet. */
export type ErspanSpec = Spec<Erspan2, 'version' | 'session'> | Spec<Erspan3, 'version' | 'session'>

/** Decodes an ERSPAN header. @throws DecodeError another version, or fewer octets than it has */
export function decodeErspan(bytes: Uint8Array, start = 0, end = bytes.length): Decoded<Erspan> {
  need(bytes, start, end, 4, 'erspan')
  const size = erspanSizeAt(bytes, start)
  if (size === undefined) throw new DecodeError('erspan', start, `version ${(bytes[start] as number) >> 4}`)
  need(bytes, start, end, size, 'erspan')
  const word = u16At(bytes, start + 2)
  const common = {
    layer: 'erspan',
    vlan: u16At(bytes, start) & 0xfff,
    serviceClass: word >>> 13,
    encapsulation: (word >>> 11) & 3,
    truncated: (word & 0x400) !== 0,
    session: erspanSessionAt(bytes, start),
  } as const
  if (size === 8) {
    const last = u32At(bytes, start + 4)
    return {
      value: { ...common, version: 1, index: last & 0xfffff, reserved: last >>> 20 },
      start: start + size,
      end,
    }
  }
  const flags = u16At(bytes, start + 10)
  const value: Erspan3 = {
    ...common,
    version: 2,
    timestamp: u32At(bytes, start + 4),
    securityGroup: u16At(bytes, start + 8),
    ethernet: (flags & 0x8000) !== 0,
    frameType: (flags >>> 10) & 0x1f,
    hardware: (flags >>> 4) & 0x3f,
    direction: (flags & 8) === 0 ? 0 : 1,
    granularity: (flags >>> 1) & 3,
    subheader: (flags & 1) !== 0,
  }
  return { value, start: start + size, end }
}

/** Octets of an ERSPAN header: 8 of type II, 12 of type III. */
export function sizeOfErspan({ version }: Pick<ErspanSpec, 'version'>): number {
  return sizes[version] as number
}

/** Writes an ERSPAN header at `at`. @throws RangeError a number that does not fit */
export function writeErspan(spec: ErspanSpec, bytes: Uint8Array, at: number): void {
  setU16At(bytes, at, (spec.version << 12) | unsigned(spec.vlan ?? 0, 12, 'erspan.vlan'))
  const serviceClass = unsigned(spec.serviceClass ?? 0, 3, 'erspan.serviceClass')
  const encapsulation = unsigned(spec.encapsulation ?? 0, 2, 'erspan.encapsulation')
  const session = unsigned(spec.session, 10, 'erspan.session')
  setU16At(bytes, at + 2, (serviceClass << 13) | (encapsulation << 11) | (spec.truncated ? 0x400 : 0) | session)
  if (spec.version === 1) {
    const reserved = unsigned(spec.reserved ?? 0, 12, 'erspan.reserved')
    setU32At(bytes, at + 4, ((reserved << 20) | unsigned(spec.index ?? 0, 20, 'erspan.index')) >>> 0)
    return
  }
  setU32At(bytes, at + 4, unsigned(spec.timestamp ?? 0, 32, 'erspan.timestamp'))
  setU16At(bytes, at + 8, unsigned(spec.securityGroup ?? 0, 16, 'erspan.securityGroup'))
  setU16At(
    bytes,
    at + 10,
    ((spec.ethernet ?? true) ? 0x8000 : 0) |
      (unsigned(spec.frameType ?? 0, 5, 'erspan.frameType') << 10) |
      (unsigned(spec.hardware ?? 0, 6, 'erspan.hardware') << 4) |
      (unsigned(spec.direction ?? 0, 1, 'erspan.direction') << 3) |
      (unsigned(spec.granularity ?? 0, 2, 'erspan.granularity') << 1) |
      (spec.subheader ? 1 : 0),
  )
}

/** Encodes an ERSPAN header and the frame behind it. @throws RangeError a number that does not fit */
export function encodeErspan(spec: ErspanSpec, payload: Uint8Array = none()): Uint8Array {
  return assembled(sizeOfErspan(spec), payload, undefined, (bytes, at) => writeErspan(spec, bytes, at))
}
