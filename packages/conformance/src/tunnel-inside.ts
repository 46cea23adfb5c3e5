/** What tunnels of tests carry: addresses inside, and echo requests of the far end. @module */
import type { Capability, ChangeableProperty } from '@vnet/core'
import type { Context, PlacedNamespace } from './context.js'
import { present } from './expectation.js'
import { ip6, ipv4, ipv6, joined, put16, sum } from './frame.js'
import { outer } from './tunnel-underlay.js'

/** Protocols outside and inside. */
export const protocols = { icmp: 1, ipip: 4, udp: 17, ipv6: 41, gre: 47, destinationOptions: 60 } as const
const ICMP = protocols.icmp

/** Addresses inside: of the host and of the far end. */
export const inner = { 4: ['10.1.0.1', '10.1.0.2'], 6: ['fd00:1::1', 'fd00:1::2'] } as const
const length = { 4: 24, 6: 64 } as const

/** A tunnel: what it goes over and carries, and its options beside the ends. */
export interface Carried {
  readonly kind: ChangeableProperty
  readonly over: 4 | 6
  readonly carries: 4 | 6
  readonly options?: object
}

/** What a test needs to see packets of kinds of tunnel. */
export const needsOf = (...kinds: readonly string[]) =>
  ['tun port', 'link tap', ...kinds.flatMap((kind) => [`link ${kind}`, `packets ${kind}`])] as Capability[]

/** A tunnel `t0` between the two ends, with an address inside. */
export async function addTunnel(ns: PlacedNamespace, { kind, over, carries, options = {} }: Carried): Promise<void> {
  const [local, remote] = outer[over]
  await ns.link.add({ kind, name: 't0', up: true, [kind]: { local, remote, ...options } } as never)
  const noDad = carries === 6 ? { noDad: true } : {}
  await ns.address.add({ link: 't0', address: `${inner[carries][0]}/${length[carries]}`, ...noDad })
}

/** What a link counted. */
export async function counters(ns: Context['ns'], link = 't0') {
  return present((await ns.link.get(link, { statistics: true }))?.statistics)
}

const isIcmp = (packet: Uint8Array, version: 4 | 6, type: number): boolean =>
  version === 4 ? packet[9] === ICMP && packet[20] === type : packet[6] === 58 && packet[40] === type
/** Whether a packet is an echo request of the host. */
export const isEcho = (packet: Uint8Array, version: 4 | 6): boolean => isIcmp(packet, version, version === 4 ? 8 : 128)
/** Whether a packet is an answer of the host to one. */
export const isReply = (packet: Uint8Array, version: 4 | 6): boolean => isIcmp(packet, version, version === 4 ? 0 : 129)

/** An echo request of the far end inside. */
export function echo(version: 4 | 6): Uint8Array {
  const [to, from] = inner[version]
  const message = new Uint8Array(16)
  message.set([version === 4 ? 8 : 128, 0, 0, 0, 0x12, 0x34, 0, 1])
  if (version === 4) {
    put16(message, 2, ~sum(message) & 0xffff)
    return ipv4(from, to, ICMP, message)
  }
  return echoBetween(from, to, message)
}

/** The pseudo header of ICMPv6. */
export const pseudo6 = (from: string, to: string, length: number): Uint8Array =>
  joined(ip6(from), ip6(to), Uint8Array.of(0, 0, length >> 8, length & 0xff, 0, 0, 0, 58))

/** An echo request between two addresses of IPv6. */
export function echoBetween(from: string, to: string, message = Uint8Array.of(128, 0, 0, 0, 1, 2, 0, 1)): Uint8Array {
  put16(message, 2, ~sum(joined(pseudo6(from, to, message.length), message)) & 0xffff)
  return ipv6(ip6(from), ip6(to), 58, message)
}
