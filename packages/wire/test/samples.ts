/** A frame of every kind that can be encoded, by name. The oracle, the fuzzer and the round trips use them. */
import {
  arpOperations,
  bridgeGroupMac,
  dhcpMessageTypes,
  etherTypes,
  icmpTypes,
  icmpv6Types,
  igmpTypes,
  type LayerSpec,
  pppoeCodes,
  pppoeTags,
  pppProtocols,
  stpLlc,
  tcpFlags,
} from '../src/index.js'

const a = '02:00:00:00:00:01'
const b = '02:00:00:00:00:02'
const text = (value: string) => new TextEncoder().encode(value)
const data = Uint8Array.from({ length: 56 }, (_, i) => i)

const ethernet: LayerSpec = { layer: 'ethernet', destination: b, source: a }
const ipv4: LayerSpec = { layer: 'ipv4', source: '10.0.0.1', destination: '10.0.0.2', identification: 7 }
const ipv6: LayerSpec = { layer: 'ipv6', source: 'fe80::1', destination: 'fe80::2' }
const hop255: LayerSpec = { ...ipv6, hopLimit: 255 }
const udp: LayerSpec = { layer: 'udp', sourcePort: 40000, destinationPort: 40001 }
const ping: LayerSpec = { layer: 'icmp', kind: 'echo', type: icmpTypes.echo, identifier: 9, sequence: 1, data }
const ping6: LayerSpec = { layer: 'icmpv6', kind: 'echo', type: icmpv6Types.echo, identifier: 9, sequence: 1, data }
const payload = (value: string): LayerSpec => ({ layer: 'payload', bytes: text(value) })
const quotation = Uint8Array.from([
  0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 2, 2, 0, 8,
])
/** The first 64 octets of a datagram of 88. */
const firstPart = Uint8Array.from([0x9c, 0x40, 0x9c, 0x41, 0, 88, 0, 0, ...new Array(56).fill(0)])
const groups: LayerSpec = {
  layer: 'ipv6-options',
  kind: 'hop-by-hop',
  options: [
    { type: 5, bytes: new Uint8Array(2) },
    { type: 1, bytes: new Uint8Array(0) },
  ],
}
const bridge = { priority: 0x8000, mac: a }
const timers = { rootPathCost: 4, bridge, root: { priority: 0x1000, mac: b }, port: 0x8001, messageAge: 1, maxAge: 20 }

