/** VXLAN: Ethernet over UDP (RFC 7348; `linux/if_link.h`, `IFLA_VXLAN_*`). @module */
import { rangeFault, typeFault } from '../argument.js'
import { bool, choice, type Field, integer, since } from '../field.js'

/** Settable options of a VXLAN link, as `ip link add type vxlan id 42 …`. */
export interface VxlanOptions {
  /** VXLAN network identifier, 0–16777215. Obligatory unless `external`. */
  readonly id?: number
  /** Where frames of unknown destination go: a unicast or a multicast address. */
  readonly remote?: string
  /** Source address of the outer packets. */
  readonly local?: string
  /** Link that the outer packets leave by: name or index. */
  readonly link?: string | number
  /** Destination UDP port. The kernel's own default is 8472; vnet sends those of IANA unless told otherwise: 4789, with `gpe` 4790. */
  readonly port?: number
  /** Source UDP ports, first and last. */
  readonly portRange?: readonly [number, number]
  /** Hop limit of the outer packets, 1–255; 0 lets the kernel choose. */
  readonly ttl?: number
  /** Take the hop limit from the inner packet. */
  readonly ttlInherit?: boolean
  /** Type of service of the outer packets, 0–255; 1 inherits. */
  readonly tos?: number
  /** IPv6 flow label of the outer packets, 0–1048575. */
  readonly flowLabel?: number
  /** Whether that flow label is sent, or that of the IPv6 packet inside, 0 where there is none (Linux 6.8). */
  readonly flowLabelPolicy?: 'fixed' | 'inherit'
  /** Outer don't-fragment bit. */
  readonly df?: 'unset' | 'set' | 'inherit'
  /** Source MACs are learned. */
  readonly learning?: boolean
  /** Seconds until a learned entry is forgotten. */
  readonly ageing?: number
  /** Most FDB entries, 0 no limit. */
  readonly maxEntries?: number
  /** Answer ARP from the neighbour table. */
  readonly proxy?: boolean
  /** Route short circuit. */
  readonly rsc?: boolean
  /** Tell of unknown MACs by netlink. */
  readonly l2Miss?: boolean
  /** Tell of unknown IPs by netlink. */
  readonly l3Miss?: boolean
  /** UDP checksum over IPv4. */
  readonly udpChecksum?: boolean
  /** Send zero checksums over IPv6. */
  readonly udpZeroChecksum6Tx?: boolean
  /** Accept zero checksums over IPv6. */
  readonly udpZeroChecksum6Rx?: boolean
  /** Remote checksum offload, sending. */
  readonly remoteChecksumTx?: boolean
  /** Remote checksum offload, receiving. */
  readonly remoteChecksumRx?: boolean
  /** Remote checksum offload, receiving: the checksum is written into the packet at once. Told when set. Fixed once made. */
  readonly remoteChecksumNoPartial?: boolean
  /** Group-based policy extension. Fixed once made. */
  readonly gbp?: boolean
  /** Generic protocol extension. Fixed once made. */
  readonly gpe?: boolean
  /** Tunnel parameters come with each packet (lightweight tunnel) instead of from the link. */
  readonly external?: boolean
  /** Filter by VNI, with `external`. */
  readonly vniFilter?: boolean
  /** Deliver locally when the remote is this host (Linux 6.5). */
  readonly localBypass?: boolean
  /**
   * Bits of the VXLAN header that drop a packet when one of them is set: two words of 32 bits (RFC 7348 § 5). By default all
   * that no extension of the link uses; those cannot be given (Linux 6.14). Fixed once made, but any
   * change of the link makes them what they are without extensions (`vxlan_nl2conf`), so that these no longer receive.
   */
  readonly reservedBits?: readonly [number, number]
}

/** State of a VXLAN link. `link` is an index. */
export type VxlanState = Omit<VxlanOptions, 'link'> & {
  /** Index of the link that the outer packets leave by. */
  readonly link?: number
}

/** What each option of a VXLAN takes. */
export const vxlanFields: Readonly<Record<keyof VxlanOptions, Field>> = {
  id: integer(0, 0xffffff, 'VXLAN network identifier'),
  remote: { type: 'ip', about: 'where frames of unknown destination go' },
  local: { type: 'ip', about: 'source address of the outer packets' },
  link: { type: 'link', about: 'link that the outer packets leave by' },
  port: integer(1, 65535, 'destination UDP port'),
  portRange: { type: 'range', min: 0, max: 65535, about: 'source UDP ports' },
  ttl: integer(0, 255, 'hop limit of the outer packets', 'hops'),
  ttlInherit: bool('take the hop limit from the inner packet'),
  tos: integer(0, 255, 'type of service, 1 inherits'),
  flowLabel: integer(0, 0xfffff, 'IPv6 flow label'),
  flowLabelPolicy: since('Linux 6.8', choice(['fixed', 'inherit'], 'that flow label, or that of the inner packet')),
  df: choice(['unset', 'set', 'inherit'], "outer don't-fragment bit"),
  learning: bool('learn source MACs'),
  ageing: { type: 'seconds', min: 0, max: 0xffffffff, step: 1, about: 'time until a learned entry is forgotten' },
  maxEntries: integer(0, 0xffffffff, 'most FDB entries, 0 no limit'),
  proxy: bool('answer ARP from the neighbour table'),
  rsc: bool('route short circuit'),
  l2Miss: bool('tell of unknown MACs'),
  l3Miss: bool('tell of unknown IPs'),
  udpChecksum: bool('UDP checksum over IPv4'),
  udpZeroChecksum6Tx: bool('send zero checksums over IPv6'),
  udpZeroChecksum6Rx: bool('accept zero checksums over IPv6'),
  remoteChecksumTx: bool('remote checksum offload, sending'),
  remoteChecksumRx: bool('remote checksum offload, receiving'),
  remoteChecksumNoPartial: bool('remote checksum offload, receiving: complete the checksum at once'),
  gbp: bool('group-based policy'),
  gpe: bool('generic protocol extension'),
  external: bool('tunnel parameters come with each packet'),
  vniFilter: since('Linux 5.18', bool('filter by VNI'), { untold: false }),
  localBypass: since('Linux 6.5', bool('deliver locally when the remote is this host')),
  reservedBits: since('Linux 6.14', {
    type: 'numbers',
    min: 0,
    max: 0xffffffff,
    count: 2,
    about: 'bits of the header that drop a packet',
  }),
}

/** Refuses options of a VXLAN that contradict each other. */
export function checkVxlan(options: Readonly<Record<string, unknown>>, path: string, making: boolean): void {
  const { id, external, local, remote } = options as VxlanOptions
  if (making && id === undefined && external !== true) {
    throw typeFault(`${path}.id`, 'a network identifier', undefined, 'or external: true')
  }
  if (local !== undefined && remote !== undefined && local.includes(':') !== remote.includes(':')) {
    throw rangeFault(
      `${path}.local`,
      `${local} and ${remote} are of different versions of IP`,
      'both are IPv4, or both IPv6',
    )
  }
}
