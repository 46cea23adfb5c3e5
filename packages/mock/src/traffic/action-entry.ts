/** Actions, and the table that knows them by their numbers (`struct tc_action`, `struct tcf_idrinfo`, `net/sched/act_api.c`). @module */
import type { Action } from '@vnet/core'
import type { Police } from './classify/police.js'
import { newTally, type Tally } from './tally.js'

/** An action: known to its namespace by kind and number, and shared by the filters that have it. */
export class ActionEntry {
  readonly table: ActionTable
  readonly installed: number
  readonly isOfFilter: boolean
  action: Action
  changed: number
  tally: Tally = newTally()
  references = 0
  bindings = 0
  firstUsed: number | undefined
  lastUsed: number | undefined
  /** The buckets of a `police` at work. */
  police: Police | undefined

  constructor(table: ActionTable, action: Action, installed: number, isOfFilter: boolean) {
    this.table = table
    this.action = action
    this.installed = installed
    this.changed = installed
    this.isOfFilter = isOfFilter
  }

  /** A filter has it. */
  bind(): this {
    this.references++
    this.bindings++
    return this
  }

  /** A filter has it no longer. */
  unbind(): void {
    this.bindings--
    this.release()
  }

  /** One less holds it; the last one takes it away. */
  release(): void {
    this.references--
    if (this.references === 0) this.table.delete(this)
  }
}

/** Takes the actions away from filters that are gone. */
export function releaseActions(filters: readonly { readonly actions: readonly ActionEntry[] }[]): void {
  for (const { actions } of filters) for (const action of actions) action.unbind()
}

/** The actions of a namespace. */
export class ActionTable {
  /** The inode of the namespace. */
  readonly inode: number
  readonly #kinds = new Map<string, Map<number, ActionEntry>>()
  /** By kind: all numbers below are taken. */
  readonly #free = new Map<string, number>()

  constructor(inode: number) {
    this.inode = inode
  }

  /** The action of a kind with a number. */
  get(kind: string, index: number): ActionEntry | undefined {
    return this.#kinds.get(kind)?.get(index)
  }

  /** Those of a kind in the order of their numbers. */
  of(kind: string): ActionEntry[] {
    return [...(this.#kinds.get(kind)?.values() ?? [])].sort((a, b) => a.action.index - b.action.index)
  }

  /** All of them. */
  all(): ActionEntry[] {
    return [...this.#kinds.keys()].flatMap((kind) => this.of(kind))
  }

  /** The lowest number of a kind that is free (`tcf_idr_check_alloc`). */
  freeIndex(kind: string): number {
    const taken = this.#kinds.get(kind)
    let index = this.#free.get(kind) ?? 1
    while (taken?.has(index)) index++
    this.#free.set(kind, index)
    return index
  }

  /** Enters one. */
  add(entry: ActionEntry): void {
    const { kind, index } = entry.action
    const own = this.#kinds.get(kind) ?? new Map<number, ActionEntry>()
    this.#kinds.set(kind, own.set(index, entry))
  }

  /** Takes one out. */
  delete({ action: { kind, index } }: ActionEntry): void {
    this.#kinds.get(kind)?.delete(index)
    this.#free.set(kind, Math.min(index, this.#free.get(kind) ?? 1))
  }

  /** A link vanishes that actions send packets to: they send them nowhere then (`mirred_device_event`). */
  forgetLink(link: number): void {
    for (const entry of this.#kinds.get('mirred')?.values() ?? [])
      if ((entry.action as { readonly link?: number }).link === link)
        entry.action = { ...entry.action, link: 0 } as Action
  }
}
