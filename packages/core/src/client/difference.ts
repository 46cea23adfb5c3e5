/** What differs between two namespaces, or between two descriptions of one object. @module */
import type { Connection } from '../driver.js'
import { type ChangeEvent, type EventGroup, eventGroups } from '../event.js'
import { State, ticking } from './state.js'

/**
 * What would have to change in one namespace to have the other: everything that `watch` tells of, read once from both.
 * Objects are the same where index, address or key are. Timers and counters are no difference.
 *
 * @param before A connection to the one namespace, of any backend.
 * @param after A connection to the other.
 * @throws {@link VnetError} what the lists fail with
 */
export async function differences(
  before: Connection,
  after: Connection,
  groups: readonly EventGroup[] = eventGroups,
): Promise<readonly ChangeEvent[]> {
  const state = new State(groups)
  await state.read(before)
  return state.read(after)
}

/** A field that differs. */
export interface FieldChange {
  /** Its path inside the object: `mtu`, `bridge.stp`. */
  readonly path: string
  /** What it was; `undefined` where it was absent. */
  readonly before: unknown
  /** What it is; `undefined` where it is absent. */
  readonly after: unknown
}

/** The fields that differ between two descriptions of one object. Lists are one value; timers and counters are left aside. */
export function fieldChanges(before: unknown, after: unknown, path = ''): readonly FieldChange[] {
  if (Object.is(before, after)) return []
  if (!isRecord(before) || !isRecord(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }]
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names]
    .filter((name) => !ticking.has(name))
    .flatMap((name) => fieldChanges(before[name], after[name], path === '' ? name : `${path}.${name}`))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
