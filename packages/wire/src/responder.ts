/** A host that answers ARP (RFC 826), Neighbour Discovery (RFC 4861) and ping (RFC 792, 4443): frames in, frames out. @module */
import { formatIp, isDecodeError, parseIp } from '@vnet/core'
import { arpOperations } from './arp.js'
import { checksumOf, pseudoSum6, updateChecksum } from './checksum.js'
import { decodeFrame } from './decode-frame.js'
import { encodeFrame } from './encode-frame.js'
import { ethernetHeaderSize, etherTypeAt, etherTypes } from './ethernet.js'
import { fragmentsOf, isFragment, Reassembly } from './fragment.js'
import { icmpTypes } from './icmp.js'
import { icmpv6Types } from './icmpv6.js'
import { ipProtocols, ipv4HeaderSizeAt, ipv4LengthAt, ipv4ProtocolAt, isIpv4FragmentAt } from './ipv4.js'
import { ipv6HeaderSize, ipv6NextHeaderAt, ipv6PayloadLengthAt } from './ipv6.js'
import { type Layer, layerOf } from './layer.js'
import { macAt, macFromNumber, macToNumber, setMacAt } from './mac.js'
import { setU16At, u16At } from './octets.js'

/** Who answers. */
export interface ResponderOptions {
  /** Its MAC address, of a station and not of a group: `02:00:00:00:00:02`. */
  readonly mac: string
  /** Its IPv4 and IPv6 addresses, unicast, without lengths of prefixes: `10.0.0.2`, `fd00::2`. */
  readonly addresses: readonly string[]
}

/** What is answered, and how. */
export interface Answer {
  /** The question: whose MAC (ARP; Neighbour Discovery), or an echo request. */
  readonly kind: 'arp' | 'neighbour' | 'echo'
  /** Who asked: an IP address; `0.0.0.0` or `::` for one that has none yet. */
  readonly from: string
  /** The address that was asked for. */
  readonly address: string
  /** Sequence number of an echo request. */
  readonly sequence?: number
  /** Octets of an echo's data. */
  readonly size?: number
  /** The frames to send: one, or as many fragments of the same size as the question had. */
  readonly frames: readonly Uint8Array[]
}

/** An answer that was not cut. */
type Reply = Omit<Answer, 'frames'> & { readonly frame: Uint8Array }

const [IP4, IP6] = [ethernetHeaderSize, ethernetHeaderSize] as const
const ICMP_HEADER = 8
/** What new packets get for a TTL or hop limit (Linux's default). */
const HOPS = 64
/** Neighbour Discovery works on one link only: packets that crossed a router are no part of it (RFC 4861 § 7.1). */
const ND_HOPS = 255

/**
 * A host of which nothing is known but its addresses. Keeps nothing but fragments (of 16 packets at most), reads no clock,
 * does no input or output: give it each frame, send what it answers.
 *
 * ```ts
 * import { Responder } from '@vnet/wire'
 *
 * const host = new Responder({ mac: '02:00:00:00:00:02', addresses: ['10.0.0.2'] })
 * console.log(host.answer(new Uint8Array(60))) // undefined: nothing to say
 * ```
 */
export class Responder {
  /** Its MAC address. */
  readonly mac: string
  /** Its addresses, as IP stacks write them. */
  readonly addresses: readonly string[]
  readonly #mac: number
  readonly #octets: readonly Uint8Array[]
  readonly #fragments = new Reassembly()

