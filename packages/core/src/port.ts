/** Ports: the other end of a TUN or TAP link's wire (`linux/if_tun.h`; Documentation/networking/tuntap.rst). Types only. @module */
import type { FrameBatch } from './batch.js'
import type { MacInput } from './mac.js'

/**
 * Something that frames come out of and go into. The frames of a TUN are IP packets, those of a TAP begin with an Ethernet
 * header. Switches, captures and the like work on this alone.
 */
export interface Port extends AsyncDisposable {
  /** Name for people: that of the link, with the number of the queue where it is one of several. */
  readonly name: string
  /** Octets of payload after the 14-octet Ethernet header (Linux's meaning) when the port was opened. */
  readonly mtu: number
  /** Most frames that one read fills in, as long as the batch has room for them. Constant for the port's life. */
  readonly batchSize: number
  /**
   * Fills `batch` (from its start) with what has arrived; waits for at least one frame. Returns their number. One read may
   * be pending. Frames that nobody reads stay in the kernel's queue (`txQueueLength` of the link), which drops the newest.
   *
   * @throws {@link VnetError} `VNET_CLOSED` the port was closed, also while it waited · `EBADFD` the link was deleted ·
   * `EBUSY` a read is pending
   */
  read(batch: FrameBatch): Promise<number>
  /**
   * Sends the frames of `batch` from number `from` on. Returns how many were taken, from the front; those that are left
   * did not fit in the send buffer: wait for {@link Port.writable}. A frame that the kernel refuses (malformed, link down)
   * counts as taken, and in {@link Port.counters}. The batch is the caller's again when this returns.
   *
   * @throws {@link VnetError} `VNET_CLOSED` · `EBADFD` the link was deleted
   */
  write(batch: FrameBatch, from?: number): number
  /** Waits until something can be written. Rejects as {@link Port.write} throws. */
  writable(): Promise<void>
  /** What passed and what did not, since the port was opened. A new object each time. */
  readonly counters: PortCounters
  /** Closes the port; a pending read rejects with `VNET_CLOSED`. A link that is not persistent goes away. Idempotent. */
  close(): Promise<void>
}

/** What a port counted. */
export interface PortCounters {
  /** Frames read. */
  readonly readFrames: number
  /** Octets of them, without virtio headers. */
  readonly readOctets: number
  /** Frames written and accepted. */
  readonly writtenFrames: number
  /** Octets of them, without virtio headers. */
  readonly writtenOctets: number
  /** Frames dropped on the way in or out, by cause. */
  readonly dropped: PortDrops
}

/** Frames dropped, by cause. */
export interface PortDrops {
  /** Written, but no frame of this sort (`EINVAL`): empty, cut, not IP on a TUN, an impossible virtio header. */
  readonly malformed: number
  /** Written while the link was down (`EIO`). */
  readonly linkDown: number
  /** Written, but the kernel had no memory (`ENOMEM`, `ENOBUFS`). */
  readonly noMemory: number
  /** Written, but longer than the kernel takes (`EMSGSIZE`), or longer than a scratch batch when it was to be converted. */
  readonly tooLong: number
  /** Written, and refused for any other reason. */
  readonly otherwise: number
  /** Read, but longer than all of the batch: it was smaller than 64 KiB, and the link's MTU had been raised. Not delivered. */
  readonly cut: number
  /** Read as a super-frame that could not be split: its virtio header and its octets contradict each other. */
  readonly unsplittable: number
}

/** Offloads of a port with virtio headers (`TUN_F_*` of `linux/if_tun.h`). */
export interface PortOffloads {
  /** Checksums left to us (`TUN_F_CSUM`). */
  readonly checksum: boolean
  /** TCP over IPv4 in super-frames of up to 64 KiB (`TUN_F_TSO4`). */
  readonly tso4: boolean
  /** TCP over IPv6 (`TUN_F_TSO6`). */
  readonly tso6: boolean
  /** UDP over both (`TUN_F_USO4`, `TUN_F_USO6`; Linux 6.2). */
  readonly uso: boolean
}

