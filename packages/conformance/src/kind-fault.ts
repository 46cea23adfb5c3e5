/** Bad input of every kind of link: wrong values of each option, links it cannot stand on, what is there already. @module */
import {
  type Capability,
  changeableProperties,
  type Field,
  factsOf,
  isArgumentError,
  type KnownKind,
  kernelSourceOf,
  kindFacts,
  kindOptions,
  knownKinds,
  type LinkSpec,
  type LooseRequest,
  type VnetError,
} from '@vnet/core'
import { expect } from 'vitest'
import { failure } from './expectation.js'
import { addGround, kindBirths, needsOf } from './kind-birth.js'
import { stateAtRest } from './rest.js'
import { spyOn } from './spy.js'
import type { Suite } from './suite.js'

/** Values that an option does not take. */
function wrongValues(field: Field): readonly unknown[] {
  switch (field.type) {
    case 'boolean':
      return ['yes', 1, null]
    case 'integer':
      return [field.max + 1, field.min - 1, field.min + 0.5, String(field.min), Number.NaN]
    case 'seconds':
    case 'milliseconds':
      return [field.max + 1, -1, '1', Number.POSITIVE_INFINITY]
    case 'choice':
      return ['nonsense', '', 99]
    case 'mac':
      return ['hello', '02:00:00:00:00', 7]
    case 'ip':
      return ['hello', '10.0.0.256', '10.0.0.1/24', 7]
    case 'link':
      return [{}, '', 'a/b', -1]
    case 'text':
      return [7, 'x'.repeat(field.octets + 1)]
    case 'macs':
    case 'ips':
      return ['hello', ['hello'], [7]]
    case 'range':
      return [[field.min], [field.max, field.min], [field.min, field.max + 1], 7]
    case 'numbers': {
      const right = Array<number>(field.count).fill(field.min)
      return [right.slice(1), [...right, field.min], right.fill(field.max + 1), 7]
    }
    case 'map':
      return [{ x: 1 }, { [field.max + 1]: 1 }, { 1: field.most + 1 }, 7]
    default:
      throw new Error(`no wrong values for options of type ${field.type}`)
  }
}

type Specification = Readonly<Record<string, unknown>>

/** Requests with one wrong value each, and the path of it. */
function* wrongRequests(kind: KnownKind): Generator<readonly [request: LooseRequest, path: string]> {
  const { property, needs = [] } = factsOf(kind) ?? {}
  const birth = kindBirths[kind] as unknown as Specification
  const make = (spec: object) => ({ operation: 'link add', spec: { name: 'x0', ...birth, ...spec } }) as LooseRequest
  const change = (spec: object) => ({ operation: 'link set', spec: { link: 'g0', ...spec } }) as LooseRequest
  for (const other of Object.keys(kindOptions)) if (other !== property) yield [make({ [other]: {} }), `spec.${other}`]
  for (const setting of needs) yield [make({ [setting]: undefined }), `spec.${setting}`]
  if (property === undefined) return
  const own = birth[property] as object | undefined
  yield [make({ [property]: { ...own, nonsense: 1 } }), `spec.${property}.nonsense`]
  yield [make({ [property]: 7 }), `spec.${property}`]
  const changeable = (changeableProperties as readonly string[]).includes(property)
  for (const [option, field] of Object.entries(kindOptions[property].fields)) {
    const path = `spec.${property}.${option}`
    if (field.readOnly) continue
    if (field.setOnly) yield [make({ [property]: { ...own, [option]: 1 } }), path]
    if (field.addOnly && changeable) yield [change({ [property]: { [option]: 1 } }), path]
    for (const value of wrongValues(field)) {
      if (value === null && field.nullable) continue
      if (!field.setOnly) yield [make({ [property]: { ...own, [option]: value } }), path]
      if (!field.addOnly && changeable) yield [change({ [property]: { [option]: value } }), path]
    }
    if (field.required) yield [make({ [property]: { ...own, [option]: undefined } }), path]
  }
}

