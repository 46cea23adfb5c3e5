/** The state of each kind as `ip -d -j link` writes its `info_data`. @module */
import { type KindProperty, type KindState, kindOptions, type Link } from '@vnet/core'
import type { Names } from '../../../names.js'
import type { JsonObject } from '../object.js'
import { bondJson } from './bond.js'
import { bridgeJson } from './bridge.js'
import { geneveJson } from './geneve.js'
import { greJson, ip6greJson } from './gre.js'
import { hsrJson } from './hsr.js'
import { ip6tnlJson, ipipJson, sitJson } from './ip-tunnel.js'
import { ipvlanJson } from './ipvlan.js'
import { macsecJson } from './macsec.js'
import { macvlanJson } from './macvlan.js'
import { tunJson } from './tun.js'
import { vlanJson } from './vlan.js'
import { vrfJson } from './vrf.js'
import { vtiJson } from './vti.js'
import { vxlanJson } from './vxlan.js'

type Writers = {
  readonly [P in KindProperty]: (state: NonNullable<KindState[P]>, names: Names, link: Link) => JsonObject
}

const writers: Writers = {
  bridge: bridgeJson,
  bond: bondJson,
  macvlan: macvlanJson,
  ipvlan: ipvlanJson,
  vxlan: vxlanJson,
  vlan: vlanJson,
  macsec: macsecJson,
  hsr: hsrJson,
  vrf: vrfJson,
  tun: (state, names, link) => tunJson(link.kind === 'tap' ? 'tap' : 'tun', state, names),
  erspan: greJson,
  geneve: geneveJson,
  gre: greJson,
  gretap: greJson,
  ip6erspan: ip6greJson,
  ip6gre: ip6greJson,
  ip6gretap: ip6greJson,
  ip6tnl: ip6tnlJson,
  ipip: ipipJson,
  sit: sitJson,
  vti: vtiJson,
  vti6: vtiJson,
}

/** The `info_data` of a link; `undefined` where its kind has none. */
export function infoData(link: Link, names: Names): JsonObject | undefined {
  for (const property of Object.keys(kindOptions) as KindProperty[]) {
    const state = link[property]
    if (state !== undefined) return writers[property](state as never, names, link)
  }
  return undefined
}
