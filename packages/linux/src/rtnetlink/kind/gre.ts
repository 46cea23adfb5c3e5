/** GRE and ERSPAN tunnels: options as attributes (`linux/if_tunnel.h`, `IFLA_GRE_*`; `net/ipv4/ip_gre.c`, `net/ipv6/ip6_gre.c`). @module */
import { attributes, bool, flag, u8, u16, u16be, u32, u32be, words } from '../../netlink/attribute.js'
import type { Found } from '../../netlink/attribute-run.js'
import type { LinkKind } from './kind.js'
import {
  type Bits,
  bitsOf,
  encapAttributes,
  endAttributes,
  header6Attributes,
  type Loose,
  readBits,
  readTunnel,
  tunnelPaths,
  writeTunnel,
} from './tunnel.js'

/** Attributes of GRE, ERSPAN, and both over IPv6. The flags are in network order, as in the header of the packets. */
export const greAttributes = attributes({
  ...endAttributes('IFLA_GRE', 1, 6, 7, 8),
  iflags: u16be(2, 'IFLA_GRE_IFLAGS'),
  oflags: u16be(3, 'IFLA_GRE_OFLAGS'),
  ikey: u32be(4, 'IFLA_GRE_IKEY'),
  okey: u32be(5, 'IFLA_GRE_OKEY'),
  tos: u8(9, 'IFLA_GRE_TOS'),
  pmtudisc: bool(10, 'IFLA_GRE_PMTUDISC'),
  ...header6Attributes('IFLA_GRE', 11, 12, 13),
  ...encapAttributes('IFLA_GRE', { type: 14, flags: 15, sport: 16, dport: 17 }),
  external: flag(18, 'IFLA_GRE_COLLECT_METADATA'),
  ignoreDf: bool(19, 'IFLA_GRE_IGNORE_DF'),
  fwmark: u32(20, 'IFLA_GRE_FWMARK'),
  erspanIndex: u32(21, 'IFLA_GRE_ERSPAN_INDEX'),
  erspanVersion: u8(22, 'IFLA_GRE_ERSPAN_VER'),
  erspanDir: words(u8(23, 'IFLA_GRE_ERSPAN_DIR'), { ingress: 0, egress: 1 }),
  erspanHwid: u16(24, 'IFLA_GRE_ERSPAN_HWID'),
})

// Flags of the GRE header (RFC 2890 § 2) as a number; `linux/if_tunnel.h` has them in network order.
const GRE_CSUM = 0x8000
const GRE_KEY = 0x2000
const GRE_SEQ = 0x1000

const received: Bits = { icsum: GRE_CSUM, iseq: GRE_SEQ }
const sent: Bits = { ocsum: GRE_CSUM, oseq: GRE_SEQ }

/** The flags of the header, as told and as they follow from the keys. */
function headerValues(options: Loose): Loose {
  const { ikey, okey } = options
  const keyed = (key: unknown) => key !== undefined && key !== null
  return {
    iflags: bitsOf(received, options) | (keyed(ikey) ? GRE_KEY : 0),
    oflags: bitsOf(sent, options) | (keyed(okey) ? GRE_KEY : 0),
    ikey: ikey ?? undefined,
    okey: okey ?? undefined,
  }
}

/** Turns the flags of the header into switches; a key is one only where its flag is set. */
function headerState(state: Found): void {
  const iflags = (state.get('iflags') ?? 0) as number
  const oflags = (state.get('oflags') ?? 0) as number
  state.set('iflags', undefined)
  state.set('oflags', undefined)
  readBits(received, iflags, state)
  readBits(sent, oflags, state)
  if ((iflags & GRE_KEY) === 0) state.set('ikey', undefined)
  if ((oflags & GRE_KEY) === 0) state.set('okey', undefined)
}

const only4 = ['tos', 'pmtudisc', 'ignoreDf'] as const

function greKind(property: string, version: 4 | 6, erspan = false): LinkKind<Loose, Loose> {
  const path = `link.${property}`
  return {
    property,
    attributes: greAttributes,
    paths: { ...tunnelPaths, iflags: '', oflags: '' },
    replaces: true,
    encode(to, options, context, making) {
      const own: Loose = {}
      if (making && erspan && options.external !== true) {
        // The kernel wants the sequence numbers to be asked for, although it sends them always.
        if (options.erspanVersion !== 0) Object.assign(own, { iseq: true, oseq: true })
        own.erspanVersion = options.erspanVersion ?? 1
      }
      const all = { ...options, ...own }
      writeTunnel(to, greAttributes, all, { version, context, making }, headerValues(all))
    },
    decode: (from, start, end) =>
      readTunnel(greAttributes, version, from, start, end, path, (state) => {
        headerState(state)
        if (version === 6) for (const name of only4) state.set(name, undefined)
      }),
  }
}

/** GRE over IPv4. */
export const gre = greKind('gre', 4)
/** GRE over IPv4, carrying frames. */
export const gretap = greKind('gretap', 4)
/** ERSPAN over IPv4. */
export const erspan = greKind('erspan', 4, true)
/** GRE over IPv6. */
export const ip6gre = greKind('ip6gre', 6)
/** GRE over IPv6, carrying frames. */
export const ip6gretap = greKind('ip6gretap', 6)
/** ERSPAN over IPv6. */
export const ip6erspan = greKind('ip6erspan', 6, true)
