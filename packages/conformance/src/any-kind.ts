/** Kinds whose options vnet does not name: told as a capability, so each can be made. @module */
import { expect } from 'vitest'
import type { Suite } from './suite.js'
import { addPair, namesOf } from './surroundings.js'

/** Registers a test for each of these kinds. */
export function anyKind(suite: Suite): void {
  for (const kind of ['netkit'] as const) {
    suite.test(`${kind}: made, read, deleted`, [`link ${kind}`, 'link veth'], async ({ ns }) => {
      await addPair(ns)
      const before = await namesOf(ns)
      const made = await ns.link.add({ kind, name: 'x0' })
      expect(made).toMatchObject({ name: 'x0', kind })
      expect(await ns.link.list({ kind })).toContainEqual(expect.objectContaining({ name: 'x0', index: made.index }))
      await ns.link.delete('x0')
      expect(await namesOf(ns)).toEqual(before)
    })
  }
}
