/** What a tunnel's packets go over in tests: a TAP of the test's, which reads what leaves and writes what comes in. @module */
import { formatIp, parseIp, type TunPort } from '@vnet/core'
import type { Context, PlacedNamespace } from './context.js'
import { present } from './expectation.js'
import { ethernet, ipv4, ipv6, joined, put16, sum, u16 } from './frame.js'
import { readOf, write } from './port-frame.js'
import { isOwn } from './routed.js'
import { mac } from './surroundings.js'

/** MACs of the host and of the far end. */
export const [hostMac, farMac] = [mac(1), mac(0x51)]
/** Outer addresses of the host and of the far end, by version of IP. */
export const outer = { 4: ['192.0.2.1', '192.0.2.2'], 6: ['2001:db8::1', '2001:db8::2'] } as const
/** Another far end. */
export const other = { 4: '192.0.2.3', 6: '2001:db8::3' } as const

const types = { 4: 0x0800, 6: 0x86dd } as const

/** The octets of an address. */
export const ip = (text: string): Uint8Array => parseIp(text) as Uint8Array

/** An outer packet, read: what tests compare, without identification, checksum and flow label, which the kernel chooses. */
export interface Outer {
  readonly from: string
  readonly to: string
  readonly tos: number
  readonly ttl: number
  /** IPv4: must not be cut. */
  readonly df?: boolean
  readonly protocol: number
  readonly payload: Uint8Array
}

/** The underlay of a test. */
export class Underlay {
  readonly ns: PlacedNamespace
  readonly port: TunPort

  constructor(ns: PlacedNamespace, port: TunPort) {
    this.ns = ns
    this.port = port
  }

  /** The next packet of the host for a far end that is wanted; others are left out. */
  async read(wanted: (packet: Outer) => boolean = () => true): Promise<Outer> {
    const isWanted = (packet: Outer | undefined) => packet !== undefined && isFar(packet.to) && wanted(packet)
    return present(readOuter(await readOf(this.port, (frame) => isWanted(readOuter(frame)))))
  }

  /** A packet of the far end comes in, for the host or for a group. */
  async write(packet: Uint8Array, to = hostMac): Promise<void> {
    await write(this.port, ethernet(to, farMac, types[(packet[0] as number) >> 4 === 4 ? 4 : 6], packet))
  }
}

const isFar = (address: string): boolean =>
  [...outer[4].slice(1), ...outer[6].slice(1), ...Object.values(other)].some((far) => far === address) ||
  isGroup(address)
const isGroup = (address: string): boolean => /^(23[0-9]\.|ff0e:)/.test(address)

/** A host on a TAP, whose far ends have MACs that it need not ask for. */
export async function addUnderlay({ ns, defer }: Pick<Context, 'ns' | 'defer'>): Promise<Underlay> {
  const port = await ns.openTap({ name: 'tap0', mac: hostMac, up: true })
  defer(() => port.close())
  await ns.link.set('lo', { up: true })
  await ns.address.add({ link: 'tap0', address: `${outer[4][0]}/24` })
  await ns.address.add({ link: 'tap0', address: `${outer[6][0]}/64`, noDad: true })
  await isOwn(ns, outer[6][0])
  for (const address of [outer[4][1], outer[6][1], other[4], other[6]])
    await ns.neighbour.add({ link: 'tap0', address, mac: farMac })
  return new Underlay(ns, port)
}

function readOuter(frame: Uint8Array): Outer | undefined {
  const packet = frame.subarray(14)
  if (u16(frame, 12) === types[4]) {
    return {
      from: formatIp(packet.subarray(12, 16)),
      to: formatIp(packet.subarray(16, 20)),
      tos: packet[1] as number,
      ttl: packet[8] as number,
      df: ((packet[6] as number) & 0x40) !== 0,
      protocol: packet[9] as number,
      payload: packet.subarray(20, u16(packet, 2)),
    }
  }
  if (u16(frame, 12) !== types[6]) return undefined
  return {
    from: formatIp(packet.subarray(8, 24)),
    to: formatIp(packet.subarray(24, 40)),
    tos: (u16(packet, 0) >> 4) & 0xff,
    ttl: packet[7] as number,
    protocol: packet[6] as number,
    payload: packet.subarray(40, 40 + u16(packet, 4)),
  }
}

/** An outer packet of the far end to the host. */
export function incoming(version: 4 | 6, protocol: number, payload: Uint8Array, tos = 0, from?: string): Uint8Array {
  const [to, far] = [outer[version][0], from ?? outer[version][1]]
  if (version === 6) {
    const packet = ipv6(ip(far), ip(to), protocol, payload)
    packet[0] = 0x60 | (tos >> 4)
    packet[1] = (tos & 15) << 4
    return packet
  }
  return withTos(ipv4(far, to, protocol, payload), tos)
}

/** An IPv4 packet with another type of service. */
export function withTos(packet: Uint8Array, tos: number): Uint8Array {
  const octets = packet.slice()
  octets[1] = tos
  put16(octets, 10, 0)
  put16(octets, 10, ~sum(octets.subarray(0, 20)) & 0xffff)
  return octets
}

/** A GRE header with what is behind it. */
export function gre(
  type: number,
  payload: Uint8Array,
  { key, sequence }: { key?: number; sequence?: number } = {},
): Uint8Array {
  const words = [key, sequence].filter((word) => word !== undefined)
  const header = new Uint8Array(4 + 4 * words.length)
  const view = new DataView(header.buffer)
  view.setUint16(0, (key === undefined ? 0 : 0x2000) | (sequence === undefined ? 0 : 0x1000))
  view.setUint16(2, type)
  for (const [i, word] of words.entries()) view.setUint32(4 + 4 * i, word)
  return joined(header, payload)
}
