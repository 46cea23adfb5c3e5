/** Packets that leave by a tunnel over IPv6 (`ip6_tnl_xmit`, `net/ipv6/ip6_tunnel.c`; RFC 2473). @module */
import { isMulticastIp } from '@vnet/core'
import { ethernetHeaderSize, ipProtocols, ipv6HeaderSize } from '@vnet/wire'
import { isLinkLocal, isLoopback } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { TunnelData } from '../kind/tunnel.js'
import { encapOctets } from '../kind/tunnel-option.js'
import { isUsable6 } from '../object/address-type.js'
import type { Device } from '../object/device.js'
import { countRare } from '../stack/counters.js'
import type { DropCause } from '../stack/drop.js'
import { flowHash } from '../stack/flow-hash.js'
import type { Frame } from '../stack/frame.js'
import { leastMtu6 } from '../stack/path-mtu.js'
import { encapsulated } from './encap.js'
import { chosenLink, endOf, numberOf, takeError, tunnelOf } from './end.js'
import { hopsOf, serviceOf } from './inner.js'
import { countOuter, outerWay, sendOuter } from './outer.js'
import { innerOctets, type Load, reportHost } from './over-ipv4.js'
import { type Loss, reportLost } from './report.js'
import { sourcePort } from './source-port.js'

/** The least MTUs of IPv6 and IPv4 (RFC 791). */
const leastMtu = { 6: leastMtu6, 4: 68 } as const
/** Octets of the header with the encapsulation limit, and the type of that option (RFC 2473 § 4.1.1). */
const limitSize = 8
const limitType = 4
const flowLabelBits = 0xfffff

/** What is peculiar to a packet: its traffic class and flow label, how deep it may still be wrapped, octets of headers inside. */
export interface Outer6 {
  readonly service: number
  readonly flowLabel: number
  /** `undefined` where no limit is sent. */
  readonly limit: number | undefined
  /** Octets of the tunnel's own header, such as GRE, that are part of the payload. */
  readonly header: number
}

/** Sends through a tunnel; `false` where it was dropped. What is lost counts as an error and as dropped. */
export function sendOver6(kernel: Kernel, device: Device, load: Load, outer: Outer6): boolean {
  const data = tunnelOf(device)
  const { options, home } = data
  const { frame, inner } = load
  const { octets } = frame
  const [from, to] = [endOf(options, 'local'), endOf(options, 'remote') ?? nextHop6(load)]
  const way =
    from !== undefined && to !== undefined && maySend(data, from, to)
      ? outerWay(kernel, home, {
          to,
          from,
          output: chosenLink(data),
          mark: numberOf(options, 'fwmark'),
          tos: outer.service,
        })
      : undefined
  if (way === undefined || to === undefined) {
    countRare(device.counters, 'txCarrierErrors')
    reportHost(kernel, device, load)
    return lose6(kernel, device, frame, 'no-route')
  }
  if (way.device === device) {
    countRare(device.counters, 'collisions')
    return lose6(kernel, device, frame, 'loop')
  }
  const framed = device.type === 'ether' ? ethernetHeaderSize : 0
  const wrapped = encapOctets(options)
  const room = way.mtu - framed - ipv6HeaderSize - wrapped - outer.header - (outer.limit === undefined ? 0 : limitSize)
  const mtu = Math.max(room, leastMtu[inner.version === 6 ? 6 : 4])
  if (load.payload.length - outer.header - framed > mtu) return tooBig(kernel, device, load, { mtu })
  if (takeError(data, kernel.now())) reportHost(kernel, device, load)
  const { protocol, payload } = encapsulated(options, load.protocol, load.payload, {
    source: way.source,
    destination: to,
    port: () => sourcePort(octets, framed > 0, [0, 0]),
  })
  const header = {
    to,
    protocol: outer.limit === undefined ? protocol : ipProtocols.destinationOptions,
    hops: numberOf(options, 'ttl') || (hopsOf(octets, inner) ?? way.hops),
    tos: outer.service,
    // Without a label of its own each flow gets one (`net.ipv6.auto_flowlabels`).
    flowLabel: outer.flowLabel || flowHash(octets, framed > 0) & flowLabelBits,
  }
  const whole = outer.limit === undefined ? payload : limited(outer.limit, protocol, payload)
  const isSent = sendOuter(kernel, way, header, whole)
  countOuter(device, isSent, innerOctets(device, octets), 6)
  return isSent
}

