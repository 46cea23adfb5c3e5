/** GENEVE: Ethernet over UDP (RFC 8926; `linux/if_link.h`, `IFLA_GENEVE_*`). @module */
import { rangeFault, typeFault } from '../argument.js'
import { bool, choice, type Field, fixed, integer, since, type Told } from '../field.js'

/** Settable options of a GENEVE link, as `ip link add type geneve id 42 remote …`. */
export interface GeneveOptions {
  /** Virtual network identifier, 0–16777215. Obligatory unless `external`. Fixed once made. */
  readonly id?: number
  /** Address of the far end, unicast. Obligatory unless `external`. */
  readonly remote?: string
  /** Destination UDP port; the kernel's default is 6081 (IANA). Fixed once made. */
  readonly port?: number
  /** Source UDP ports, first and last; the kernel's default is 1–65535 (Linux 6.15). Fixed once made. */
  readonly portRange?: readonly [number, number]
  /** Hop limit of the outer packets, 1–255; 0 lets the kernel choose. */
  readonly ttl?: number
  /** Take the hop limit from the inner packet. */
  readonly ttlInherit?: boolean
  /** Type of service of the outer packets, 0–255; 1 inherits. */
  readonly tos?: number
  /** IPv6 flow label of the outer packets, 0–1048575. */
  readonly flowLabel?: number
  /** Outer don't-fragment bit, over IPv4. */
  readonly df?: 'unset' | 'set' | 'inherit'
  /** UDP checksum over IPv4. Fixed once made. */
  readonly udpChecksum?: boolean
  /** Send zero checksums over IPv6. Fixed once made. */
  readonly udpZeroChecksum6Tx?: boolean
  /** Accept zero checksums over IPv6. Fixed once made. */
  readonly udpZeroChecksum6Rx?: boolean
  /** The ends come with each packet (lightweight tunnel) instead of from the link. Fixed once made. */
  readonly external?: boolean
  /** Carry packets without Ethernet header too: the link has no MAC (Linux 5.18). Fixed once made. */
  readonly innerProtocolInherit?: boolean
}

/** State of a GENEVE link. */
export type GeneveState = Told<GeneveOptions>

/** What each option of a GENEVE link takes. */
export const geneveFields: Readonly<Record<keyof GeneveOptions, Field>> = {
  id: integer(0, 0xffffff, 'virtual network identifier'),
  remote: { type: 'ip', about: 'address of the far end' },
  port: integer(1, 65535, 'destination UDP port'),
  portRange: since('Linux 6.15', fixed({ type: 'range', min: 0, max: 65535, about: 'source UDP ports' })),
  ttl: integer(0, 255, 'hop limit of the outer packets', 'hops'),
  ttlInherit: bool('take the hop limit from the inner packet'),
  tos: integer(0, 255, 'type of service, 1 inherits'),
  flowLabel: integer(0, 0xfffff, 'IPv6 flow label'),
  df: choice(['unset', 'set', 'inherit'], "outer don't-fragment bit"),
  udpChecksum: bool('UDP checksum over IPv4'),
  udpZeroChecksum6Tx: bool('send zero checksums over IPv6'),
  udpZeroChecksum6Rx: bool('accept zero checksums over IPv6'),
  external: fixed(bool('the ends come with each packet')),
  innerProtocolInherit: since('Linux 5.18', fixed(bool('carry packets without Ethernet header')), { untold: false }),
}

/** Refuses options of a GENEVE link that contradict each other. */
export function checkGeneve(options: Readonly<Record<string, unknown>>, path: string, making: boolean): void {
  const { id, remote, external, ttl, ttlInherit, df, flowLabel } = options as GeneveOptions
  if (making && external !== true) {
    if (id === undefined) throw typeFault(`${path}.id`, 'a network identifier', undefined, 'or external: true')
    if (remote === undefined) throw typeFault(`${path}.remote`, 'an address', undefined, 'or external: true')
  }
  if (making && external === true) {
    for (const name of ['id', 'remote', 'ttl', 'tos', 'flowLabel']) {
      if (!options[name]) continue
      throw rangeFault(`${path}.${name}`, 'comes with each packet of an external link', `leave out ${name} or external`)
    }
  }
  if (ttlInherit === true && ttl !== undefined && ttl !== 0) {
    throw rangeFault(`${path}.ttl`, 'is taken from the inner packet', 'leave out ttl or ttlInherit')
  }
  const six = remote?.includes(':')
  if (six === true && df !== undefined && df !== 'unset') {
    throw rangeFault(`${path}.df`, 'IPv6 has no such bit', 'leave out df, or give an IPv4 remote')
  }
  if (six === false && flowLabel !== undefined && flowLabel !== 0) {
    throw rangeFault(`${path}.flowLabel`, 'only IPv6 has flow labels', 'leave out flowLabel, or give an IPv6 remote')
  }
}
