/** Frames, or copies of them, to another link (`net/sched/act_mirred.c`). @module */
import type { MirredAction, MirredTarget } from '@vnet/core'
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
export type Mirror = MirredTarget<number> & Required<Pick<MirredAction<number>, 'mode' | 'direction' | 'control'>>

/** Sends a frame elsewhere; what follows. */
export function mirror(kernel: Kernel, device: Device, action: Mirror, seen: Seen, tally: Tally): number {
  if (kernel.mirrors >= deepest) return actionControl.shot
  const { links, blocks } = device.namespace
  kernel.mirrors++
  try {
    if (action.block === undefined) return toLink(kernel, device, links.get(action.link), action, seen, tally)
    return toLinks(kernel, device, blocks.get(action.block)?.links.keys() ?? [], action, seen, tally)
  } finally {
    kernel.mirrors--
  }
}

/** To each link of a block but the frame's own, the last of which gets the frame itself (`tcf_blockcast`). */
function toLinks(
  kernel: Kernel,
  device: Device,
  targets: Iterable<Device>,
  action: Mirror,
  seen: Seen,
  tally: Tally,
): number {
  const all = [...targets].sort((a, b) => a.index - b.index)
  if (all.length === 0) tally.overlimits++
  const others = all.filter((target) => target !== device)
  let after = numberOf(action.control)
  for (const [at, target] of others.entries()) {
    const isCopy = at < others.length - 1
    const last = toLink(kernel, device, target, isCopy ? { ...action, mode: 'mirror' } : action, seen, tally)
    if (!isCopy) after = last
  }
  return after
}

function toLink(
  kernel: Kernel,
  device: Device,
  target: Device | undefined,
  action: Mirror,
  seen: Seen,
  tally: Tally,
): number {
  const isRedirect = action.mode === 'redirect'
  const control = numberOf(action.control)
  // Of what comes in, the packet itself goes elsewhere where nothing is to go on; else a copy does (`tcf_mirred_can_reinsert`).
  const isGone = isRedirect && seen.isIncoming && control === actionControl.shot
  const after = isGone ? actionControl.stolen : control
  if (target?.up && target.carrier && send(kernel, device, target, action, seen)) return after
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
