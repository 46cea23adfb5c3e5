/** What tunnels over IP have in common, as attributes (`linux/if_tunnel.h`; `net/ipv4/ip_tunnel.c`, `net/ipv6/ip6_tunnel.c`). @module */
import { type LinkRef, parseIp, type Tunnel6Options } from '@vnet/core'
import {
  type Attribute,
  type AttributeTable,
  ip,
  u8,
  u16,
  u16be,
  u32,
  u32be,
  words,
  writeAttributes,
} from '../../netlink/attribute.js'
import { type Found, readValues } from '../../netlink/attribute-run.js'
import type { Octets } from '../../netlink/octets.js'
import type { MessageWriter } from '../../netlink/writer.js'
import type { EncodeContext } from '../codec.js'
import {
  IP6_TNL_F_ALLOW_LOCAL_REMOTE,
  IP6_TNL_F_IGN_ENCAP_LIMIT,
  IP6_TNL_F_RCV_DSCP_COPY,
  IP6_TNL_F_USE_ORIG_FLOWLABEL,
  IP6_TNL_F_USE_ORIG_FWMARK,
  IP6_TNL_F_USE_ORIG_TCLASS,
  TUNNEL_ENCAP_FLAG_CSUM,
  TUNNEL_ENCAP_FLAG_CSUM6,
  TUNNEL_ENCAP_FLAG_REMCSUM,
  TUNNEL_ENCAP_FOU,
  TUNNEL_ENCAP_GUE,
  TUNNEL_ENCAP_MPLS,
  TUNNEL_ENCAP_NONE,
} from '../constants.js'
import { sharedIp } from '../ip-texts.js'

/** Options or a state, property by property. */
export type Loose = Record<string, unknown>

/** Numbers of the attributes that GRE and IP in IP have under different ones. */
export interface EncapNumbers {
  readonly type: number
  readonly flags: number
  readonly sport: number
  readonly dport: number
}

/** The attributes of a wrapping in UDP. */
export const encapAttributes = (prefix: string, numbers: EncapNumbers) => ({
  encap: words(u16(numbers.type, `${prefix}_ENCAP_TYPE`), {
    none: TUNNEL_ENCAP_NONE,
    fou: TUNNEL_ENCAP_FOU,
    gue: TUNNEL_ENCAP_GUE,
    mpls: TUNNEL_ENCAP_MPLS,
  }),
  encapFlags: u16(numbers.flags, `${prefix}_ENCAP_FLAGS`),
  encapSport: u16be(numbers.sport, `${prefix}_ENCAP_SPORT`),
  encapDport: u16be(numbers.dport, `${prefix}_ENCAP_DPORT`),
})

/** The address of an end; any is absent. */
export const endAddress = (type: number, name: string): Attribute<string | undefined> => ({
  ...ip(type, name),
  read: (from, start, end) => {
    const address = sharedIp(from, start, end - start)
    return address === '0.0.0.0' || address === '::' ? undefined : address
  },
})

/** The ends and the outer header. */
export const endAttributes = (prefix: string, link: number, local: number, remote: number, ttl: number) => ({
  link: u32(link, `${prefix}_LINK`),
  local: endAddress(local, `${prefix}_LOCAL`),
  remote: endAddress(remote, `${prefix}_REMOTE`),
  ttl: u8(ttl, `${prefix}_TTL`),
})

/** What is peculiar to an outer header of IPv6: a limit of wrappings; traffic class and flow label in one; flags. */
export const header6Attributes = (prefix: string, encapLimit: number, flowInfo: number, flags: number) => ({
  encapLimit: u8(encapLimit, `${prefix}_ENCAP_LIMIT`),
  flowInfo: u32be(flowInfo, `${prefix}_FLOWINFO`),
  tunnelFlags: u32(flags, `${prefix}_FLAGS`),
})

/** Fields of the options that the attributes above stand for. */
export const tunnelPaths = { encapFlags: 'encap', flowInfo: 'flowLabel', tunnelFlags: '' } as const

/** Switches that share an attribute, by the bit of each. */
export type Bits = Readonly<Record<string, number>>

/** The bits of the switches that are on. */
export function bitsOf(switches: Bits, options: Loose): number {
  let bits = 0
  for (const [name, bit] of Object.entries(switches)) if (options[name] === true) bits |= bit
  return bits
}

/** The switches of some bits, as properties of a state. */
export function readBits(switches: Bits, bits: number, state: Found): void {
  for (const name in switches) state.set(name, (bits & (switches[name] as number)) !== 0)
}

const encapSwitches: Bits = {
  encapCsum: TUNNEL_ENCAP_FLAG_CSUM,
  encapCsum6: TUNNEL_ENCAP_FLAG_CSUM6,
  encapRemcsum: TUNNEL_ENCAP_FLAG_REMCSUM,
}

