/** The options of each kind of tunnel: what a new one has, and the octets that its headers take. @module */
import { type ChangeableProperty, formatIp, parseIp } from '@vnet/core'
import { packed } from '../object/packed.js'

/** The options of a tunnel as the mock keeps them: all that the kind tells; what can be taken away is absent then. */
export type TunnelSettings = Record<string, unknown>

/** What tells the kinds of tunnels apart. */
export interface TunnelTraits {
  /** The kind, and the property of its options. */
  readonly kind: ChangeableProperty
  /** Version of IP that it runs over. */
  readonly version: 4 | 6
  /** Hardware type of its links; those with frames are Ethernet links. */
  readonly type: 'ether' | 'gre' | 'gre6' | 'ipip' | 'sit' | 'tunnel6'
  /** Tunnels of which no two may have the same ends. */
  readonly table: string
  /** Keys tell tunnels with the same ends apart. */
  readonly keyed?: true
  /** The link to go by does not. */
  readonly anyLink?: true
  /** Least MTU, and what the driver tells of it. */
  readonly minMtu: number
  readonly maxMtu: number
  /** What a new link has. */
  readonly defaults: TunnelSettings
  /** Octets of the headers between the outer IP header and the packet. */
  header(options: TunnelSettings): number
}

const encap = {
  encap: 'none',
  encapSport: 0,
  encapDport: 0,
  encapCsum: false,
  encapCsum6: false,
  encapRemcsum: false,
}
const header4 = { ttl: 0, tos: 0, pmtudisc: true, fwmark: 0 }
const header6 = {
  ttl: 64,
  encapLimit: 4,
  tclass: 0,
  tclassInherit: false,
  flowLabel: 0,
  flowLabelInherit: false,
  dscpInherit: false,
  allowLocalRemote: false,
  fwmark: 0,
  fwmarkInherit: false,
}
const greHeader = { iseq: false, oseq: false, icsum: false, ocsum: false }
const gre4 = { ...header4, ...greHeader, ignoreDf: false, ...encap, external: false }
const gre6 = { ...header6, ...greHeader, ...encap, external: false }
const erspan = { erspanVersion: 1, erspanIndex: 0 }
const sixrd = {
  sixrdPrefix: '2002::',
  sixrdPrefixLength: 16,
  sixrdRelayPrefix: '0.0.0.0',
  sixrdRelayPrefixLength: 0,
}

/** A UDP header, that of GUE, and its private fields. */
export function encapOctets(options: TunnelSettings): number {
  switch (options.encap) {
    case 'fou':
      return 8
    case 'gue':
      return options.encapRemcsum === true ? 20 : 12
    case 'mpls':
      return 4
    default:
      return 0
  }
}

/** A GRE header (RFC 2890 § 2): four octets, and four for each part that is there. */
const greOctets = (options: TunnelSettings): number =>
  4 + (options.ocsum === true ? 4 : 0) + (options.okey === undefined ? 0 : 4) + (options.oseq === true ? 4 : 0)

/** The destination option that limits how deep a tunnel is wrapped (RFC 2473 § 5.1). */
const limitOctets = (options: TunnelSettings): number => (options.encapLimit === undefined ? 0 : 8)
const ethernet = 14

/** A GRE header with sequence number, and that of ERSPAN; version 0 has neither. */
function erspanOctets(options: TunnelSettings): number {
  if (options.erspanVersion === 0) return 4
  return options.erspanVersion === 2 ? 8 + 12 : 8 + 8
}

const greTunnel = (kind: 'gre' | 'gretap'): TunnelTraits => ({
  kind,
  version: 4,
  type: kind === 'gre' ? 'gre' : 'ether',
  table: kind,
  keyed: true,
  minMtu: kind === 'gre' ? 0 : 68,
  maxMtu: 0,
  defaults: gre4,
  header: (options) => greOctets(options) + encapOctets(options) + (kind === 'gre' ? 0 : ethernet),
})
const ip6greTunnel = (kind: 'ip6gre' | 'ip6gretap'): TunnelTraits => ({
  kind,
  version: 6,
  type: kind === 'ip6gre' ? 'gre6' : 'ether',
  table: kind === 'ip6gre' ? 'ip6gre' : 'ip6gre with frames',
  keyed: true,
  minMtu: kind === 'ip6gre' ? 0 : 68,
  maxMtu: 0,
  defaults: gre6,
  header: (options) =>
    greOctets(options) + encapOctets(options) + limitOctets(options) + (kind === 'ip6gre' ? 0 : ethernet),
})

