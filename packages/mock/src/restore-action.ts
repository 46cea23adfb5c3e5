/** Actions of traffic control as they are saved, and from there to the actions of a namespace. @module */
import type { Action } from '@vnet/core'
import { ActionEntry, type ActionTable } from './traffic/action-entry.js'
import type { Tally } from './traffic/tally.js'

/** What is saved of an action. */
interface SavedAction {
  readonly action: Action
  readonly installed: number
  readonly changed: number
  readonly isOfFilter: boolean
  readonly tally: Tally
  readonly firstUsed?: number | undefined
  readonly lastUsed?: number | undefined
}

/** Plain data for an action. How many hold it is known when the filters are there again. */
export function savedAction(entry: ActionEntry): SavedAction {
  const { action, installed, changed, isOfFilter, tally, firstUsed, lastUsed } = entry
  return { action, installed, changed, isOfFilter, tally, firstUsed, lastUsed }
}

/** Fills in the actions of a namespace. */
export function fillActions(table: ActionTable, saved: unknown): void {
  if (!Array.isArray(saved)) throw new Error('a list is needed')
  for (const one of saved as SavedAction[]) {
    const { action, installed, changed, isOfFilter, tally, firstUsed, lastUsed } = one
    const { kind, index } = action
    if (typeof kind !== 'string' || !Number.isInteger(index) || index < 1) throw new Error('an action has no number')
    if (table.get(kind, index) !== undefined) throw new Error(`there are two actions ${kind} ${index}`)
    const entry = new ActionEntry(table, action, installed, isOfFilter)
    Object.assign(entry, { changed, tally: { ...tally }, firstUsed, lastUsed })
    if (!isOfFilter) entry.references = 1
    table.add(entry)
  }
}

/** Counts the places that actions have in filters. */
export function bindActions(filters: readonly { readonly actions: readonly ActionEntry[] }[]): void {
  for (const { actions } of filters) for (const action of actions) action.bind()
}
