/** Tunnels over IP and each of their options (`ip link add … type gre local … remote …`). @module */
import {
  type Capability,
  type ChangeableProperty,
  kindOptions,
  type Link,
  type LinkChange,
  type Namespace,
} from '@vnet/core'
import { expect } from 'vitest'
import { fails, present } from './expectation.js'
import { type OptionNote, optionTests } from './option.js'
import type { Suite } from './suite.js'
import { namesOf } from './surroundings.js'
import { far, farther, near, type Tunnel, tunnelSpec, tunnels } from './tunnel-kind.js'
import { startWatch } from './watcher.js'

const absent = (value: unknown) => value ?? undefined
const encap = { encap: 'gue', encapSport: 7, encapDport: 5555 } as const
const encapSwitch: OptionNote = { with: encap, needs: ['tunnel encap'] }

/** Notes that hold for all. */
const common: Readonly<Record<string, OptionNote>> = {
  // By index both ways.
  link: { values: [50, null], reads: absent, needs: ['link bridge'] },
  ikey: { values: [0xffffffff, 0, null], reads: absent },
  okey: { values: [0xffffffff, 0, null], reads: absent },
  ignoreDf: { with: { pmtudisc: false } },
  encapLimit: { values: [255, 0, null, 7], reads: absent },
  encap: { values: ['gue', 'fou', 'none'], needs: ['tunnel encap'] },
  encapSport: { values: [65535, 0, 7], with: { encap: 'fou', encapDport: 5555 }, needs: ['tunnel encap'] },
  encapDport: { values: [65535, 7], with: { encap: 'fou' }, needs: ['tunnel encap'] },
  encapCsum: encapSwitch,
  encapCsum6: encapSwitch,
  encapRemcsum: encapSwitch,
  // Excludes the ends: has a test of its own.
  external: { values: [] },
  isatap: { values: [] },
  sixrdPrefix: { values: [] },
  sixrdPrefixLength: { values: [] },
  sixrdRelayPrefix: { values: [] },
  sixrdRelayPrefixLength: { values: [] },
}

const changeOf = (kind: ChangeableProperty, options: object): Omit<LinkChange, 'link'> => ({ [kind]: options })
const stateOf = (link: Link, kind: ChangeableProperty) => present(link[kind], 'the state')

/** Registers the tests of tunnels. */
export function tunnel(suite: Suite): void {
  for (const each of tunnels) suite.group(each.kind, (inner) => tunnelTests(inner, each))

  suite.test('sit: IPv6 rapid deployment', ['link sit'], async ({ ns, skip }) => {
    const plain = await ns.link.add({ kind: 'sit', name: 't0', sit: { local: near[4], remote: far[4] } })
    if (plain.sit?.sixrdPrefixLength === undefined) skip('lacks capability: sit 6rd (CONFIG_IPV6_SIT_6RD)')
    const sixrd = {
      sixrdPrefix: '2001:db8::',
      sixrdPrefixLength: 32,
      sixrdRelayPrefix: '10.0.0.0',
      sixrdRelayPrefixLength: 8,
    }
    const made = await ns.link.add({ kind: 'sit', name: 't1', sit: { local: near[4], remote: farther[4], ...sixrd } })
    expect(made.sit).toMatchObject(sixrd)
    await ns.link.set('t1', { sit: { ttl: 9 } })
    expect((await ns.link.get('t1'))?.sit).toMatchObject({ ...sixrd, ttl: 9 })
  })

  suite.test('sit: ISATAP has no far end', ['link sit'], async ({ ns }) => {
    const made = await ns.link.add({ kind: 'sit', name: 't0', sit: { local: near[4], isatap: true } })
    expect(made.sit).toMatchObject({ local: near[4], isatap: true })
    expect(made.sit?.remote).toBeUndefined()
  })

  suite.test('external: the ends come with each packet', ['link gretap', 'link ip6tnl'], async ({ ns }) => {
    const tap = await ns.link.add({ kind: 'gretap', name: 't0', gretap: { external: true } })
    expect(tap.gretap).toMatchObject({ external: true })
    const tnl = await ns.link.add({ kind: 'ip6tnl', name: 't1', ip6tnl: { external: true } })
    expect(tnl.ip6tnl).toMatchObject({ external: true })
    await fails(ns.link.add({ kind: 'gretap', name: 't2', gretap: { external: true } }), 'EEXIST')
  })

  suite.test(
    'fallback links are told, and are neither deleted nor moved',
    ['link ipip'],
    async ({ ns, another, skip }) => {
      await ns.link.add({ kind: 'ipip', name: 't0', ipip: { local: near[4], remote: far[4] } })
      expect((await ns.link.get('t0'))?.fallback).toBeUndefined()
      const links = await ns.link.list({ kind: 'ipip' })
      const fallback = links.find((link) => link.fallback)
      if (fallback === undefined) return skip('lacks capability: fallback links (none are made in new namespaces)')
      expect(fallback).toMatchObject({ name: 'tunl0', kind: 'ipip', fallback: true })
      await fails(ns.link.delete('tunl0'), 'EOPNOTSUPP')
      await fails(ns.link.delete(fallback.index), 'EOPNOTSUPP')
      await fails(ns.link.set('tunl0', { ipip: { ttl: 9 } }), 'EINVAL')
      await fails(ns.link.set('tunl0', { namespace: (await another()).ref }), 'EINVAL')
      expect(await ns.link.get('tunl0')).toEqual(fallback)
    },
  )
}