/** The kinds. */
export const tunnelTraits: readonly TunnelTraits[] = [
  {
    kind: 'erspan',
    version: 4,
    type: 'ether',
    table: 'erspan',
    keyed: true,
    minMtu: 68,
    maxMtu: 0,
    defaults: { ...gre4, ...erspan },
    header: (options) => erspanOctets(options) + encapOctets(options) + ethernet,
  },
  greTunnel('gre'),
  greTunnel('gretap'),
  {
    kind: 'ip6erspan',
    version: 6,
    type: 'ether',
    table: 'ip6gre with frames',
    keyed: true,
    minMtu: 68,
    maxMtu: 0,
    defaults: { ...gre6, ...erspan },
    header: (options) => erspanOctets(options) + encapOctets(options) + limitOctets(options) + ethernet,
  },
  ip6greTunnel('ip6gre'),
  ip6greTunnel('ip6gretap'),
  {
    kind: 'ip6tnl',
    version: 6,
    type: 'tunnel6',
    table: 'ip6tnl',
    minMtu: 68,
    maxMtu: 65535,
    defaults: { mode: 'any', ...header6, ...encap, external: false },
    header: (options) => encapOctets(options) + limitOctets(options),
  },
  {
    kind: 'ipip',
    version: 4,
    type: 'ipip',
    table: 'ipip',
    minMtu: 0,
    maxMtu: 0,
    defaults: { mode: 'ipip', ...header4, ...encap, external: false },
    header: encapOctets,
  },
  {
    kind: 'sit',
    version: 4,
    type: 'sit',
    table: 'sit',
    minMtu: 1280,
    maxMtu: 65555,
    defaults: { mode: 'ip6ip', ...header4, ttl: 64, isatap: false, ...sixrd, ...encap },
    header: encapOctets,
  },
  {
    kind: 'vti',
    version: 4,
    type: 'ipip',
    table: 'vti',
    minMtu: 0,
    maxMtu: 0,
    defaults: { ikey: 0, okey: 0, fwmark: 0 },
    header: () => 0,
  },
  {
    kind: 'vti6',
    version: 6,
    type: 'tunnel6',
    table: 'vti6',
    anyLink: true,
    minMtu: 68,
    maxMtu: 65495,
    defaults: { ikey: 0, okey: 0, fwmark: 0 },
    header: () => 0,
  },
]

const withNetwork = (given: TunnelSettings): boolean => Object.keys(sixrd).some((name) => given[name] !== undefined)

/** The options of a new tunnel. */
export function newSettings(traits: TunnelTraits, given: TunnelSettings): TunnelSettings {
  const { defaults, kind, version } = traits
  const base = { ...defaults }
  if (given.external === true && version === 6) Object.assign(base, { ttl: 0, encapLimit: 0 })
  if (kind === 'erspan' || kind === 'ip6erspan') {
    if ((given.erspanVersion ?? 1) !== 1) delete base.erspanIndex
    if (given.erspanVersion === 2) Object.assign(base, { erspanDir: 'ingress', erspanHwid: 0 })
    // Always numbered but in version 0; the kernel wants to hear it.
    if (given.erspanVersion !== 0 && given.external !== true) Object.assign(base, { iseq: true, oseq: true })
  }
  // What is given of the networks is all of them.
  if (withNetwork(given)) {
    Object.assign(base, {
      sixrdPrefix: '::',
      sixrdPrefixLength: 0,
      sixrdRelayPrefix: '0.0.0.0',
      sixrdRelayPrefixLength: 0,
    })
  }
  if (given.encap !== undefined && given.encap !== 'none' && version === 6) base.encapCsum6 = true
  return merged(base, given)
}

/** The options after a change. */
export function changedSettings(before: TunnelSettings, given: TunnelSettings): TunnelSettings {
  const after = merged(before, given)
  if (given.erspanVersion === 2) {
    delete after.erspanIndex
    after.erspanDir ??= 'ingress'
    after.erspanHwid ??= 0
  } else if (given.erspanVersion === 1) {
    delete after.erspanDir
    delete after.erspanHwid
    after.erspanIndex ??= 0
  }
  return after
}

const marks: ReadonlySet<string> = new Set(['ikey', 'okey'])

/** `null` takes away, and so does an address that is any; addresses become canonical. */
function merged(before: TunnelSettings, given: TunnelSettings): TunnelSettings {
  const after = { ...before }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    // A mark of VTI is told also where it is none.
    if (value === null && before[name] !== undefined && marks.has(name) && !('iseq' in before)) after[name] = 0
    else if (value === null) delete after[name]
    else if (name === 'local' || name === 'remote') {
      const octets = parseIp(value as string) as Uint8Array
      if (octets.every((octet) => octet === 0)) delete after[name]
      else after[name] = formatIp(octets)
    } else after[name] = value
  }
  return packed(after)
}
