/** Kinds whose options vnet does not name: told as a capability, so each can be made, with raw attributes where it needs some. @module */
import type { Namespace, RawAttribute } from '@vnet/core'
import { expect } from 'vitest'
import { present } from './expectation.js'
import type { Suite } from './suite.js'
import { addPair, namesOf } from './surroundings.js'

interface Recipe {
  /** A link below is needed. */
  readonly parent?: true
  /** What the kernel insists on. */
  readonly data?: (ns: Namespace) => Promise<readonly RawAttribute[]>
}

/** The index of a link, as the kernel takes it. */
const indexOf = async (ns: Namespace, name: string): Promise<Uint8Array> =>
  new Uint8Array(Uint32Array.of(present(await ns.link.get(name)).index).buffer)

const kinds = {
  bond: {},
  team: {},
  nlmon: {},
  wireguard: {},
  netkit: {},
  ipvtap: { parent: true },
  macsec: { parent: true },
  // IFLA_HSR_SLAVE1 is 1, IFLA_HSR_SLAVE2 is 2 (linux/if_link.h).
  hsr: {
    data: async (ns) => [
      { type: 1, bytes: await indexOf(ns, 'v0') },
      { type: 2, bytes: await indexOf(ns, 'v1') },
    ],
  },
} as const satisfies Record<string, Recipe>

/** Registers a test for each of these kinds. */
export function anyKind(suite: Suite): void {
  for (const [kind, { parent, data }] of Object.entries<Recipe>(kinds)) {
    suite.test(`${kind}: made, read, deleted`, [`link ${kind as keyof typeof kinds}`, 'link veth'], async ({ ns }) => {
      await addPair(ns)
      const before = await namesOf(ns)
      const made = await ns.link.add({
        kind,
        name: 'x0',
        ...(parent && { parent: 'v0' }),
        ...(data && { data: await data(ns) }),
      })
      expect(made).toMatchObject({ name: 'x0', kind })
      expect(await ns.link.list({ kind })).toContainEqual(expect.objectContaining({ name: 'x0', index: made.index }))
      await ns.link.delete('x0')
      expect(await namesOf(ns)).toEqual(before)
    })
  }
}