function tunnelTests(suite: Suite, tunnel: Tunnel): void {
  const { kind, version, frames } = tunnel
  const needs = [`link ${kind}` as Capability]
  const spec = (name: string, options: object = {}) => tunnelSpec(tunnel, name, options)

  optionTests(
    suite,
    {
      needs,
      property: kind,
      prepare: underlay,
      make: async (ns, name, options) => {
        await ns.link.add(spec(name, options))
        return present(await ns.link.get(name))
      },
    },
    kindOptions[kind].fields,
    {
      ...common,
      local: { values: [farther[version], null], reads: absent },
      // A tunnel that is point to point stays so.
      remote: { values: [farther[version], far[version]] },
      ...tunnel.notes,
    },
  )

  suite.test('made, read, listed, deleted', needs, async ({ ns }) => {
    const made = await ns.link.add(spec('t0'))
    const ends = { local: near[version], remote: far[version] }
    expect(made).toMatchObject({ name: 't0', kind, type: tunnel.type, up: false, parent: 0, [kind]: ends })
    if (tunnel.mtu !== undefined) expect(made.mtu).toBe(tunnel.mtu)
    if (frames) expect(made.flags).toEqual(['BROADCAST', 'MULTICAST'])
    else expect(made).toMatchObject({ flags: ['POINTOPOINT', 'NOARP'], mac: ends.local, broadcast: ends.remote })
    expect(await ns.link.list({ kind })).toContainEqual(present(await ns.link.get('t0')))
    await ns.link.delete('t0')
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test('a change leaves the other options as they are', needs, async ({ ns }) => {
    await ns.link.add(spec('t0', { fwmark: 7 }))
    const before = stateOf(present(await ns.link.get('t0')), kind)
    await ns.link.set('t0', changeOf(kind, { remote: farther[version] }))
    expect(stateOf(present(await ns.link.get('t0')), kind)).toEqual({ ...before, remote: farther[version] })
  })

  suite.test('ends that are taken are EEXIST', needs, async ({ ns }) => {
    await ns.link.add(spec('t0'))
    await fails(ns.link.add(spec('t1')), 'EEXIST')
    await ns.link.add(spec('t1', { remote: farther[version] }))
    // The kernel does not look for others when one with frames over IPv6 is changed (`ip6gre_tunnel_locate`).
    if (frames && version === 6) return
    await fails(ns.link.set('t1', changeOf(kind, { remote: far[version] })), 'EEXIST')
    expect(await namesOf(ns)).toEqual(['t0', 't1'])
  })

  suite.test('options of another kind are EOPNOTSUPP', [...needs, 'link bridge'], async ({ ns }) => {
    await ns.link.add(spec('t0'))
    await underlay(ns)
    await fails(ns.link.set('t0', { bridge: { stp: true } }), 'EOPNOTSUPP')
    await fails(ns.link.set('under', changeOf(kind, { remote: far[version] })), 'EOPNOTSUPP')
  })

  suite.test('a link to go by that is not there is ENODEV', needs, async ({ ns }) => {
    await fails(ns.link.add(spec('t0', { link: 'nope' })), 'ENODEV')
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test('watched: made, changed, deleted', needs, async ({ ns }) => {
    await using watcher = await startWatch(ns, { groups: ['link'] })
    await ns.link.add(spec('t0'))
    await ns.link.set('t0', { mtu: 1300, ...changeOf(kind, { fwmark: 9 }) })
    const changed = { mtu: 1300, [kind]: expect.objectContaining({ fwmark: 9 }) }
    await ns.link.delete('t0')
    const events = await watcher.until((event) => event.kind === 'link delete')
    const ours = events.filter((event) => 'object' in event && (event.object as Link).name === 't0')
    expect(ours[0]).toMatchObject({ kind: 'link add', object: { kind, [kind]: { remote: far[version] } } })
    expect(ours).toContainEqual(expect.objectContaining({ kind: 'link set', object: expect.objectContaining(changed) }))
    expect(ours.at(-1)).toMatchObject({ kind: 'link delete', object: { kind } })
  })
}

/** A link that outer packets may leave by: always index 50. */
async function underlay(ns: Namespace): Promise<void> {
  await ns.link.add({ kind: 'bridge', name: 'under', index: 50, up: true })
}
