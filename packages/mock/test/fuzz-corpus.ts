/** What random frames are made of: one of each sort that some kind of link looks into, bare and inside of each tunnel. @module */
import { bridgeGroupMac, encodeFrame, type LayerSpec, stpLlc } from '@vnet/wire'

/** The MAC, and the addresses, that the frames are for; the others are their senders'. */
export const here = { mac: '02:00:00:00:00:01', ip4: '10.0.0.1', ip6: '2001:db8::1' }
export const there = { mac: '02:00:00:00:00:09', ip4: '10.0.0.9', ip6: '2001:db8::9' }

const data = Uint8Array.from({ length: 40 }, (_, i) => i)
const ethernet: LayerSpec = { layer: 'ethernet', destination: here.mac, source: there.mac }
const to = (destination: string): LayerSpec => ({ layer: 'ethernet', destination, source: there.mac })
const ipv4: LayerSpec = { layer: 'ipv4', source: there.ip4, destination: here.ip4, identification: 7 }
const ipv6: LayerSpec = { layer: 'ipv6', source: there.ip6, destination: here.ip6 }
const echo: LayerSpec = { layer: 'icmp', kind: 'echo', type: 8, identifier: 9, sequence: 1, data }
const echo6: LayerSpec = { layer: 'icmpv6', kind: 'echo', type: 128, identifier: 9, sequence: 1, data }
const payload = (bytes: Uint8Array): LayerSpec => ({ layer: 'payload', bytes })
const udp = (destinationPort: number): LayerSpec => ({ layer: 'udp', sourcePort: 40000, destinationPort })
const protocol = (number: number): LayerSpec => ({ ...ipv4, protocol: number }) as LayerSpec
const nextHeader = (number: number): LayerSpec => ({ ...ipv6, nextHeader: number }) as LayerSpec
const octets = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(/\s/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
const joined = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))

/** Ethernet header and octets behind it. */
const raw = (destination: string, type: string, body: string): Uint8Array =>
  joined(octets(`${destination} 020000000009 ${type}`), octets(body))

const quotation = encodeFrame([ipv4, udp(9), payload(data.subarray(0, 8))])
const bridge = { priority: 0x8000, mac: there.mac }

/** Frames without a tunnel. */
const bare: readonly Uint8Array[] = [
  encodeFrame([ethernet, ipv4, echo]),
  encodeFrame([ethernet, ipv6, echo6]),
  encodeFrame([ethernet, { layer: 'vlan', id: 5 }, ipv4, echo]),
  encodeFrame([ethernet, { layer: 'vlan', id: 100 }, { layer: 'vlan', id: 5 }, ipv4, echo]),
  encodeFrame([ethernet, ipv4, udp(7), payload(data)]),
  encodeFrame([ethernet, ipv6, udp(7), payload(data)]),
  encodeFrame([
    to('ff:ff:ff:ff:ff:ff'),
    {
      layer: 'arp',
      operation: 1,
      senderMac: there.mac,
      senderIp: there.ip4,
      targetMac: '00:00:00:00:00:00',
      targetIp: here.ip4,
    },
  ]),
  encodeFrame([
    ethernet,
    { layer: 'arp', operation: 2, senderMac: there.mac, senderIp: there.ip4, targetMac: here.mac, targetIp: here.ip4 },
  ]),
  encodeFrame([ethernet, { ...ipv4, moreFragments: true, protocol: 17 } as LayerSpec, payload(data)]),
  encodeFrame([ethernet, { ...ipv4, fragmentOffset: 40, protocol: 17 } as LayerSpec, payload(data)]),
  encodeFrame([ethernet, ipv4, { layer: 'icmp', kind: 'problem', type: 3, code: 4, parameter: 1400, quotation }]),
  encodeFrame([
    ethernet,
    { ...ipv6, nextHeader: 0 } as LayerSpec,
    { layer: 'ipv6-options', kind: 'hop-by-hop', options: [{ type: 5, bytes: new Uint8Array(2) }] },
    echo6,
  ]),
  // A fragment of IPv6, the second of two.
  encodeFrame([ethernet, nextHeader(44), payload(joined(octets('3a00002900000007'), data))]),
  encodeFrame([
    to(bridgeGroupMac),
    { layer: 'llc', ...stpLlc },
    {
      layer: 'bpdu',
      kind: 'rapid',
      rootPathCost: 4,
      bridge,
      root: { ...bridge, priority: 0x1000 },
      port: 0x8001,
      messageAge: 1,
      maxAge: 20,
      helloTime: 2,
      forwardDelay: 15,
      role: 'designated',
      proposal: true,
      learning: true,
      forwarding: true,
      agreement: true,
    } as LayerSpec,
  ]),
  // Neighbour solicitation and advertisement, router solicitation and advertisement (RFC 4861).
  ...[
    '8700 0000 00000000 20010db8000000000000000000000001 0101020000000009',
    '8800 0000 60000000 20010db8000000000000000000000009 0201020000000009',
    '8500 0000 00000000 0101020000000009',
    '8600 0000 40000708 0000000000000000 0101020000000009 0304 40c0 00015180 00003840 00000000 20010db8000100000000000000000000',
    // Queries and reports of multicast listeners (RFC 2710, RFC 3810).
    '8200 0000 27100000 00000000000000000000000000000000',
    '8f00 0000 00000001 04000000 ff020000000000000000000000010003',
  ].map((body) => encodeFrame([ethernet, nextHeader(58), payload(octets(body))])),
  // Queries and reports of IGMP (RFC 2236, RFC 3376).
  ...['1164ee9b00000000', '16000000e1010203', '22000000000000010400 0000e1010203', '1164000000000000027d0000'].map(
    (body) => encodeFrame([ethernet, protocol(2), payload(octets(body))]),
  ),
  // LACP and its marker (IEEE 802.1AX), HSR and PRP supervision (IEC 62439-3), MACsec (IEEE 802.1AE), PPPoE, LLDP.
  raw('0180c2000002', '8809', `0101 0114 8000020000000009 0011 00ff 0001 3d 000000 ${'00'.repeat(90)}`),
  raw('0180c2000002', '8809', `0201 0110 ${'00'.repeat(100)}`),
  raw('01154e000100', '88fb', `0000 0001 17 06 020000000009 ${'00'.repeat(40)}`),
  raw('020000000001', '892f', `0038 0001 0800 ${'45'.repeat(40)}`),
  raw('020000000001', '88e5', `2c 00 00000001 0200000000090001 ${'a5'.repeat(60)}`),
  raw('020000000001', '8863', '1109 0000 0000 0101 0000'),
  raw('0180c200000e', '88cc', '0207040200000000090403 0161 0602 0078 0000'),
]

