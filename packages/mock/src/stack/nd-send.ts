/** Messages of Neighbour Discovery that a host sends (`net/ipv6/ndisc.c`; RFC 4861). @module */
import { formatIp } from '@vnet/core'
import { icmpv6Types, type LayerSpec, type NdOption } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { type Device, hasMac } from '../object/device.js'
import { groupMac } from '../object/filter.js'
import { sendLayers } from './own-frame.js'
import { solicitedGroup } from './solicited-group.js'

/** Hops of what must not cross a router (RFC 4861 § 7.1). */
export const neighbourHops = 255
/** The group of all nodes of a link, and that of its routers. */
export const allNodes = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
export const allRouters = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2)
/** Number of the option that tells a probe of one's own from another's (RFC 3971 § 5.3.2, RFC 7527). */
export const nonceOption = 14

/** Asks whether somebody has an address that this link is to have: from nobody, with a number that makes it known again. */
export function sendProbe(kernel: Kernel, device: Device, target: Uint8Array, nonce: Uint8Array): void {
  const group = solicitedGroup(target)
  sendLayers(kernel, device, groupMac(group), [
    { layer: 'ipv6', source: '::', destination: formatIp(group), hopLimit: neighbourHops },
    {
      layer: 'icmpv6',
      kind: 'neighbour-solicitation',
      type: icmpv6Types.neighbourSolicitation,
      target: formatIp(target),
      options: [{ kind: 'other', type: nonceOption, bytes: nonce }],
    },
  ])
}

/** Asks for routers. */
export function sendRouterSolicitation(kernel: Kernel, device: Device, source: string): void {
  const options: NdOption[] = hasMac(device) ? [{ kind: 'source-mac', mac: device.mac as string }] : []
  sendLayers(kernel, device, groupMac(allRouters), [
    { layer: 'ipv6', source, destination: formatIp(allRouters), hopLimit: neighbourHops },
    { layer: 'icmpv6', kind: 'router-solicitation', type: icmpv6Types.routerSolicitation, options },
  ])
}

/** What an advertisement says, and to whom. */
export interface Advertisement {
  readonly target: string
  /** The address and MAC that it goes to. */
  readonly to: string
  readonly toMac: string
  readonly solicited: boolean
  /** Replaces what is known of the target, and tells its MAC. */
  readonly override: boolean
  /** It is a router's. */
  readonly router?: boolean
}

/** The layers of an advertisement, behind the Ethernet header. */
export function advertisementLayers(mac: string | undefined, said: Advertisement): readonly LayerSpec[] {
  const { target, to, solicited, override } = said
  return [
    { layer: 'ipv6', source: target, destination: to, hopLimit: neighbourHops },
    {
      layer: 'icmpv6',
      kind: 'neighbour-advertisement',
      type: icmpv6Types.neighbourAdvertisement,
      router: said.router ?? false,
      solicited,
      override,
      target,
      options: override && mac !== undefined ? [{ kind: 'target-mac', mac }] : [],
    },
  ]
}

/** Tells the MAC of an address of this link. */
export function sendAdvertisement(kernel: Kernel, device: Device, said: Advertisement): void {
  const router = device.inet6?.conf.forwarding !== 0
  sendLayers(
    kernel,
    device,
    said.toMac,
    advertisementLayers(hasMac(device) ? device.mac : undefined, { ...said, router }),
  )
}

/** Tells everybody the MAC of an address of this link, unasked. */
export function announceAddress6(kernel: Kernel, device: Device, target: string): void {
  const all = { to: formatIp(allNodes), toMac: groupMac(allNodes) }
  sendAdvertisement(kernel, device, { target, ...all, solicited: false, override: true })
}
