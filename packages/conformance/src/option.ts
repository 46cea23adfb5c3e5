/** Values to try for an option, taken from core's own table of what the option takes. @module */
import { type Capability, type Field, type KindProperty, type Link, type Namespace, sameValue } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, present, refusalOf } from './expectation.js'
import { stateAtRest } from './rest.js'
import type { Body, Suite } from './suite.js'
import { namesOf } from './surroundings.js'

/** What is special about one option. */
export interface OptionNote {
  /** Values to try instead of those that the table suggests. */
  readonly values?: readonly unknown[]
  /** What the kernel tells after it was set, where that is not what was set. */
  readonly reads?: (value: unknown) => unknown
  /** Other options that must be set with it. */
  readonly with?: Readonly<Record<string, unknown>>
  /** Capabilities that the option needs. */
  readonly needs?: readonly Capability[]
  /** Only when the link is made. */
  readonly fixed?: true
  /** Only for links that are there. */
  readonly later?: true
}

/** Values of an option that differ from each other, both ends of the range among them. */
export function valuesOf(field: Field): readonly unknown[] {
  switch (field.type) {
    case 'boolean':
      return [true, false]
    case 'integer':
      return [...new Set([field.max, field.min, Math.min(field.min + 7, field.max)])]
    case 'seconds':
      // Whole multiples of 40 ms: the kernel keeps ticks of 1, 4 or 10 ms.
      return [field.min + 0.4, field.min + 3, Math.min(field.max, 1000)]
    case 'choice':
      return [...field.values].reverse()
    case 'mac':
      return ['02:00:00:00:00:77']
    case 'ip':
      return ['10.0.0.9']
    case 'range':
      return [[4000, 5000]]
    case 'macs':
      return [['02:00:00:00:00:31', '02:00:00:00:00:32'], []]
    case 'map':
      return [{ 1: 5, 3: 2 }]
    default:
      throw new Error(`no values for options of type ${field.type}: name some in the note`)
  }
}

/** How the options of a kind are given to links and read from them. */
export interface OptionPlace {
  /** What every test of the kind needs. */
  readonly needs: readonly Capability[]
  /** The property of the spec and of the link that holds the options: `bridge`, `port`. */
  readonly property: KindProperty | 'port'
  /** Makes what the links stand on; the same for all tests of the table. */
  readonly prepare: (ns: Namespace) => Promise<void>
  /** Makes a link with these options and returns it as `get` does. */
  readonly make: (ns: Namespace, name: string, options: object) => Promise<Link>
}

/** Registers one test for each option of a table: given when the link is made, then set to each value, read back each time. */
export function optionTests(
  suite: Suite,
  place: OptionPlace,
  fields: Readonly<Record<string, Field>>,
  notes: Readonly<Record<string, OptionNote>>,
): void {
  for (const [name, field] of Object.entries(fields)) {
    const note = notes[name] ?? {}
    if (field.readOnly === true || note.values?.length === 0) continue
    suite.test(`option ${name}`, [...place.needs, ...(note.needs ?? [])], optionBody(place, name, field, note))
  }
}

function optionBody(place: OptionPlace, name: string, field: Field, note: OptionNote): Body {
  const values = note.values ?? valuesOf(field)
  const expected = (value: unknown) => (note.reads === undefined ? value : note.reads(value))
  const told = (link: Link | undefined) => (present(link, 'the link')[place.property] as Record<string, unknown>)[name]
  return async ({ ns, skip }) => {
    await place.prepare(ns)
    const lacking = async (making: Promise<unknown>) => {
      const { since } = field
      const error = since === undefined ? undefined : await refusalOf(making)
      if (since === undefined || error?.code !== 'VNET_UNSUPPORTED') return
      // The kernel ignores the option: that is told, and nothing is left of the request.
      expect(error).toMatchObject({ attribute: `spec.${place.property}.${name}` })
      expect(error.hint).toContain(since.kernel)
      expect(await namesOf(ns)).toEqual(names)
      await refusedLater(since.kernel)
    }
    const refusedLater = async (kernel: string) => {
      if (note.fixed !== true) {
        await place.make(ns, 'changed', {})
        const before = await stateAtRest(ns)
        for (const value of values) {
          if (sameValue(value, field.since?.untold)) continue
          const error = await refusalOf(ns.link.set('changed', { [place.property]: { ...note.with, [name]: value } }))
          expect(error, `${name}: ${JSON.stringify(value)}, set`).toMatchObject({
            code: 'VNET_UNSUPPORTED',
            operation: 'link set',
            attribute: `spec.${place.property}.${name}`,
          })
          expect(await stateAtRest(ns)).toEqual(before)
        }
      }
      skip(`lacks capability: option ${place.property}.${name} (${kernel})`)
    }
    const names = await namesOf(ns)
    if (!(field.setOnly === true || note.later === true)) {
      for (const [i, value] of (note.fixed === true ? values : values.slice(0, 1)).entries()) {
        const making = place.make(ns, `made${i}`, { ...note.with, [name]: value })
        await lacking(making)
        const made = await making
        expect(told(made), `${name}: ${JSON.stringify(value)}, when made`).toEqual(expected(value))
        await ns.link.delete(made.index)
      }
    }
    if (note.fixed === true) return
    await place.make(ns, 'changed', note.with ?? {})
    for (const value of values) {
      // Some settings wait for the carrier of a link that was just made.
      await eventually(() => ns.link.set('changed', { [place.property]: { ...note.with, [name]: value } }), 1)
      expect(told(await ns.link.get('changed')), `${name}: ${JSON.stringify(value)}, set`).toEqual(expected(value))
    }
  }
}
