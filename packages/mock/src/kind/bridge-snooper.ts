/** What a bridge does when snooping, and its being a querier, are switched on and off (`br_multicast_toggle`). @module */
import type { BridgeOptions } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { isMember, joinGroup, leaveGroup } from '../object/membership.js'
import type { BridgeData } from './bridge-data.js'
import { becomeQuerier, startQuerier } from './bridge-querier.js'

/** Groups that a bridge listens to while it is up: all snoopers (RFC 4286). */
const snoopers = [Uint8Array.of(224, 0, 0, 106), Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x6a)]

/** The bridge listens for routers that tell of themselves, or no longer. */
export function listenAsSnooper(kernel: Kernel, bridge: Device, listens: boolean): void {
  for (const group of snoopers) {
    if (isMember(bridge, group) === listens) continue
    if (listens) joinGroup(kernel, bridge, group)
    else leaveGroup(kernel, bridge, group)
  }
}

/** Snooping or the querier was switched. `before` holds what was. */
export function snoopingChanged(kernel: Kernel, bridge: Device, before: BridgeOptions): void {
  const { options } = bridge.bridge as BridgeData
  const isSwitched = options.multicastSnooping !== before.multicastSnooping
  if (isSwitched && bridge.up) listenAsSnooper(kernel, bridge, options.multicastSnooping ?? false)
  if (options.multicastQuerier && !before.multicastQuerier) becomeQuerier(kernel, bridge)
  else if (isSwitched || options.multicastVlanSnooping !== before.multicastVlanSnooping) startQuerier(kernel, bridge)
}
