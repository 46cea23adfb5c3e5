/** Random requests about links of every kind, with options of core's own tables. @module */
import { type Field, factsOf, type KnownKind, kindOptions, type LooseRequest } from '@vnet/core'
import * as fc from 'fast-check'
import { valuesOf } from '../option.js'
import { both, link, linkMac, newName, one, some, tunnelEnd } from './universe.js'

/** Kinds of which the other random requests are. */
const common: ReadonlySet<KnownKind> = new Set(['bridge', 'veth', 'ifb', 'tun', 'tap', 'macvlan', 'vxlan'])

/** What the options of a kind must say, besides what chance adds. */
const ends4 = { local: fc.constantFrom('10.0.0.1', '10.0.0.2'), remote: tunnelEnd }
const ends6 = { local: fc.constantFrom('2001:db8::1', '2001:db8::2'), remote: fc.constant('2001:db8::77') }
/** A link to stand on: mostly one that programs begin with. */
const below = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('l0', 'l1') }, { weight: 1, arbitrary: newName })
/** A name that is mostly free yet. */
const freeName = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('l3', 'l4') }, { weight: 1, arbitrary: newName })

const needed: { readonly [kind in KnownKind]?: Readonly<Record<string, fc.Arbitrary<unknown>>> } = {
  vlan: { id: fc.constantFrom(5, 6, 4094) },
  vrf: { table: fc.constantFrom(55, 56) },
  hsr: { slave1: below, slave2: below },
  geneve: { id: fc.constantFrom(5, 6), remote: tunnelEnd },
  erspan: { ...ends4, ikey: fc.constant(5), okey: fc.constant(5) },
  ip6erspan: { ...ends6, ikey: fc.constant(5), okey: fc.constant(5) },
  ...Object.fromEntries((['gre', 'gretap', 'ipip', 'sit', 'vti'] as const).map((kind) => [kind, ends4])),
  ...Object.fromEntries((['ip6gre', 'ip6gretap', 'ip6tnl', 'vti6'] as const).map((kind) => [kind, ends6])),
}
/** Kinds that stand on another link. */
const stacked: ReadonlySet<string> = new Set(['vlan', 'macvtap', 'ipvlan', 'ipvtap', 'macsec'])
/** Kinds that carry packets without frames: masters of the mock do not take them. */
const frameless: ReadonlySet<string> = new Set([
  'gre',
  'ip6gre',
  'ip6tnl',
  'ipip',
  'sit',
  'vti',
  'vti6',
  'nlmon',
  'wireguard',
])
/** Kinds without a MAC of their own, or with that of the link below. */
const macless: ReadonlySet<string> = new Set([...frameless, 'hsr', 'ipvlan', 'ipvtap'])

/** What kernels only know later than others, needs modules of its own, or means something else on each machine is left out. */
const isPlain = ([name, field]: readonly [string, Field]): boolean =>
  name !== 'encap' &&
  field.readOnly !== true &&
  field.since === undefined &&
  ['boolean', 'integer', 'seconds', 'choice'].includes(field.type)

/** Changed at a macvtap of mode `passthru` that is down, the kernel counts its parent's promiscuity below zero (docs/mock-vs-kernel.md). */
const unchanged: ReadonlySet<string> = new Set(['noPromiscuous'])

/** One option of a kind, if it has such: those that can be given when it is made, or changed later. */
function optionOf(kind: KnownKind, purpose: 'add' | 'set'): fc.Arbitrary<object> | undefined {
  const property = factsOf(kind)?.property
  if (property === undefined) return undefined
  const fields = Object.entries(kindOptions[property].fields).filter(
    (entry) => isPlain(entry) && !(purpose === 'add' ? entry[1].setOnly : entry[1].addOnly || unchanged.has(entry[0])),
  )
  if (fields.length === 0) return undefined
  return one(Object.fromEntries(fields.map(([name, field]) => [name, fc.constantFrom(...valuesOf(field))])))
}

function addOf(kind: KnownKind): fc.Arbitrary<object> {
  const property = factsOf(kind)?.property
  const fixed = fc.record(needed[kind] ?? {})
  const chosen = optionOf(kind, 'add')
  const options =
    chosen === undefined
      ? fixed
      : fc.tuple(fixed, fc.option(chosen, { freq: 2 })).map(([base, more]) => ({ ...more, ...base }))
  const base = both(
    fc.record({ name: freeName, ...(macless.has(kind) ? {} : { mac: linkMac }) }),
    both(
      some({
        up: fc.boolean(),
        ...(frameless.has(kind) ? {} : { master: fc.option(newName, { freq: 2, nil: undefined }) }),
      }),
      stacked.has(kind) ? fc.record({ parent: below }) : fc.constant({}),
    ),
  )
  return fc.tuple(base, options).map(([spec, own]) => ({
    ...spec,
    kind,
    ...(property === undefined || Object.keys(own).length === 0 ? {} : { [property]: own }),
  }))
}

/** Requests about links of other kinds than the usual, each with its weight; none where there is no such kind. */
export function kindRequests(kinds: readonly KnownKind[]): readonly fc.WeightedArbitrary<LooseRequest>[] {
  const others = kinds.filter((kind) => !common.has(kind))
  if (others.length === 0) return []
  const adding = fc
    .oneof(...others.map(addOf))
    .map((spec) => ({ operation: 'link add', spec }) as unknown as LooseRequest)
  const changes = others.flatMap((kind) => {
    const property = factsOf(kind)?.property
    const option = optionOf(kind, 'set')
    return property === undefined || option === undefined ? [] : [option.map((own) => ({ [property]: own }))]
  })
  const changing = fc
    .tuple(link, fc.oneof(...changes))
    .map(([target, spec]) => ({ operation: 'link set', spec: { link: target, ...spec } }) as LooseRequest)
  return [{ weight: 60, arbitrary: adding }, ...(changes.length === 0 ? [] : [{ weight: 20, arbitrary: changing }])]
}
