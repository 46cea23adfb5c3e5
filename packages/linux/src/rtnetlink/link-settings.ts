/** Settings of a link as header flags and attributes, shared by new links, their veth peers, and changes. @module */
import type { LinkBase, NamespaceRef } from '@vnet/core'
import type { MessageWriter } from '../netlink/writer.js'
import type { EncodeContext } from './codec.js'
import { IFF_ALLMULTI, IFF_MULTICAST, IFF_NOARP, IFF_PROMISC, IFF_UP } from './constants.js'
import { linkAttributes as a, ifinfomsg } from './link-attributes.js'
import { writeStruct } from './struct.js'

/** The settings of any link, new or old. */
export type Settings = Omit<LinkBase<Uint8Array, NamespaceRef>, 'port'>

/** Appends `struct ifinfomsg` with the flags of the settings; of the others `ifi_change` says that they stay. */
export function writeLinkHeader(to: MessageWriter, settings: Settings, index: number): void {
  const { up, promiscuous, allMulticast, arp, multicast } = settings
  const flags =
    (up === true ? IFF_UP : 0) |
    (promiscuous === true ? IFF_PROMISC : 0) |
    (allMulticast === true ? IFF_ALLMULTI : 0) |
    (arp === false ? IFF_NOARP : 0) |
    (multicast === true ? IFF_MULTICAST : 0)
  const change =
    (up === undefined ? 0 : IFF_UP) |
    (promiscuous === undefined ? 0 : IFF_PROMISC) |
    (allMulticast === undefined ? 0 : IFF_ALLMULTI) |
    (arp === undefined ? 0 : IFF_NOARP) |
    (multicast === undefined ? 0 : IFF_MULTICAST)
  writeStruct(to, ifinfomsg, { index, flags, change })
}

/**
 * Appends the settings that are attributes of any link. Alias and carrier are not among them: the kernel takes them from
 * a change only and ignores them on a new link (`rtnl_create_link`).
 */
export function writeLinkSettings(to: MessageWriter, settings: Settings, context: EncodeContext): void {
  if (settings.mac !== undefined) to.octetsAttribute(a.mac.type, settings.mac)
  if (settings.mtu !== undefined) a.mtu.write(to, settings.mtu)
  if (settings.txQueueLength !== undefined) a.txQueueLength.write(to, settings.txQueueLength)
  if (settings.group !== undefined) a.group.write(to, settings.group)
  if (settings.txQueues !== undefined) a.txQueues.write(to, settings.txQueues)
  if (settings.rxQueues !== undefined) a.rxQueues.write(to, settings.rxQueues)
  if (settings.parent !== undefined) a.parent.write(to, context.linkIndex(settings.parent))
  if (settings.master !== undefined)
    a.master.write(to, settings.master === null ? 0 : context.linkIndex(settings.master))
  if (settings.namespace !== undefined) a.namespace.write(to, context.namespaceFd(settings.namespace))
  if (settings.name !== undefined) a.name.write(to, settings.name)
}
