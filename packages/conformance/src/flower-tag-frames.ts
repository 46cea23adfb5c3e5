/** Frames for filters of `flower` with tags, labels and sessions, and which of them each match is for. @module */
import { ethernet, ipv4, ipv6, joined, udpHeader } from './frame.js'
import { mac } from './surroundings.js'

const [near, far] = ['10.0.0.1', '10.0.0.2']
const udp = (to: number) => ipv4(near, far, 17, udpHeader(1000, to, 8))
const address6 = (last: number) => Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last)
const udp6 = ipv6(address6(1), address6(2), 17, udpHeader(1000, 53, 8))
/** What lies behind the MACs: an EtherType, and its header. */
const frame = (type: number, ...parts: readonly Uint8Array[]) => ethernet(mac(0x22), mac(0x11), type, joined(...parts))
/** The rest of a tag: priority and identifier, and the EtherType behind it. */
const tag = (id: number, priority: number, next: number) =>
  Uint8Array.of((priority << 5) | (id >> 8), id & 0xff, next >> 8, next & 0xff)
const label = (value: number, trafficClass: number, bottom: number, ttl: number) =>
  Uint8Array.of(value >> 12, (value >> 4) & 0xff, ((value & 15) << 4) | (trafficClass << 1) | bottom, ttl)
/** A header of PPPoE, and the protocol of PPP. */
const session = (id: number, protocol: number, payload: Uint8Array) => {
  const length = payload.length + 2
  const header = [0x11, 0, id >> 8, id & 0xff, length >> 8, length & 0xff, protocol >> 8, protocol & 0xff]
  return joined(Uint8Array.from(header), payload)
}
const lcp = Uint8Array.of(9, 1, 0, 8, 0, 0, 0, 0)
const l2tp = (id: number) => ipv4(near, far, 115, Uint8Array.of(0, 0, id >> 8, id & 0xff, 1, 2, 3, 4))

/** The frames, by the numbers below. */
export const tagFrames: readonly Uint8Array[] = [
  frame(0x0800, udp(53)),
  frame(0x8100, tag(5, 1, 0x0800), udp(53)),
  frame(0x8100, tag(5, 1, 0x86dd), udp6),
  frame(0x88a8, tag(7, 2, 0x8100), tag(8, 3, 0x0800), udp(53)),
  frame(0x88a8, tag(7, 2, 0x8100), tag(9, 4, 0x86dd), udp6),
  frame(0x8847, label(77, 3, 1, 64), udp(53)),
  frame(0x8847, label(77, 0, 0, 9), label(0xabcde, 5, 1, 8), udp(53)),
  frame(0x8864, session(77, 0x21, udp(53))),
  frame(0x8864, session(77, 0xc021, lcp)),
  frame(0x8864, session(78, 0x57, udp6)),
  frame(0x8100, tag(6, 0, 0x8864), session(79, 0x21, udp(54))),
  frame(0x0800, l2tp(0x1234)),
  frame(0x8100, tag(5, 7, 0x8847), label(5, 0, 1, 1), udp(53)),
  frame(0x0800, ipv4(near, far, 50, Uint8Array.of(0x80, 0, 0, 7, 0, 0, 0, 1))),
  frame(0x0800, ipv4(near, far, 51, Uint8Array.of(4, 1, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1))),
  frame(0x8902, Uint8Array.of(0xa0, 1, 0, 70, 0, 0, 0, 0)),
  frame(0x8902, Uint8Array.of(0x60, 3, 0, 70, 0, 0, 0, 0)),
]

type Row = readonly [title: string, match: Record<string, unknown>, matched: readonly number[]]
const [q, ad, mpls, ppp] = [{ protocol: '802.1Q' }, { protocol: '802.1ad' }, { protocol: 'mpls_uc' }, 'ppp_ses']
const twice = { ...ad, vlanEtherType: '802.1Q' }
const inPpp = { protocol: ppp }

