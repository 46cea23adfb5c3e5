/** Actions of filters at work (`tcf_action_exec`, `net/sched/act_api.c`; `act_gact.c`, `act_police.c`). @module */
import type { GactAction, PoliceAction, ToldControl } from '@vnet/core'
import type { Kernel } from '../../kernel.js'
import type { Device } from '../../object/device.js'
import { next } from '../../random.js'
import type { ActionEntry } from '../action-entry.js'
import type { FilterEntry } from '../entry.js'
import { measured } from '../estimate.js'
import { countPacket } from '../tally.js'
import { actionControl, jumpOf, numberOf } from './control.js'
import { type Mirror, mirror } from './mirror.js'
import { Police } from './police.js'
import type { Seen } from './seen.js'

/** Jumps after which a list of actions ends (`TCA_ACT_MAX_PRIO`). */
const mostJumps = 32

/** Carries out actions on frames of one link. */
export class Actions {
  readonly #kernel: Kernel
  readonly #device: Device
  readonly #time: () => number

  /** @param time Kernel time, seconds; while something is carried out, when it fell due. */
  constructor(kernel: Kernel, device: Device, time: () => number) {
    this.#kernel = kernel
    this.#device = device
    this.#time = time
  }

  /** The actions of a filter that matched, one after the other; what follows (`tcf_action_exec`). */
  perform({ classId, actions }: FilterEntry, seen: Seen): number {
    seen.classId = classId ?? 0
    let control: number = actionControl.ok
    let jumps = 0
    for (let at = 0; at < actions.length; at++) {
      const entry = actions[at] as ActionEntry
      const time = this.#kernel.now()
      countPacket(entry.tally, seen.length, { time })
      entry.lastUsed = time
      entry.firstUsed ??= time
      control = this.#carryOut(entry, seen)
      const place = jumpOf(control)
      if (place !== undefined) {
        jumps++
        if (place > actions.length || jumps >= mostJumps) return actionControl.ok
        at = place - 1
      } else if (control !== actionControl.pipe) break
    }
    return control
  }

  #carryOut(entry: ActionEntry, seen: Seen): number {
    const { action, tally } = entry
    if (action.kind === 'mirred') return mirror(this.#kernel, this.#device, action as Mirror, seen, tally)
    const control = numberOf(action.kind === 'police' ? this.#limit(entry, seen) : this.#choose(entry))
    if (control === actionControl.shot) tally.drops++
    return control
  }

  /** What is beyond the rate has another end. */
  #limit(entry: ActionEntry, { length, whole }: Seen): ToldControl {
    const action = entry.action as PoliceAction
    // Several links share it, so its time begins with itself.
    const now = Math.round((this.#time() - entry.changed) * 1e9)
    entry.police ??= new Police(action, 0)
    const { police } = entry
    const { averageRate } = action
    const isBelow = averageRate === undefined || this.#measured(entry) < averageRate
    if (isBelow && police.conforms(length, whole, now)) return action.conform ?? 'ok'
    entry.tally.overlimits++
    return action.exceed ?? 'reclassify'
  }

  /** The rate that the estimator of an action measured, bit/s; without one, more than any. */
  #measured({ tally: { estimate } }: ActionEntry): number {
    return estimate === undefined ? Number.POSITIVE_INFINITY : measured(estimate).rate
  }

  /** One control for most packets, another for some. */
  #choose({ action, tally }: ActionEntry): ToldControl {
    const { random, control } = action as GactAction
    if (random === undefined) return control
    const { way, value } = random
    const isOther = (way === 'determ' ? tally.packets : next(this.#kernel.random)) % value === 0
    return isOther ? random.control : control
  }
}