/**
 * The white list of a TAP: which destinations it takes from the kernel (`TUNSETTXFILTER`). A frame to any other, broadcast
 * included where it is not listed, is dropped by the kernel.
 */
export interface PortFilter {
  /** MACs to take, unicast or group; the first eight exactly, more of them by a hash where they are group addresses. None takes none. */
  readonly macs: readonly MacInput[]
  /** Takes all group addresses. */
  readonly allMulticast?: boolean
}

/** A program of the kernel by a descriptor of it, as `bpf(2)` returned it. Stays the caller's. */
export interface ProgramRef {
  /** The descriptor. */
  readonly fd: number
}

/** Chooses a queue for each frame that the kernel sends: the built-in program, or one of your own (its result modulo the queues). */
export type Steering = 'flow hash' | ProgramRef

/** What `openTun` and `openTap` take. All is optional. */
export interface TunPortOptions {
  /** The link's name, at most 15 octets. When absent the kernel chooses (`tun0`, `tap0`, …). */
  readonly name?: string
  /**
   * Whether the link is made (`always`: `EEXIST` where the name is taken), must be there (`never`: `ENODEV` where it is
   * not), or either (`auto`, the default). `openTap` of a macvtap or ipvtap needs `never` and its name: such a link is made
   * by `link add`.
   */
  readonly create?: 'auto' | 'always' | 'never'
  /**
   * Character device of the macvtap or ipvtap; `/dev/tapINDEX` when absent, which udev or devtmpfs makes. Two namespaces may
   * have links of one index, and only one of them gets that name: `mknod` makes the other, by the numbers in
   * `/sys/class/net/LINK/macvtap/tapINDEX/dev`. The port checks name and MAC of what it finds there.
   */
  readonly device?: string
  /**
   * Takes over a descriptor that is attached already, or an unattached one of `/dev/net/tun`, of this namespace. It is made
   * non-blocking, and closed with the port; when opening rejects it stays the caller's.
   */
  readonly fd?: number
  /** Several queues may be attached (`IFF_MULTI_QUEUE`), by this port or by others; default: whether `queues` is above 1. */
  readonly multiQueue?: boolean
  /** Queues to attach, 1 to 256; the port reads all of them, and writes to the first. Default 1. */
  readonly queues?: number
  /** The link stays when the port is closed (`TUNSETPERSIST`, as `ip tuntap add`); `false` takes that back. */
  readonly persistent?: boolean
  /** User id that may attach without CAP_NET_ADMIN (`TUNSETOWNER`). */
  readonly owner?: number
  /** Group id that may attach without CAP_NET_ADMIN (`TUNSETGROUP`). */
  readonly ownerGroup?: number
  /** Frames carry the 4-octet packet information header: flags, EtherType (`IFF_NO_PI` absent). Default `false`. */
  readonly packetInformation?: boolean
  /** Super-frames and unfinished checksums (`IFF_VNET_HDR`, `TUNSETOFFLOAD`): `true` for all that the kernel has, or those named. */
  readonly offloads?: boolean | Partial<PortOffloads>
  /** What reading gives with `offloads`: frames as they are, with virtio headers (`whole`, the default), or plain frames (`split`). */
  readonly receive?: 'whole' | 'split'
  /** Merges segments of one TCP flow that follow each other in a written batch (GRO). Needs `offloads`. Default `false`. */
  readonly merge?: boolean
  /** Octets of virtio header (`TUNSETVNETHDRSZ`): 10 or 12. Default 12. */
  readonly headerSize?: 10 | 12
  /** Written frames go through NAPI (`IFF_NAPI`; Linux 4.15). */
  readonly napi?: boolean
  /** Written frames are made of fragments (`IFF_NAPI_FRAGS`; TAP only, needs `napi` and CAP_NET_ADMIN in the first user namespace). */
  readonly napiFrags?: boolean
  /** Whether the link has carrier when it is opened (`IFF_NO_CARRIER`, Linux 6.3). Default `true`. See {@link TunPort.setCarrier}. */
  readonly carrier?: boolean
  /** Octets that written frames may take up in the kernel before `write` takes no more (`TUNSETSNDBUF`). Unlimited when absent. */
  readonly sendBuffer?: number
  /** Destinations to take; TAP only. */
  readonly filter?: PortFilter
  /** How frames are spread over queues. The kernel remembers flows by itself when absent. */
  readonly steering?: Steering
  /** A program that says how many octets of a frame to deliver, 0 to drop it (`TUNSETFILTEREBPF`). */
  readonly frameFilter?: ProgramRef
  /** Most frames of a read, 1 to 1,024. Default 64. */
  readonly batchSize?: number
  /** Administratively up, as `ip link set up`. */
  readonly up?: boolean
  /** Largest packet, octets, as `ip link set mtu`. */
  readonly mtu?: number
  /** Link-layer address; TAP only. */
  readonly mac?: MacInput
}

