/** Names of ports and protocols that everybody has (the registries of IANA, as Debian's netbase has them). @module */
import type { ProtocolWord } from './word.js'

/** Protocols behind IP (`/etc/protocols`). */
export const ipProtocolNumbers: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ggp: 3,
  ipencap: 4,
  st: 5,
  tcp: 6,
  egp: 8,
  igp: 9,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  'ipv6-route': 43,
  'ipv6-frag': 44,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  eigrp: 88,
  ospf: 89,
  ipip: 94,
  etherip: 97,
  encap: 98,
  pim: 103,
  ipcomp: 108,
  vrrp: 112,
  l2tp: 115,
  isis: 124,
  sctp: 132,
  udplite: 136,
  'mpls-in-ip': 137,
  hip: 139,
  wesp: 141,
  rohc: 142,
  ethernet: 143,
}

/** Protocols on a link: EtherTypes, and below 256 the access points of LLC (ISO/IEC 8802-2). */
export const linkProtocolNumbers: Readonly<Record<string, number>> = {
  iso: 0xfe,
  stp: 0x42,
  ipx: 0xe0,
  netbeui: 0xf0,
  ip: 0x0800,
  arp: 0x0806,
  mopdl: 0x6001,
  moprc: 0x6002,
  decnet: 0x6003,
  lat: 0x6004,
  sca: 0x6007,
  rarp: 0x8035,
  atalk: 0x809b,
  aarp: 0x80f3,
  ip6: 0x86dd,
  loopback: 0x9000,
}

/** Protocols of ISO, by the first octet behind the LLC header. */
export const isoProtocolNumbers: Readonly<Record<string, number>> = { clnp: 0x81, esis: 0x82, isis: 0x83 }

/** Words that stand for a protocol behind IP, and behind which versions of it. */
export const abbreviations: { readonly [word in ProtocolWord]?: readonly [number: number, version?: 'ip' | 'ip6'] } = {
  sctp: [132],
  tcp: [6],
  udp: [17],
  pim: [103],
  ah: [51],
  esp: [50],
  icmp: [1, 'ip'],
  igmp: [2, 'ip'],
  igrp: [9, 'ip'],
  vrrp: [112, 'ip'],
  carp: [112, 'ip'],
  icmp6: [58, 'ip6'],
}

/** PDUs of IS-IS that a word stands for (ISO/IEC 10589, 9). */
export const isisTypes: { readonly [word in ProtocolWord]?: readonly number[] } = {
  l1: [26, 24, 18, 15, 17],
  l2: [27, 25, 20, 16, 17],
  iih: [17, 15, 16],
  lsp: [18, 20],
  snp: [26, 24, 27, 25],
  csnp: [24, 25],
  psnp: [26, 27],
}

const both = 'tcp udp'
const services: Readonly<Record<string, readonly [port: number, transports: string]>> = {
  echo: [7, both],
  discard: [9, both],
  daytime: [13, both],
  chargen: [19, both],
  'ftp-data': [20, 'tcp'],
  ftp: [21, 'tcp'],
  ssh: [22, 'tcp'],
  telnet: [23, 'tcp'],
  smtp: [25, 'tcp'],
  time: [37, both],
  whois: [43, 'tcp'],
  tacacs: [49, both],
  domain: [53, both],
  bootps: [67, 'udp'],
  bootpc: [68, 'udp'],
  tftp: [69, 'udp'],
  gopher: [70, 'tcp'],
  finger: [79, 'tcp'],
  http: [80, 'tcp'],
  www: [80, 'tcp'],
  kerberos: [88, both],
  pop3: [110, 'tcp'],
  sunrpc: [111, both],
  auth: [113, 'tcp'],
  nntp: [119, 'tcp'],
  ntp: [123, 'udp'],
  epmap: [135, 'tcp'],
  'netbios-ns': [137, 'udp'],
  'netbios-dgm': [138, 'udp'],
  'netbios-ssn': [139, 'tcp'],
  imap2: [143, 'tcp'],
  imap: [143, 'tcp'],
  snmp: [161, both],
  'snmp-trap': [162, both],
  snmptrap: [162, both],
  bgp: [179, 'tcp'],
  ldap: [389, both],
  https: [443, both],
  'microsoft-ds': [445, 'tcp'],
  isakmp: [500, 'udp'],
  syslog: [514, both],
  submission: [587, 'tcp'],
  ldaps: [636, both],
  domains: [853, both],
  'domain-s': [853, both],
  rsync: [873, 'tcp'],
  imaps: [993, 'tcp'],
  pop3s: [995, 'tcp'],
  socks: [1080, 'tcp'],
  openvpn: [1194, both],
  l2f: [1701, 'udp'],
  l2tp: [1701, 'udp'],
  radius: [1812, both],
  'radius-acct': [1813, both],
  nfs: [2049, both],
  mysql: [3306, 'tcp'],
  'ms-wbt-server': [3389, 'tcp'],
  'ipsec-nat-t': [4500, 'udp'],
  vxlan: [4789, 'udp'],
  sip: [5060, both],
  mdns: [5353, 'udp'],
  postgresql: [5432, 'tcp'],
  'http-alt': [8080, 'tcp'],
}

/** A port by its name: the number, and the transport where only one has it. */
export function serviceOf(name: string): { readonly port: number; readonly transport?: 'tcp' | 'udp' } | undefined {
  const entry = Object.hasOwn(services, name) ? services[name] : undefined
  if (entry === undefined) return undefined
  const [port, transports] = entry
  return transports === both ? { port } : { port, transport: transports as 'tcp' | 'udp' }
}
