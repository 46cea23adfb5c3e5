/** Where the attributes of link messages stand in the specification of the request. @module */
import type { AttributeTable } from '../netlink/attribute.js'
import type { Octets } from '../netlink/octets.js'
import { RTM_DELLINK, RTM_DELLINKPROP, RTM_GETLINK, RTM_NEWLINK, RTM_NEWLINKPROP, RTM_SETLINK } from './constants.js'
import { bondPort } from './kind/bond-port.js'
import { bridgePort } from './kind/bridge-port.js'
import { linkKinds } from './kind/index.js'
import { vethAttributes } from './kind/veth.js'
import {
  ifinfomsg,
  linkAttributes,
  linkInfoAttributes,
  linkPropertyAttributes,
  unusedLinkAttributes,
} from './link-attributes.js'
import type { MessageTable } from './path.js'

/** The attributes of a kind stand under its property; the peer of a veth has link attributes of its own. */
function dataOf(from: Octets, start: number, end: number): MessageTable | undefined {
  const word = kindOf(from, start, end)
  if (word === 'veth') return vethData
  const kind = word === undefined ? undefined : linkKinds.get(word)
  if (kind === undefined) return undefined
  return inside(kind.attributes, `spec.${kind.property}`, kind.paths)
}

/** The kind, which stands before the data in `IFLA_LINKINFO`. */
const kindOf = (from: Octets, start: number, end: number): string | undefined =>
  wordOf(from, start, end, linkInfoAttributes.kind.type)

function wordOf(from: Octets, start: number, end: number, type: number): string | undefined {
  for (let at = start; end - at >= 4 && from.u16(at) >= 4; at += (from.u16(at) + 3) & ~3)
    if ((from.u16(at + 2) & 0x3fff) === type) return from.text(at + 4, Math.min(at + from.u16(at), end))
  return undefined
}

const inside = (table: AttributeTable, prefix: string, paths: MessageTable['paths'] = {}): MessageTable => ({
  headerSize: 0,
  table,
  prefix,
  paths,
})

const vethData: MessageTable = {
  ...inside(vethAttributes, 'spec'),
  inside: { peer: () => ({ headerSize: ifinfomsg.size, table: linkAttributes, prefix: 'spec.peer' }) },
}
const bridgePortTable = (): MessageTable => inside(bridgePort.attributes, 'spec.port', bridgePort.paths)
/** The attributes of a port stand under the property for the kind of its master. */
const port = (from: Octets, start: number, end: number): MessageTable =>
  wordOf(from, start, end, linkInfoAttributes.portKind.type) === 'bond'
    ? inside(bondPort.attributes, 'spec.bondPort', bondPort.paths)
    : bridgePortTable()
const linkInfo: MessageTable = {
  ...inside(linkInfoAttributes, 'spec', { portKind: 'port', port: 'port' }),
  inside: { data: dataOf, port },
}
const link: MessageTable = {
  headerSize: ifinfomsg.size,
  table: linkAttributes,
  prefix: 'spec',
  inside: { linkInfo: () => linkInfo },
}
const altNames = (property: string): MessageTable => ({
  ...link,
  paths: { properties: property },
  inside: { properties: () => inside(linkPropertyAttributes, 'spec', { altNames: property }) },
})

/** The tables of link messages by RTM number. */
export const linkMessageTables: Readonly<Record<number, MessageTable>> = {
  [RTM_NEWLINK]: link,
  [RTM_DELLINK]: link,
  // Of a port's STP state: see link.ts.
  [RTM_SETLINK]: { ...link, table: unusedLinkAttributes, inside: { protocolInfo: bridgePortTable } },
  [RTM_GETLINK]: { ...link, paths: { ...link.paths, name: 'link', altName: 'link' } },
  [RTM_NEWLINKPROP]: altNames('addAltNames'),
  [RTM_DELLINKPROP]: altNames('deleteAltNames'),
}
