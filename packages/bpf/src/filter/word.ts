/** The words of the language (pcap-filter(7)). @module */

/** Protocols, by the word that names them first. */
const protocolNames = [
  ...[
    'ether',
    'ip',
    'arp',
    'rarp',
    'sctp',
    'tcp',
    'udp',
    'icmp',
    'igmp',
    'igrp',
    'pim',
    'vrrp',
    'carp',
    'ip6',
    'icmp6',
  ],
  ...['ah', 'esp', 'atalk', 'aarp', 'decnet', 'lat', 'sca', 'moprc', 'mopdl', 'iso', 'esis', 'isis', 'clnp', 'stp'],
  ...['ipx', 'netbeui', 'radio', 'l1', 'l2', 'iih', 'lsp', 'snp', 'csnp', 'psnp'],
] as const

/** A protocol that has a word of the language. */
export type ProtocolWord = (typeof protocolNames)[number]

const otherProtocolNames: Readonly<Record<string, ProtocolWord>> = {
  link: 'ether',
  ppp: 'ether',
  slip: 'ether',
  fddi: 'ether',
  tr: 'ether',
  wlan: 'ether',
  'es-is': 'esis',
  'is-is': 'isis',
}

/** The protocol that each word names. */
export const protocolWords: ReadonlyMap<string, ProtocolWord> = new Map([
  ...protocolNames.map((name) => [name, name] as const),
  ...Object.entries(otherProtocolNames),
])

/** Kinds of LLC frames (ISO/IEC 8802-2, 5.4): the bits of the control field that tell, and what they are. */
export const llcTypes = {
  i: [0x01, 0x00],
  s: [0x03, 0x01],
  u: [0x03, 0x03],
  rr: [0x0f, 0x01],
  rnr: [0x0f, 0x05],
  rej: [0x0f, 0x09],
  ui: [0xef, 0x03],
  ua: [0xef, 0x63],
  disc: [0xef, 0x43],
  sabme: [0xef, 0x6f],
  test: [0xef, 0xe3],
  xid: [0xef, 0xaf],
  frmr: [0xef, 0x87],
} as const satisfies Readonly<Record<string, readonly [mask: number, value: number]>>

/** One of {@link llcTypes}. */
export type LlcType = keyof typeof llcTypes

const numbered = (prefix: string, first: number, names: string): [string, number][] =>
  names.split(' ').flatMap((name, at): [string, number][] => (name === '-' ? [] : [[prefix + name, first + at]]))

/** Words that are numbers: offsets and values of fields (RFC 792, RFC 4443, RFC 9293; the registries of IANA). */
export const numberWords: ReadonlyMap<string, number> = new Map([
  ['icmptype', 0],
  ['icmpcode', 1],
  ['icmp-echoreply', 0],
  ['icmp-unreach', 3],
  ['icmp-sourcequench', 4],
  ['icmp-redirect', 5],
  ...numbered('icmp-', 8, 'echo routeradvert routersolicit timxceed paramprob tstamp tstampreply ireq ireqreply'),
  ...numbered('icmp-', 17, 'maskreq maskreply'),
  ['icmp6type', 0],
  ['icmp6code', 1],
  ...numbered('icmp6-', 1, 'destinationunreach packettoobig timeexceeded parameterproblem'),
  ...numbered('icmp6-', 128, 'echo echoreply'),
  ...numbered('icmp6-multicastlistener', 130, 'query reportv1 done'),
  ...numbered('icmp6-', 133, 'routersolicit routeradvert neighborsolicit neighboradvert redirect routerrenum'),
  ...numbered('icmp6-nodeinformation', 139, 'query response'),
  ...numbered('icmp6-ineighbordiscovery', 141, 'solicit advert'),
  ...numbered('icmp6-', 143, 'multicastlistenerreportv2 homeagentdiscoveryrequest homeagentdiscoveryreply'),
  ...numbered('icmp6-', 146, 'mobileprefixsolicit mobileprefixadvert certpathsolicit certpathadvert'),
  ...numbered('icmp6-multicastrouter', 151, 'advert solicit term'),
  ['tcpflags', 13],
  ...['fin', 'syn', 'rst', 'push', 'ack', 'urg', 'ece', 'cwr'].map((name, bit) => [`tcp-${name}`, 1 << bit] as const),
])

/** Words of the language that only mean something on links that are no links of vnet, and which those are. */
export const foreignWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '802.11': 'type subtype dir direction addr1 addr2 addr3 addr4 address1 address2 address3 address4 ra ta',
    pf: 'ifname on rset ruleset rnr rulenum srnr subrulenum reason action',
    ATM: 'lane metac bcc sc ilmic oam oamf4 oamf4ec oamf4sc connectmsg metaconnect vpi vci',
    SS7: 'fisu lssu lsu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls',
  }).flatMap(([link, words]) => words.split(' ').map((word) => [word, link] as const)),
)

/** All other words. */
const syntaxWords = [
  ...['src', 'dst', 'host', 'net', 'mask', 'port', 'portrange', 'proto', 'protochain', 'gateway', 'and', 'or', 'not'],
  ...['less', 'greater', 'byte', 'broadcast', 'multicast', 'len', 'length', 'inbound', 'outbound', 'ifindex', 'llc'],
  ...['vlan', 'mpls', 'pppoed', 'pppoes', 'geneve'],
]

/** All words that are not the name of something else. */
export const words: ReadonlySet<string> = new Set([...syntaxWords, ...protocolWords.keys(), ...foreignWords.keys()])
