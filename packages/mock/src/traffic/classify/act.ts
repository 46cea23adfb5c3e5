/** Actions of filters at work (`tcf_action_exec`, `net/sched/act_api.c`; `act_gact.c`, `act_police.c`). @module */
import type { ActionControl, GactAction, MirredAction, PoliceAction } from '@vnet/core'
import type { Kernel } from '../../kernel.js'
import type { Device } from '../../object/device.js'
import { next } from '../../random.js'
import type { ActionEntry, FilterEntry } from '../entry.js'
import { countPacket } from '../tally.js'
import { actionControl } from './control.js'
import { mirror } from './mirror.js'
import { Police } from './police.js'
import type { Seen } from './seen.js'

/** Carries out actions on frames of one link. */
export class Actions {
  readonly #kernel: Kernel
  readonly #device: Device
  readonly #now: () => number
  readonly #police = new WeakMap<ActionEntry, Police>()

  /** @param now Nanoseconds. */
  constructor(kernel: Kernel, device: Device, now: () => number) {
    this.#kernel = kernel
    this.#device = device
    this.#now = now
  }

  /** The actions of a filter that matched, one after the other; what follows. */
  perform(filter: FilterEntry, seen: Seen): number {
    seen.classId = filter.classId ?? 0
    let control = actionControl.ok
    for (const entry of filter.actions) {
      countPacket(entry.tally, seen.length)
      entry.lastUsed = this.#kernel.now()
      entry.firstUsed ??= entry.lastUsed
      control = this.#carryOut(entry, seen)
      if (control !== actionControl.pipe) break
    }
    return control
  }

  #carryOut(entry: ActionEntry, seen: Seen): number {
    const { action, tally } = entry
    if (action.kind === 'mirred')
      return mirror(this.#kernel, this.#device, action as Required<MirredAction<number>>, seen, tally)
    const control = actionControl[action.kind === 'police' ? this.#limit(entry, seen) : this.#choose(entry)]
    if (control === actionControl.shot) tally.drops++
    return control
  }

  /** What is beyond the rate has another end. */
  #limit(entry: ActionEntry, { length }: Seen): ActionControl {
    const action = entry.action as PoliceAction
    const now = this.#now()
    let police = this.#police.get(entry)
    if (police === undefined) {
      police = new Police(action, now)
      this.#police.set(entry, police)
    }
    if (police.conforms(length, now)) return action.conform ?? 'ok'
    entry.tally.overlimits++
    return action.exceed ?? 'reclassify'
  }

  /** One control for most packets, another for some. */
  #choose({ action, tally }: ActionEntry): ActionControl {
    const { random, control } = action as GactAction
    if (random === undefined) return control
    const { way, value } = random
    const isOther = (way === 'determ' ? tally.packets : next(this.#kernel.random)) % value === 0
    return isOther ? random.control : control
  }
}
