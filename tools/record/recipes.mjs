// The table of recipes: what is recorded, one entry a fixture.

import { address } from './recipes/address.mjs'
import { bridge } from './recipes/bridge.mjs'
import { bridgePort } from './recipes/bridge-port.mjs'
import { fdb } from './recipes/fdb.mjs'
import { guest } from './recipes/guest.mjs'
import { linkAdd } from './recipes/link-add.mjs'
import { linkList } from './recipes/link-list.mjs'
import { linkSet } from './recipes/link-set.mjs'
import { macvlan } from './recipes/macvlan.mjs'
import { neighbour } from './recipes/neighbour.mjs'
import { netns } from './recipes/netns.mjs'
import { ownAction } from './recipes/own-action.mjs'
import { refused } from './recipes/refused.mjs'
import { route } from './recipes/route.mjs'
import { rule } from './recipes/rule.mjs'
import { token } from './recipes/token.mjs'
import { traffic } from './recipes/traffic.mjs'
import { trafficAction } from './recipes/traffic-action.mjs'
import { tunnel } from './recipes/tunnel.mjs'
import { vlan } from './recipes/vlan.mjs'
import { vni } from './recipes/vni.mjs'
import { vxlan } from './recipes/vxlan.mjs'

/**
 * @typedef {object} Recipe
 * @property {string} name path of the fixture under packages/linux/test/fixtures, without `.hex`
 * @property {string} command what is recorded; with `ip -j` its output becomes the fixture's JSON
 * @property {string[]} [setup] shell commands run before, in the same namespace
 * @property {string} [object] the folder whose rules choose the main request, where it is not the name's own
 * @property {boolean} [settle] waits until the kernel has dealt with carriers that the setup changed
 * @property {'uml' | 'qemu'} [kernel] needs a guest kernel: one with every link kind, or a newer one
 * @property {string} [note] a remark for readers
 */

/** @type {Recipe[]} */
export const recipes = [
  ...linkAdd,
  ...bridge,
  ...macvlan,
  ...vxlan,
  ...vlan,
  ...tunnel,
  ...linkSet,
  ...linkList,
  ...bridgePort,
  ...address,
  ...route,
  ...rule,
  ...neighbour,
  ...fdb,
  ...vni,
  ...token,
  ...traffic,
  ...trafficAction,
  ...ownAction,
  ...netns,
  ...refused,
  ...guest,
]

const twice = recipes.map((recipe) => recipe.name).filter((name, index, all) => all.indexOf(name) !== index)
if (twice.length > 0) throw new Error(`recipes given twice: ${twice.join(', ')}`)
