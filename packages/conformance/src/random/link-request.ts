/** Random requests about links. @module */
import type { LinkChange, LinkFilter, LinkSpec, LooseRequest } from '@vnet/core'
import * as fc from 'fast-check'
import { both, link, linkMac, newName, one, side, some, tunnelEnd } from './universe.js'

const mtu = fc.constantFrom(1280, 1400, 1500, 9000, 65_535, 65_536)
const group = fc.constantFrom(0, 7, 9)
const alias = fc.constantFrom('', 'first', 'second')

/** MACs are always chosen, so that what bridges and macvlans make of them is the same on both sides. */
const named = fc.record({ name: newName, mac: linkMac })
const settings = some<Pick<LinkSpec, 'up' | 'mtu' | 'group' | 'alias'>>({ up: fc.boolean(), mtu, group, alias })
const common = both(named, settings)
const withMaster = both(common, some({ master: newName }))

const bridgeOptions = one({
  stp: fc.boolean(),
  forwardDelay: fc.constantFrom(2, 15),
  helloTime: fc.constantFrom(1, 5),
  maxAge: fc.constantFrom(10, 30),
  ageingTime: fc.constantFrom(100, 300),
  priority: fc.constantFrom(0, 0x1000, 0xffff),
  groupForwardMask: fc.constantFrom(0, 8, 1),
  multicastSnooping: fc.boolean(),
  multicastQuerier: fc.boolean(),
  multicastIgmpVersion: fc.constantFrom(2, 3),
  nfCallIptables: fc.boolean(),
  noLinkLocalLearn: fc.boolean(),
  fdbMaxLearned: fc.constantFrom(0, 100),
})

const portOptions = one({
  priority: fc.constantFrom(0, 32, 63),
  cost: fc.constantFrom(1, 100, 65_535),
  hairpin: fc.boolean(),
  guard: fc.boolean(),
  rootBlock: fc.boolean(),
  fastLeave: fc.boolean(),
  learning: fc.boolean(),
  flood: fc.boolean(),
  multicastFlood: fc.boolean(),
  broadcastFlood: fc.boolean(),
  isolated: fc.boolean(),
  neighbourSuppress: fc.boolean(),
  locked: fc.boolean(),
  macAuthenticationBypass: fc.boolean(),
  groupForwardMask: fc.constantFrom(0, 8, 1),
})

const macvlanMode = fc.constantFrom('private', 'vepa', 'bridge', 'passthru', 'source')

const veth = both(
  withMaster,
  fc.record({
    kind: fc.constant('veth'),
    peer: both(named, some({ up: fc.boolean(), mtu, namespace: side })),
  }),
)

const add = fc.oneof(
  { weight: 5, arbitrary: both(common, some({ bridge: bridgeOptions })).map((spec) => ({ ...spec, kind: 'bridge' })) },
  { weight: 6, arbitrary: veth },
  { weight: 1, arbitrary: withMaster.map((spec) => ({ ...spec, kind: 'ifb' })) },
  { weight: 1, arbitrary: withMaster.map((spec) => ({ ...spec, kind: 'tap' })) },
  // A TUN has no MAC.
  { weight: 1, arbitrary: withMaster.map(({ mac: _, ...spec }) => ({ ...spec, kind: 'tun' })) },
  {
    weight: 2,
    arbitrary: both(withMaster, fc.record({ parent: link, mode: macvlanMode })).map(({ mode, ...spec }) => ({
      ...spec,
      kind: 'macvlan',
      macvlan: { mode },
    })),
  },
  {
    weight: 2,
    arbitrary: both(withMaster, some({ link: newName, remote: fc.oneof(tunnelEnd, fc.constant('2001:db8::77')) })).map(
      ({ link: via, remote, ...spec }) => ({
        ...spec,
        kind: 'vxlan',
        vxlan: {
          id: 42,
          ...(via === undefined ? {} : { link: via }),
          ...(remote === undefined ? {} : { remote }),
        },
      }),
    ),
  },
  { weight: 1, arbitrary: common.map((spec) => ({ ...spec, kind: 'warp' })) },
)

const change = one<Omit<LinkChange, 'link'>>({
  up: fc.boolean(),
  mtu,
  mac: linkMac,
  master: fc.option(newName, { nil: null }),
  alias,
  group,
  txQueueLength: fc.constantFrom(0, 500, 1000),
  promiscuous: fc.boolean(),
  allMulticast: fc.boolean(),
  arp: fc.boolean(),
  multicast: fc.boolean(),
  name: newName,
  addAltNames: fc.constantFrom(['alt0'], ['alt1'], ['l0']),
  deleteAltNames: fc.constantFrom(['alt0'], ['alt1']),
  namespace: side,
  bridge: bridgeOptions,
  port: portOptions,
  macvlan: fc.record({ mode: macvlanMode }) as fc.Arbitrary<NonNullable<LinkChange['macvlan']>>,
})
const toUp = fc.constant({ up: true })
const toMaster = fc.record({ master: newName })

const filter: fc.Arbitrary<LinkFilter> = some<LinkFilter>({
  kind: fc.constantFrom('bridge', 'veth', 'tap'),
  up: fc.boolean(),
  group,
})

/** Requests about links, each with its weight. */
export const linkRequests: readonly fc.WeightedArbitrary<LooseRequest>[] = [
  { weight: 24, arbitrary: add.map((spec) => ({ operation: 'link add', spec }) as unknown as LooseRequest) },
  {
    weight: 20,
    arbitrary: fc
      .tuple(
        link,
        fc.oneof({ weight: 8, arbitrary: change }, { weight: 4, arbitrary: toUp }, { weight: 3, arbitrary: toMaster }),
      )
      .map(([target, spec]): LooseRequest => ({ operation: 'link set', spec: { link: target, ...spec } })),
  },
  // Few: the kernel waits for a grace period with each.
  { weight: 4, arbitrary: link.map((target): LooseRequest => ({ operation: 'link delete', spec: { link: target } })) },
  { weight: 2, arbitrary: link.map((target): LooseRequest => ({ operation: 'link get', spec: { link: target } })) },
  { weight: 1, arbitrary: filter.map((spec): LooseRequest => ({ operation: 'link list', spec })) },
]
