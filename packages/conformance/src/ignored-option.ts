/** Options that some kernels ignore without a word: told by the link, or refused with nothing changed. @module */
import { type Capability, isVnetError, type LinkChange, type LinkRef, type LinkSpec, type Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { present } from './expectation.js'
import { stateAtRest } from './rest.js'
import type { Suite } from './suite.js'
import { addBridge, addPair, namesOf } from './surroundings.js'

/** A new link with one such option. */
type Birth = readonly [title: string, needs: readonly Capability[], spec: LinkSpec, path: readonly [string, string]]

const births: readonly Birth[] = [
  [
    'bridge: a limit of learned entries',
    ['link bridge'],
    { kind: 'bridge', bridge: { fdbMaxLearned: 10 } },
    ['bridge', 'fdbMaxLearned'],
  ],
  [
    'bridge: a default VLAN',
    ['link bridge'],
    { kind: 'bridge', bridge: { vlanDefaultPvid: 7 } },
    ['bridge', 'vlanDefaultPvid'],
  ],
  [
    'bond: states that are not coupled',
    ['link bond'],
    { kind: 'bond', bond: { mode: '802.3ad', coupledControl: false } },
    ['bond', 'coupledControl'],
  ],
  [
    'vxlan: no way by this host',
    ['link vxlan'],
    { kind: 'vxlan', vxlan: { id: 5, localBypass: false } },
    ['vxlan', 'localBypass'],
  ],
  [
    'macvlan: a cutoff',
    ['link macvlan'],
    { kind: 'macvlan', parent: 'v0', macvlan: { mode: 'bridge', broadcastCutoff: 3 } },
    ['macvlan', 'broadcastCutoff'],
  ],
  [
    'geneve: packets without Ethernet header',
    ['link geneve'],
    { kind: 'geneve', geneve: { id: 5, remote: '10.0.0.9', innerProtocolInherit: true } },
    ['geneve', 'innerProtocolInherit'],
  ],
  [
    'hsr: between two rings',
    ['link hsr'],
    { kind: 'hsr', hsr: { slave1: 'v0', slave2: 'w0', interlink: 'w1' } },
    ['hsr', 'interlink'],
  ],
  [
    'sit: rapid deployment',
    ['link sit'],
    { kind: 'sit', sit: { local: '10.0.0.1', sixrdPrefix: '2001:db8::', sixrdPrefixLength: 32 } },
    ['sit', 'sixrdPrefix'],
  ],
  [
    'a port with a limit of groups',
    ['link bridge'],
    { kind: 'veth', master: 'br0', port: { multicastMaxGroups: 9 } },
    ['port', 'multicastMaxGroups'],
  ],
]

/** A change with one such option, and others. */
type Change = readonly [
  title: string,
  needs: readonly Capability[],
  spec: LinkSpec | undefined,
  change: Omit<LinkChange, 'link'>,
  path: readonly [string, string],
]

const changes: readonly Change[] = [
  [
    'bridge',
    ['link bridge'],
    undefined,
    { bridge: { fdbMaxLearned: 10, ageingTime: 77 }, mtu: 1400 },
    ['bridge', 'fdbMaxLearned'],
  ],
  [
    'a port, in a new bridge',
    ['link bridge'],
    { kind: 'veth' },
    { master: 'br0', mtu: 1400, port: { neighbourVlanSuppress: true, cost: 77 } },
    ['port', 'neighbourVlanSuppress'],
  ],
  [
    'bond',
    ['link bond'],
    { kind: 'bond' },
    { bond: { neighbourTargets: ['fd00::1'], resendIgmp: 5 }, mtu: 1400 },
    ['bond', 'neighbourTargets'],
  ],
  [
    'macvlan',
    ['link macvlan'],
    { kind: 'macvlan', parent: 'v0' },
    { macvlan: { broadcastCutoff: 3, broadcastQueueLength: 77 } },
    ['macvlan', 'broadcastCutoff'],
  ],
]

/** Registers the tests. */
export function ignoredOption(suite: Suite): void {
  for (const [title, needs, spec, path] of births) {
    suite.test(`${title}: told, or refused and nothing made`, ['link veth', ...needs], async ({ ns, another }) => {
      await prepare(ns, needs)
      const names = await namesOf(ns)
      const shown = await toldOrRefused(ns.link.add({ name: 'x0', ...spec }), 'link add', path)
      if (shown) expect(await optionOf(ns, 'x0', path)).not.toBeUndefined()
      else expect(await namesOf(ns)).toEqual(names)
      if (spec.master !== undefined || spec.parent !== undefined || spec.kind === 'hsr') return
      if (shown) await ns.link.delete('x0')
      // The same for a link that is made in another namespace.
      const far = await another()
      const there = await toldOrRefused(ns.link.add({ name: 'x1', namespace: far, ...spec }), 'link add', path)
      expect(there).toBe(shown)
      expect((await far.link.get('x1')) !== undefined).toBe(shown)
    })
  }

  for (const [title, needs, spec, change, path] of changes) {
    suite.test(
      `${title}: told after a change, or refused and nothing changed`,
      ['link veth', ...needs],
      async ({ ns }) => {
        await prepare(ns, needs)
        const link = spec === undefined ? 'br0' : (await ns.link.add({ name: 'x0', ...spec })).index
        const before = await stateAtRest(ns)
        const shown = await toldOrRefused(ns.link.set(link, change), 'link set', path)
        if (shown) expect(await optionOf(ns, link, path)).toEqual((change as unknown as Told)[path[0]]?.[path[1]])
        else expect(await stateAtRest(ns)).toEqual(before)
      },
    )
  }

  suite.test('macsec: work for hardware that is not there', ['link macsec', 'link veth'], async ({ ns }) => {
    await prepare(ns, [])
    await ns.link.add({ kind: 'macsec', name: 'x0', parent: 'v0' })
    const before = await stateAtRest(ns)
    const error = await ns.link.set('x0', { macsec: { offload: 'mac', encrypt: true } }).catch((error) => error)
    // Before Linux 6.2 a change of it is ignored.
    expect(['EOPNOTSUPP', 'VNET_UNSUPPORTED']).toContain(error.code)
    expect(await stateAtRest(ns)).toEqual(before)
    await ns.link.set('x0', { macsec: { offload: 'off' } })
  })

  suite.test('in a list, the others are carried out', ['link bridge'], async ({ ns }) => {
    const results = await ns.execute([
      { operation: 'link add', spec: { kind: 'bridge', name: 'b0' } },
      { operation: 'link add', spec: { kind: 'bridge', name: 'b1', bridge: { fdbMaxLearned: 5 } } },
      { operation: 'link add', spec: { kind: 'bridge', name: 'b2' } },
      { operation: 'link set', spec: { link: 'b2', bridge: { fdbMaxLearned: 5 } } },
      { operation: 'link set', spec: { link: 'b2', mtu: 1400 } },
    ])
    const shown = results[1].ok
    expect(results.map(({ ok }) => ok)).toEqual([true, shown, true, shown, true])
    expect(await namesOf(ns)).toEqual(shown ? ['b0', 'b1', 'b2'] : ['b0', 'b2'])
    expect((await ns.link.get('b2'))?.bridge?.fdbMaxLearned).toBe(shown ? 5 : undefined)
    expect((await ns.link.get('b2'))?.mtu).toBe(1400)
  })
}

type Told = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>

const optionOf = async (ns: Namespace, link: LinkRef, [property, option]: readonly [string, string]) =>
  (present(await ns.link.get(link)) as unknown as Told)[property]?.[option]

/** Whether it was done; else it was refused as an option that the kernel ignores. */
async function toldOrRefused(
  doing: Promise<unknown>,
  operation: string,
  [property, option]: readonly [string, string],
): Promise<boolean> {
  const error = await doing.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (error === undefined) return true
  if (!isVnetError(error)) throw error
  expect(error).toMatchObject({ code: 'VNET_UNSUPPORTED', operation, attribute: `spec.${property}.${option}` })
  expect(error.hint).toMatch(/this kernel ignores the option: it needs (Linux \d|CONFIG_)/)
  return false
}

/** Two pairs, and a bridge where it is needed. */
async function prepare(ns: Namespace, needs: readonly Capability[]): Promise<void> {
  await addPair(ns)
  await ns.link.add({ kind: 'veth', name: 'w0', peer: { name: 'w1' } })
  if (!needs.includes('link bridge')) return
  await addBridge(ns)
  // The first port of a bridge leaves limits behind, so there is one already.
  await ns.link.set('w0', { master: 'br0' })
}
