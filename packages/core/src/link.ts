/** Links: network devices in a namespace (`ip link`; `linux/if_link.h`, `linux/if.h`). @module */
import type { BridgePortOptions, BridgePortState } from './kind/bridge-port.js'
import type { BondPortOptions, BondPortState, KindChange, KindSpec, KindState, VrfPortState } from './kind/index.js'
import type { MacInput } from './mac.js'
import type { NamespaceInput, NamespaceRef } from './namespace.js'

/** A link as a user names it: by name, by alternative name, or by index. */
export type LinkRef = string | number

/** An attribute that vnet has no name for, kept as it came. */
export interface RawAttribute {
  /** The attribute's number, without the two flag bits. */
  readonly type: number
  /** Its value, without header and padding. */
  readonly bytes: Uint8Array
}

/** Operational state of a link (RFC 2863; `linux/if.h`, `IF_OPER_*`). */
export type OperationalState = 'unknown' | 'notpresent' | 'down' | 'lowerlayerdown' | 'testing' | 'dormant' | 'up'

/** What can be chosen for a link of any kind, when it is made and later. `Mac` and `Namespace` are narrower for drivers. */
export interface LinkSettings<Mac = MacInput, Namespace = NamespaceInput> {
  /** Administratively up (`ip link set up`). */
  readonly up?: boolean
  /** Largest packet in octets, without the 14-octet Ethernet header. At least 68 (RFC 791); IPv6 needs 1280. */
  readonly mtu?: number
  /** Link-layer address; unicast. */
  readonly mac?: Mac
  /** The bridge (or bond, VRF, …) that this link is a port of; `null` releases it. */
  readonly master?: LinkRef | null
  /** Text for people, at most 255 octets; empty removes it (`ip link set alias`). */
  readonly alias?: string
  /** Group number, 0 is the default group. */
  readonly group?: number
  /** Length of the transmit queue, packets. */
  readonly txQueueLength?: number
  /** Receive every frame (`ip link set promisc on`). */
  readonly promiscuous?: boolean
  /** Receive every multicast frame. */
  readonly allMulticast?: boolean
  /** Answer and send ARP. */
  readonly arp?: boolean
  /** May send multicast. */
  readonly multicast?: boolean
  /** Carrier, where the driver lets it be set. */
  readonly carrier?: boolean
  /** Where the link is, or goes: a network namespace. */
  readonly namespace?: Namespace
  /** Options as port of a bridge. */
  readonly port?: BridgePortOptions
}

/** What a new link of any kind is told. */
export interface LinkBase<Mac = MacInput, Namespace = NamespaceInput> extends LinkSettings<Mac, Namespace> {
  /** 1–15 octets, no `/`, no white space, not `.` or `..`. Without it the kernel chooses (`veth0`). */
  readonly name?: string
  /** Index wished for, positive; without it the kernel chooses. */
  readonly index?: number
  /** Lower link of a VLAN, macvlan, … (`ip link add link PARENT`). */
  readonly parent?: LinkRef
  /** Transmit queues. */
  readonly txQueues?: number
  /** Receive queues. */
  readonly rxQueues?: number
}

/** The other end of a veth pair when it is made: a link of its own, perhaps in another namespace. */
export type VethPeer<Mac = MacInput, Namespace = NamespaceInput> = Pick<
  LinkBase<Mac, Namespace>,
  'name' | 'index' | 'up' | 'mtu' | 'mac' | 'namespace' | 'txQueues' | 'rxQueues' | 'txQueueLength' | 'group' | 'alias'
>

/** A link of a kind that vnet has no name for: the kind's attributes are given as octets. */
export interface OtherLinkSpec<Mac = MacInput, Namespace = NamespaceInput> extends LinkBase<Mac, Namespace> {
  /** The kernel's word for the kind. */
  readonly kind: string
  /** Attributes of `IFLA_INFO_DATA`. */
  readonly data?: readonly RawAttribute[]
}

/** Specification of a new link, told apart by `kind`. */
export type LinkSpec<Mac = MacInput, Namespace = NamespaceInput> = LinkBase<Mac, Namespace> &
  (KindSpec | { readonly kind: 'veth'; readonly peer?: VethPeer<Mac, Namespace> })

