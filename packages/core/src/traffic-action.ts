/** Actions that are made by themselves, and that filters share by their numbers (`tc actions`; `net/sched/act_api.c`). @module */
import type { LinkRef } from './link.js'
import type { NewAction } from './traffic/action.js'
import type { FilterOffload } from './traffic-filter.js'

/** An action that is made by itself, as `tc actions add action police rate 1mbit burst 10k index 7`. */
export type OwnActionSpec<Link = LinkRef> = NewAction<Link> & FilterOffload

/** Which action is meant. */
export interface ActionKey {
  /** Its kind: `gact`, `mirred`, `police`, or another that the kernel has. */
  readonly kind: string
  /** Its number. */
  readonly index: number
}

/** Which actions a list holds: those of one kind, as the kernel keeps them. */
export interface ActionFilter {
  /** The kind. */
  readonly kind: string
  /** Only those that were made or used within so many milliseconds, 1–4,294,967,295 (`since`; Linux 4.14). */
  readonly usedWithin?: number
}

/** Which actions `action flush` deletes, as `tc actions flush action KIND`. */
export interface ActionFlush {
  /** The kind. */
  readonly kind: string
}
