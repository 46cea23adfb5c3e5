/** How the attributes of address, route, rule, neighbour, FDB, MDB and VXLAN identifier messages are named in a request's specification. @module */
import type { Octets } from '../netlink/octets.js'
import { addressAttributes, IFADDRMSG } from './address.js'
import { tunnel_msg, vniEntryAttributes, vniMessageAttributes } from './bridge-vni.js'
import { RTM_DELMDB, RTM_DELTUNNEL, RTM_NEWMDB, RTM_NEWTUNNEL } from './constants-bridge.js'
import * as k from './constants-ip.js'
import { br_port_msg, mdbRequestAttributes, mdbSetAttributes } from './mdb-attributes.js'
import { NDMSG, neighbourAttributes } from './neighbour.js'
import type { MessageTable } from './path.js'
import { routeAttributes } from './route-attributes.js'
import { ruleAttributes } from './rule.js'

const RTMSG = 12
const FIB_RULE_HDR = 12
const NLMSG_HDRLEN = 16

const address: MessageTable = {
  headerSize: IFADDRMSG,
  table: addressAttributes,
  prefix: 'spec',
  paths: { local: 'address', lifetimes: 'validLifetime', flags: '' },
}
const route: MessageTable = { headerSize: RTMSG, table: routeAttributes, prefix: 'spec', paths: { viaOther: 'via' } }
const rule: MessageTable = { headerSize: FIB_RULE_HDR, table: ruleAttributes, prefix: 'spec' }
const neighbour: MessageTable = { headerSize: NDMSG, table: neighbourAttributes, prefix: 'spec' }
const fdb: MessageTable = { ...neighbour, paths: { address: 'remote' } }
const neighbourOrFdb = (message: Octets): MessageTable =>
  message.bytes[NLMSG_HDRLEN] === k.AF_BRIDGE ? fdb : neighbour

const mdb: MessageTable = {
  headerSize: br_port_msg.size,
  table: mdbRequestAttributes,
  prefix: 'spec',
  paths: { entry: '' },
  inside: { attributes: () => ({ headerSize: 0, table: mdbSetAttributes, prefix: 'spec' }) },
}

const entry: MessageTable = {
  headerSize: 0,
  table: vniEntryAttributes,
  prefix: 'spec',
  paths: { first: 'vni', last: 'vni', remote6: 'remote' },
}
const vni: MessageTable = {
  headerSize: tunnel_msg.size,
  table: vniMessageAttributes,
  prefix: 'spec',
  paths: { entry: 'vni' },
  inside: { entry: () => entry },
}

/** The tables by RTM number. */
export const ipMessageTables: Readonly<Record<number, MessageTable | ((message: Octets) => MessageTable)>> = {
  [k.RTM_NEWADDR]: address,
  [k.RTM_DELADDR]: address,
  [k.RTM_NEWROUTE]: route,
  [k.RTM_DELROUTE]: route,
  [k.RTM_GETROUTE]: { ...route, paths: { ...route.paths, destination: 'to', link: 'outputLink' } },
  [k.RTM_NEWRULE]: rule,
  [k.RTM_DELRULE]: rule,
  [k.RTM_NEWNEIGH]: neighbourOrFdb,
  [k.RTM_DELNEIGH]: neighbourOrFdb,
  [RTM_NEWMDB]: mdb,
  [RTM_DELMDB]: mdb,
  [RTM_NEWTUNNEL]: vni,
  [RTM_DELTUNNEL]: vni,
}
