/** Captures: copies of the frames that pass links, as `tcpdump` has them (`linux/if_packet.h`, packet(7)). Types only. @module */
import type { CaptureBatch, CaptureFormat } from './capture-batch.js'
import type { LinkRef } from './link.js'

/** Which frames a capture has: all, those that arrive at the link, or those that leave by it. */
export type CaptureDirection = 'both' | 'in' | 'out'

/** What `openCapture` takes. All is optional. */
export interface CaptureOptions {
  /** The link, by name, index or alternative name; all links of the namespace, also those made later, when absent. */
  readonly link?: LinkRef
  /** Octets of a frame that are kept, 1 to 262,144 (the default). */
  readonly snapLength?: number
  /**
   * Whether the link takes frames for other MACs while the capture is open (`PACKET_MR_PROMISC`); taken back when it is
   * closed. Default `true`; only with `link`.
   */
  readonly promiscuous?: boolean
  /** Which frames; default `both`. On `lo`, where each frame leaves and arrives, `both` has each once. */
  readonly direction?: CaptureDirection
  /**
   * Which frames, as an expression of tcpdump's language (pcap-filter(7)), which `@vnet/bpf` compiles and the kernel carries
   * out. Ports and protocols may be named, hosts may not. It sees frames as they are recorded, so a frame with a VLAN tag is matched by `vlan and arp`, not by `arp`.
   */
  readonly filter?: string
  /** Octets of the kernel's buffer, 524,288 to 1 GiB, rounded up to a multiple of 262,144; default 4 MiB. */
  readonly buffer?: number
}

/** What drivers receive: checked, defaults filled in. */
export interface CaptureSpec {
  /** See {@link CaptureOptions.link}. */
  readonly link?: LinkRef
  /** See {@link CaptureOptions.snapLength}. */
  readonly snapLength: number
  /** See {@link CaptureOptions.promiscuous}. */
  readonly promiscuous: boolean
  /** See {@link CaptureOptions.direction}. */
  readonly direction: CaptureDirection
  /** See {@link CaptureOptions.filter}. */
  readonly filter?: string
  /** See {@link CaptureOptions.buffer}. */
  readonly buffer: number
}

/** Frames that were captured and lost, since the capture was opened. */
export interface CaptureCounters {
  /** Frames that passed the filter, with those that were dropped. */
  readonly received: number
  /** Frames that the kernel dropped because nobody had read the buffer in time. */
  readonly dropped: number
  /** How often the buffer was full. */
  readonly freezes: number
}

/** An open capture: a packet socket with a ring of the kernel's. Close it, or use `await using`. */
export interface Capture extends AsyncDisposable {
  /** The link's name, or `any`. */
  readonly name: string
  /** The link's index; `undefined` for all links. */
  readonly index: number | undefined
  /** What the octets of its frames begin with; `undefined` for all links, where each frame tells. */
  readonly format: CaptureFormat | undefined
  /** Octets of a frame that are kept at most. */
  readonly snapLength: number
  /** A batch with room for at least one frame of any length. */
  createBatch(): CaptureBatch
  /**
   * Fills `batch` from its start with what was captured; waits for at least one frame. Returns their number. One read may
   * be pending. Frames that nobody reads stay in the kernel's buffer, which drops the newest: see {@link Capture.counters}.
   *
   * @throws {@link VnetError} `VNET_CLOSED` closed, also while it waited · `ENODEV` the link was deleted · `ENETDOWN` it
   * was set down; both after the frames that were captured before · `EBUSY` a read is pending
   */
  read(batch: CaptureBatch): Promise<number>
  /** As {@link Capture.read}, without waiting: 0 where there is nothing. */
  take(batch: CaptureBatch): number
  /** Resolves when {@link Capture.take} gives or throws something. */
  readable(): Promise<void>
  /** What passed and what was dropped. A new object each time; after closing, the last. */
  readonly counters: CaptureCounters
  /** Closes it; a pending read rejects with `VNET_CLOSED`. Idempotent. */
  close(): Promise<void>
}
