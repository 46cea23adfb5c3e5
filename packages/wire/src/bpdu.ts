/** BPDUs of STP and RSTP (IEEE 802.1D-2004 § 9). Times are seconds, on the wire in units of 1/256 s. @module */
import { DecodeError } from '@vnet/core'
import { assembled, copyOf, macTextAt, need, none, setMac, unsigned } from './bounds.js'
import { setU16At, setU32At, u16At, u32At } from './octets.js'

/** Where bridges send BPDUs to: `01:80:c2:00:00:00`. */
export const bridgeGroupMac = '01:80:c2:00:00:00'

/** Types of BPDUs by name. */
export const bpduTypes = { configuration: 0x00, rapid: 0x02, topologyChange: 0x80 } as const

/** A bridge's name in the protocol; the lower one wins: first `priority`, then `mac`. */
export interface BridgeId {
  /** Priority with the system's extension in the lower 12 bits, 0–65535; usually 32768. */
  readonly priority: number
  /** MAC address of the bridge. Texts compare as the addresses do. */
  readonly mac: string
}

/** Role of the sending port, in the flags of RSTP (IEEE 802.1D-2004 § 9.3.3). */
export type PortRole = 'unknown' | 'alternate-or-backup' | 'root' | 'designated'

/** Tells that the topology changed: version 0, type 0x80. */
export interface TopologyChangeBpdu {
  readonly layer: 'bpdu'
  readonly kind: 'topology-change'
  /** Version of the protocol, 0. */
  readonly version: number
  /** Octets behind what is known. */
  readonly rest?: Uint8Array
}

/** A configuration (type 0x00, STP) or a rapid BPDU (type 0x02, RSTP and, with more behind it, MSTP). */
export interface ConfigurationBpdu {
  readonly layer: 'bpdu'
  readonly kind: 'configuration' | 'rapid'
  /** Version of the protocol: 0 STP, 2 RSTP, 3 MSTP. */
  readonly version: number
  /** Whether the topology changed. */
  readonly topologyChange: boolean
  /** Whether a change that was told is known. */
  readonly topologyChangeAcknowledged: boolean
  /** Whether the sender wants to forward at once (RSTP). */
  readonly proposal: boolean
  /** Whether the sender agrees to a proposal (RSTP). */
  readonly agreement: boolean
  /** Whether the sending port learns (RSTP). */
  readonly learning: boolean
  /** Whether the sending port forwards (RSTP). */
  readonly forwarding: boolean
  /** Role of the sending port (RSTP). */
  readonly role: PortRole
  /** The bridge that the sender takes for the root. */
  readonly root: BridgeId
  /** Cost of the sender's way to the root, 32 bits. */
  readonly rootPathCost: number
  /** The sender. */
  readonly bridge: BridgeId
  /** Priority and number of the sending port, 16 bits. */
  readonly port: number
  /** Age of what is told, seconds; 1 is added at each bridge. */
  readonly messageAge: number
  /** When to forget it, seconds; usually 20. */
  readonly maxAge: number
  /** Time between two BPDUs of the root, seconds; usually 2. */
  readonly helloTime: number
  /** Time in each of the states listening and learning, seconds; usually 15. */
  readonly forwardDelay: number
  /** Length of what version 1 has, an octet of rapid BPDUs that is 0; told only where it is not. */
  readonly version1Length?: number
  /** Octets behind what is known: what MSTP adds. */
  readonly rest?: Uint8Array
}

/** A BPDU. */
export type Bpdu = TopologyChangeBpdu | ConfigurationBpdu

type Absent =
  | 'version'
  | 'topologyChange'
  | 'topologyChangeAcknowledged'
  | 'proposal'
  | 'agreement'
  | 'learning'
  | 'forwarding'
  | 'role'

/** A BPDU to encode. Absent flags are not set; `version` is 2 for a rapid BPDU, else 0. */
export type BpduSpec =
  | (Omit<TopologyChangeBpdu, 'layer' | 'version'> & { readonly version?: number })
  | (Omit<ConfigurationBpdu, 'layer' | Absent> & Partial<Pick<ConfigurationBpdu, Absent>>)

const roles: readonly PortRole[] = ['unknown', 'alternate-or-backup', 'root', 'designated']
const configurationSize = 35
const rapidSize = 36

/** Whether a BPDU of a known type begins at `offset`: protocol 0, and a type of {@link bpduTypes}. */
export function isBpduAt(bytes: Uint8Array, offset: number): boolean {
  const type = bytes[offset + 3]
  return u16At(bytes, offset) === 0 && (type === 0x00 || type === 0x02 || type === 0x80)
}

/**
 * Decodes a BPDU, from behind the LLC header (`42 42 03`) on.
 *
 * @throws DecodeError another protocol or type, or fewer octets than it has: 4, 35, or 36 (RSTP)
 */
