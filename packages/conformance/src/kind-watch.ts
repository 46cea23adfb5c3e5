/** Events of links of every kind: made, changed, deleted, each with what the kind tells (`ip -d monitor link`). @module */
import { factsOf, type KnownKind, knownKinds, type LinkChange, type NetworkEvent } from '@vnet/core'
import { expect } from 'vitest'
import { eventually } from './expectation.js'
import { addGround, kindBirths, needsOf } from './kind-birth.js'
import type { Suite } from './suite.js'
import { startWatch } from './watcher.js'

type Change = Omit<LinkChange, 'link'>

/** A change of an option of the kind; of kinds whose options are fixed, or that have none, of the link. */
const changes: { readonly [kind in KnownKind]?: Change } = {
  bridge: { bridge: { ageingTime: 77 } },
  vlan: { vlan: { looseBinding: true } },
  macvlan: { macvlan: { mode: 'private' } },
  macvtap: { macvlan: { mode: 'private' } },
  vxlan: { vxlan: { ttl: 7 } },
  bond: { bond: { resendIgmp: 5 } },
  macsec: { macsec: { encrypt: true } },
  geneve: { geneve: { ttl: 7 } },
  erspan: { erspan: { ttl: 7 } },
  gre: { gre: { ttl: 7 } },
  gretap: { gretap: { ttl: 7 } },
  ip6erspan: { ip6erspan: { ttl: 7 } },
  ip6gre: { ip6gre: { ttl: 7 } },
  ip6gretap: { ip6gretap: { ttl: 7 } },
  ip6tnl: { ip6tnl: { ttl: 7 } },
  ipip: { ipip: { ttl: 7 } },
  sit: { sit: { ttl: 7 } },
  vti: { vti: { fwmark: 7 } },
  vti6: { vti6: { fwmark: 7 } },
}

/** Registers the tests. */
export function kindWatch(suite: Suite): void {
  for (const kind of knownKinds) {
    const change: Change = changes[kind] ?? { txQueueLength: 77 }
    suite.test(`${kind}: made, changed, deleted`, needsOf(kind), async ({ ns }) => {
      await addGround(ns)
      // The kernel tells changed options of links that are up (`netdev_state_change`), and some need a parent that is up.
      for (let i = 0; i < 4; i++) for (const link of [`g${i}`, `h${i}`]) await ns.link.set(link, { up: true })
      await using watcher = await startWatch(ns, { groups: ['link'] })
      const { index } = await ns.link.add({ ...kindBirths[kind], name: 'x0', up: true })
      await ns.link.set('x0', change)
      await ns.link.delete('x0')
      const mine = (event: NetworkEvent) =>
        event.kind.startsWith('link ') &&
        'object' in event &&
        (event.object as { readonly index?: number }).index === index
      const events = (await watcher.until((event) => mine(event) && event.kind === 'link delete')).filter(mine)
      expect(events[0]).toMatchObject({ kind: 'link add', object: { name: 'x0', kind } })
      expect(events.filter((event) => event.kind === 'link add')).toHaveLength(1)
      const sets = events.filter((event) => event.kind === 'link set')
      expect(sets, JSON.stringify(sets)).toContainEqual(
        expect.objectContaining({ object: expect.objectContaining({ name: 'x0', ...told(change) }) }),
      )
      // What the kind tells is in the event of a new link too.
      const property = factsOf(kind)?.property
      if (property !== undefined) expect((events[0] as { object: object }).object).toHaveProperty(property)
      expect(events.at(-1)).toMatchObject({ kind: 'link delete', object: { name: 'x0', kind } })
      await eventually(async () => expect(await ns.link.get('x0')).toBeUndefined())
    })
  }
}

/** A change as an event tells it: among the other options of the kind. */
const told = (change: Change): object =>
  Object.fromEntries(
    Object.entries(change).map(([name, value]) => [
      name,
      typeof value === 'object' ? expect.objectContaining(value as object) : value,
    ]),
  )
