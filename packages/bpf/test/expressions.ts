/** Expressions of pcap-filter(7) at random, most of which mean something on a kind of link. */
import type { CaptureFormat } from '@vnet/core'
import fc from 'fast-check'
import { addresses4, addresses6, macs, ports } from './frames.js'

const words = (...parts: readonly fc.Arbitrary<string>[]) =>
  fc.tuple(...parts).map((texts) => texts.filter((text) => text !== '').join(' '))
const one = (...texts: readonly string[]) => fc.constantFrom(...texts)
const numberOf = (most: number) => fc.nat(most).map(String)

const direction = one('', '', 'src', 'dst', 'src or dst', 'src and dst', 'dst or src', 'dst and src')
const mac = one(...macs, '2-0-0-0-0-1', '0200.0000.0002')
const address4 = one(...addresses4)
const net4 = one(
  '10',
  '10.0',
  '10.0.0',
  '10.0.0.0/8',
  '10.1.0.0/16',
  '0.0.0.0/0',
  '192.168.0.0 mask 255.255.0.0',
  '224',
  '10.0.0.2/31',
)
const address6 = one(...addresses6)
const net6 = one('fe80::/10', '2001:db8::/33', 'ff00::/8', 'fe80::1', '::/0', '2001:db8::4/126')
const port = fc.oneof(one(...ports.map(String)), one('http', 'domain', 'ssh', 'https'))
const range = one('20-60', '1024-65535', '53', '443-80', '0-65535', 'ssh-http')
const ipProtocol = fc.oneof(
  one('6', '17', '1', '58', '44', '132', '89', '0', '255'),
  one('\\tcp', '\\udp', '\\icmp', 'ospf', 'ipv6-icmp', '\\vrrp'),
)
const etherProtocol = one(
  '0x800',
  '0x86dd',
  '0x806',
  '\\arp',
  '\\ip',
  '\\ip6',
  '0x88b5',
  '0x8100',
  '6',
  '0x42',
  '0xfe',
  '5',
  '\\stp',
  '\\ipx',
  'loopback',
  '1500',
  '1501',
)

/** Identities of a kind after which more may follow without their words. */
const several = (head: fc.Arbitrary<string>, identity: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 5, arbitrary: words(head, identity) },
    { weight: 1, arbitrary: words(head, identity, one('or', 'and', '||'), identity) },
    {
      weight: 1,
      arbitrary: words(head, identity, one('or', 'and not', '&&'), one('('), identity, one('or'), identity, one(')')),
    },
    { weight: 1, arbitrary: words(head, one('('), identity, one('or', 'and'), identity, one(')')) },
    { weight: 1, arbitrary: words(head, one('not', '!'), identity) },
  )

const hosts = fc.oneof(
  several(words(one('', '', 'ip', 'arp', 'rarp'), direction, one('host', 'host')), address4),
  several(words(one('src', 'dst')), fc.oneof(address4, address6)),
  several(words(one('', '', 'ip', 'arp', 'rarp'), direction, one('net')), net4),
  several(words(one('', 'ip6'), direction, one('host')), address6),
  several(words(one('', 'ip6'), direction, one('net')), net6),
)
const portsOf = fc.oneof(
  several(words(one('', '', 'tcp', 'udp', 'sctp'), direction, one('port')), one(...ports.map(String))),
  words(direction, one('port'), port),
  several(
    words(one('', '', 'tcp', 'udp', 'sctp'), direction, one('portrange')),
    one('20-60', '1024-65535', '53', '443-80'),
  ),
  words(direction, one('portrange'), range),
)
const protocols = fc.oneof(
  one('ip', 'ip6', 'tcp', 'udp', 'sctp', 'icmp', 'icmp6', 'igmp', 'igrp', 'pim', 'ah', 'esp', 'vrrp', 'carp'),
  several(words(one('ip', 'ip6', ''), one('proto')), ipProtocol),
)
const linkProtocols = fc.oneof(
  one(
    'arp',
    'rarp',
    'atalk',
    'aarp',
    'decnet',
    'lat',
    'sca',
    'moprc',
    'mopdl',
    'iso',
    'esis',
    'isis',
    'clnp',
    'stp',
    'ipx',
    'netbeui',
  ),
  one('l1', 'l2', 'iih', 'lsp', 'snp', 'csnp', 'psnp', 'iso proto 0x82', 'isis proto 18', 'iso proto \\clnp'),
  several(one('ether proto'), etherProtocol),
  words(
    one('decnet'),
    direction.filter((text) => text !== ''),
    one('1.5', '1.7', '1029'),
  ),
)
const ethernets = fc.oneof(
  several(words(one('ether', 'link'), direction, one('host')), mac),
  words(one('ether'), one('src', 'dst'), mac),
  one('broadcast', 'multicast', 'ether broadcast', 'ether multicast'),
  one(
    'llc',
    ...['i', 's', 'u', 'rr', 'rnr', 'rej', 'ui', 'ua', 'disc', 'sabme', 'test', 'xid', 'frmr'].map(
      (type) => `llc ${type}`,
    ),
  ),
)

