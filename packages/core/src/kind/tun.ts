/** TUN (layer 3) and TAP (layer 2) links (`linux/if_tun.h`; Documentation/networking/tuntap.rst). @module */
import { bool, type Field, integer } from '../field.js'

/** Options of a persistent TUN or TAP link, as `ip tuntap add dev NAME mode tun`. All are fixed once made. */
export interface TunOptions {
  /** User id that may attach without CAP_NET_ADMIN. */
  readonly owner?: number
  /** Group id that may attach without CAP_NET_ADMIN. */
  readonly ownerGroup?: number
  /** Frames carry the 4-octet packet information header. */
  readonly packetInformation?: boolean
  /** Frames carry the virtio header (offloads). */
  readonly vnetHeader?: boolean
  /** Several queues may be attached. */
  readonly multiQueue?: boolean
}

/** State of a TUN or TAP link. */
export interface TunState extends TunOptions {
  /** The link stays when nobody is attached. */
  readonly persistent?: boolean
  /** Attached queues; told only of multi-queue links. */
  readonly queues?: number
  /** Queues attached but switched off. */
  readonly disabledQueues?: number
}

/** What each option of a TUN or TAP takes. */
export const tunFields: Readonly<Record<keyof TunOptions, Field>> = {
  owner: integer(0, 0xfffffffe, 'user id that may attach'),
  ownerGroup: integer(0, 0xfffffffe, 'group id that may attach'),
  packetInformation: bool('4-octet header before each frame'),
  vnetHeader: bool('virtio header before each frame'),
  multiQueue: bool('several queues may be attached'),
}
