/** A batch of captured frames: each with its time, link, direction and true length beside it. @module */
import { FrameBatch } from './batch.js'

/** What the octets of a captured frame begin with. */
export const captureFormats = ['ethernet', 'ip', 'cooked'] as const

/**
 * What the octets of a captured frame begin with: an Ethernet header, an IP header, or, on links of any other type, the 16
 * octets of LINKTYPE_LINUX_SLL (tcpdump.org/linktypes): packet type, ARPHRD type, address, EtherType.
 */
export type CaptureFormat = (typeof captureFormats)[number]

/** How a frame was met (`PACKET_*` of `linux/if_packet.h`), in the kernel's order of numbers. */
export const packetTypes = ['host', 'broadcast', 'multicast', 'other-host', 'outgoing'] as const

/** How a frame was met: for this host, for all, for a group, for another host, or sent by this host. */
export type PacketType = (typeof packetTypes)[number]

/** Numbers that a frame has in `details`. */
const FIELDS = 6

/** What is known of a frame beside its octets. */
export interface CaptureDetails {
  /** When the kernel met it: seconds since 1970, unsigned 32 bits. */
  readonly seconds: number
  /** And nanoseconds of the second. */
  readonly nanoseconds: number
  /** Octets that it had on the wire. */
  readonly originalLength: number
  /** Index of the link. */
  readonly link: number
  /** Place in {@link captureFormats}. */
  readonly format: number
  /** Place in {@link packetTypes}. */
  readonly packetType: number
}

/**
 * A {@link FrameBatch} that a capture fills. As there, no object is made for a frame: read what you need by its number.
 *
 * @example
 * const batch = capture.createBatch()
 * for (let n = await capture.read(batch); n > 0; n--) console.log(batch.time(n - 1), batch.frame(n - 1))
 */
export class CaptureBatch extends FrameBatch {
  private readonly details = new Int32Array(this.capacity * FIELDS)

  /** When the kernel met frame `i`: nanoseconds since 1970. */
  time(i: number): bigint {
    return BigInt(this.detail(i, 0) >>> 0) * 1_000_000_000n + BigInt(this.detail(i, 1))
  }

  /** Octets that frame `i` had on the wire, at least {@link FrameBatch.length}. */
  originalLength(i: number): number {
    return this.detail(i, 2) >>> 0
  }

  /** Index of the link that frame `i` passed. */
  link(i: number): number {
    return this.detail(i, 3)
  }

  /** What the octets of frame `i` begin with. */
  format(i: number): CaptureFormat {
    return captureFormats[this.detail(i, 4)] as CaptureFormat
  }

  /** How frame `i` was met. */
  packetType(i: number): PacketType {
    return packetTypes[this.detail(i, 5)] ?? 'host'
  }

  /** Sets what is known of the frame that was added last; for those who fill batches. */
  describe(details: CaptureDetails): void {
    const at = (this.count - 1) * FIELDS
    this.details[at] = details.seconds
    this.details[at + 1] = details.nanoseconds
    this.details[at + 2] = details.originalLength
    this.details[at + 3] = details.link
    this.details[at + 4] = details.format
    this.details[at + 5] = details.packetType
  }

  private detail(i: number, field: number): number {
    if (!(i >= 0 && i < this.count)) throw new RangeError(`there is no frame ${i}: the batch holds ${this.count}`)
    return this.details[i * FIELDS + field] as number
  }
}