const { arithmetic } = fc.letrec<{ arithmetic: string; primary: string; load: string }>((tie) => ({
  load: fc
    .tuple(
      one('ip', 'ip6', 'tcp', 'udp', 'sctp', 'icmp', 'icmp6', 'arp', 'ether', 'rarp', 'igmp', 'pim'),
      fc.oneof(
        { weight: 6, arbitrary: numberOf(24) },
        { weight: 1, arbitrary: one('tcpflags', 'icmptype', '0x7fffffff') },
        { weight: 1, arbitrary: tie('arithmetic') },
      ),
      one('', '', ':1', ':2', ':4'),
    )
    .map(([protocol, index, size]) => `${protocol}[${index}${size}]`),
  primary: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'arithmetic' },
    {
      weight: 2,
      arbitrary: fc.oneof(numberOf(80), one('0xff', '0x0f', '010', 'tcp-syn', 'icmp-echo', '0xffffffff', 'len')),
    },
    { weight: 4, arbitrary: tie('load') },
    { weight: 1, arbitrary: tie('arithmetic').map((inside) => `(${inside})`) },
    { weight: 1, arbitrary: tie('primary').map((of) => `- ${of}`) },
  ),
  arithmetic: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'arithmetic' },
    { weight: 3, arbitrary: tie('primary') },
    {
      weight: 2,
      arbitrary: words(tie('primary'), one('+', '-', '*', '&', '|', '^', '/', '%', '<<', '>>'), tie('primary')),
    },
    {
      weight: 1,
      arbitrary: words(
        tie('primary'),
        one('+', '-', '*', '&', '|'),
        tie('primary'),
        one('+', '&', '<<', '|', '^'),
        tie('arithmetic'),
      ),
    },
  ),
}))
const relations = fc.oneof(
  words(arithmetic, one('=', '!=', '<', '<=', '>', '>=', '=='), arithmetic),
  words(arithmetic, one('=', '!=', '<', '<=', '>', '>=', '=='), numberOf(255)),
)
const lengths = fc.oneof(
  words(one('less', 'greater'), numberOf(100)),
  words(one('len'), one('=', '<', '>'), numberOf(100)),
  words(one('byte'), numberOf(30), one('=', '<', '>'), numberOf(255)),
)
const layers = fc.oneof(
  one('vlan', 'vlan 5', 'vlan 42', 'pppoes', 'pppoes 3', 'pppoed', 'mpls', 'mpls 16', 'mpls 1024', 'vlan and vlan'),
)
const casts = one('ip multicast', 'ip6 multicast')

const primitive: Readonly<Record<CaptureFormat, fc.Arbitrary<string>>> = {
  ethernet: fc.oneof(hosts, portsOf, protocols, linkProtocols, ethernets, relations, lengths, layers, casts),
  ip: fc.oneof(hosts, portsOf, protocols, linkProtocols, relations, lengths, casts),
  cooked: fc.oneof(hosts, portsOf, protocols, linkProtocols, relations, lengths, casts, one('inbound', 'outbound')),
}

/** Expressions for frames of a kind. */
export function expressionOf(format: CaptureFormat): fc.Arbitrary<string> {
  const outside = expressionWith(primitive[format])
  const inside = expressionWith(primitive.ethernet).map((of) => `(${of})`)
  // Of what is behind a tunnel that is not there, libpcap does not say what it is.
  const tunnel = one('geneve', 'geneve 5', 'geneve 7')
  // Nor does it know that the labels before a tunnel are not inside.
  const before = primitive[format].filter((of) => !of.includes('mpls')).map((of) => `(${of})`)
  return fc.oneof(
    { weight: 8, arbitrary: outside },
    { weight: 1, arbitrary: words(tunnel, one('and'), inside) },
    {
      weight: 1,
      arbitrary: words(before, one('and'), tunnel, one('and'), inside),
    },
  )
}

const expressionWith = (primitive: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.letrec<{ expression: string; term: string }>((tie) => ({
    term: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'expression' },
      { weight: 6, arbitrary: primitive },
      { weight: 1, arbitrary: tie('term').map((of) => `not ${of}`) },
      { weight: 1, arbitrary: tie('term').map((of) => `! ${of}`) },
      { weight: 2, arbitrary: tie('expression').map((of) => `(${of})`) },
    ),
    expression: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'expression' },
      { weight: 2, arbitrary: tie('term') },
      { weight: 3, arbitrary: words(tie('term'), one('and', 'or', '&&', '||'), tie('expression')) },
    ),
  })).expression