/** Names and layers. */
export const samples: Readonly<Record<string, readonly LayerSpec[]>> = {
  'arp request': [
    { layer: 'ethernet', destination: 'ff:ff:ff:ff:ff:ff', source: a },
    {
      layer: 'arp',
      operation: arpOperations.request,
      senderMac: a,
      senderIp: '10.0.0.1',
      targetMac: '00:00:00:00:00:00',
      targetIp: '10.0.0.2',
    },
  ],
  'arp reply, padded': [
    ethernet,
    {
      layer: 'arp',
      operation: arpOperations.reply,
      senderMac: a,
      senderIp: '10.0.0.1',
      targetMac: b,
      targetIp: '10.0.0.2',
      trailer: new Uint8Array(18),
    },
  ],
  ping: [ethernet, ipv4, ping],
  'ping reply': [ethernet, ipv4, { ...ping, type: icmpTypes.echoReply } as LayerSpec],
  'ping, tagged': [ethernet, { layer: 'vlan', id: 10, priority: 3 }, ipv4, ping],
  'ping, tagged twice': [
    ethernet,
    { layer: 'vlan', id: 100, dropEligible: true },
    { layer: 'vlan', id: 4094 },
    ipv4,
    ping,
  ],
  'icmp fragmentation needed': [
    ethernet,
    ipv4,
    { layer: 'icmp', kind: 'problem', type: icmpTypes.unreachable, code: 4, parameter: 1400, quotation },
  ],
  'icmp time exceeded': [
    ethernet,
    ipv4,
    { layer: 'icmp', kind: 'problem', type: icmpTypes.timeExceeded, parameter: 0, quotation },
  ],
  'icmp timestamp': [ethernet, ipv4, { layer: 'icmp', kind: 'other', type: 13, bytes: new Uint8Array(16) }],
  'ipv4 with options': [
    ethernet,
    {
      ...ipv4,
      dscp: 46,
      ecn: 1,
      dontFragment: true,
      options: [
        { type: 148, bytes: Uint8Array.of(0, 0) },
        { type: 1, bytes: new Uint8Array(0) },
        { type: 7, bytes: Uint8Array.of(4, 0, 0, 0, 0) },
      ],
    } as LayerSpec,
    ping,
  ],
  'ipv4 first fragment': [
    ethernet,
    { ...ipv4, protocol: 17, moreFragments: true } as LayerSpec,
    { layer: 'payload', bytes: firstPart },
  ],
  'ipv4 last fragment': [
    ethernet,
    { ...ipv4, protocol: 17, fragmentOffset: 64 } as LayerSpec,
    { layer: 'payload', bytes: new Uint8Array(24) },
  ],
  udp: [ethernet, ipv4, udp, payload('hello')],
  'udp without a checksum': [ethernet, ipv4, { ...udp, checksum: 0 } as LayerSpec, payload('hello')],
  'udp over ipv6': [ethernet, { ...ipv6, flowLabel: 0x12345, dscp: 8 } as LayerSpec, udp, payload('hello!')],
  'udp, padded': [ethernet, { ...ipv4, trailer: new Uint8Array(13) } as LayerSpec, udp, payload('hello')],
  'tcp syn': [
    ethernet,
    ipv4,
    {
      layer: 'tcp',
      sourcePort: 40000,
      destinationPort: 5201,
      sequence: 0xdeadbeef,
      flags: tcpFlags.syn,
      window: 64240,
      options: [
        { kind: 'mss', size: 1460 },
        { kind: 'sack-permitted' },
        { kind: 'timestamps', value: 0x12345678, echo: 0 },
        { kind: 'nop' },
        { kind: 'window-scale', shift: 7 },
      ],
    },
  ],
  'tcp data over ipv6': [
    ethernet,
    ipv6,
    {
      layer: 'tcp',
      sourcePort: 40000,
      destinationPort: 40001,
      sequence: 1000,
      acknowledgement: 2000,
      flags: tcpFlags.ack | tcpFlags.psh,
      window: 512,
    },
    payload('some data'),
  ],
  'tcp sack': [
    ethernet,
    ipv4,
    {
      layer: 'tcp',
      sourcePort: 40000,
      destinationPort: 40001,
      sequence: 1000,
      acknowledgement: 2000,
      flags: tcpFlags.ack | tcpFlags.ece,
      options: [
        { kind: 'nop' },
        { kind: 'nop' },
        {
          kind: 'sack',
          blocks: [
            { left: 3000, right: 4000 },
            { left: 5000, right: 6000 },
          ],
        },
      ],
    },
  ],
  'tcp urgent, reset': [
    ethernet,
    ipv4,
    {
      layer: 'tcp',
      sourcePort: 40000,
      destinationPort: 40001,
      flags: tcpFlags.rst | tcpFlags.urg | tcpFlags.ack,
      urgent: 5,
    },
  ],
  ping6: [ethernet, ipv6, ping6],
  'ping6 behind every extension header': [
    ethernet,
    { ...ipv6, destination: 'fe80::3' } as LayerSpec,
    groups,
    { layer: 'ipv6-options', kind: 'destination', options: [{ type: 1, bytes: new Uint8Array(4) }] },
    {
      layer: 'ipv6-routing',
      type: 4,
      segmentsLeft: 1,
      bytes: Uint8Array.from([
        1,
        0,
        0,
        0,
        0xfe,
        0x80,
        ...new Array(13).fill(0),
        2,
        0xfe,
        0x80,
        ...new Array(13).fill(0),
        3,
      ]),
    },
    { layer: 'ipv6-fragment', offset: 0, moreFragments: false, identification: 77 },
    { layer: 'authentication', securityIndex: 5, sequence: 6, integrity: new Uint8Array(12) },
    ping6,
  ],
  'ipv6 fragment': [
    ethernet,
    ipv6,
    { layer: 'ipv6-fragment', nextHeader: 17, offset: 1448, moreFragments: true, identification: 77 },
    { layer: 'payload', bytes: new Uint8Array(64) },
  ],
  'icmpv6 packet too big': [
    ethernet,
    ipv6,
    {
      layer: 'icmpv6',
      kind: 'problem',
      type: icmpv6Types.packetTooBig,
      parameter: 1280,
      quotation: Uint8Array.from([0x60, 0, 0, 0, 0, 0, 59, 64, ...new Array(32).fill(1)]),
    },
  ],
  'neighbour solicitation': [
    ethernet,
    { ...hop255, destination: 'ff02::1:ff00:2' } as LayerSpec,
    {
      layer: 'icmpv6',
      kind: 'neighbour-solicitation',
      type: icmpv6Types.neighbourSolicitation,
      target: 'fe80::2',
      options: [{ kind: 'source-mac', mac: a }],
    },
  ],
  'neighbour advertisement': [
    ethernet,
    hop255,
    {
      layer: 'icmpv6',
      kind: 'neighbour-advertisement',
      type: icmpv6Types.neighbourAdvertisement,
      router: false,
      solicited: true,
      override: true,
      target: 'fe80::1',
      options: [{ kind: 'target-mac', mac: b }],
    },
  ],
  'router solicitation': [
    ethernet,
    { ...hop255, destination: 'ff02::2' } as LayerSpec,
    {
      layer: 'icmpv6',
      kind: 'router-solicitation',
      type: icmpv6Types.routerSolicitation,
      options: [{ kind: 'source-mac', mac: a }],
    },
  ],
  'router advertisement': [
    ethernet,
    { ...hop255, destination: 'ff02::1' } as LayerSpec,
    {
      layer: 'icmpv6',
      kind: 'router-advertisement',
      type: icmpv6Types.routerAdvertisement,
      hopLimit: 64,
      flags: 0x40,
      lifetime: 1800,
      reachableTime: 30000,
      retransmitTime: 1000,
      options: [
        { kind: 'source-mac', mac: a },
        { kind: 'mtu', mtu: 1500, reserved: 0 },
        {
          kind: 'prefix',
          prefix: '2001:db8::',
          length: 64,
          onLink: true,
          autonomous: true,
          flags: 0,
          valid: 86400,
          preferred: 14400,
          reserved: 0,
        },
        { kind: 'dns-servers', lifetime: 600, servers: ['2001:db8::53', '2001:db8::54'], reserved: 0 },
        { kind: 'other', type: 24, bytes: Uint8Array.from([48, 0, 0, 0, 1, 0, 0x20, 1, 0xd, 0xb8, 0, 1, 0, 0]) },
      ],
    },
  ],
  'icmpv6 redirect': [
    ethernet,
    hop255,
    {
      layer: 'icmpv6',
      kind: 'redirect',
      type: icmpv6Types.redirect,
      target: 'fe80::9',
      destination: '2001:db8::9',
      options: [{ kind: 'target-mac', mac: b }],
    },
  ],
  'igmp query, version 2': [
    ethernet,
    { ...ipv4, destination: '224.0.0.1', ttl: 1 } as LayerSpec,
    { layer: 'igmp', kind: 'query', type: igmpTypes.query, code: 100, group: '0.0.0.0' },
  ],
  'igmp query, version 3': [
    ethernet,
    { ...ipv4, destination: '239.1.2.3', ttl: 1 } as LayerSpec,
    {
      layer: 'igmp',
      kind: 'query',
      type: igmpTypes.query,
      code: 100,
      group: '239.1.2.3',
      version3: { reserved: 0, suppress: true, robustness: 2, interval: 125, sources: ['10.0.0.7'] },
    },
  ],
  'igmp report, version 1': [
    ethernet,
    { ...ipv4, destination: '239.1.2.3', ttl: 1 } as LayerSpec,
    { layer: 'igmp', kind: 'report', type: igmpTypes.report1, group: '239.1.2.3' },
  ],
  'igmp report, version 2': [
    ethernet,
    { ...ipv4, destination: '239.1.2.3', ttl: 1, options: [{ type: 148, bytes: Uint8Array.of(0, 0) }] } as LayerSpec,
    { layer: 'igmp', kind: 'report', type: igmpTypes.report2, group: '239.1.2.3' },
  ],
  'igmp leave': [
    ethernet,
    { ...ipv4, destination: '224.0.0.2', ttl: 1 } as LayerSpec,
    { layer: 'igmp', kind: 'leave', type: igmpTypes.leave, group: '239.1.2.3' },
  ],
  'igmp report, version 3': [
    ethernet,
    { ...ipv4, destination: '224.0.0.22', ttl: 1 } as LayerSpec,
    {
      layer: 'igmp',
      kind: 'report3',
      type: igmpTypes.report3,
      records: [
        { type: 4, group: '239.1.2.3', sources: [], auxiliary: new Uint8Array(0) },
        { type: 3, group: '239.1.2.4', sources: ['10.0.0.7', '10.0.0.8'], auxiliary: new Uint8Array(0) },
      ],
    },
  ],
  'mld query, version 1': [
    ethernet,
    { ...ipv6, destination: 'ff02::1', hopLimit: 1 } as LayerSpec,
    groups,
    { layer: 'icmpv6', kind: 'mld-query', type: icmpv6Types.mldQuery, delay: 10000, group: '::' },
  ],
  'mld query, version 2': [
    ethernet,
    { ...ipv6, destination: 'ff05::1:3', hopLimit: 1 } as LayerSpec,
    groups,
    {
      layer: 'icmpv6',
      kind: 'mld-query',
      type: icmpv6Types.mldQuery,
      delay: 10000,
      group: 'ff05::1:3',
      version2: { reserved: 0, suppress: false, robustness: 2, interval: 125, sources: ['2001:db8::7'] },
    },
  ],
  'mld report, version 1': [
    ethernet,
    { ...ipv6, destination: 'ff05::1:3', hopLimit: 1 } as LayerSpec,
    groups,
    { layer: 'icmpv6', kind: 'mld-report', type: icmpv6Types.mldReport1, group: 'ff05::1:3' },
  ],
  'mld done': [
    ethernet,
    { ...ipv6, destination: 'ff02::2', hopLimit: 1 } as LayerSpec,
    groups,
    { layer: 'icmpv6', kind: 'mld-report', type: icmpv6Types.mldDone, group: 'ff05::1:3' },
  ],
  'mld report, version 2': [
    ethernet,
    { ...ipv6, destination: 'ff02::16', hopLimit: 1 } as LayerSpec,
    groups,
    {
      layer: 'icmpv6',
      kind: 'mld-report2',
      type: icmpv6Types.mldReport2,
      records: [
        { type: 4, group: 'ff02::1:ff00:1', sources: [], auxiliary: new Uint8Array(0) },
        { type: 6, group: 'ff05::1:3', sources: ['2001:db8::7'], auxiliary: new Uint8Array(0) },
      ],
    },
  ],
  'stp configuration': [
    { layer: 'ethernet', destination: bridgeGroupMac, source: a, trailer: new Uint8Array(8) },
    { layer: 'llc', ...stpLlc },
    { layer: 'bpdu', kind: 'configuration', ...timers, helloTime: 2, forwardDelay: 15, topologyChange: true },
  ],
  'stp topology change': [
    { layer: 'ethernet', destination: bridgeGroupMac, source: a, trailer: new Uint8Array(39) },
    { layer: 'llc', ...stpLlc },
    { layer: 'bpdu', kind: 'topology-change' },
  ],
  rstp: [
    { layer: 'ethernet', destination: bridgeGroupMac, source: a, trailer: new Uint8Array(7) },
    { layer: 'llc', ...stpLlc },
    {
      layer: 'bpdu',
      kind: 'rapid',
      ...timers,
      helloTime: 2,
      forwardDelay: 15,
      role: 'designated',
      proposal: true,
      learning: true,
      forwarding: true,
      agreement: true,
    },
  ],
  snap: [
    ethernet,
    { layer: 'llc', destinationSap: 0xaa, sourceSap: 0xaa, snap: { oui: 0, protocol: etherTypes.ipv4 } },
    ipv4,
    ping,
  ],
  'dhcp discover': [
    { layer: 'ethernet', destination: 'ff:ff:ff:ff:ff:ff', source: a },
    { layer: 'ipv4', source: '0.0.0.0', destination: '255.255.255.255' },
    { layer: 'udp', sourcePort: 68, destinationPort: 67 },
    {
      layer: 'dhcp',
      operation: 1,
      transaction: 0xcafebabe,
      clientMac: a,
      broadcast: true,
      seconds: 3,
      options: [
        { name: 'message-type', value: dhcpMessageTypes.discover },
        { name: 'other', code: 61, bytes: Uint8Array.of(1, 2, 0, 0, 0, 0, 1) },
        { name: 'parameters', value: [1, 3, 6, 15, 121] },
        { name: 'maximum-size', value: 1500 },
        { name: 'host-name', value: 'station' },
      ],
      trailer: new Uint8Array(24),
    },
  ],
  'dhcp acknowledge': [
    ethernet,
    ipv4,
    { layer: 'udp', sourcePort: 67, destinationPort: 68 },
    {
      layer: 'dhcp',
      operation: 2,
      transaction: 0xcafebabe,
      clientMac: a,
      yourIp: '10.0.0.2',
      serverIp: '10.0.0.1',
      serverName: 'boot',
      file: 'pxelinux.0',
      options: [
        { name: 'message-type', value: dhcpMessageTypes.acknowledge },
        { name: 'server-identifier', value: '10.0.0.1' },
        { name: 'lease-time', value: 3600 },
        { name: 'renewal-time', value: 1800 },
        { name: 'rebinding-time', value: 3150 },
        { name: 'subnet-mask', value: '255.255.255.0' },
        { name: 'broadcast-address', value: '10.0.0.255' },
        { name: 'routers', value: ['10.0.0.1'] },
        { name: 'dns-servers', value: ['10.0.0.1', '9.9.9.9'] },
        { name: 'domain-name', value: 'lab.example' },
        { name: 'mtu', value: 1400 },
        {
          name: 'classless-routes',
          value: [
            { destination: '10.9.0.0/16', router: '10.0.0.1' },
            { destination: '0.0.0.0/0', router: '10.0.0.1' },
          ],
        },
      ],
    },
  ],
  'pppoe initiation': [
    { layer: 'ethernet', destination: 'ff:ff:ff:ff:ff:ff', source: a },
    {
      layer: 'pppoe-discovery',
      code: pppoeCodes.initiation,
      tags: [
        { type: pppoeTags.serviceName, bytes: new Uint8Array(0) },
        { type: pppoeTags.hostUniq, bytes: Uint8Array.of(1, 2, 3, 4) },
      ],
    },
  ],
  'pppoe confirmation': [
    ethernet,
    {
      layer: 'pppoe-discovery',
      code: pppoeCodes.confirmation,
      session: 17,
      tags: [{ type: pppoeTags.acName, bytes: text('concentrator') }],
      trailer: new Uint8Array(10),
    },
  ],
  'pppoe session with ipv4': [ethernet, { layer: 'pppoe-session', session: 17 }, { layer: 'ppp' }, ipv4, ping],
  'pppoe session with ipv6': [ethernet, { layer: 'pppoe-session', session: 17 }, { layer: 'ppp' }, ipv6, ping6],
  'pppoe session with lcp': [
    ethernet,
    { layer: 'pppoe-session', session: 17 },
    { layer: 'ppp', protocol: pppProtocols.lcp },
    { layer: 'payload', bytes: Uint8Array.of(9, 1, 0, 8, 1, 2, 3, 4) },
  ],
  vxlan: [
    ethernet,
    ipv4,
    { layer: 'udp', sourcePort: 50000, destinationPort: 4789 },
    { layer: 'vxlan', vni: 42 },
    ethernet,
    ipv4,
    ping,
  ],
  gre: [ethernet, ipv4, { layer: 'gre' }, ipv4, ping],
  'gre with everything': [ethernet, ipv4, { layer: 'gre', checksum: true, key: 5, sequence: 6 }, ipv6, ping6],
  'gre with ethernet': [ethernet, ipv6, { layer: 'gre', key: 0xffffffff }, ethernet, ipv4, ping],
  'ipv6 in ipv4': [ethernet, ipv4, ipv6, ping6],
  'unknown ethertype': [{ ...ethernet, type: 0x88b5 } as LayerSpec, payload('an experiment')],
  'unknown protocol': [ethernet, { ...ipv4, protocol: 253 } as LayerSpec, payload('an experiment')],
}