/** What only the backend knows to be wrong: a new link `x1` beside `x0`, of the same kind and as it was made. */
const taken: { readonly [kind in KnownKind]?: string } = {
  vlan: 'EEXIST',
  vxlan: 'EEXIST',
  macsec: 'EBUSY',
  hsr: 'EINVAL',
  geneve: 'EBUSY',
  ...Object.fromEntries(
    knownKinds
      .filter((kind) => 'fallback' in kindFacts[kind] || /^(ip6gretap|ip6erspan)$/.test(kind))
      .map((kind) => [kind, 'EEXIST']),
  ),
}

/** What `lo` as parent is refused with. */
const onLoopback: { readonly [kind in KnownKind]?: string } = {
  vlan: 'EOPNOTSUPP',
  macvlan: 'EINVAL',
  macvtap: 'EINVAL',
  ipvlan: 'EINVAL',
  ipvtap: 'EINVAL',
  macsec: 'EINVAL',
}

/** Masters that cannot have each other as ports: of what, by what, and the error. */
const masters: readonly (readonly [port: KnownKind, master: KnownKind, code: string])[] = [
  ['bridge', 'bridge', 'ELOOP'],
  ['vrf', 'vrf', 'EINVAL'],
  ['veth', 'dummy', 'EOPNOTSUPP'],
  ['veth', 'vlan', 'EOPNOTSUPP'],
]

const onPackets = { vlan: 'EOPNOTSUPP', macvlan: 'EINVAL', ipvlan: 'EINVAL', macsec: 'EINVAL' }
/** What comes of links on top of kinds that do not carry all of them. On another of its sort one is made beside it. */
const onTop: { readonly [kind in KnownKind]?: typeof onPackets } = {
  ...Object.fromEntries(
    (['gre', 'ip6gre', 'ipip', 'sit', 'ip6tnl', 'vti', 'vti6', 'tun', 'nlmon', 'vrf'] as const).map((kind) => [
      kind,
      onPackets,
    ]),
  ),
  hsr: { vlan: 'EOPNOTSUPP', macvlan: 'ok', ipvlan: 'ok', macsec: 'ok' },
  macvtap: { vlan: 'ok', macvlan: 'ok', ipvlan: 'EBUSY', macsec: 'EBUSY' },
  ipvlan: { vlan: 'EOPNOTSUPP', macvlan: 'EINVAL', ipvlan: 'ok', macsec: 'EINVAL' },
  ipvtap: { vlan: 'EOPNOTSUPP', macvlan: 'EBUSY', ipvlan: 'ok', macsec: 'EBUSY' },
}