/** What a packet is refused with is also told of those that may be cut (`ipxip6_tnl_xmit`). */
function tooBig(kernel: Kernel, device: Device, { frame, inner }: Load, loss: Loss): false {
  if (frame.nextHop !== undefined && inner.version !== undefined)
    reportLost(kernel, device, frame.octets.subarray(inner.at), loss)
  return lose6(kernel, device, frame, 'mtu')
}

/** A packet that cannot be sent. */
export function lose6(kernel: Kernel, device: Device, { octets }: Frame, cause: DropCause): false {
  kernel.dropped(device, octets, cause)
  device.counters.txErrors++
  device.counters.txDropped++
  return false
}

/** Without a far end: the next hop of an IPv6 packet of this host. */
function nextHop6({ frame: { nextHop } }: Load): Uint8Array | undefined {
  return nextHop?.length === 16 ? nextHop : undefined
}

/** Whether both ends fit: the near one is an address of this host, the far one none (`ip6_tnl_xmit_ctl`). */
function maySend(data: TunnelData, from: Uint8Array, to: Uint8Array): boolean {
  if (!isCapable(data, from, to) || isMulticastIp(from)) return false
  return isNear(data, from) && (isMulticastIp(to) || isFar(data, to))
}

/** The same for a packet that came in (`ip6_tnl_rcv_ctl`). */
export function mayReceive(data: TunnelData, local: Uint8Array, remote: Uint8Array): boolean {
  if (data.options.external === true) return true
  if (!isCapable(data, local, remote) || isMulticastIp(remote)) return false
  return (isMulticastIp(local) || isNear(data, local)) && isFar(data, remote)
}

/** `ip6_tnl_get_cap`. */
function isCapable({ options }: TunnelData, local: Uint8Array, remote: Uint8Array): boolean {
  const isNearby = [local, remote].some(isLinkLocal)
  return ![local, remote].some(isLoopback) && (!isNearby || options.link !== undefined)
}

function isNear(data: TunnelData, address: Uint8Array): boolean {
  return isUsable6(data.home, address, chosenLink(data))
}

function isFar({ home, options }: TunnelData, address: Uint8Array): boolean {
  return options.allowLocalRemote === true || !isUsable6(home, address)
}

/** A payload behind the header that limits how deep it may be wrapped. */
function limited(limit: number, protocol: number, payload: Uint8Array): Uint8Array {
  const octets = new Uint8Array(limitSize + payload.length)
  // The option, and one of padding, which fills the eight octets.
  octets.set([protocol, 0, limitType, 1, limit, 1, 1, 0])
  octets.set(payload, limitSize)
  return octets
}

/** Where in a packet the octet with its limit stands; `undefined` where it has none (`ip6_tnl_parse_tlv_enc_lim`). */
export function limitAt(octets: Uint8Array, at: number): number | undefined {
  let next = octets[at + 6] as number
  let place = at + ipv6HeaderSize
  while (next === ipProtocols.hopByHop || next === ipProtocols.routing || next === ipProtocols.destinationOptions) {
    if (place + 2 > octets.length) return undefined
    const end = place + 8 + 8 * (octets[place + 1] as number)
    if (end > octets.length) return undefined
    if (next === ipProtocols.destinationOptions) {
      for (let option = place + 2; option + 1 < end; ) {
        if (octets[option] === limitType && octets[option + 1] === 1) return option + 2
        option += octets[option] === 0 ? 1 : 2 + (octets[option + 1] as number)
      }
    }
    next = octets[place] as number
    place = end
  }
  return undefined
}

/** Traffic class and flow label that the tunnel was told, or that come from the packet; see `tclass` and `flowLabel`. */
export function outer6(device: Device, load: Pick<Load, 'frame' | 'inner'>, header: number): Outer6 {
  const { options } = tunnelOf(device)
  const { octets } = load.frame
  const { version, at } = load.inner
  const inherited = options.flowLabelInherit === true && version === 6
  const label = ((octets[at + 1] as number) & 0x0f) * 0x10000 + (octets[at + 2] as number) * 0x100
  return {
    service: options.tclassInherit === true ? serviceOf(octets, load.inner) : numberOf(options, 'tclass'),
    flowLabel: inherited ? label + (octets[at + 3] as number) : numberOf(options, 'flowLabel'),
    limit: options.encapLimit as number | undefined,
    header,
  }
}
