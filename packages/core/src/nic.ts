/** Network interface cards, real and virtual: what a link is made of (`ethtool`, `lspci`, `ip -d link`; `linux/ethtool.h`). @module */
import type { LinkRef } from './link.js'
import type { NicNaming } from './nic-name/given.js'
import type { NicSettings } from './nic-settings.js'

/** Which NICs `nic list` holds. */
export interface NicFilter {
  /** Only those with a device behind them, or only those of software. */
  readonly physical?: boolean
}

/** Which NIC `nic get` returns. */
export interface NicQuery {
  /** Its link. */
  readonly link: LinkRef
  /** Ask for what is configured on it, too: three lists and some files more. */
  readonly settings?: boolean
}

/** Something that a driver can do by itself, as `ethtool -k` lists them. */
export interface NicFeature {
  /** The kernel's name: `tx-checksum-ip-generic`. */
  readonly name: string
  /** It is in use. */
  readonly active: boolean
  /** Nobody can change that. */
  readonly fixed: boolean
  /** What was asked for, where that differs: another feature stands in the way. */
  readonly requested?: boolean
}

/** How many there are and how many there can be; absent for what the driver does not know. */
export interface NicRange {
  /** Now. */
  readonly now: number
  /** At most. */
  readonly most: number
}

/** Queues of a driver, as `ethtool -l`. */
export interface NicChannels {
  /** Queues that only receive. */
  readonly rx?: NicRange
  /** Queues that only send. */
  readonly tx?: NicRange
  /** Queues for other events. */
  readonly other?: NicRange
  /** Queues that do both. */
  readonly combined?: NicRange
}

/** Places of frames in the rings of a driver, as `ethtool -g`. */
export interface NicRings {
  /** Received frames. */
  readonly rx?: NicRange
  /** Small received frames. */
  readonly rxMini?: NicRange
  /** Large received frames. */
  readonly rxJumbo?: NicRange
  /** Frames to send. */
  readonly tx?: NicRange
  /** Octets of a receive buffer. */
  readonly rxBufferLength?: number
}

/** A link beneath a NIC, or its other end: perhaps in another namespace. */
export interface NicBeneath {
  /** Its index, counted where it is. */
  readonly index: number
  /** Its name, where we can see it. */
  readonly name?: string
  /** Number of its namespace as this one counts them; absent when it is this one. */
  readonly namespaceId?: number
  /** Name of that namespace, where it has one that we can see. */
  readonly namespace?: string
}

/** The device behind a NIC. */
export interface NicDevice {
  /** Its name on the bus: `0000:01:00.0`, `virtio2`. */
  readonly name: string
  /** The bus: `pci`, `usb`, `virtio`, `platform`. */
  readonly bus: string
  /** Ids of vendor and device, as `lspci -n` prints them: `1af4:1000`; of USB as `lsusb`. */
  readonly id?: string
}

/** Where a link of a device that has none here was found. */
export interface NicElsewhere {
  /** Its name there. */
  readonly name: string
  /** Its index there. */
  readonly index: number
  /** Name of that namespace; absent for that of the process, or of the first process. */
  readonly namespace?: string
}

/**
 * A NIC: a link as a piece of hardware, or what stands for one. Fields that the kernel or the driver does not know are
 * absent: many drivers answer half the questions only.
 */
export interface Nic {
  /** Number of the link; absent where the device has no link in this namespace. */
  readonly index?: number
  /** Its name; absent as `index`. */
  readonly name?: string
  /** Alternative names. */
  readonly altNames: readonly string[]
  /** Kind of a virtual link, in the kernel's word. */
  readonly kind?: string
  /** Hardware type: `ether`, `loopback`, …; absent as `index`. */
  readonly type?: string
  /** A device is behind it; a card that a hypervisor emulates counts. */
  readonly physical: boolean
  /** Why that is said, in a sentence. */
  readonly because: string
  /** It is a wireless LAN. */
  readonly wireless: boolean
  /** The device. */
  readonly device?: NicDevice
  /** Driver: `virtio_net`. */
  readonly driver?: string
  /** Version of the driver, as it tells; of drivers in the kernel tree mostly that of the kernel. */
  readonly version?: string
  /** Version of the firmware. */
  readonly firmware?: string
  /** Address on the bus, as the driver tells: `0000:00:03.0`. */
  readonly busAddress?: string
  /** MAC in use. */
  readonly mac?: string
  /** MAC that the hardware was made with. */
  readonly permanentMac?: string
  /** Administratively up. */
  readonly up?: boolean
  /** The driver sees a carrier (`ethtool`: Link detected). */
  readonly carrier?: boolean
  /** Megabits a second. */
  readonly speed?: number
  /** Both ways at once, or one. */
  readonly duplex?: 'half' | 'full'
  /** Speed and duplex are found out with the other end. */
  readonly autonegotiation?: boolean
  /** What the cable is plugged into, as `ethtool` says: `tp`, `fibre`, `da`, `none`, … */
  readonly port?: string
  /** Modes that it can (`1000baseT/Full`), and other words of `ethtool`: `Autoneg`, `TP`, `Pause`. */
  readonly supported?: readonly string[]
  /** Of those, what it tells the other end. */
  readonly advertised?: readonly string[]
  /** Queues of the link, sending; those of the driver are in `channels`. */
  readonly txQueues?: number
  /** Queues of the link, receiving. */
  readonly rxQueues?: number
  /** Queues of the driver. */
  readonly channels?: NicChannels
  /** Rings of the driver. */
  readonly rings?: NicRings
  /** What the driver can do by itself, in the kernel's order. */
  readonly features?: readonly NicFeature[]
  /** Switches of the driver's own, as `ethtool --show-priv-flags`, and whether they are on. */
  readonly privateFlags?: Readonly<Record<string, boolean>>
  /** The link beneath, or the other end. */
  readonly beneath?: NicBeneath
  /** How it came to its name. */
  readonly naming?: NicNaming
  /** What is configured on it, when asked for. */
  readonly settings?: NicSettings
  /** Where its link is, for a device that has none in this namespace and where we found it. */
  readonly elsewhere?: NicElsewhere
}

/** Whether a link is a piece of hardware, and why: told by its device, its kind and its type. */
export function physicalOf(link: {
  readonly type: string
  readonly kind?: string | undefined
  readonly device?: { readonly name: string; readonly bus: string } | undefined
}): Pick<Nic, 'physical' | 'because'> {
  const { type, kind, device } = link
  if (type === 'loopback') return { physical: false, because: 'the loopback of its namespace' }
  if (device !== undefined) {
    const { name, bus } = device
    if (bus === 'netdevsim') return { physical: false, because: `simulated device ${name} (netdevsim)` }
    if (bus === 'virtio') return { physical: true, because: `device ${name} on bus virtio, which a hypervisor offers` }
    return { physical: true, because: `device ${name} on bus ${bus}` }
  }
  if (kind === 'dsa') return { physical: true, because: 'port of a switch chip (DSA)' }
  if (kind !== undefined) return { physical: false, because: `software makes links of kind ${kind}` }
  return { physical: false, because: 'neither a device nor a kind is behind it' }
}