/** Registers the tests. */
export function kindFault(suite: Suite): void {
  for (const kind of knownKinds) {
    suite.test(`${kind}: wrong options are refused by the client, with their path and a hint`, [], async ({ host }) => {
      const spy = spyOn(host.driver)
      await using ns = await spy.open()
      const asked = spy.requests()
      let count = 0
      for (const [request, path] of wrongRequests(kind)) {
        const found: unknown = await ns.execute([request]).then(
          () => 'no error',
          (error: unknown) => error,
        )
        if (!isArgumentError(found)) throw new Error(`${JSON.stringify(request)}: ${String(found)}`)
        const text = `${found.attribute} of ${JSON.stringify(request)}`
        expect(found.attribute === path || found.attribute?.startsWith(`${path}.`), text).toBe(true)
        expect(found.hint, `the hint about ${text}`).toMatch(/\w/)
        count++
      }
      expect(count).toBeGreaterThan(20)
      expect(spy.requests(), 'requests that reached the backend').toBe(asked)
    })

    const { needs = [] } = factsOf(kind) ?? {}
    if (needs.includes('parent')) {
      suite.test(`${kind}: parents that it cannot have`, needsOf(kind), async ({ ns }) => {
        await addGround(ns)
        const before = await stateAtRest(ns)
        for (const [parent, code] of [
          ['nope', 'ENODEV'],
          [4711, 'ENODEV'],
          ['lo', onLoopback[kind]],
        ] as const) {
          const found = await failure(ns.link.add({ name: 'x0', ...kindBirths[kind], parent } as never))
          expect([parent, found.code]).toEqual([parent, code])
          expect(found.hint, `the hint about ${parent}`).toMatch(/\w/)
          expect(await stateAtRest(ns)).toEqual(before)
        }
      })
    }

    const code = taken[kind]
    if (code === undefined) continue
    suite.test(`${kind}: the same once more`, needsOf(kind), async ({ ns }) => {
      await addGround(ns)
      await ns.link.add({ name: 'x0', ...kindBirths[kind] })
      const before = await stateAtRest(ns)
      const found = await failure(ns.link.add({ ...kindBirths[kind], name: 'x1' }))
      expect(found).toMatchObject({ code, operation: 'link add', subject: 'x1' })
      expect(found.hint).toMatch(/\w/)
      expect(await stateAtRest(ns)).toEqual(before)
    })
  }

  // One test for all: there are kinds that every kernel has, and a test of their lack would never run.
  suite.test('kinds that the kernel lacks', [], async ({ ns, supports, skip }) => {
    const lacking = knownKinds.filter((kind) => supports[`link ${kind}` as Capability] !== true)
    if (lacking.length === 0) return skip('lacks capability: a kernel without some kind of link')
    const before = await stateAtRest(ns)
    for (const kind of lacking) {
      const { property } = factsOf(kind) ?? {}
      // What it would stand on may be lacking too.
      const spec = { name: 'x0', ...kindBirths[kind], ...('parent' in kindBirths[kind] ? { parent: 1 } : {}) }
      const made = { ...spec, ...(property === 'hsr' ? { hsr: { slave1: 1, slave2: 2 } } : {}) } as never
      const found = await failure(ns.link.add(made))
      expect(['EOPNOTSUPP', 'VNET_UNSUPPORTED'], kind).toContain(found.code)
      expect(found.hint).toContain(kernelSourceOf(`link ${kind}` as Capability)?.config)
      expect(await stateAtRest(ns)).toEqual(before)
    }
  })

  for (const [port, master, code] of masters) {
    const needs = [...new Set([...needsOf(port), ...needsOf(master)])]
    suite.test(`${port} as a port of a ${master}`, needs, async ({ ns }) => {
      await addGround(ns)
      await ns.link.add({ name: 'm0', ...kindBirths[master] })
      await ns.link.add({ ...kindBirths[port], ...(port === 'vrf' ? { vrf: { table: 56 } } : {}), name: 'p0' })
      const before = await stateAtRest(ns)
      const found = await failure(ns.link.set('p0', { master: 'm0' }))
      expect(found).toMatchObject({ code, operation: 'link set', subject: 'p0' })
      expect(found.hint).toMatch(/\w/)
      expect(await stateAtRest(ns)).toEqual(before)
    })
  }

  for (const [kind, codes] of Object.entries(onTop) as [KnownKind, typeof onPackets][]) {
    const upper = ['vlan', 'macvlan', 'ipvlan', 'macsec'] as const
    const needs = [...new Set([...needsOf(kind), ...upper.flatMap(needsOf)])]
    suite.test(`what stands on a link of kind ${kind}`, needs, async ({ ns }) => {
      await addGround(ns)
      await ns.link.add({ ...kindBirths[kind], name: 'x0' })
      const found: Record<string, string> = {}
      for (const kind of upper) {
        const making = ns.link.add({ ...kindBirths[kind], name: 'x1', parent: 'x0' } as LinkSpec)
        found[kind] = await making.then(
          () => 'ok',
          (error: VnetError) => error.code,
        )
        if (found[kind] === 'ok') await ns.link.delete('x1')
      }
      expect(found).toEqual(codes)
    })
  }

  suite.test('masters in a ring', ['link bridge', 'link bond', 'link veth'], async ({ ns }) => {
    await ns.link.add({ kind: 'bridge', name: 'b0' })
    await ns.link.add({ kind: 'bond', name: 'b1' })
    await ns.link.set('b1', { master: 'b0' })
    // The kernel takes a port of a bond back half-way: the bridge was up for a moment, and has learned its own MAC anew.
    const masters = async () => (await ns.link.list()).map(({ name, master }) => [name, master])
    const before = await masters()
    const found = await failure(ns.link.set('b0', { master: 'b1' }))
    expect(found.code).toBe('EBUSY')
    expect(found.hint).toMatch(/\w/)
    await failure(ns.link.set('b0', { master: 'b0' }))
    expect(await masters()).toEqual(before)
  })
}
