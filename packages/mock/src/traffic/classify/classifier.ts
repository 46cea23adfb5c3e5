/** The filters of one place (`__tcf_classify`, `net/sched/cls_api.c`). @module */
import { filterProtocols } from '@vnet/core'
import type { FilterEntry } from '../entry.js'
import { isOfPriority } from '../u32.js'
import { actionControl, chainOf } from './control.js'
import { type Match, matchAll, matchFlower, type Perform } from './match.js'
import { matchU32 } from './match-u32.js'
import type { Seen } from './seen.js'

/** How often a frame may be looked at anew (`max_reclassify_loop`). */
const mostLoops = 16

interface Group {
  readonly protocol: number
  readonly match: Match
}

/** The filters of a place: those of chain 0 are asked, and those of other chains where an action leads there. */
export class Classifier {
  readonly #chains = new Map<number, readonly Group[]>()
  readonly #perform: Perform

  /** @param filters Those of the place. @param inputLink The name of its link. @param perform Carries actions out. */
  constructor(filters: readonly FilterEntry[], inputLink: () => string, perform: Perform) {
    this.#perform = perform
    const asked = filters.filter(isOfPriority)
    for (const chain of new Set(asked.map((filter) => filter.chain)))
      this.#chains.set(chain, groupsOf(asked.filter((filter) => filter.chain === chain)))

    function groupsOf(own: readonly FilterEntry[]): readonly Group[] {
      const priorities = new Map<number, FilterEntry[]>()
      for (const filter of own) priorities.set(filter.priority, [...(priorities.get(filter.priority) ?? []), filter])
      return [...priorities]
        .sort(([a], [b]) => a - b)
        .map(([, group]) => ({ protocol: (group[0] as FilterEntry).protocol, match: matchOf(group) }))
    }

    function matchOf(group: readonly FilterEntry[]): Match {
      switch (group[0]?.kind) {
        case 'u32':
          return matchU32(group, filters, inputLink)
        case 'flower':
          return matchFlower(group, inputLink)
        default:
          return matchAll(group)
      }
    }
  }

  /** Whether there is nothing to ask. */
  get isEmpty(): boolean {
    return !this.#chains.has(0)
  }

  /** Asks one filter after the other; what follows (`TC_ACT_*`), -1 where none matched. */
  classify(seen: Seen): number {
    let chain = 0
    for (let loop = 0; loop <= mostLoops; loop++) {
      const control = this.#once(seen, chain)
      const next = control === actionControl.reclassify ? 0 : chainOf(control)
      if (next === undefined) return control
      chain = next
    }
    return actionControl.shot
  }

  #once(seen: Seen, chain: number): number {
    const { protocol } = seen
    for (const group of this.#chains.get(chain) ?? []) {
      if (group.protocol !== filterProtocols.all && group.protocol !== protocol) continue
      const control = group.match(seen, this.#perform)
      if (control >= 0) return control
    }
    return actionControl.continue
  }
}
