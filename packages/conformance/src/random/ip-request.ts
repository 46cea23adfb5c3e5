/** Random requests about addresses, routes and rules. @module */
import type { AddressSpec, LooseRequest, RouteSpec, RuleSpec } from '@vnet/core'
import * as fc from 'fast-check'
import { address4, address6, both, host4, host6, link, network4, network6, newName, some } from './universe.js'

const addressSpec: fc.Arbitrary<AddressSpec> = fc.oneof(
  {
    weight: 3,
    arbitrary: both(
      fc.record({ link, address: address4 }),
      some<Omit<AddressSpec, 'link' | 'address'>>({
        label: fc.constantFrom('l0:1', 'other'),
        scope: fc.constantFrom('global' as const, 'link' as const),
        broadcast: fc.boolean(),
        noPrefixRoute: fc.boolean(),
        metric: fc.constantFrom(5, 9),
        validLifetime: fc.constantFrom(1000, Number.POSITIVE_INFINITY),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: both(
      fc.record({ link, address: fc.constantFrom('10.0.3.1') }),
      fc.record({ peer: fc.constantFrom('10.0.3.2', '10.0.0.7/24') }),
    ),
  },
  {
    weight: 2,
    // Without detection, whose end would be a matter of time.
    arbitrary: both(
      fc.record({ link, address: address6, noDad: fc.constant(true) }),
      some<Omit<AddressSpec, 'link' | 'address'>>({ noPrefixRoute: fc.boolean(), metric: fc.constantFrom(5, 9) }),
    ),
  },
)
const addressKey = fc.record({ link, address: fc.oneof(address4, address6) })

const metric = fc.constantFrom(5, 9)
const table = fc.constantFrom(100, 'main' as const)
const routeCommon = some<RouteSpec>({
  destination: fc.constant('default'),
  metric,
  table,
  protocol: fc.constantFrom('static' as const, 77),
}).map(({ destination: _, ...rest }) => rest)

const way4 = fc.oneof(
  fc.record({ via: host4 }),
  fc.record({ link }),
  both(fc.record({ via: host4, link: newName }), some({ onLink: fc.boolean() })),
  fc.record({
    type: fc.constantFrom('blackhole' as const, 'unreachable' as const, 'prohibit' as const, 'throw' as const),
  }),
)
/** Of several ways the kernel takes one by a hash with a secret: nobody asks for the way to this destination. */
const manyWays = fc.record({
  destination: fc.constant('10.30.0.0/16'),
  nextHops: fc.array(fc.oneof(fc.record({ via: host4 }), fc.record({ link: newName })), { minLength: 2, maxLength: 2 }),
})
const way6 = fc.oneof(
  fc.record({ via: host6, link: newName }),
  fc.record({ via: host6 }),
  fc.record({ link }),
  fc.record({ type: fc.constantFrom('blackhole' as const, 'unreachable' as const) }),
)
const routeSpec = fc.oneof(
  { weight: 3, arbitrary: both(both(fc.record({ destination: network4 }), way4), routeCommon) },
  { weight: 2, arbitrary: both(both(fc.record({ destination: network6 }), way6), routeCommon) },
  { weight: 1, arbitrary: both(manyWays, routeCommon) },
) as unknown as fc.Arbitrary<RouteSpec>
const routeKey = both(
  fc.record({ destination: fc.oneof(network4, network6, fc.constant('10.30.0.0/16')) }),
  some({ metric, table }),
) as unknown as fc.Arbitrary<RouteSpec>

const ruleSpec: fc.Arbitrary<RuleSpec> = both(
  some<RuleSpec>({
    from: fc.constantFrom('10.0.0.0/8', '10.0.0.0/24'),
    to: fc.constantFrom('10.8.0.0/16', '0.0.0.0/0'),
    mark: fc.constantFrom(1, 2),
    inputLink: newName,
    not: fc.boolean(),
    suppressPrefixLength: fc.constantFrom(0, 16),
  }),
  fc.oneof(
    both(fc.record({ priority: fc.constantFrom(100, 200) }), some({ table })),
    fc.record({ priority: fc.constantFrom(100, 200), action: fc.constantFrom('blackhole' as const, 'nop' as const) }),
    fc.record({ priority: fc.constant(100), action: fc.constant('goto' as const), goto: fc.constantFrom(200, 300) }),
    fc.record({ table: fc.constant(100) }),
  ),
)
const ruleSpec6: fc.Arbitrary<RuleSpec> = fc.record({
  family: fc.constant(6 as const),
  priority: fc.constantFrom(100, 200),
  table,
})
const anyRule = fc.oneof({ weight: 4, arbitrary: ruleSpec }, { weight: 1, arbitrary: ruleSpec6 })

const request = <S>(operation: LooseRequest['operation'], spec: fc.Arbitrary<S>) =>
  spec.map((value) => ({ operation, spec: value }) as unknown as LooseRequest)

/** Requests about addresses, routes and rules, each with its weight. */
export const ipRequests: readonly fc.WeightedArbitrary<LooseRequest>[] = [
  { weight: 12, arbitrary: request('address add', addressSpec) },
  { weight: 3, arbitrary: request('address set', addressSpec) },
  { weight: 4, arbitrary: request('address delete', addressKey) },
  { weight: 1, arbitrary: request('address list', some({ link: newName, family: fc.constantFrom(4, 6) })) },
  { weight: 9, arbitrary: request('route add', routeSpec) },
  { weight: 4, arbitrary: request('route set', routeSpec) },
  { weight: 4, arbitrary: request('route delete', routeKey) },
  {
    weight: 3,
    arbitrary: request(
      'route get',
      fc.record({ to: fc.oneof(host4, fc.constantFrom('10.8.1.1', '99.0.0.1', '2001:db8::9')) }),
    ),
  },
  {
    weight: 1,
    arbitrary: request('route list', some({ family: fc.constantFrom(4, 6), table: fc.constantFrom(100, 'all') })),
  },
  { weight: 4, arbitrary: request('rule add', anyRule) },
  { weight: 2, arbitrary: request('rule delete', anyRule) },
  { weight: 1, arbitrary: request('rule list', some({ family: fc.constantFrom(4, 6) })) },
]