/** What drivers receive: checked, defaults filled in, addresses as octets. */
export interface PortSpec
  extends Omit<TunPortOptions, 'create' | 'multiQueue' | 'queues' | 'offloads' | 'mac' | 'filter' | 'batchSize'> {
  /** Layer 3 or layer 2. */
  readonly kind: 'tun' | 'tap'
  /** See {@link TunPortOptions.create}. */
  readonly create: 'auto' | 'always' | 'never'
  /** See {@link TunPortOptions.multiQueue}. */
  readonly multiQueue: boolean
  /** See {@link TunPortOptions.queues}. */
  readonly queues: number
  /** What was asked for; `undefined` for no virtio header, `all` for what the kernel has. */
  readonly offloads?: PortOffloads | 'all'
  /** See {@link TunPortOptions.receive}. */
  readonly receive: 'whole' | 'split'
  /** See {@link TunPortOptions.merge}. */
  readonly merge: boolean
  /** See {@link TunPortOptions.headerSize}. */
  readonly headerSize: 10 | 12
  /** See {@link TunPortOptions.batchSize}. */
  readonly batchSize: number
  /** See {@link TunPortOptions.mac}. */
  readonly mac?: Uint8Array
  /** See {@link TunPortOptions.filter}. */
  readonly filter?: { readonly macs: readonly Uint8Array[]; readonly allMulticast: boolean }
}

/** A port of a TUN or TAP link, with what can be changed while it is open. Iterating it ends when it is closed. */
export interface TunPort extends Port, AsyncIterable<FrameBatch> {
  /** Layer 3 or layer 2. */
  readonly kind: 'tun' | 'tap'
  /** The link's index. */
  readonly index: number
  /** Queues that this port has attached or detached. */
  readonly queues: number
  /** The offloads that are on; `undefined` without virtio headers. */
  readonly offloads: PortOffloads | undefined
  /** How frames move, in words: by io_uring, or by one system call a frame and why. */
  readonly transfer: string
  /** Makes a batch that fits: for `batchSize` frames of the MTU, and always for one of 64 KiB. */
  createBatch(options?: { readonly shared?: boolean; readonly headroom?: number }): FrameBatch
  /** Gives or takes the carrier, as a cable that is plugged in (`TUNSETCARRIER`; Linux 4.20). */
  setCarrier(carrier: boolean): void
  /** Opens one more queue (`IFF_MULTI_QUEUE`); `EINVAL` on a link of one queue, `E2BIG` beyond 256. */
  addQueue(): number
  /** Attaches or detaches a queue by number (`TUNSETQUEUE`): a detached one gets no frames, and its carrier-keeping descriptor stays. */
  setQueue(queue: number, attached: boolean): void
  /** Stays, or goes with the last descriptor (`TUNSETPERSIST`). */
  setPersistent(persistent: boolean): void
  /** See {@link TunPortOptions.sendBuffer}. */
  setSendBuffer(octets: number): void
  /** See {@link TunPortOptions.filter}; `undefined` takes everything. */
  setFilter(filter: PortFilter | undefined): void
  /** See {@link TunPortOptions.steering}; `undefined` leaves it to the kernel again. */
  setSteering(steering: Steering | undefined): void
  /** See {@link TunPortOptions.frameFilter}; `undefined` removes it. */
  setFrameFilter(program: ProgramRef | undefined): void
}
