/** Who is told what happens to links, in the order of Linux's notifier chain. @module */

import type { IpFamily } from '@vnet/core'
import type { Listener } from '../kernel.js'
import { bondListener } from '../kind/bond-port.js'
import { bindingListener } from '../kind/bridge-binding.js'
import { bridgeListener } from '../kind/bridge-port.js'
import { hsrListener } from '../kind/hsr.js'
import { ipvlanListener } from '../kind/ipvlan.js'
import { macsecListener } from '../kind/macsec.js'
import { macvlanListener } from '../kind/macvlan.js'
import { teamListener } from '../kind/team.js'
import { vlanListener } from '../kind/vlan.js'
import { vrfListener } from '../kind/vrf.js'
import { vxlanListener } from '../kind/vxlan.js'
import { masqueradeListener } from '../nat/masquerade.js'
import { addrconfListener } from './addrconf.js'
import { inet4Listener } from './address4.js'
import { fib4Listener } from './connected4.js'
import { flushNeighbours } from './neighbour.js'
import { ruleListener } from './rule.js'

/** Tells the subscribers of changes that have no other message (`rtnetlink_event`). */
const announcer: Listener = (kernel, notice, device) => {
  if (notice === 'mtu' || notice === 'address' || notice === 'name') kernel.tellLink(device)
}

/** Forgets neighbours, but for proxy entries (`neigh_changeaddr`, `neigh_carrier_down`). */
const neighbours =
  (family: IpFamily): Listener =>
  (kernel, notice, device) => {
    if (notice === 'address' || notice === 'arp') flushNeighbours(kernel, device, family, true)
    else if (notice === 'change' && !device.carrier) flushNeighbours(kernel, device, family, false)
  }

/** Tells captures what becomes of their link (`packet_notifier`). */
const taps: Listener = (_kernel, notice, device) => {
  for (const tap of device.namespace.taps) tap.notice(notice, device)
}

/**
 * The listeners: IPv4 begins before the drivers (`fs_initcall`), IPv6 after them (`device_initcall`), VXLANs late
 * (`late_initcall`); Neighbour Discovery has a lower priority than all of them (`ADDRCONF_NOTIFY_PRIORITY - 5`).
 */
export const listeners: readonly Listener[] = [
  announcer,
  neighbours(4),
  ruleListener,
  inet4Listener,
  fib4Listener,
  macvlanListener,
  ipvlanListener,
  macsecListener,
  addrconfListener,
  masqueradeListener,
  bridgeListener,
  bindingListener,
  bondListener,
  teamListener,
  hsrListener,
  vlanListener,
  vrfListener,
  taps,
  vxlanListener,
  neighbours(6),
]
