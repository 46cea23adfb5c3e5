/** Random requests about neighbours and forwarding databases. @module */
import type { FdbSpec, LooseRequest, NeighbourKey, NeighbourSpec } from '@vnet/core'
import * as fc from 'fast-check'
import { both, farMac, host4, host6, link, newName, some, tunnelEnd } from './universe.js'

const address = fc.oneof(
  { weight: 3, arbitrary: host4 },
  { weight: 1, arbitrary: fc.constantFrom('2001:db8::9', '2001:db8:1::9') },
)
const neighbourSpec: fc.Arbitrary<NeighbourSpec> = fc.oneof(
  {
    weight: 4,
    arbitrary: both(
      fc.record({ link, address, mac: farMac }),
      some<Pick<NeighbourSpec, 'state' | 'externallyLearned' | 'router'>>({
        state: fc.constantFrom('permanent' as const, 'noarp' as const, 'stale' as const, 'reachable' as const),
        externallyLearned: fc.boolean(),
        router: fc.boolean(),
      }),
    ),
  },
  { weight: 1, arbitrary: fc.record({ link, address: fc.oneof(host4, host6), proxy: fc.constant(true) }) },
)
const neighbourKey: fc.Arbitrary<NeighbourKey> = both(fc.record({ link, address }), some({ proxy: fc.boolean() }))

const mac = fc.oneof({ weight: 5, arbitrary: farMac }, { weight: 1, arbitrary: fc.constant('00:00:00:00:00:00') })
const fdbSpec: fc.Arbitrary<FdbSpec> = fc.oneof(
  {
    weight: 4,
    // Dynamic entries need a port with carrier, which comes in the kernel's own time.
    arbitrary: both(
      fc.record({ link, mac: farMac, master: fc.constant(true) }),
      some<Pick<FdbSpec, 'state' | 'sticky'>>({
        state: fc.constantFrom('static' as const, 'permanent' as const),
        sticky: fc.boolean(),
      }),
    ),
  },
  { weight: 2, arbitrary: fc.record({ link, mac: farMac }) },
  {
    weight: 2,
    arbitrary: both(
      fc.record({ link, mac, remote: tunnelEnd }),
      some<Pick<FdbSpec, 'state' | 'vni' | 'append' | 'port'>>({
        state: fc.constantFrom('static' as const, 'permanent' as const),
        vni: fc.constantFrom(42, 43),
        port: fc.constantFrom(4789, 9999),
        append: fc.boolean(),
      }),
    ),
  },
)
const fdbKey = both(
  fc.record({ link, mac }),
  fc.oneof(fc.record({ master: fc.constant(true) }), some({ remote: tunnelEnd })),
)

const request = <S>(operation: LooseRequest['operation'], spec: fc.Arbitrary<S>) =>
  spec.map((value) => ({ operation, spec: value }) as unknown as LooseRequest)

/** Requests about neighbours and FDB entries, each with its weight. */
export const l2Requests: readonly fc.WeightedArbitrary<LooseRequest>[] = [
  { weight: 5, arbitrary: request('neighbour add', neighbourSpec) },
  { weight: 3, arbitrary: request('neighbour set', neighbourSpec) },
  { weight: 3, arbitrary: request('neighbour delete', neighbourKey) },
  { weight: 2, arbitrary: request('neighbour get', neighbourKey) },
  { weight: 1, arbitrary: request('neighbour list', some({ link: newName, family: fc.constantFrom(4, 6) })) },
  { weight: 6, arbitrary: request('fdb add', fdbSpec) },
  {
    weight: 3,
    arbitrary: request(
      'fdb set',
      fdbSpec.map(({ append: _, ...spec }) => spec),
    ),
  },
  { weight: 3, arbitrary: request('fdb delete', fdbKey) },
  { weight: 1, arbitrary: request('fdb list', some({ link: newName })) },
]
