/** Strict priority: bands, the first emptied first (`prio`, and the default `pfifo_fast`; `struct tc_prio_qopt`). @module */
import { type Field, integer } from '../field.js'

/** Options of `prio`, as `tc qdisc add … prio bands 3 priomap 1 2 2 …`. */
export interface PrioOptions {
  /** Bands, 2–16; default 3. Band n is class `HANDLE:n+1`. */
  readonly bands?: number
  /** The band of each of the 16 priorities of packets, each below `bands`; default 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1. */
  readonly priorityMap?: readonly number[]
}

/** The bands that the kernel's own `pfifo_fast` has for the 16 priorities, and `tc` gives to `prio`. */
export const defaultPriorityMap: readonly number[] = [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]

/** What each option of `prio` takes. */
export const prioFields: Readonly<Record<keyof PrioOptions, Field>> = {
  bands: integer(2, 16, 'bands, the first emptied first'),
  priorityMap: { type: 'numbers', min: 0, max: 15, count: 16, about: 'band of each of the 16 priorities' },
}
