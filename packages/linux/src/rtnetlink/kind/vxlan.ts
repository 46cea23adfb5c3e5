/** VXLAN links: options as attributes (`linux/if_link.h`, `IFLA_VXLAN_*`; `drivers/net/vxlan/vxlan_core.c`; RFC 7348). @module */
import { parseIp, type VxlanOptions, type VxlanState } from '@vnet/core'
import {
  attributes,
  bool,
  custom,
  flag,
  ip,
  u8,
  u16be,
  u32,
  u32be,
  words,
  writeAttributes,
} from '../../netlink/attribute.js'
import { readAttribute, readValues } from '../../netlink/attribute-run.js'
import { VXLAN_DF_INHERIT, VXLAN_DF_SET, VXLAN_DF_UNSET, VXLAN_LABEL_FIXED, VXLAN_LABEL_INHERIT } from '../constants.js'
import type { LinkKind } from './kind.js'
import { portRange } from './port-range.js'

/** The ports that IANA gave to VXLAN, and to it with the protocol extension; the kernel's own default is the older 8472. */
export const defaultPort = { plain: 4789, gpe: 4790 } as const

/** Attributes of a VXLAN. */
export const vxlanAttributes = attributes({
  id: u32(1, 'IFLA_VXLAN_ID'),
  remote: ip(2, 'IFLA_VXLAN_GROUP'),
  link: u32(3, 'IFLA_VXLAN_LINK'),
  local: ip(4, 'IFLA_VXLAN_LOCAL'),
  ttl: u8(5, 'IFLA_VXLAN_TTL'),
  tos: u8(6, 'IFLA_VXLAN_TOS'),
  learning: bool(7, 'IFLA_VXLAN_LEARNING'),
  ageing: u32(8, 'IFLA_VXLAN_AGEING'),
  maxEntries: u32(9, 'IFLA_VXLAN_LIMIT'),
  portRange: portRange(10, 'IFLA_VXLAN_PORT_RANGE'),
  proxy: bool(11, 'IFLA_VXLAN_PROXY'),
  rsc: bool(12, 'IFLA_VXLAN_RSC'),
  l2Miss: bool(13, 'IFLA_VXLAN_L2MISS'),
  l3Miss: bool(14, 'IFLA_VXLAN_L3MISS'),
  port: u16be(15, 'IFLA_VXLAN_PORT'),
  remote6: ip(16, 'IFLA_VXLAN_GROUP6'),
  local6: ip(17, 'IFLA_VXLAN_LOCAL6'),
  udpChecksum: bool(18, 'IFLA_VXLAN_UDP_CSUM'),
  udpZeroChecksum6Tx: bool(19, 'IFLA_VXLAN_UDP_ZERO_CSUM6_TX'),
  udpZeroChecksum6Rx: bool(20, 'IFLA_VXLAN_UDP_ZERO_CSUM6_RX'),
  remoteChecksumTx: bool(21, 'IFLA_VXLAN_REMCSUM_TX'),
  remoteChecksumRx: bool(22, 'IFLA_VXLAN_REMCSUM_RX'),
  gbp: flag(23, 'IFLA_VXLAN_GBP'),
  remoteChecksumNoPartial: flag(24, 'IFLA_VXLAN_REMCSUM_NOPARTIAL'),
  external: bool(25, 'IFLA_VXLAN_COLLECT_METADATA'),
  flowLabel: u32be(26, 'IFLA_VXLAN_LABEL'),
  gpe: flag(27, 'IFLA_VXLAN_GPE'),
  ttlInherit: custom<boolean>(
    28,
    'IFLA_VXLAN_TTL_INHERIT',
    'flag',
    0,
    (to, value) => value && to.flagAttribute(28),
    // A flag on the way in, but a u8 on the way out.
    (from, start, end) => end === start || from.bytes[start] !== 0,
  ),
  df: words(u8(29, 'IFLA_VXLAN_DF'), { unset: VXLAN_DF_UNSET, set: VXLAN_DF_SET, inherit: VXLAN_DF_INHERIT }),
  vniFilter: bool(30, 'IFLA_VXLAN_VNIFILTER'),
  localBypass: bool(31, 'IFLA_VXLAN_LOCALBYPASS'),
  flowLabelPolicy: words(u32(32, 'IFLA_VXLAN_LABEL_POLICY'), {
    fixed: VXLAN_LABEL_FIXED,
    inherit: VXLAN_LABEL_INHERIT,
  }),
  // A header, in network order as it is sent.
  reservedBits: custom<readonly [number, number]>(
    33,
    'IFLA_VXLAN_RESERVED_BITS',
    'struct',
    8,
    (to, [first, second]) => {
      const at = to.nestPlain(33)
      to.u32be(first)
      to.u32be(second)
      to.endNest(at)
    },
    (from, at) => [from.u32be(at), from.u32be(at + 4)],
  ),
})

const { remote6: _, local6: __, ...shown } = vxlanAttributes

/** VXLAN links. */
export const vxlan: LinkKind<VxlanOptions, VxlanState> = {
  property: 'vxlan',
  attributes: vxlanAttributes,
  paths: { remote6: 'remote', local6: 'local' },
  encode(to, options, context, making) {
    const { remote, local, link, ...rest } = options
    // IPv4 and IPv6 have attributes of their own.
    const values: Record<string, unknown> = { ...rest }
    if (remote !== undefined) values[remote.includes(':') ? 'remote6' : 'remote'] = parseIp(remote)
    if (local !== undefined) values[local.includes(':') ? 'local6' : 'local'] = parseIp(local)
    if (link !== undefined) values.link = context.linkIndex(link)
    if (making) {
      values.port ??= options.gpe === true ? defaultPort.gpe : defaultPort.plain
      // As `ip` has it: what comes from outside with each packet is not learned. The kernel itself learns always.
      values.learning ??= options.external !== true
      // A slip of the kernel: said to be off, it counts as in use, and its bits may not be reserved (`vxlan_nl2conf`).
      if (options.remoteChecksumRx === false) delete values.remoteChecksumRx
    }
    writeAttributes(to, vxlanAttributes, values)
  },
  decode(from, start, end) {
    const state = readValues(shown, from, start, end, 'link.vxlan')
    const { remote6, local6 } = vxlanAttributes
    const remote = readAttribute(remote6, from, start, end, 'link.vxlan')
    const local = readAttribute(local6, from, start, end, 'link.vxlan')
    if (remote !== undefined) state.remote = remote
    if (local !== undefined) state.local = local
    // These are told by their presence.
    state.gbp ??= false
    state.gpe ??= false
    state.remoteChecksumNoPartial ??= false
    return state as VxlanState
  },
}
