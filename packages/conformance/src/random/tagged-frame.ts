/** Frames with and without VLAN tags, and expressions of pcap-filter(7) that tell them apart, by chance. @module */
import { ethernet, ip6, ipv4, ipv6, joined, macOctets, tcpHeader, udpHeader } from '../frame.js'
import type { Chance } from './chance.js'

/** Both ends of frames: nobody else sends with these. */
export const ends = { to: '02:00:00:00:00:22', from: '02:00:00:00:00:11' } as const
/** The EtherType of what ends a row of frames. */
export const endType = 0x88b6

const one = <T>(chance: Chance, ...from: readonly T[]): T => from[chance(from.length)] as T

/** A frame with no tag, one, two or three: customers', providers', and what came before those. */
export function taggedFrame(chance: Chance): Uint8Array {
  let [type, body] = packet(chance)
  for (let tags = one(chance, 0, 1, 1, 1, 2, 2, 3); tags > 0; tags--) {
    const control = (chance(8) << 13) | (chance(2) << 12) | one(chance, 0, 5, 42, 4095, chance(4096))
    body = joined(Uint8Array.of(control >> 8, control & 0xff, type >> 8, type & 0xff), body)
    type = one(chance, 0x8100, 0x8100, 0x8100, 0x88a8, 0x9100)
  }
  return ethernet(one(chance, ends.to, ends.to, 'ff:ff:ff:ff:ff:ff'), ends.from, type, body)
}

function packet(chance: Chance): readonly [type: number, body: Uint8Array] {
  const data = new Uint8Array(chance(60))
  const port = () => one(chance, 53, 80, 6081)
  const udp = joined(udpHeader(port(), port(), 8 + data.length), data)
  const [number, transport] = one(chance, [17, udp] as const, [6, joined(tcpHeader(1, 0x12), data)] as const)
  const four = ipv4(one(chance, '10.0.0.1', '10.1.0.1'), '10.0.0.2', number, transport)
  const six = ipv6(ip6('2001:db8::1'), ip6(one(chance, '2001:db8::2', 'ff02::1')), number, transport)
  switch (chance(7)) {
    case 0:
      return [0x0806, joined(Uint8Array.of(0, 1, 8, 0, 6, 4, 0, 1), macOctets(ends.from), new Uint8Array(16))]
    case 1:
      return [0x86dd, six]
    case 2:
      return [0x8847, joined(Uint8Array.of(0, 1, one(chance, 0, 1), 64), four)]
    case 3:
      return [0x8864, joined(Uint8Array.of(0x11, 0, 0, one(chance, 1, 3), 0, four.length + 2, 0, 0x21), four)]
    case 4:
      return [one(chance, 0x88b5, 40), new Uint8Array(40 + chance(20))]
    default:
      return [0x0800, four]
  }
}

/** An expression, most of them about tags or what is behind them. */
export function tagExpression(chance: Chance, depth = 3): string {
  if (depth > 0 && chance(3) !== 0) {
    const [left, right] = [tagExpression(chance, depth - 1), tagExpression(chance, depth - 1)]
    return one(chance, `${left} and ${right}`, `${left} or ${right}`, `(${left}) and ${right}`, `not (${left})`)
  }
  const at = one(chance, 12, 13, 14, 15, 16, 17, 18, 20, chance(30))
  const size = one(chance, '', ':2', ':2', ':4')
  const value = one(chance, '0', '5', '42', '0x0800', '0x8100', '0x86dd', String(chance(0x10000)))
  const compared = one(chance, '=', '!=', '<', '>')
  return one(
    chance,
    ...['vlan', 'vlan 5', 'vlan 42', 'vlan and vlan', 'vlan 5 and vlan', 'ip', 'ip6', 'arp', 'tcp', 'udp'],
    ...['port 53', 'src port 80', 'host 10.0.0.1', 'net 10.1.0.0/16', 'ip6 host ff02::1', 'pppoes', 'pppoes 3', 'mpls'],
    ...['ether broadcast', 'multicast', `ether dst ${ends.to}`, 'ether proto 0x8100', 'ether proto 0x88a8', 'stp'],
    ...['tcp[tcpflags] & tcp-syn != 0', 'udp[4:2] > 30', 'ip[8] = 64', 'geneve', `less ${60 + chance(60)}`],
    `greater ${60 + chance(60)}`,
    `ether[${at}${size}] ${compared} ${value}`,
    `ether[${at}${size}] & ${one(chance, '0xfff', '0x1000', '0xff')} ${compared} ${value}`,
    `ether[12:2] = 0x8100 and ether[16:2] = ${value}`,
    `ip[${chance(20)}${size}] ${compared} ${value}`,
    `len - ether[15] ${compared} ${value}`,
  )
}