/** What `link set` changes. Settings that are absent stay as they are. */
export interface LinkChange<Mac = MacInput, Namespace = NamespaceInput>
  extends LinkSettings<Mac, Namespace>,
    KindChange {
  /** The link. */
  readonly link: LinkRef
  /** Options as port of a bond. */
  readonly bondPort?: BondPortOptions
  /** New name. */
  readonly name?: string
  /** Alternative names to add, each at most 127 octets (`ip link property add altname`). */
  readonly addAltNames?: readonly string[]
  /** Alternative names to remove. */
  readonly deleteAltNames?: readonly string[]
}

/** Which links a list holds; a link must match all that is given. */
export interface LinkFilter {
  /** The kernel's word for the kind. */
  readonly kind?: string
  /** Ports of this master. */
  readonly master?: LinkRef
  /** Only links that are administratively up, or only those that are down. */
  readonly up?: boolean
  /** Group number. */
  readonly group?: number
  /** Ask for the 64-bit statistics (a quarter more octets a link). */
  readonly statistics?: boolean
}

/** Which link `link get` returns. */
export interface LinkQuery {
  /** The link. */
  readonly link: LinkRef
  /** Ask for the 64-bit statistics. */
  readonly statistics?: boolean
}

/** Counters of a link (`struct rtnl_link_stats64`), since it was made. */
export interface LinkStatistics {
  /** Good packets received. */
  readonly rxPackets: number
  /** Good packets sent. */
  readonly txPackets: number
  /** Octets received. */
  readonly rxBytes: number
  /** Octets sent. */
  readonly txBytes: number
  /** Bad packets received. */
  readonly rxErrors: number
  /** Packets that could not be sent. */
  readonly txErrors: number
  /** Received, but dropped for lack of resources. */
  readonly rxDropped: number
  /** Dropped on the way out. */
  readonly txDropped: number
  /** Multicast packets received. */
  readonly multicast: number
  /** Collisions. */
  readonly collisions: number
  /** Details of `rxErrors` and `txErrors`, as the kernel names them. */
  readonly rxLengthErrors: number
  /** Receiver ring overflows. */
  readonly rxOverErrors: number
  /** Packets with a CRC error. */
  readonly rxCrcErrors: number
  /** Frame alignment errors. */
  readonly rxFrameErrors: number
  /** FIFO overruns, receiving. */
  readonly rxFifoErrors: number
  /** Packets missed by the hardware. */
  readonly rxMissedErrors: number
  /** Aborted transmissions. */
  readonly txAbortedErrors: number
  /** Transmissions lost for lack of carrier. */
  readonly txCarrierErrors: number
  /** FIFO errors, sending. */
  readonly txFifoErrors: number
  /** Heartbeat errors. */
  readonly txHeartbeatErrors: number
  /** Window errors. */
  readonly txWindowErrors: number
  /** Compressed packets received. */
  readonly rxCompressed: number
  /** Compressed packets sent. */
  readonly txCompressed: number
  /** Packets that no handler wanted. */
  readonly rxNoHandler: number
}