/** What each match is for. */
export const tagMatches: readonly Row[] = [
  ['an EtherType behind a tag', { ...q, vlanEtherType: 'ip' }, [1]],
  ['an address behind a tag', { ...q, vlanEtherType: 'ipv6', to: '2001:db8::/32' }, [2]],
  ['a port behind a tag', { ...q, vlanEtherType: 'ip', ipProtocol: 17, destinationPort: 53 }, [1]],
  ['an outer tag', { ...ad, vlan: 7, vlanPriority: 2 }, [3, 4]],
  ['an inner tag', { ...twice, innerVlan: 8 }, [3]],
  ['the priority of an inner tag', { ...twice, innerVlanPriority: 4 }, [4]],
  ['what two tags are before', { ...twice, innerVlanEtherType: 'ip', to: `${far}/32` }, [3]],
  ['two tags', { vlanCount: 2 }, [3, 4]],
  ['a tag, whichever', { vlanCount: 1, vlan: 5 }, [1, 2, 12]],
  ['no tag', { vlanCount: 0 }, [0, 5, 6, 7, 8, 9, 11, 13, 14, 15, 16]],
  ['a label', { ...mpls, mpls: [{ depth: 1, label: 77 }] }, [5, 6]],
  ['the last label', { ...mpls, mpls: [{ depth: 1, bottom: 1 }] }, [5]],
  ['the class of a label', { ...mpls, mpls: [{ depth: 1, trafficClass: 3 }] }, [5]],
  ['the time to live of a label', { ...mpls, mpls: [{ depth: 1, ttl: 9 }] }, [6]],
  ['the second label', { ...mpls, mpls: [{ depth: 2, label: 0xabcde }] }, [6]],
  ['that there is a second label', { ...mpls, mpls: [{ depth: 2 }] }, [6]],
  ['a label behind a tag', { ...q, vlanEtherType: 'mpls_uc', mpls: [{ depth: 1, label: 5 }] }, [12]],
  ['a session', { ...inPpp, pppoeSession: 77 }, [7, 8]],
  ['IPv4 in a session', { ...inPpp, pppProtocol: 0x21, to: `${far}/32` }, [7]],
  ['IPv6 in any session', { ...inPpp, pppProtocol: 0x57, ipProtocol: 17, destinationPort: 53 }, [9]],
  ['LCP', { ...inPpp, pppProtocol: 0xc021 }, [8]],
  ['a session behind a tag', { ...q, vlanEtherType: ppp, pppoeSession: 79 }, [10]],
  ['what a session behind a tag carries', { ...q, vlanEtherType: ppp, pppProtocol: 0x21, from: `${near}/32` }, [10]],
  ['a session of L2TP', { protocol: 'ip', ipProtocol: 115, l2tpSession: 0x1234 }, [11]],
  ['an index of ESP', { protocol: 'ip', ipProtocol: 50, spi: 0x80000007 }, [13]],
  ['an index of AH', { protocol: 'ip', ipProtocol: 51, spi: 7, spiMask: 0xf }, [14]],
  ['a level of fault management', { protocol: 0x8902, cfmLevel: 5 }, [15]],
  ['a message of fault management', { protocol: 0x8902, cfmOpcode: 3 }, [16]],
  ['what a bridge knows nothing of', { protocol: 'ip', l2Miss: true }, []],
  ['what came by no tunnel', { protocol: 'ip', tunnelKey: 0 }, [0, 11, 13, 14]],
  ['a tunnel', { protocol: 'ip', tunnelKey: 7 }, []],
  ['the address of a tunnel', { protocol: 'ip', tunnelFrom: '0.0.0.0/1' }, []],
  ['an option of a tunnel', { protocol: 'ip', geneveOptions: [{ data: '00000000', dataMask: '00000000' }] }, []],
  ['what no connection is known of', { protocol: 'ip', connectionTracked: false }, [0, 11, 13, 14]],
  ['a connection', { protocol: 'ip', connectionTracked: true }, []],
]