  /**
   * @throws TypeError text that is no MAC address, or no IP address
   * @throws RangeError an address that no host can have: of a group, broadcast, or none at all
   */
  constructor({ mac, addresses }: ResponderOptions) {
    this.#mac = macToNumber(mac)
    this.mac = macFromNumber(this.#mac)
    if (!isStation(this.#mac)) throw new RangeError(`${this.mac} is not the MAC address of a host`)
    this.#octets = addresses.map((text) => {
      const octets = parseIp(text)
      if (octets === undefined) throw new TypeError(`${JSON.stringify(text)} is not an IP address`)
      if (!isUnicast(octets)) throw new RangeError(`${text} is not the address of a host`)
      return octets
    })
    this.addresses = this.#octets.map((octets) => formatIp(octets))
  }

  /** The answer to a frame; `undefined` for one that asks nothing of this host, or is malformed. */
  answer(frame: Uint8Array): Answer | undefined {
    const whole = this.#isOwnFragment(frame) ? this.#fragments.add(frame) : undefined
    const reply = this.#reply(whole?.frame ?? frame)
    if (reply === undefined) return undefined
    const { frame: given, ...rest } = reply
    return { ...rest, frames: whole === undefined ? [given] : fragmentsOf(given, whole.largest, whole.identification) }
  }

  /** What is for others is not kept. */
  #isOwnFragment(frame: Uint8Array): boolean {
    if (!isFragment(frame) || macAt(frame, 0) !== this.#mac) return false
    return etherTypeAt(frame, 0) === etherTypes.ipv4 ? this.#has(frame, IP4 + 16, 4) : this.#has(frame, IP6 + 24, 16)
  }

  #reply(frame: Uint8Array): Reply | undefined {
    if (frame.length < ethernetHeaderSize) return undefined
    const type = etherTypeAt(frame, 0)
    if (type === etherTypes.arp) return this.#values(frame, (layers) => this.#arp(layers))
    if (type === etherTypes.ipv4) return this.#echo4(frame)
    if (type !== etherTypes.ipv6 || frame.length < IP6 + ipv6HeaderSize + ICMP_HEADER) return undefined
    if (frame[IP6 + ipv6HeaderSize] === icmpv6Types.echo) return this.#echo6(frame)
    return this.#values(frame, (layers) => this.#neighbour(layers, frame))
  }