/** Octets that a tunnel carries: packets, and frames. The last packets are from and to the networks inside. */
const packets = [
  encodeFrame([ipv4, echo]),
  encodeFrame([ipv6, echo6]),
  encodeFrame([{ ...ipv4, source: '10.9.0.9', destination: '10.9.0.1' } as LayerSpec, echo]),
  encodeFrame([{ ...ipv6, source: '2001:db8:9::9', destination: '2001:db8:9::1' } as LayerSpec, echo6]),
]
const frames = bare.slice(0, 8)

/** Frames inside of tunnels, over IPv4 and IPv6. */
const tunnelled: readonly Uint8Array[] = packets.flatMap((packet, sort) => {
  const type = sort % 2 === 0 ? '0800' : '86dd'
  const number = sort % 2 === 0 ? 4 : 41
  const headers = [
    // GRE without anything, with a checksum, a key, and a sequence (RFC 2784, RFC 2890).
    `0000${type}`,
    `8000${type}00000000`,
    `2000${type}00000005`,
    `3000${type}0000000500000001`,
  ]
  return [
    encodeFrame([ethernet, protocol(number), payload(packet)]),
    encodeFrame([ethernet, nextHeader(number), payload(packet)]),
    ...headers.flatMap((header) => [
      encodeFrame([ethernet, protocol(47), payload(joined(octets(header), packet))]),
      encodeFrame([ethernet, nextHeader(47), payload(joined(octets(header), packet))]),
    ]),
  ]
})

/** A frame inside of each tunnel that carries frames. */
function inTunnels(frame: Uint8Array): Uint8Array[] {
  const over = (port: number, header: string) => [
    encodeFrame([ethernet, ipv4, udp(port), payload(joined(octets(header), frame))]),
    encodeFrame([ethernet, ipv6, udp(port), payload(joined(octets(header), frame))]),
  ]
  const gre = (header: string) => [
    encodeFrame([ethernet, protocol(47), payload(joined(octets(header), frame))]),
    encodeFrame([ethernet, nextHeader(47), payload(joined(octets(header), frame))]),
  ]
  return [
    // VXLAN (RFC 7348), GENEVE (RFC 8926), GRE with Ethernet inside, ERSPAN of both versions.
    ...over(4789, '08000000 00000500'),
    ...over(6081, '0000 6558 00000500'),
    ...over(6081, '0100 6558 00000500 00000100'),
    ...gre('00006558'),
    ...gre('2000655800000005'),
    ...gre('100088be 00000001 10000005 00000000'),
    ...gre('100022eb 00000001 20000005 00000000 00000000'),
  ]
}

const bridged: readonly Uint8Array[] = frames.flatMap(inTunnels)

/** What is for the network behind this host: for its own address there, and for others, whom it passes them on to. */
const passing: readonly Uint8Array[] = [
  encodeFrame([ethernet, { ...ipv4, destination: '10.9.0.1' } as LayerSpec, echo]),
  encodeFrame([ethernet, { ...ipv6, destination: '2001:db8:9::1' } as LayerSpec, echo6]),
  encodeFrame([ethernet, { ...ipv4, destination: '10.9.0.9' } as LayerSpec, echo]),
  encodeFrame([ethernet, { ...ipv6, destination: '2001:db8:9::9' } as LayerSpec, echo6]),
  encodeFrame([ethernet, { ...ipv4, destination: '10.9.0.9' } as LayerSpec, udp(7), payload(data)]),
  encodeFrame([
    ethernet,
    { ...ipv4, source: '10.9.0.9', destination: '239.1.2.3' } as LayerSpec,
    udp(7),
    payload(data),
  ]),
]

/** What WireGuard sends: a beginning, an answer, a cookie, data (by their lengths and first octets). */
const wireguard: readonly Uint8Array[] = [
  [1, 148],
  [2, 92],
  [3, 64],
  [4, 80],
].map(([kind, length]) =>
  encodeFrame([
    ethernet,
    ipv4,
    udp(51_820),
    payload(Uint8Array.from({ length: length as number }, (_, i) => (i === 0 ? (kind as number) : i < 4 ? 0 : i))),
  ]),
)

/** All of them. */
export const corpus: readonly Uint8Array[] = [...bare, ...passing, ...tunnelled, ...bridged, ...wireguard]

/** Frames in tunnels in tunnels, three or four deep, by chance. */
export function nested(random: (limit: number) => number): Uint8Array[] {
  const chosen = (from: readonly Uint8Array[]) => from[random(from.length)] as Uint8Array
  return Array.from({ length: 60 }, () => {
    let frame = chosen([...bare, ...tunnelled, ...wireguard])
    for (let depth = 2 + random(2); depth > 0; depth--) frame = chosen(inTunnels(frame))
    return frame
  })
}