const header6Switches: Bits = {
  tclassInherit: IP6_TNL_F_USE_ORIG_TCLASS,
  flowLabelInherit: IP6_TNL_F_USE_ORIG_FLOWLABEL,
  dscpInherit: IP6_TNL_F_RCV_DSCP_COPY,
  allowLocalRemote: IP6_TNL_F_ALLOW_LOCAL_REMOTE,
  fwmarkInherit: IP6_TNL_F_USE_ORIG_FWMARK,
}

/** The ends as attributes have them. What is any, or `null`, is left out: a change of a tunnel replaces all of it. */
export function endValues(options: Loose, context: EncodeContext): Loose {
  const values: Loose = { ...options }
  for (const name of ['local', 'remote']) {
    const octets = typeof options[name] === 'string' ? parseIp(options[name]) : undefined
    values[name] = octets?.some((octet) => octet !== 0) ? octets : undefined
  }
  const link = options.link as LinkRef | null | undefined
  values.link = link === null || link === undefined ? undefined : context.linkIndex(link)
  return values
}

/** The wrapping as attributes have it; nothing where none was told. Over IPv6 with a checksum (RFC 8200 § 8.1), as `ip` has it. */
function encapValues(options: Loose, version: 4 | 6): Loose {
  if (options.encap === undefined) return {}
  return {
    encap: options.encap,
    encapFlags: bitsOf(encapSwitches, { encapCsum6: version === 6 && options.encap !== 'none', ...options }),
    encapSport: options.encapSport ?? 0,
    encapDport: options.encapDport ?? 0,
  }
}

/** Whether the ends come with each packet: told when the link is made only, for in a change it spoils the link. */
const externalValue = ({ external }: Loose, making: boolean): Loose => ({
  external: making && external === true ? true : undefined,
})

/** The outer header of IPv6 as attributes have it. */
function header6Values(options: Tunnel6Options): Loose {
  const { encapLimit, tclass = 0, flowLabel = 0 } = options
  const flags = bitsOf(header6Switches, options as Loose)
  return {
    encapLimit: encapLimit ?? 0,
    flowInfo: ((tclass << 20) | flowLabel) >>> 0,
    tunnelFlags: encapLimit === null ? flags | IP6_TNL_F_IGN_ENCAP_LIMIT : flags,
  }
}

/** What a new tunnel over IPv6 has unless told otherwise, as `ip` has it; the kernel's own are zeros. */
const defaults6 = { ttl: 64, encapLimit: 4 } as const

/** Turns what was read into a state: no link is absent. (So is an address that is any: see `endAttributes`.) */
export function endState(state: Found): void {
  if (state.get('link') === 0) state.set('link', undefined)
}

/** Turns flags of a wrapping into switches. */
function encapState(state: Found): void {
  const flags = state.get('encapFlags') as number | undefined
  if (flags === undefined) return
  readBits(encapSwitches, flags, state)
  state.set('encapFlags', undefined)
}

/** Takes the outer header of IPv6 apart. */
function header6State(state: Found): void {
  const flowInfo = (state.get('flowInfo') ?? 0) as number
  const flags = (state.get('tunnelFlags') ?? 0) as number
  state.set('flowInfo', undefined)
  state.set('tunnelFlags', undefined)
  state.set('tclass', (flowInfo >>> 20) & 0xff)
  state.set('flowLabel', flowInfo & 0xfffff)
  readBits(header6Switches, flags, state)
  if ((flags & IP6_TNL_F_IGN_ENCAP_LIMIT) !== 0) state.set('encapLimit', undefined)
}

/** How the options of a tunnel are to be written. */
export interface Writing {
  /** Version of IP that it runs over. */
  readonly version: 4 | 6
  /** What the encoder asks. */
  readonly context: EncodeContext
  /** A new link, not a change of one. */
  readonly making: boolean
}

/** Appends the options of a tunnel; `more` are attributes that only its kind has. */
export function writeTunnel(
  to: MessageWriter,
  table: AttributeTable,
  options: Loose,
  { version, context, making }: Writing,
  more: Loose = {},
): void {
  const { encap: _, encapSport: __, encapDport: ___, ...told } = options
  const all = making && version === 6 && told.external !== true ? { ...defaults6, ...told } : told
  writeAttributes(to, table, {
    ...endValues(all, context),
    ...(version === 6 ? header6Values(all as Tunnel6Options) : {}),
    ...encapValues(options, version),
    ...externalValue(options, making),
    ...more,
  })
}

/** Reads the state of a tunnel; `finish` does what is peculiar to the kind. */
export function readTunnel(
  table: AttributeTable,
  version: 4 | 6,
  from: Octets,
  start: number,
  end: number,
  path: string,
  finish?: (state: Found) => void,
): Loose {
  return readValues(table, from, start, end, path, (state) => {
    endState(state)
    if (version === 6) header6State(state)
    encapState(state)
    if (table.external !== undefined && state.get('external') === undefined) state.set('external', false)
    finish?.(state)
  })
}
