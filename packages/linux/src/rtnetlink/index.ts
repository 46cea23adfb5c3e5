/** The codecs of all operations. @module */
import { addressCodecs } from './address.js'
import { bridgeMstCodecs } from './bridge-mst.js'
import { bridgeVlanCodecs } from './bridge-vlan.js'
import { bridgeVlanGlobalCodecs } from './bridge-vlan-global.js'
import { bridgeVniCodecs } from './bridge-vni.js'
import type { Codecs } from './codec.js'
import { fdbCodecs } from './fdb.js'
import { linkCodecs } from './link.js'
import { mdbCodecs } from './mdb.js'
import { neighbourCodecs } from './neighbour.js'
import { routeCodecs } from './route.js'
import { ruleCodecs } from './rule.js'
import { tokenCodecs } from './token.js'
import { actionCodecs } from './traffic/action-message.js'
import { classCodecs } from './traffic/class.js'
import { filterCodecs } from './traffic/filter.js'
import { qdiscCodecs } from './traffic/qdisc.js'

/** A codec for each operation that is a netlink message. */
export const codecs: Codecs = {
  ...linkCodecs,
  ...addressCodecs,
  ...routeCodecs,
  ...ruleCodecs,
  ...neighbourCodecs,
  ...fdbCodecs,
  ...bridgeVlanCodecs,
  ...bridgeVlanGlobalCodecs,
  ...bridgeMstCodecs,
  ...bridgeVniCodecs,
  ...tokenCodecs,
  ...mdbCodecs,
  ...qdiscCodecs,
  ...classCodecs,
  ...filterCodecs,
  ...actionCodecs,
}