/** A link as the kernel describes it. */
export interface Link extends KindState {
  /** Number of the link in its namespace, positive. */
  readonly index: number
  /** Its name. */
  readonly name: string
  /** Kind, in the kernel's word (`veth`); TUN and TAP are told apart as `tun` and `tap`. Absent for physical links and `lo`. */
  readonly kind?: string
  /**
   * The kernel made it by itself, in every namespace, when the kind's module was loaded (`gre0`, `tunl0`, `sit0`, …): it
   * takes packets that no other tunnel takes. It cannot be deleted or moved; the kernel says yes to deleting it, and does
   * nothing. `sysctl net.core.fb_tunnels_only_for_init_net=1` keeps new namespaces free of them.
   */
  readonly fallback?: true
  /** Hardware type: `ether`, `loopback`, `none`, … as `ip` prints them. */
  readonly type: string
  /** Link-layer address; absent where the type has none. Of a tunnel over IP without frames: the IP address of this end. */
  readonly mac?: string
  /** Link-layer broadcast address. Of a tunnel over IP without frames: the IP address of the far end. */
  readonly broadcast?: string
  /** Administratively up. */
  readonly up: boolean
  /**
   * Flags as `ip -j` prints them, in its order: `NO-CARRIER` first where the link is up and not running, then `LOOPBACK`,
   * `BROADCAST`, `POINTOPOINT`, `MULTICAST`, `NOARP`, `ALLMULTI`, `PROMISC`, `MASTER`, `SLAVE`, `UP`, `LOWER_UP`,
   * `DORMANT`, `ECHO`, … Bits without a word come last, in hexadecimal. `M-DOWN` (the lower link is down) is not a flag of
   * the kernel: `ip` finds it out itself.
   */
  readonly flags: readonly string[]
  /** Operational state. */
  readonly operationalState: OperationalState
  /** Whether there is a carrier. */
  readonly carrier?: boolean
  /** Which state the link may go to when the carrier comes (`IF_LINK_MODE_*`): 0 up, 1 dormant until a program says so. */
  readonly linkMode: number
  /** Largest packet in octets, without the Ethernet header. */
  readonly mtu: number
  /** Least MTU that the driver takes; 0 unknown. */
  readonly minMtu?: number
  /** Largest MTU that the driver takes; 0 no limit. */
  readonly maxMtu?: number
  /** Index of the master. */
  readonly master?: number
  /** Index of the lower link or of the peer (`IFLA_LINK`), counted in the namespace that `linkNamespaceId` tells; 0 for a tunnel bound to none. */
  readonly parent?: number
  /** Number of the namespace in which `parent` is counted; absent when it is this one. */
  readonly linkNamespaceId?: number
  /** Group number. */
  readonly group: number
  /** Length of the transmit queue, packets. */
  readonly txQueueLength: number
  /** Name of the queueing discipline. */
  readonly qdisc?: string
  /** Transmit queues. */
  readonly txQueues?: number
  /** Receive queues. */
  readonly rxQueues?: number
  /** Alternative names. */
  readonly altNames: readonly string[]
  /** Text for people. */
  readonly alias?: string
  /** How many ask for promiscuous mode. */
  readonly promiscuity?: number
  /** How many ask for all multicast. */
  readonly allMulticast?: number
  /** MAC that the hardware was made with. */
  readonly permanentMac?: string
  /** Device that the link belongs to, such as `0000:00:1f.6`. */
  readonly parentDevice?: string
  /** Bus of that device, such as `pci`. */
  readonly parentBus?: string
  /** How IPv6 makes link-local addresses: 0 eui64, 1 none, 2 stable secret, 3 random. */
  readonly addrGenMode?: number
  /** Segmentation and aggregation limits, by the names of `ip -d`. */
  readonly limits?: LinkLimits
  /** Kind of the master (`bridge`, `bond`). */
  readonly portKind?: string
  /** State as port of a bridge. */
  readonly port?: BridgePortState
  /** State as port of a bond. */
  readonly bondPort?: BondPortState
  /** State as port of a VRF. */
  readonly vrfPort?: VrfPortState
  /** Counters, when asked for. */
  readonly statistics?: LinkStatistics
  /** Attributes of a kind that vnet has no name for (`IFLA_INFO_DATA`). */
  readonly data?: readonly RawAttribute[]
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** Largest super-packets of a link, in octets or segments. */
export interface LinkLimits {
  /** Octets of a packet handed to the link for segmentation. */
  readonly gsoMaxSize?: number
  /** Segments of such a packet. */
  readonly gsoMaxSegments?: number
  /** Octets that the hardware can segment. */
  readonly tsoMaxSize?: number
  /** Segments that the hardware can make. */
  readonly tsoMaxSegments?: number
  /** Octets of an aggregated received packet. */
  readonly groMaxSize?: number
  /** The same for IPv4, sending. */
  readonly gsoIpv4MaxSize?: number
  /** The same for IPv4, receiving. */
  readonly groIpv4MaxSize?: number
}

/** Specification of a new link as drivers receive it: octets and canonical references. */
export type CleanLinkSpec = LinkSpec<Uint8Array, NamespaceRef> | OtherLinkSpec<Uint8Array, NamespaceRef>
/** A change as drivers receive it. */
export type CleanLinkChange = LinkChange<Uint8Array, NamespaceRef>
