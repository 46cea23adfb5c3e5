/** What a capture file is made of: blocks (pcapng, draft-ietf-opsawg-pcapng § 3 and 4). @module */

/** An option that has no name here, kept as it stands. */
export interface BlockOption {
  /** Number of the option, 16 bits. */
  readonly code: number
  /** Its value. */
  readonly bytes: Uint8Array
}

interface Optional {
  /** Remarks for people (option 1). */
  readonly comments?: readonly string[]
  /** Options that have no name here. */
  readonly other?: readonly BlockOption[]
}

/** Begins a section: what follows was captured together, and written in one byte order. */
export interface SectionBlock extends Optional {
  readonly block: 'section'
  /** Byte order of everything in the section; little where absent. */
  readonly byteOrder?: 'little' | 'big'
  /** Version of the format; 1.0 where absent. */
  readonly version?: readonly [major: number, minor: number]
  /** Octets of the section behind this block; absent where it is not known. */
  readonly length?: bigint
  /** The machine (option 2). */
  readonly hardware?: string
  /** The operating system (option 3). */
  readonly os?: string
  /** The program (option 4). */
  readonly application?: string
}

/** Describes a port that frames were captured on. The first of a section has number 0, the next 1, and so on. */
export interface InterfaceBlock extends Optional {
  readonly block: 'interface'
  /** What frames begin with: 1 is Ethernet, 101 an IP header (tcpdump.org/linktypes.html). */
  readonly linkType: number
  /** Most octets of a frame that are kept; 0 keeps all. */
  readonly snapLength: number
  /** Name of the port: `tap0` (option 2). */
  readonly name?: string
  /** What the port is (option 3). */
  readonly description?: string
  /** MAC address of the port (option 6). */
  readonly mac?: string
  /** Bits a second (option 8). */
  readonly speed?: bigint
  /**
   * Unit of times (option 9): 6 microseconds, 9 nanoseconds, in general 10^-n seconds, or 2^-n with the bit 0x80 set.
   * Absent means 6.
   */
  readonly timestampResolution?: number
  /** Filter of the capture, in the syntax of libpcap (option 11). */
  readonly filter?: string
  /** The operating system (option 12). */
  readonly os?: string
  /** Seconds that are added to all times (option 14). */
  readonly timestampOffset?: bigint
  /** The hardware (option 15). */
  readonly hardware?: string
}

/** A frame (enhanced packet block). */
export interface PacketBlock extends Optional {
  readonly block: 'packet'
  /** Number of the port in its section. */
  readonly interface: number
  /** Time since 1970 in units of the port's resolution, see `nanosecondsOf`. */
  readonly timestamp: bigint
  /** The frame, or its first octets. */
  readonly bytes: Uint8Array
  /** Octets that the frame had. */
  readonly originalLength: number
  /** Direction and more, 32 bits (option 2): the lowest two are 1 inbound, 2 outbound. */
  readonly flags?: number
  /** Frames that were lost between this one and the one before on this port (option 4). */
  readonly dropCount?: bigint
  /** Number of the frame that is the same on every port (option 5). */
  readonly packetId?: bigint
}

/** A frame without time and port, which is 0. */
export interface SimplePacketBlock {
  readonly block: 'simple-packet'
  /** The frame, or its first octets. */
  readonly bytes: Uint8Array
  /** Octets that the frame had. */
  readonly originalLength: number
}

/** Counts of a port. */
export interface StatisticsBlock extends Optional {
  readonly block: 'statistics'
  /** Number of the port in its section. */
  readonly interface: number
  /** When it was counted, in units of the port's resolution. */
  readonly timestamp: bigint
  /** When the capture began (option 2), in the same units. */
  readonly startTime?: bigint
  /** When the capture ended (option 3), in the same units. */
  readonly endTime?: bigint
  /** Frames that the port received (option 4). */
  readonly received?: bigint
  /** Frames that the port dropped for want of room (option 5). */
  readonly dropped?: bigint
  /** Frames that the filter took (option 6). */
  readonly filterAccepted?: bigint
  /** Frames that the operating system dropped (option 7). */
  readonly osDropped?: bigint
  /** Frames that were delivered to the program (option 8). */
  readonly delivered?: bigint
}

/** Any other block, kept as it stands. */
export interface UnknownBlock {
  readonly block: 'unknown'
  /** Number of the block, 32 bits. */
  readonly type: number
  /** What stands between its two lengths, a multiple of 4 octets, in the section's byte order. */
  readonly body: Uint8Array
}

/** A block of a capture; `block` says which. */
export type Block = SectionBlock | InterfaceBlock | PacketBlock | SimplePacketBlock | StatisticsBlock | UnknownBlock

/** Numbers of blocks. */
export const blockTypes = {
  section: 0x0a0d0d0a,
  interface: 1,
  'simple-packet': 3,
  statistics: 5,
  packet: 6,
} as const

/** What frames begin with, by name; `cooked` is LINKTYPE_LINUX_SLL, for links with another header or none. */
export const linkTypes = { ethernet: 1, ip: 101, cooked: 113 } as const

/**
 * The nanoseconds since 1970 of a time of a port. Finer units are rounded down.
 *
 * @param timestamp Time in units of the port's resolution.
 */
export function nanosecondsOf(
  port: Pick<InterfaceBlock, 'timestampResolution' | 'timestampOffset'>,
  timestamp: bigint,
): bigint {
  const resolution = port.timestampResolution ?? 6
  const exponent = BigInt(resolution & 0x7f)
  const units = resolution & 0x80 ? 2n ** exponent : 10n ** exponent
  return (timestamp * 1_000_000_000n) / units + (port.timestampOffset ?? 0n) * 1_000_000_000n
}