export function decodeBpdu(bytes: Uint8Array, start = 0, end = bytes.length): Bpdu {
  need(bytes, start, end, 4, 'bpdu')
  if (!isBpduAt(bytes, start)) throw new DecodeError('bpdu', start, 'neither STP nor RSTP')
  const version = bytes[start + 2] as number
  const type = bytes[start + 3]
  if (type === bpduTypes.topologyChange) {
    return { layer: 'bpdu', kind: 'topology-change', version, ...restOf(bytes, start + 4, end) }
  }
  const rapid = type === bpduTypes.rapid
  need(bytes, start, end, configurationSize, 'bpdu')
  const flags = bytes[start + 4] as number
  const seconds = (at: number) => u16At(bytes, start + at) / 256
  if (rapid) need(bytes, start, end, rapidSize, 'bpdu')
  const version1Length = rapid ? (bytes[start + configurationSize] as number) : 0
  return {
    layer: 'bpdu',
    kind: rapid ? 'rapid' : 'configuration',
    version,
    topologyChange: (flags & 0x01) !== 0,
    proposal: (flags & 0x02) !== 0,
    role: roles[(flags >>> 2) & 3] as PortRole,
    learning: (flags & 0x10) !== 0,
    forwarding: (flags & 0x20) !== 0,
    agreement: (flags & 0x40) !== 0,
    topologyChangeAcknowledged: (flags & 0x80) !== 0,
    root: { priority: u16At(bytes, start + 5), mac: macTextAt(bytes, start + 7) },
    rootPathCost: u32At(bytes, start + 13),
    bridge: { priority: u16At(bytes, start + 17), mac: macTextAt(bytes, start + 19) },
    port: u16At(bytes, start + 25),
    messageAge: seconds(27),
    maxAge: seconds(29),
    helloTime: seconds(31),
    forwardDelay: seconds(33),
    ...(version1Length === 0 ? {} : { version1Length }),
    ...restOf(bytes, start + (rapid ? rapidSize : configurationSize), end),
  }
}

function restOf(bytes: Uint8Array, at: number, end: number): { rest?: Uint8Array } {
  return at < end ? { rest: copyOf(bytes, at, end) } : {}
}

/** Octets of a BPDU: 4, 35 or 36 where there is nothing behind it. */
export function sizeOfBpdu(spec: BpduSpec): number {
  return (
    (spec.kind === 'topology-change' ? 4 : spec.kind === 'rapid' ? rapidSize : configurationSize) +
    (spec.rest?.length ?? 0)
  )
}

/**
 * Writes a BPDU at `at`.
 *
 * @returns the offset behind it
 * @throws TypeError, RangeError a value that does not fit
 */
export function writeBpdu(spec: BpduSpec, bytes: Uint8Array, at: number): number {
  const end = at + sizeOfBpdu(spec)
  setU16At(bytes, at, 0)
  bytes[at + 2] = unsigned(spec.version ?? (spec.kind === 'rapid' ? 2 : 0), 8, 'bpdu.version')
  if (spec.rest) bytes.set(spec.rest, end - spec.rest.length)
  if (spec.kind === 'topology-change') {
    bytes[at + 3] = bpduTypes.topologyChange
    return end
  }
  bytes[at + 3] = bpduTypes[spec.kind]
  bytes[at + 4] =
    (spec.topologyChange ? 0x01 : 0) |
    (spec.proposal ? 0x02 : 0) |
    (roles.indexOf(spec.role ?? 'unknown') << 2) |
    (spec.learning ? 0x10 : 0) |
    (spec.forwarding ? 0x20 : 0) |
    (spec.agreement ? 0x40 : 0) |
    (spec.topologyChangeAcknowledged ? 0x80 : 0)
  writeBridgeId(spec.root, bytes, at + 5, 'bpdu.root')
  setU32At(bytes, at + 13, unsigned(spec.rootPathCost, 32, 'bpdu.rootPathCost'))
  writeBridgeId(spec.bridge, bytes, at + 17, 'bpdu.bridge')
  setU16At(bytes, at + 25, unsigned(spec.port, 16, 'bpdu.port'))
  const times = ['messageAge', 'maxAge', 'helloTime', 'forwardDelay'] as const
  times.forEach((time, i) => {
    setU16At(bytes, at + 27 + i * 2, unsigned(Math.round(spec[time] * 256), 16, `bpdu.${time} (in 1/256 s)`))
  })
  if (spec.kind === 'rapid') {
    bytes[at + configurationSize] = unsigned(spec.version1Length ?? 0, 8, 'bpdu.version1Length')
  }
  return end
}

function writeBridgeId(id: BridgeId, bytes: Uint8Array, at: number, field: string): void {
  setU16At(bytes, at, unsigned(id.priority, 16, `${field}.priority`))
  setMac(bytes, at + 2, id.mac, `${field}.mac`)
}

/** Encodes a BPDU. @throws TypeError, RangeError a value that does not fit */
export function encodeBpdu(spec: BpduSpec): Uint8Array {
  return assembled(sizeOfBpdu(spec), none(), undefined, (bytes, at) => writeBpdu(spec, bytes, at))
}
