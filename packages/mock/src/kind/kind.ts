/** What a kind of link must know (`struct rtnl_link_ops` and `net_device_ops` of Linux). @module */
import type { BondPortOptions, CleanLinkChange, CleanLinkSpec, ErrorCode, Link } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import type { Counters } from '../stack/counters.js'
import type { Frame } from '../stack/frame.js'
import type { PacketTypeNumber } from '../stack/packet-type.js'

/** A kind of link. What is absent has Linux's default. */
export interface LinkKind {
  /** The kernel's word. */
  readonly name: string
  /** The word for lists, where it differs. */
  word?(device: Device): string
  /** Refuses what is wrong by itself, before anything is looked up. */
  validate?(spec: CleanLinkSpec): void
  /**
   * Fills in a new link, or refuses. `origin` is where the request was made: lower links are looked up there.
   * The link has its name and namespace, but is not registered yet.
   */
  make(kernel: Kernel, device: Device, spec: CleanLinkSpec, origin: Namespace): void
  /** Made without any setting, and told them afterwards, as by an ioctl of its own. */
  readonly bare?: true
  /** A program takes its frames by a character device: nobody else does, and they wait for it in a queue. */
  readonly hasTap?: boolean
  /** Nobody else may take its frames (`IFF_NO_RX_HANDLER`). */
  readonly keepsFrames?: boolean
  /** No VLANs stand on it (`NETIF_F_VLAN_CHALLENGED`). */
  readonly noVlans?: true
  /** Its MAC is what it was made with (no `ndo_set_mac_address`); the hint of the refusal says why. */
  readonly fixedMac?: string
  /** Takes the MTU of a specification itself when it is made. */
  readonly ownMtu?: true
  /** Called when the first asks for all frames, or the last no longer does (`ndo_change_rx_flags`). */
  receiveChanged?(kernel: Kernel, device: Device, what: 'promiscuity' | 'allMulti', on: boolean): void
  /** Called when the new link is announced and has its master. */
  finish?(kernel: Kernel, device: Device, spec: CleanLinkSpec): void
  /** Called once the link is registered, before it is announced. */
  registered?(kernel: Kernel, device: Device, spec: CleanLinkSpec, origin: Namespace): void
  /** Refuses options that may not change, and changes the others; true when something was there to change. */
  change?(kernel: Kernel, device: Device, change: CleanLinkChange): boolean
  /** State in the words of {@link Link}. */
  describe?(device: Device, now: number): Partial<Link>
  /** Where links of this kind are masters: the state of a port. */
  describePort?(port: Device, now: number): Partial<Link>
  /** Where links of this kind are masters: takes or releases a port, or changes one. */
  enslave?(kernel: Kernel, master: Device, port: Device): void
  release?(kernel: Kernel, master: Device, port: Device): void
  changePort?(kernel: Kernel, master: Device, port: Device, options: NonNullable<CleanLinkChange['port']>): void
  changeBondPort?(kernel: Kernel, master: Device, port: Device, options: BondPortOptions): void
  /** Called when the link goes up or down; may refuse going up. */
  open?(kernel: Kernel, device: Device): void
  stop?(kernel: Kernel, device: Device): void
  /** Sends a frame (`ndo_start_xmit`); `false` where it was dropped. A kind without it carries no frames. */
  transmit?(kernel: Kernel, device: Device, frame: Frame): boolean
  /** Why a packet cannot leave by a link without Ethernet headers; whoever sends it is told. */
  refusesPacket?(device: Device, packet: Uint8Array): ErrorCode | undefined
  /** The queue of the driver that a frame leaves by (`ndo_select_queue`); the first one without it. */
  queueOf?(kernel: Kernel, device: Device, frame: Frame): number
  /**
   * A frame that came in at a link below: at a port where links of this kind are masters, at the parent of one of them
   * (`rx_handler`). `false` leaves it to that link.
   */
  takeFrom?(kernel: Kernel, device: Device, from: Device, frame: Frame, type: PacketTypeNumber): boolean
  /** Where links of this kind are masters: takes a BPDU that came in at a port; `false` where it is none for it. */
  receiveBpdu?(kernel: Kernel, master: Device, port: Device, frame: Frame): boolean
  /** Takes a new MAC; without it the MAC is checked and stored. */
  setMac?(kernel: Kernel, device: Device, mac: string): void
  /** Refuses an MTU beyond the least and largest. */
  checkMtu?(kernel: Kernel, device: Device, mtu: number): void
  /** Called after the MTU changed. */
  mtuChanged?(kernel: Kernel, device: Device): void
  /** What the link has counted, where that is more than its own counters. */
  statistics?(device: Device): Counters
  /** Sets the carrier; kinds without it refuse. */
  setCarrier?(kernel: Kernel, device: Device, carrier: boolean): void
  /** The links that are deleted together with this one, itself included, in order. */
  dismantle?(kernel: Kernel, device: Device): Device[]
  /** Tells the end of what the link keeps, before its own is told. */
  tellEnd?(device: Device): void
  /** Called before the link leaves its tables. */
  uninit?(kernel: Kernel, device: Device): void
  /** Cost as port of a bridge (IEEE 802.1D), by the speed that the driver tells. */
  portCost?(device: Device): number
  /** Its driver filters by several unicast MACs (`IFF_UNICAST_FLT`). */
  readonly filtersUnicast?: true
  /** Its module makes it, and nobody else: links tell no kind, and stay. */
  readonly fromModule?: true
  /** The driver has no room: what the link's discipline holds stays there (`netif_stop_queue`). */
  isBusy?(kernel: Kernel, device: Device): boolean
  /** Belongs to its namespace for good. */
  readonly immutable?: true
}
