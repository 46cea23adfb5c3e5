/** What deleting many links at once needs to know of each, without an object for it. @module */
import { factsOf, type Link } from '@vnet/core'
import type { Octets } from '../netlink/octets.js'
import { AF_UNSPEC, RTM_NEWLINK } from './constants.js'
import { decodeLink } from './link-decode.js'
import { AttributeIndex } from './link-scan.js'

const IFLA_IFNAME = 3
const IFLA_LINK = 5
const IFLA_LINKINFO = 18
const IFLA_GROUP = 27
const IFLA_LINK_NETNSID = 37
const IFLA_INFO_KIND = 1
const headerSize = 16

const found = new AttributeIndex('link', IFLA_LINK_NETNSID)
const information = new AttributeIndex('link.linkInfo', IFLA_INFO_KIND)

/** A glance at one link, then at the next. */
export class LinkGlance {
  index = 0
  name = ''
  /** Whether deleting it takes it away: it has a kind, and is not the fallback link of one. */
  deletable = false
  group = 0
  /** The link of this namespace that takes it along when it is deleted; 0 for none. */
  parent = 0

  /** Looks at the link that a message tells of; `false` for a message that tells of none. */
  read(from: Octets, start: number, end: number, type: number): boolean {
    if (type !== RTM_NEWLINK || end - start < headerSize || from.bytes[start] !== AF_UNSPEC) return false
    found.scan(from, start + headerSize, end, false)
    if (!found.has(IFLA_IFNAME)) return false
    const kind = kindIn(from)
    this.index = from.s32(start + 4)
    this.name = found.text(from, IFLA_IFNAME)
    this.group = found.u32(from, IFLA_GROUP, 0)
    this.parent = found.has(IFLA_LINK_NETNSID) ? 0 : found.u32(from, IFLA_LINK, 0)
    // What tells a fallback link is its name first, which hardly any other has.
    const suspicious = factsOf(kind)?.fallback === this.name
    this.deletable = kind !== '' && !(suspicious && decodeLink(from, start, end, false).fallback === true)
    return true
  }

  /** Looks at a link that was read. */
  take(link: Link): void {
    this.index = link.index
    this.name = link.name
    this.group = link.group
    this.parent = link.linkNamespaceId === undefined ? (link.parent ?? 0) : 0
    this.deletable = link.kind !== undefined && link.fallback !== true
  }
}

/** The kernel's word for the kind of the link in hand; empty where it has none. */
function kindIn(from: Octets): string {
  if (!found.has(IFLA_LINKINFO)) return ''
  information.scan(from, found.start(IFLA_LINKINFO), found.end(IFLA_LINKINFO), false)
  return information.text(from, IFLA_INFO_KIND)
}
