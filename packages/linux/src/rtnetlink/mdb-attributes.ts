/** Attributes of the messages about multicast databases (`linux/if_bridge.h`). @module */
import { type MdbFilterMode, type MdbSource, mdbRouterTypes, type RouteProtocol } from '@vnet/core'
import { attributes, centiseconds, custom, ip, octets, u8, u16, words } from '../netlink/attribute.js'
import { forEachAttribute, readAttributes } from '../netlink/attribute-run.js'
import * as k from './constants-bridge.js'
import { protocolNumber, protocolWord } from './ip-word.js'
import { field, struct } from './struct.js'

/** What precedes the attributes of a message about a multicast database. */
export const br_port_msg = struct('struct br_port_msg', 8, {
  family: field('family', 0, 'u8'),
  bridge: field('ifindex', 4, 'u32'),
})
/** What identifies an entry, and some of its state. The address is of 4, 6 or 16 octets, as the protocol says. */
export const br_mdb_entry = struct('struct br_mdb_entry', 28, {
  port: field('ifindex', 0, 'u32'),
  state: field('state', 4, 'u8'),
  flags: field('flags', 5, 'u8'),
  vlan: field('vid', 6, 'u16'),
  protocol: field('addr.proto', 24, 'u16'),
})

const modes: Readonly<Record<MdbFilterMode, number>> = { exclude: 0, include: 1 }
const protocol = (type: number, name: string) =>
  custom<RouteProtocol>(
    type,
    name,
    'u8',
    1,
    (to, value) => to.u8Attribute(type, protocolNumber(value)),
    (from, at) => protocolWord(from.bytes[at] as number),
  )

/** A source of an entry, enum MDBA_MDB_SRCATTR_*. */
export const mdbSourceAttributes = attributes({
  address: ip(1, 'MDBA_MDB_SRCATTR_ADDRESS'),
  timer: centiseconds(2, 'MDBA_MDB_SRCATTR_TIMER'),
})

/** An entry as the kernel tells it, enum MDBA_MDB_EATTR_*. */
export const mdbAttributes = attributes({
  timer: centiseconds(1, 'MDBA_MDB_EATTR_TIMER'),
  sources: custom<readonly MdbSource[]>(
    2,
    'MDBA_MDB_EATTR_SRC_LIST',
    'nested',
    0,
    () => {},
    (from, start, end) => {
      const found: MdbSource[] = []
      forEachAttribute(from, start, end, 'mdb.sources', (type, at, stop) => {
        if (type !== k.MDBA_MDB_SRCLIST_ENTRY) return
        found.push(readAttributes(mdbSourceAttributes, from, at, stop, 'mdb.sources').values as unknown as MdbSource)
      })
      return found
    },
  ),
  filterMode: words(u8(3, 'MDBA_MDB_EATTR_GROUP_MODE'), modes),
  source: ip(4, 'MDBA_MDB_EATTR_SOURCE'),
  protocol: protocol(5, 'MDBA_MDB_EATTR_RTPROT'),
})

/** An address in a list of sources, enum MDBE_SRCATTR_*. */
export const mdbSetSourceAttributes = attributes({ address: ip(1, 'MDBE_SRCATTR_ADDRESS') })

/** An entry as a request has it, enum MDBE_ATTR_*. */
export const mdbSetAttributes = attributes({
  source: ip(1, 'MDBE_ATTR_SOURCE'),
  sources: custom<readonly Uint8Array[]>(
    2,
    'MDBE_ATTR_SRC_LIST',
    'nested',
    0,
    (to, sources) => {
      const list = to.nest(2)
      for (const source of sources) {
        const one = to.nest(k.MDBE_SRC_LIST_ENTRY)
        to.octetsAttribute(mdbSetSourceAttributes.address.type, source)
        to.endNest(one)
      }
      to.endNest(list)
    },
    () => [],
  ),
  filterMode: words(u8(3, 'MDBE_ATTR_GROUP_MODE'), modes),
  protocol: protocol(4, 'MDBE_ATTR_RTPROT'),
  stateMask: u8(10, 'MDBE_ATTR_STATE_MASK'),
})

/** A request about an entry, enum MDBA_SET_ENTRY*. */
export const mdbRequestAttributes = attributes({
  entry: octets(1, 'MDBA_SET_ENTRY'),
  attributes: octets(2, 'MDBA_SET_ENTRY_ATTRS'),
})

/** A router port, enum MDBA_ROUTER_PATTR_*. */
export const mdbRouterAttributes = attributes({
  timer: centiseconds(1, 'MDBA_ROUTER_PATTR_TIMER'),
  type: words(u8(2, 'MDBA_ROUTER_PATTR_TYPE'), mdbRouterTypes),
  ipv4Timer: centiseconds(3, 'MDBA_ROUTER_PATTR_INET_TIMER'),
  ipv6Timer: centiseconds(4, 'MDBA_ROUTER_PATTR_INET6_TIMER'),
  vlan: u16(5, 'MDBA_ROUTER_PATTR_VID'),
})
