/** One test for each option of a discipline or class, from core's table: given when it is made, then changed, read back each time. @module */
import type { Capability, Field, FieldTable, Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { refusalOf } from './expectation.js'
import { valuesOf } from './option.js'
import type { Suite } from './suite.js'

/** What is special about one option. */
export interface TrafficNote {
  /** Values to try instead of those that the table suggests. */
  readonly values?: readonly unknown[]
  /** What the kernel tells after it was given, where that is not what was given. */
  readonly reads?: (value: unknown) => unknown
  /** Other options that must be given with it. */
  readonly with?: Readonly<Record<string, unknown>>
  /** Only when it is made. */
  readonly fixed?: true
}

/** How the options of a kind are given and read. */
export interface TrafficPlace {
  /** What every test of the kind needs. */
  readonly needs: readonly Capability[]
  /** Makes what it stands on. */
  readonly prepare: (ns: Namespace) => Promise<unknown>
  /** Makes it with these options, or changes it. */
  readonly give: (ns: Namespace, verb: 'add' | 'change', options: object) => Promise<void>
  /** Reads it. */
  readonly read: (ns: Namespace) => Promise<object | undefined>
  /** Removes it. */
  readonly remove: (ns: Namespace) => Promise<void>
  /** Options that it must always have. */
  readonly base?: Readonly<Record<string, unknown>>
}

/** Registers a test for each option of a table. */
export function trafficOptionTests(
  suite: Suite,
  place: TrafficPlace,
  fields: FieldTable,
  notes: Readonly<Record<string, TrafficNote>> = {},
): void {
  for (const [name, field] of Object.entries(fields)) {
    const note = notes[name] ?? {}
    if (field.readOnly === true) continue
    suite.test(`option ${name}`, place.needs, async ({ ns, skip }) => {
      await place.prepare(ns)
      const values = note.values ?? valuesFor(field)
      const told = async (value: unknown, when: string) => {
        const found = (await place.read(ns)) as Readonly<Record<string, unknown>> | undefined
        const expected = note.reads === undefined ? value : note.reads(value)
        expect(found?.[name], `${name}: ${JSON.stringify(value)}, ${when}`).toEqual(expected)
      }
      const { since } = field
      if (since !== undefined) {
        const given = { ...place.base, ...note.with, [name]: values[0] }
        const error = await refusalOf(place.give(ns, 'add', given))
        if (error !== undefined) {
          // The kernel ignores the option: that is told, and nothing is left of the request.
          expect(error).toMatchObject({ code: 'VNET_UNSUPPORTED', attribute: `spec.${name}` })
          expect(error.hint).toContain(since.kernel)
          expect(await place.read(ns)).toBeUndefined()
          skip(`lacks capability: option ${name} (${since.kernel})`)
        }
        await place.remove(ns)
      }
      for (const value of values) {
        await place.give(ns, 'add', { ...place.base, ...note.with, [name]: value })
        await told(value, 'made')
        if (note.fixed !== true) {
          const other = values.find((one) => one !== value) ?? value
          await place.give(ns, 'change', { ...place.base, ...note.with, [name]: other })
          await told(other, 'changed')
        }
        await place.remove(ns)
      }
    })
  }
}

/** Values of an option, those of traffic control among them. */
export function valuesFor(field: Field): readonly unknown[] {
  switch (field.type) {
    case 'chance':
      return [0.01, 0.5, 1]
    case 'milliseconds':
      return [100, 0.5, 5000]
    case 'rate':
      // The last needs more than 32 bits of octets a second.
      return [10_000_000, 8000, 50_000_000_000]
    default:
      return valuesOf(field)
  }
}
