/** GENEVE links: options as attributes (`linux/if_link.h`, `IFLA_GENEVE_*`; `drivers/net/geneve.c`; RFC 8926). @module */
import { type GeneveOptions, type GeneveState, parseIp } from '@vnet/core'
import { attributes, bool, flag, ip, u8, u16be, u32, u32be, words, writeAttributes } from '../../netlink/attribute.js'
import { readValues } from '../../netlink/attribute-run.js'
import { GENEVE_DF_INHERIT, GENEVE_DF_SET, GENEVE_DF_UNSET } from '../constants.js'
import type { LinkKind } from './kind.js'
import { portRange } from './port-range.js'

/** Attributes of a GENEVE link. */
export const geneveAttributes = attributes({
  id: u32(1, 'IFLA_GENEVE_ID'),
  remote: ip(2, 'IFLA_GENEVE_REMOTE'),
  ttl: u8(3, 'IFLA_GENEVE_TTL'),
  tos: u8(4, 'IFLA_GENEVE_TOS'),
  port: u16be(5, 'IFLA_GENEVE_PORT'),
  external: flag(6, 'IFLA_GENEVE_COLLECT_METADATA'),
  remote6: ip(7, 'IFLA_GENEVE_REMOTE6'),
  udpChecksum: bool(8, 'IFLA_GENEVE_UDP_CSUM'),
  udpZeroChecksum6Tx: bool(9, 'IFLA_GENEVE_UDP_ZERO_CSUM6_TX'),
  udpZeroChecksum6Rx: bool(10, 'IFLA_GENEVE_UDP_ZERO_CSUM6_RX'),
  flowLabel: u32be(11, 'IFLA_GENEVE_LABEL'),
  ttlInherit: bool(12, 'IFLA_GENEVE_TTL_INHERIT'),
  df: words(u8(13, 'IFLA_GENEVE_DF'), { unset: GENEVE_DF_UNSET, set: GENEVE_DF_SET, inherit: GENEVE_DF_INHERIT }),
  innerProtocolInherit: flag(14, 'IFLA_GENEVE_INNER_PROTO_INHERIT'),
  portRange: portRange(15, 'IFLA_GENEVE_PORT_RANGE'),
})

/** GENEVE links. */
export const geneve: LinkKind<GeneveOptions, GeneveState> = {
  property: 'geneve',
  attributes: geneveAttributes,
  paths: { remote6: 'remote' },
  encode(to, options) {
    const { remote, ...values } = options
    // IPv4 and IPv6 have attributes of their own.
    const where = remote === undefined ? {} : { [remote.includes(':') ? 'remote6' : 'remote']: parseIp(remote) }
    writeAttributes(to, geneveAttributes, { ...values, ...where })
  },
  decode(from, start, end) {
    const { remote6, ...state } = readValues(geneveAttributes, from, start, end, 'link.geneve')
    if (remote6 !== undefined) state.remote = remote6
    // These two are told by their presence.
    state.external ??= false
    state.innerProtocolInherit ??= false
    return state as GeneveState
  },
}
