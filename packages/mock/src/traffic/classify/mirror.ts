/** Frames, or copies of them, to another link (`net/sched/act_mirred.c`). @module */
import type { MirredAction } from '@vnet/core'
import { ethernetHeaderSize } from '@vnet/wire'
import type { Kernel } from '../../kernel.js'
import { type Device, hasMac } from '../../object/device.js'
import { deliver } from '../../stack/deliver.js'
import { Frame } from '../../stack/frame.js'
import { transmit } from '../../stack/transmit.js'
import type { Tally } from '../tally.js'
import { actionControl, numberOf } from './control.js'
import { RedirectedFrame } from './redirected-frame.js'
import type { Seen } from './seen.js'

/** Actions within actions that a frame may go through (`MIRRED_NEST_LIMIT`). */
const deepest = 4

/** The action, nothing left out. */
export type Mirror = Required<Pick<MirredAction<number>, 'mode' | 'direction' | 'link' | 'control'>>

/** Sends a frame elsewhere; what follows. */
export function mirror(kernel: Kernel, device: Device, action: Mirror, seen: Seen, tally: Tally): number {
  const isRedirect = action.mode === 'redirect'
  const control = numberOf(action.control)
  // Of what comes in, the packet itself goes elsewhere where nothing is to go on; else a copy does (`tcf_mirred_can_reinsert`).
  const isGone = isRedirect && seen.isIncoming && control === actionControl.shot
  const after = isGone ? actionControl.stolen : control
  if (kernel.mirrors >= deepest) return actionControl.shot
  const target = device.namespace.links.get(action.link)
  kernel.mirrors++
  try {
    if (target?.up && target.carrier && send(kernel, device, target, action, seen)) return after
  } finally {
    kernel.mirrors--
  }
  tally.overlimits++
  return isRedirect ? actionControl.shot : after
}

function send(kernel: Kernel, device: Device, target: Device, action: Mirror, seen: Seen): boolean {
  const { frame, isIncoming, type } = seen
  const { octets, priority, nextHop } = frame
  const isBared = hasMac(device) && !hasMac(target)
  const bare = isBared ? new Frame(octets.subarray(ethernetHeaderSize), priority, nextHop) : frame
  const onItsWay = action.mode === 'redirect' ? new RedirectedFrame(bare, { device, isIncoming, type }) : bare
  if (action.direction === 'egress') return transmit(kernel, target, onItsWay)
  deliver(kernel, target, onItsWay, type)
  return true
}
