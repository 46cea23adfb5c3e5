/** Frames for filters of `flower`, and which of them each match is for: headers of IP, TCP, ICMP and ARP. @module */
import { arp, ethernet, everybody, ipv4, ipv6, joined, put16, sum, tcpHeader, udpHeader } from './frame.js'
import { mac } from './surroundings.js'

const [near, far] = ['10.0.0.1', '10.0.0.2']
const icmpOf = (type: number, code: number) => Uint8Array.of(type, code, 0, 0, 0, 1, 0, 2)

/** A packet of IPv4 in a frame; `place`: its flags and offset as a fragment. */
function packet(protocol: number, payload: Uint8Array, { tos = 0, ttl = 64, place = 0 } = {}): Uint8Array {
  const octets = ipv4(near, far, protocol, payload, ttl)
  octets[1] = tos
  put16(octets, 6, place)
  put16(octets, 10, 0)
  put16(octets, 10, ~sum(octets.subarray(0, 20)) & 0xffff)
  return ethernet(mac(0x22), mac(0x11), 0x0800, octets)
}
const udp = (from: number, to: number) => udpHeader(from, to, 8)
const address6 = (last: number) => Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last)

/** The frames, by the numbers below. */
export const headerFrames: readonly Uint8Array[] = [
  packet(17, udp(1000, 53), { tos: 0x28, ttl: 5 }),
  packet(17, udp(1500, 53), { tos: 0x2b }),
  packet(17, udp(2001, 54)),
  packet(6, tcpHeader(1, 0x02)),
  packet(6, tcpHeader(1, 0x12)),
  packet(1, icmpOf(8, 0)),
  packet(1, icmpOf(3, 1)),
  ethernet(mac(0x22), mac(0x11), 0x86dd, ipv6(address6(1), address6(2), 58, icmpOf(128, 0), 7)),
  arp(1, everybody, mac(0x11), near, '00:00:00:00:00:00', far),
  arp(2, mac(0x22), mac(0x12), '10.0.1.9', mac(0x22), near),
  packet(17, joined(udp(1000, 53), new Uint8Array(8)), { place: 0x2000 }),
  packet(17, joined(udp(1000, 53), new Uint8Array(8)), { place: 2 }),
  packet(132, Uint8Array.of(0, 7, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0)),
]

type Row = readonly [title: string, match: Record<string, unknown>, matched: readonly number[]]
const ip = { protocol: 'ip' }
const overUdp = { ...ip, ipProtocol: 17 }
const overTcp = { ...ip, ipProtocol: 6 }
const asked = { protocol: 'arp' }

/** What each match is for. */
export const headerMatches: readonly Row[] = [
  ['a DSCP', { ...ip, tos: 0x28, tosMask: 0xfc }, [0, 1]],
  ['a type of service', { ...ip, tos: 0x2b }, [1]],
  ['a time to live', { ...ip, ttl: 5 }, [0]],
  ['some bits of a time to live', { ...ip, ttl: 0, ttlMask: 0xf0 }, [0]],
  ['a hop limit', { protocol: 'ipv6', ttl: 7 }, [7]],
  ['source ports from one to another', { ...overUdp, sourcePorts: [1000, 1500] }, [0, 1]],
  ['destination ports from one to another', { ...overUdp, destinationPorts: [54, 55] }, [2]],
  ['some bits of a port', { ...overUdp, destinationPort: 0x34, destinationPortMask: 0xfe }, [0, 1]],
  ['a port of SCTP', { ...ip, ipProtocol: 132, destinationPort: 9 }, [12]],
  ['SYN without ACK', { ...overTcp, tcpFlags: 0x02, tcpFlagsMask: 0x12 }, [3]],
  ['SYN, whatever is beside it', { ...overTcp, tcpFlags: 0x02, tcpFlagsMask: 0x02 }, [3, 4]],
  ['all flags of TCP', { ...overTcp, tcpFlags: 0x12 }, [4]],
  ['a type of ICMP', { ...ip, ipProtocol: 1, icmpType: 8 }, [5]],
  ['a code of ICMP', { ...ip, ipProtocol: 1, icmpCode: 1 }, [6]],
  ['a type of ICMPv6', { protocol: 'ipv6', ipProtocol: 58, icmpType: 128, icmpCode: 0 }, [7]],
  ['questions of ARP', { ...asked, arpOperation: 1 }, [8]],
  ['whom ARP asks for', { ...asked, arpTarget: `${far}/32` }, [8]],
  ['who says it by ARP', { ...asked, arpSender: '10.0.1.0/24' }, [9]],
  ['MACs in ARP', { ...asked, arpSenderMac: mac(0x12), arpTargetMac: mac(0x22) }, [9]],
  [
    'some bits of a MAC in ARP',
    { ...asked, arpSenderMac: '02:00:00:00:00:10', arpSenderMacMask: 'ff:ff:ff:ff:ff:f0' },
    [8, 9],
  ],
  ['groups', { destinationMac: '01:00:00:00:00:00', destinationMacMask: '01:00:00:00:00:00' }, [8]],
  ['fragments', { ...ip, fragment: true }, [10, 11]],
  ['first fragments', { ...ip, fragment: true, firstFragment: true }, [10]],
  ['whole packets', { ...ip, fragment: false }, [0, 1, 2, 3, 4, 5, 6, 12]],
]