  #values(frame: Uint8Array, answer: (layers: readonly Layer[]) => Reply | undefined): Reply | undefined {
    try {
      return answer(decodeFrame(frame))
    } catch (error) {
      if (isDecodeError(error)) return undefined
      throw error
    }
  }

  #arp(layers: readonly Layer[]): Reply | undefined {
    const arp = layerOf(layers, 'arp')
    if (arp?.operation !== arpOperations.request || arp.hardwareType !== 1 || arp.protocolType !== etherTypes.ipv4)
      return undefined
    if (!this.addresses.includes(arp.targetIp)) return undefined
    const frame = encodeFrame([
      { layer: 'ethernet', destination: arp.senderMac, source: this.mac },
      {
        layer: 'arp',
        operation: arpOperations.reply,
        senderMac: this.mac,
        senderIp: arp.targetIp,
        targetMac: arp.senderMac,
        targetIp: arp.senderIp,
      },
    ])
    return { kind: 'arp', from: arp.senderIp, address: arp.targetIp, frame }
  }

  #neighbour(layers: readonly Layer[], asked: Uint8Array): Reply | undefined {
    const ip = layerOf(layers, 'ipv6')
    const icmp = layerOf(layers, 'icmpv6')
    if (ip === undefined || icmp?.kind !== 'neighbour-solicitation') return undefined
    if (ip.hopLimit !== ND_HOPS || icmp.code !== 0 || !this.addresses.includes(icmp.target)) return undefined
    if (ipv6NextHeaderAt(asked, IP6) !== ipProtocols.icmpv6 || !isSound6(asked)) return undefined
    // Who is still finding out whether its address is free (RFC 4862) has none to answer to: all nodes are told.
    const isProbe = ip.source === '::'
    const source = macFromNumber(macAt(asked, 6))
    const frame = encodeFrame([
      { layer: 'ethernet', destination: isProbe ? '33:33:00:00:00:01' : source, source: this.mac },
      { layer: 'ipv6', source: icmp.target, destination: isProbe ? 'ff02::1' : ip.source, hopLimit: ND_HOPS },
      {
        layer: 'icmpv6',
        kind: 'neighbour-advertisement',
        type: icmpv6Types.neighbourAdvertisement,
        router: false,
        solicited: !isProbe,
        override: true,
        target: icmp.target,
        options: [{ kind: 'target-mac', mac: this.mac }],
      },
    ])
    return { kind: 'neighbour', from: ip.source, address: icmp.target, frame }
  }

  /** In place: a ping's time is the time that this takes. */
  #echo4(frame: Uint8Array): Reply | undefined {
    if (frame.length < IP4 + 20 || macAt(frame, 0) !== this.#mac) return undefined
    const header = ipv4HeaderSizeAt(frame, IP4)
    const length = ipv4LengthAt(frame, IP4)
    const icmp = IP4 + header
    if (header < 20 || length < header + ICMP_HEADER || IP4 + length > frame.length) return undefined
    if (ipv4ProtocolAt(frame, IP4) !== ipProtocols.icmp || isIpv4FragmentAt(frame, IP4)) return undefined
    if (frame[icmp] !== icmpTypes.echo || frame[icmp + 1] !== 0 || !this.#has(frame, IP4 + 16, 4)) return undefined
    if (checksumOf(frame, IP4, icmp) !== 0 || checksumOf(frame, icmp, IP4 + length) !== 0) return undefined
    const reply = this.#turned(frame, IP4 + length, IP4 + 12, 4)
    reply[IP4 + 8] = HOPS
    setU16At(reply, IP4 + 10, 0)
    setU16At(reply, IP4 + 10, checksumOf(reply, IP4, icmp))
    return this.#echo(frame, reply, icmp, icmpTypes.echoReply, length - header, IP4 + 12, 4)
  }

  #echo6(frame: Uint8Array): Reply | undefined {
    const length = ipv6PayloadLengthAt(frame, IP6)
    const icmp = IP6 + ipv6HeaderSize
    if (macAt(frame, 0) !== this.#mac || length < ICMP_HEADER || icmp + length > frame.length) return undefined
    if (ipv6NextHeaderAt(frame, IP6) !== ipProtocols.icmpv6 || frame[icmp + 1] !== 0) return undefined
    if (!this.#has(frame, IP6 + 24, 16) || !isSound6(frame)) return undefined
    const reply = this.#turned(frame, icmp + length, IP6 + 8, 16)
    reply[IP6 + 7] = HOPS
    return this.#echo(frame, reply, icmp, icmpv6Types.echoReply, length, IP6 + 8, 16)
  }

  /** The frame the other way round: MACs and IP addresses (which stand at `ip`, source first) exchanged. */
  #turned(frame: Uint8Array, end: number, ip: number, size: number): Uint8Array {
    // The least that Ethernet carries without its checksum: 60 octets (IEEE 802.3 § 3.2.7).
    const reply = new Uint8Array(Math.max(60, end))
    reply.set(frame.subarray(0, end))
    reply.copyWithin(0, 6, 12)
    setMacAt(reply, 6, this.#mac)
    reply.copyWithin(ip, ip + size, ip + 2 * size)
    reply.set(frame.subarray(ip, ip + size), ip + size)
    return reply
  }

  #echo(
    asked: Uint8Array,
    frame: Uint8Array,
    icmp: number,
    type: number,
    length: number,
    ip: number,
    size: number,
  ): Reply {
    const before = u16At(frame, icmp)
    frame[icmp] = type
    setU16At(frame, icmp + 2, updateChecksum(u16At(frame, icmp + 2), before, u16At(frame, icmp)))
    return {
      kind: 'echo',
      from: formatIp(asked, ip, size),
      address: formatIp(asked, ip + size, size),
      sequence: u16At(frame, icmp + 6),
      size: length - ICMP_HEADER,
      frame,
    }
  }

  #has(frame: Uint8Array, at: number, size: number): boolean {
    return this.#octets.some((octets) => octets.length === size && octets.every((octet, i) => octet === frame[at + i]))
  }
}

/** Whether a MAC is that of one station: no group bit (IEEE 802 § 8.2), and not all zeros. */
const isStation = (mac: number): boolean => mac !== 0 && Math.floor(mac / 2 ** 40) % 2 === 0

/** Whether an address is that of one host (RFC 1122 § 3.2.1.3, RFC 4291 § 2.4): none of groups, of all, or of none. */
function isUnicast(octets: Uint8Array): boolean {
  const first = octets[0] as number
  if (octets.every((octet) => octet === 0)) return false
  return octets.length === 4 ? first < 224 : first !== 0xff
}

/** Whether the ICMPv6 message right behind the IPv6 header has the checksum that it should. */
function isSound6(frame: Uint8Array): boolean {
  const length = ipv6PayloadLengthAt(frame, IP6)
  const icmp = IP6 + ipv6HeaderSize
  if (icmp + length > frame.length) return false
  return checksumOf(frame, icmp, icmp + length, pseudoSum6(frame, IP6, ipProtocols.icmpv6, length)) === 0
}
