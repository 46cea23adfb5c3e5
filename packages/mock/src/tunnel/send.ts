/** What each kind of tunnel over IP does with a frame or packet that leaves by it (`ndo_start_xmit`). @module */
import { erspanProtocols, ethernetHeaderSize, etherTypes, ipProtocols } from '@vnet/wire'
import { sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { countRare } from '../stack/counters.js'
import { Frame } from '../stack/frame.js'
import { endOf, tunnelOf } from './end.js'
import { erspanOf } from './erspan-header.js'
import { greOf, packetProtocol } from './gre-header.js'
import { type Inner, innerOf, serviceOf, withEcn } from './inner.js'
import { countLimit } from './limit.js'
import { type Load, lose, reportHost, sendOver4 } from './over-ipv4.js'
import { lose6, outer6, sendOver6 } from './over-ipv6.js'
import { sendSit } from './sit.js'

/** Sends; `false` where it was dropped. */
type Send = (kernel: Kernel, device: Device, frame: Frame, inner: Inner) => boolean

/** Sends a frame or packet through a tunnel. It is taken in any case: what is lost is counted, and no error of the link. */
export function sendThrough(kernel: Kernel, device: Device, frame: Frame): boolean {
  sendBy(kernel, device, frame)
  return true
}

function sendBy(kernel: Kernel, device: Device, frame: Frame): boolean {
  const { options } = tunnelOf(device)
  // The ends would come with the packet, and nothing brings them along here.
  if (options.external === true) {
    if (device.kind?.name === 'ipip') device.counters.txErrors++
    else if (device.kind?.name.startsWith('ip6') === true) return lose6(kernel, device, frame, 'no-far-end')
    else device.counters.txDropped++
    kernel.dropped(device, frame.octets, 'no-far-end')
    return false
  }
  const send = senders[device.kind?.name ?? '']
  return send?.(kernel, device, frame, innerOf(frame.octets, device.type === 'ether')) ?? false
}

const gre: Send = (kernel, device, frame, inner) => {
  const protocol = device.type === 'ether' ? etherTypes.ethernet : packetProtocol(frame.octets)
  const data = tunnelOf(device)
  const load: Load = { frame, inner, payload: frame.octets, protocol: ipProtocols.gre }
  if (protocol === undefined) return lose(kernel, device, load, 'no-far-end')
  // Without a far end packets go where the neighbour table says: to the link's own address, for want of another.
  const to = device.type === 'ether' ? undefined : endOf(data.options, 'local')
  if (device.type !== 'ether' && to === undefined && endOf(data.options, 'remote') === undefined) {
    kernel.dropped(device, frame.octets, 'no-far-end')
    return false
  }
  return sendOver4(kernel, device, { ...load, payload: greOf(data, protocol, frame.octets) }, to)
}

const gre6: Send = (kernel, device, frame, inner) => {
  const isFrame = device.type === 'ether'
  const protocol = isFrame ? etherTypes.ethernet : packetProtocol(frame.octets)
  if (protocol === undefined) return lose6(kernel, device, frame, 'no-far-end')
  if (comesFromFarEnd(device, frame, inner)) return lose6(kernel, device, frame, 'loop')
  const outer = countLimit(kernel, device, { frame, inner }, outer6(device, { frame, inner }, 0))
  if (outer === undefined) return lose6(kernel, device, frame, 'loop')
  const payload = greOf(tunnelOf(device), protocol, frame.octets)
  const header = payload.length - frame.octets.length
  return sendOver6(kernel, device, { frame, inner, payload, protocol: ipProtocols.gre }, { ...outer, header })
}

/** The EtherType of the ERSPAN header of a version; version 0 has that of version 1. */
const erspanProtocol = (version: unknown): number => (version === 2 ? erspanProtocols.third : erspanProtocols.second)

/** Cuts a frame to what the link takes. */
function cut(device: Device, frame: Frame): { readonly frame: Frame; readonly isCut: boolean } {
  const most = device.mtu + ethernetHeaderSize
  if (frame.octets.length <= most) return { frame, isCut: false }
  return { frame: new Frame(frame.octets.slice(0, most), frame.priority, frame.nextHop), isCut: true }
}

const erspan: Send = (kernel, device, whole, inner) => {
  const { frame, isCut } = cut(device, whole)
  const data = tunnelOf(device)
  const version = data.options.erspanVersion
  // The class is read where IPv4 has it, whatever the frame holds.
  const serviceClass = (frame.octets[ethernetHeaderSize + 1] as number) >> 5
  const inside = version === 0 ? frame.octets : erspanOf(kernel, device, frame.octets, isCut, serviceClass)
  const payload = greOf(data, erspanProtocol(version), inside, { oseq: version !== 0 })
  return sendOver4(kernel, device, { frame, inner, payload, protocol: ipProtocols.gre })
}

const erspan6: Send = (kernel, device, whole, inner) => {
  const { frame, isCut } = cut(device, whole)
  const data = tunnelOf(device)
  const version = data.options.erspanVersion
  if (version === 0) return lose6(kernel, device, frame, 'no-far-end')
  if (comesFromFarEnd(device, frame, inner)) return lose6(kernel, device, frame, 'loop')
  // The class is read where IPv6 has it, whatever the frame holds.
  const [first, second] = frame.octets.subarray(ethernetHeaderSize) as unknown as [number, number]
  const inside = erspanOf(kernel, device, frame.octets, isCut, (((first & 0x0f) << 4) | (second >> 4)) >> 5)
  const given = outer6(device, { frame, inner }, 0)
  // What is no IP has neither a class nor a limit.
  const outer =
    inner.version === undefined
      ? { ...given, service: 0, limit: undefined }
      : countLimit(kernel, device, { frame, inner }, given)
  if (outer === undefined) return lose6(kernel, device, frame, 'loop')
  const payload = greOf(data, erspanProtocol(version), inside, { oseq: true })
  const header = payload.length - frame.octets.length
  return sendOver6(kernel, device, { frame, inner, payload, protocol: ipProtocols.gre }, { ...outer, header })
}

/** An IPv6 packet whose source is the far end: it would go round in circles (`ip6_tnl_addr_conflict`). */
function comesFromFarEnd(device: Device, { octets }: Frame, { version, at }: Inner): boolean {
  if (version !== 6) return false
  return sameOctets(endOf(tunnelOf(device).options, 'remote'), octets.slice(at + 8, at + 24))
}

const carries: { readonly [mode: string]: readonly number[] | undefined } = {
  any: [4, 6],
  ipip: [4],
  ipip6: [4],
  ip6ip: [6],
  ip6ip6: [6],
}

/** Whether a tunnel of a kind and mode carries a version of IP. */
export function carriesVersion(device: Device, version: 4 | 6): boolean {
  if (device.kind?.name === 'ipip' && version === 6) return false
  return carries[tunnelOf(device).options.mode as string]?.includes(version) === true
}

const ipip: Send = (kernel, device, frame, inner) => {
  const load = { frame, inner, payload: frame.octets, protocol: ipProtocols.ipv4 }
  if (inner.version !== 4 || !carriesVersion(device, 4)) return lose(kernel, device, load, 'no-far-end')
  return sendOver4(kernel, device, load)
}

const sit: Send = (kernel, device, frame, inner) => {
  // The kernel looks at the mode only of what comes in.
  if (inner.version === 6) return sendSit(kernel, device, frame, inner)
  const load = { frame, inner, payload: frame.octets, protocol: ipProtocols.ipv4 }
  return inner.version === 4 ? sendOver4(kernel, device, load) : lose(kernel, device, load, 'no-far-end')
}

const ip6tnl: Send = (kernel, device, frame, inner) => {
  const { version } = inner
  if (version === undefined || !carriesVersion(device, version)) return lose6(kernel, device, frame, 'no-far-end')
  if (comesFromFarEnd(device, frame, inner)) return lose6(kernel, device, frame, 'loop')
  const outer = countLimit(kernel, device, { frame, inner }, outer6(device, { frame, inner }, 0))
  if (outer === undefined) return lose6(kernel, device, frame, 'loop')
  const service = withEcn(outer.service, serviceOf(frame.octets, inner))
  const protocol = version === 4 ? ipProtocols.ipv4 : ipProtocols.ipv6
  return sendOver6(kernel, device, { frame, inner, payload: frame.octets, protocol }, { ...outer, service })
}

/** Without a policy of IPsec no packet may leave by it (`vti_xmit`, `vti6_xmit`). */
const vti: Send = (kernel, device, frame, inner) => {
  countRare(device.counters, 'txCarrierErrors')
  if (device.kind?.name === 'vti6') device.counters.txDropped++
  const load = { frame, inner, payload: frame.octets, protocol: 0 }
  reportHost(kernel, device, load)
  return lose(kernel, device, load, 'not-encrypted')
}

const senders: { readonly [kind: string]: Send | undefined } = {
  gre,
  gretap: gre,
  erspan,
  ip6gre: gre6,
  ip6gretap: gre6,
  ip6erspan: erspan6,
  ipip,
  sit,
  ip6tnl,
  vti,
  vti6: vti,
}
