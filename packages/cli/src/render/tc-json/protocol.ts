/** Words of `tc` for protocols (iproute2 6.1, `lib/ll_proto.c`, `lib/ppp_proto.c`). @module */
import type { FilterProtocol } from '@vnet/core'

/** Protocols of PPP that have a word. */
const pppWords: Readonly<Record<number, string>> = {
  33: 'ip',
  41: 'at',
  43: 'ipx',
  45: 'vjc_comp',
  47: 'vjc_uncomp',
  61: 'mp',
  87: 'ipv6',
  251: 'compfrag',
  253: 'comp',
  641: 'mpls_uc',
  643: 'mpls_mc',
  32801: 'ipcp',
  32809: 'atcp',
  32811: 'ipxcp',
  32855: 'ipv6cp',
  33019: 'ccpfrag',
  33021: 'ccp',
  33409: 'mplscp',
  49185: 'lcp',
  49187: 'pap',
  49189: 'lqr',
  49193: 'cbcp',
  49699: 'chap',
}

/** A protocol of packets. */
export const protocolText = (protocol: FilterProtocol): string =>
  typeof protocol === 'number' ? `[${protocol}]` : protocol

/** A protocol of PPP. */
export const pppText = (protocol: number): string => pppWords[protocol] ?? `[${protocol}]`
