/** Multicast databases of bridges (`bridge mdb`), as they are entered by hand. @module */
import type { MdbEntry, MdbSpec, NetworkEvent } from '@vnet/core'
import { expect } from 'vitest'
import type { PlacedNamespace } from './context.js'
import { eventually, fails, present } from './expectation.js'
import { isChosenGroup } from './normalise.js'
import type { Suite } from './suite.js'
import { addSmallNetwork, indexesOf } from './surroundings.js'
import { startWatch } from './watcher.js'

/** Registers the tests of multicast databases. */
export function mdb(suite: Suite): void {
  const needs = ['link bridge', 'link veth'] as const
  const withSources = [...needs, 'mdb sources'] as const
  const v0 = { bridge: 'br0', port: 'v0' } as const
  const group = '239.1.2.3'

  suite.test('groups of IPv4, IPv6 and MACs, those that age and those that do not', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.mdb.add({ ...v0, group })
    await ns.mdb.add({ ...v0, group: 'ff0e::7', state: 'permanent' })
    await ns.mdb.add({ ...v0, group: '01:00:5e:01:02:03' })
    expect(await told(ns)).toEqual(['01:00:5e:01:02:03 v0 permanent', '239.1.2.3 v0 temp', 'ff0e::7 v0 permanent'])
    const [entry] = await ns.mdb.list({ group })
    const [br0, port] = await indexesOf(ns, 'br0', 'v0')
    expect(entry).toMatchObject({ bridge: br0, port, group, state: 'temp', flags: [], protocol: 'static' })
    expect(present(entry?.timer)).toBeGreaterThan(200)
    expect(present(entry?.timer)).toBeLessThanOrEqual(260)
    expect(await ns.mdb.list({ group: 'ff0e::7' })).toMatchObject([{ timer: 0 }])
  })

  suite.test('lists by bridge, port, group and VLAN', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await addPort(ns, 'w0')
    await ns.mdb.add({ ...v0, group })
    await ns.mdb.add({ ...v0, port: 'w0', group, vlan: 10 })
    await ns.mdb.add({ ...v0, port: 'w0', group: '239.1.2.4' })
    const count = async (filter: Parameters<PlacedNamespace['mdb']['list']>[0]) =>
      (await ns.mdb.list(filter)).filter(isChosenGroup).length
    expect(await count({ bridge: 'br0' })).toBe(3)
    expect(await count({ port: 'w0' })).toBe(2)
    expect(await count({ group })).toBe(2)
    expect(await count({ vlan: 10 })).toBe(1)
    expect(await count({ bridge: 'v0' })).toBe(0)
    await fails(ns.mdb.list({ bridge: 'nope' }), 'ENODEV')
  })

  suite.test('what one source sends', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.mdb.add({ ...v0, group, source: '192.0.2.9', state: 'permanent' })
    await ns.mdb.add({ ...v0, group: 'ff0e::7', source: '2001:db8::9', state: 'permanent' })
    expect(await told(ns)).toEqual(['239.1.2.3 from 192.0.2.9 v0 permanent', 'ff0e::7 from 2001:db8::9 v0 permanent'])
    await fails(ns.mdb.delete({ ...v0, group }), 'EINVAL')
    await ns.mdb.delete({ ...v0, group, source: '192.0.2.9' })
    expect(await told(ns)).toEqual(['ff0e::7 from 2001:db8::9 v0 permanent'])
  })

  suite.test('groups that this host has joined', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const br0 = { bridge: 'br0', port: 'br0' } as const
    await ns.mdb.add({ ...br0, group })
    expect(await told(ns)).toEqual(['239.1.2.3 br0 temp'])
    expect(await ns.mdb.list({ group })).not.toHaveProperty('0.protocol')
    await fails(ns.mdb.add({ ...br0, group }), 'EEXIST')
    await fails(ns.mdb.add({ ...br0, group: '239.1.2.4', state: 'permanent' }), 'EINVAL')
    await fails(ns.mdb.add({ ...br0, group, source: '192.0.2.9' }), 'EINVAL')
    await ns.mdb.delete({ ...br0, group })
    expect(await told(ns)).toEqual([])
    await fails(ns.mdb.delete({ ...br0, group }), 'EINVAL')
  })

  suite.test('add twice is EEXIST; another port, or VLAN, is another entry', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await addPort(ns, 'w0')
    await ns.mdb.add({ ...v0, group })
    const error = await fails(ns.mdb.add({ ...v0, group }), 'EEXIST')
    expect(error).toMatchObject({ operation: 'mdb add', subject: group })
    await ns.mdb.add({ ...v0, port: 'w0', group })
    await ns.mdb.add({ ...v0, group, vlan: 10 })
    expect(await told(ns)).toHaveLength(3)
    await ns.mdb.delete({ ...v0, group })
    expect(await told(ns)).toEqual(['239.1.2.3 v0 vlan 10 temp', '239.1.2.3 w0 temp'])
  })

  suite.test('set makes or replaces', withSources, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.mdb.set({ ...v0, group })
    expect(await told(ns)).toEqual(['239.1.2.3 v0 temp'])
    await ns.mdb.set({ ...v0, group, state: 'permanent', protocol: 'bgp' })
    expect(await ns.mdb.list({ group })).toMatchObject([{ state: 'permanent', protocol: 'bgp', timer: 0 }])
    await ns.mdb.set({ ...v0, group, protocol: 77 })
    expect(await ns.mdb.list({ group })).toMatchObject([{ state: 'temp', protocol: 77 }])
  })

  suite.test('on a kernel without them, sources and makers are refused, not ignored', needs, async (context) => {
    const { ns, supports, skip } = context
    if (supports['mdb sources'] === true) skip('lacks capability: a kernel without mdb sources')
    await addSmallNetwork(ns)
    for (const more of [{ filterMode: 'exclude' }, { protocol: 'bgp' }] as const) {
      const error = await fails(ns.mdb.add({ ...v0, group, ...more }), 'EINVAL')
      expect(error.hint).toContain('6.2')
    }
    await ns.mdb.add({ ...v0, group })
    const error = await fails(ns.mdb.set({ ...v0, group, state: 'permanent' }), 'EEXIST')
    expect(error.hint).toContain('6.2')
    expect(await told(ns)).toEqual(['239.1.2.3 v0 temp'])
  })

  const versions = { multicastIgmpVersion: 3, multicastMldVersion: 2 } as const

  suite.test('lists of sources that pass, or do not', withSources, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.link.set('br0', { bridge: versions })
    const include: MdbSpec = { ...v0, group, filterMode: 'include', sources: ['192.0.2.1', '192.0.2.2'] }
    await ns.mdb.add(include)
    expect(await modes(ns)).toEqual(['239.1.2.3 v0 include 192.0.2.1,192.0.2.2'])
    // Each source of a list is an entry of its own.
    const own = ['239.1.2.3 from 192.0.2.1 v0 temp', '239.1.2.3 from 192.0.2.2 v0 temp']
    expect(await told(ns)).toEqual([...own, '239.1.2.3 v0 temp'])
    await ns.mdb.set({ ...v0, group, filterMode: 'exclude', sources: ['192.0.2.3'] })
    expect(await modes(ns)).toEqual(['239.1.2.3 v0 exclude 192.0.2.3'])
    expect(await told(ns)).toEqual(['239.1.2.3 from 192.0.2.3 v0 temp blocked', '239.1.2.3 v0 temp'])
    await ns.mdb.add({ ...v0, group: 'ff0e::7', filterMode: 'exclude', sources: ['2001:db8::9'], state: 'permanent' })
    expect(await modes(ns)).toContain('ff0e::7 v0 exclude 2001:db8::9')
    for (const one of [group, 'ff0e::7']) await ns.mdb.delete({ ...v0, group: one })
    expect(await told(ns)).toEqual([])
  })

  suite.test('a port that excludes no such source gets what others include', withSources, async ({ ns }) => {
    await addSmallNetwork(ns)
    await addPort(ns, 'w0')
    await ns.link.set('br0', { bridge: versions })
    const include: MdbSpec = { ...v0, group, filterMode: 'include', sources: ['192.0.2.1', '192.0.2.2'] }
    await ns.mdb.add(include)
    await ns.mdb.add({ ...v0, port: 'w0', group, filterMode: 'exclude', sources: ['192.0.2.1'] })
    expect(await told(ns)).toEqual([
      '239.1.2.3 from 192.0.2.1 v0 temp',
      '239.1.2.3 from 192.0.2.1 w0 temp blocked',
      '239.1.2.3 from 192.0.2.2 v0 temp',
      '239.1.2.3 from 192.0.2.2 w0 temp added_by_star_ex',
      '239.1.2.3 v0 temp',
      '239.1.2.3 w0 temp',
    ])
    await ns.mdb.delete({ ...v0, group })
    expect(await told(ns)).toEqual(['239.1.2.3 from 192.0.2.1 w0 temp blocked', '239.1.2.3 w0 temp'])
  })

  suite.test('without a VLAN, in each of the port', [...needs, 'bridge vlan-filtering'], async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.bridgeVlan.add({ link: 'v0', vlan: 10 })
    await ns.link.set('br0', { bridge: { vlanFiltering: true } })
    await ns.mdb.add({ ...v0, group })
    expect(await told(ns)).toEqual(['239.1.2.3 v0 vlan 1 temp', '239.1.2.3 v0 vlan 10 temp'])
    await ns.mdb.delete({ ...v0, group })
    expect(await told(ns)).toEqual([])
  })

  suite.test('what ages goes when the port goes down, all when it leaves', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.mdb.add({ ...v0, group })
    await ns.mdb.add({ ...v0, group: '239.1.2.4', state: 'permanent' })
    await ns.link.set('v0', { up: false })
    expect(await told(ns)).toEqual(['239.1.2.4 v0 permanent'])
    await fails(ns.mdb.add({ ...v0, group }), 'EINVAL')
    await ns.mdb.add({ ...v0, group: '239.1.2.5', state: 'permanent' })
    await ns.link.set('v0', { master: null })
    expect(await told(ns)).toEqual([])
  })

  suite.test('refused where the bridge is down or does not snoop', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.mdb.add({ ...v0, group })
    await ns.link.set('br0', { bridge: { multicastSnooping: false } })
    await fails(ns.mdb.add({ ...v0, group: '239.1.2.4' }), 'EINVAL')
    await ns.link.set('br0', { up: false, bridge: { multicastSnooping: true } })
    await fails(ns.mdb.add({ ...v0, group: '239.1.2.4', state: 'permanent' }), 'EINVAL')
  })

  suite.test('no more than the port’s limit', withSources, async ({ ns, skip }) => {
    await addSmallNetwork(ns)
    // A port that is down: no host behind it joins by itself.
    await ns.link.add({ kind: 'veth', name: 'w0', peer: { name: 'w1' }, master: 'br0' })
    const groups = async () => present((await ns.link.get('w0'))?.port).multicastGroups
    if ((await groups()) === undefined) skip('lacks capability: a limit of multicast groups (Linux 6.3)')
    await ns.link.set('w0', { port: { multicastMaxGroups: 2 } })
    const w0 = { ...v0, port: 'w0', state: 'permanent' } as const
    const error = await fails(
      ns.mdb.add({ ...w0, group, filterMode: 'include', sources: ['192.0.2.1', '192.0.2.2'] }),
      'ENOMEM',
    )
    expect(error.hint).toContain('multicastMaxGroups')
    expect(await told(ns)).toEqual([])
    await ns.mdb.add({ ...w0, group, filterMode: 'include', sources: ['192.0.2.1'] })
    await fails(ns.mdb.add({ ...w0, group: '239.1.2.4' }), 'ENOMEM')
    expect(await groups()).toBe(2)
    expect(await told(ns)).toHaveLength(2)
  })

  suite.test('flush: all, of a port, by age, by maker', [...needs, 'mdb flush'], async ({ ns }) => {
    await addSmallNetwork(ns)
    await addPort(ns, 'w0')
    const prepare = async () => {
      await ns.mdb.set({ ...v0, group })
      await ns.mdb.set({ ...v0, group: '239.1.2.4', state: 'permanent' })
      await ns.mdb.set({ ...v0, group: '239.1.2.5', protocol: 'bgp' })
      await ns.mdb.set({ ...v0, port: 'w0', group, vlan: 10 })
      await ns.mdb.set({ bridge: 'br0', port: 'br0', group })
    }
    const left = async (flush: Omit<Parameters<PlacedNamespace['mdb']['flush']>[0], 'bridge'>) => {
      await prepare()
      await ns.mdb.flush({ bridge: 'br0', ...flush })
      return told(ns)
    }
    const host = '239.1.2.3 br0 temp'
    const temp = '239.1.2.3 v0 temp'
    const other = '239.1.2.3 w0 vlan 10 temp'
    const permanent = '239.1.2.4 v0 permanent'
    const bgp = '239.1.2.5 v0 temp'
    expect(await left({ port: 'w0' })).toEqual([host, temp, permanent, bgp])
    expect(await left({ vlan: 10 })).toEqual([host, temp, permanent, bgp])
    expect(await left({ permanent: true })).toEqual([host, temp, other, bgp])
    expect(await left({ permanent: false })).toEqual([permanent])
    expect(await left({ protocol: 'bgp' })).toEqual([host, temp, other, permanent])
    expect(await left({ port: 'br0' })).toEqual([temp, other, permanent, bgp])
    expect(await left({})).toEqual([])
    await fails(ns.mdb.flush({ bridge: 'v0' }), 'EOPNOTSUPP')
  })

  suite.test('router ports: for ever, for a time, never', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await addPort(ns, 'w0')
    const [br0, port, w0] = await indexesOf(ns, 'br0', 'v0', 'w0')
    const routers = async () => (await ns.mdbRouter.list()).map((router) => `${router.port} ${router.type}`).sort()
    await ns.link.set('v0', { port: { multicastRouter: 2 } })
    await ns.link.set('w0', { port: { multicastRouter: 3 } })
    expect(await routers()).toEqual([`${port} permanent`, `${w0} temp`].sort())
    const [permanent] = (await ns.mdbRouter.list({ bridge: 'br0' })).filter((router) => router.port === port)
    expect(permanent).toMatchObject({ bridge: br0, timer: 0 })
    const [temp] = (await ns.mdbRouter.list()).filter((router) => router.port === w0)
    expect(present(temp?.timer)).toBeGreaterThan(200)
    expect(present(temp?.timer)).toBeLessThanOrEqual(255)
    await ns.link.set('v0', { port: { multicastRouter: 0 } })
    expect(await routers()).toEqual([`${w0} temp`])
    await ns.link.set('w0', { up: false })
    expect(await routers()).toEqual([])
  })

  suite.test('watched: sources of a list, and router ports', withSources, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.link.set('br0', { bridge: versions })
    await using watcher = await startWatch(ns, { groups: ['mdb', 'mdbRouter'] })
    await ns.mdb.add({ ...v0, group, filterMode: 'include', sources: ['192.0.2.1'] })
    await ns.mdb.set({ ...v0, group, filterMode: 'exclude', sources: ['192.0.2.1'] })
    await ns.mdb.delete({ ...v0, group })
    await ns.link.set('v0', { port: { multicastRouter: 2 } })
    await ns.link.set('v0', { port: { multicastRouter: 0 } })
    const events = await watcher.until((event) => event.kind === 'mdbRouter delete')
    const words = events.filter((event) => isOurs(event, group)).map(wordOf)
    expect(words.filter((word) => !word.includes('from'))).toEqual([
      'mdb add include',
      'mdb set exclude',
      'mdb delete exclude',
      'mdbRouter add',
      'mdbRouter delete',
    ])
    expect(words.filter((word) => word.includes('from'))).toEqual([
      'mdb add from 192.0.2.1',
      'mdb set from 192.0.2.1 blocked',
      'mdb delete from 192.0.2.1 blocked',
    ])
  })

  suite.test('a failed transaction puts entries back', needs, async ({ ns, supports }) => {
    await addSmallNetwork(ns)
    await ns.mdb.add({ ...v0, group })
    await ns.mdb.add({ ...v0, group: '239.1.2.4', state: 'permanent' })
    await ns.mdb.add({ ...v0, group: '239.1.2.5', source: '192.0.2.9', state: 'permanent' })
    const before = await told(ns)
    const failed = ns.transaction(async (change) => {
      await change.mdb.delete({ ...v0, group })
      await change.mdb.add({ ...v0, group: '239.1.2.6' })
      if (supports['mdb sources'] === true) await change.mdb.set({ ...v0, group: '239.1.2.4' })
      await change.link.set('v0', { master: null })
      throw new Error('changed my mind')
    })
    expect(await fails(failed, 'VNET_TRANSACTION')).not.toHaveProperty('notUndone.0')
    expect(await told(ns)).toEqual(before)
  })
}

/** A further port of `br0`, with carrier. */
async function addPort(ns: PlacedNamespace, name: string): Promise<void> {
  await ns.link.add({ kind: 'veth', name, peer: { name: `${name}p`, up: true }, master: 'br0', up: true })
  await eventually(async () => expect((await ns.link.get(name))?.port?.state).toBe('forwarding'))
}

/** The entries but those that hosts join by themselves, in a word each, sorted. */
async function told(ns: PlacedNamespace): Promise<string[]> {
  const names = new Map((await ns.link.list()).map((link) => [link.index, link.name]))
  const words = (await ns.mdb.list()).filter(isChosenGroup).map(({ group, source, port, vlan, state, flags }) => {
    const from = source === undefined ? '' : ` from ${source}`
    const where = `${names.get(port)}${vlan === undefined ? '' : ` vlan ${vlan}`}`
    return [`${group}${from} ${where} ${state}`, ...flags].join(' ')
  })
  return words.sort()
}

/** The modes of the groups with sources, sorted. */
async function modes(ns: PlacedNamespace): Promise<string[]> {
  const names = new Map((await ns.link.list()).map((link) => [link.index, link.name]))
  const entries = (await ns.mdb.list()).filter(({ sources }) => sources !== undefined)
  const addresses = (entry: MdbEntry) => (entry.sources ?? []).map(({ address }) => address).sort()
  return entries
    .map((entry) => `${entry.group} ${names.get(entry.port)} ${entry.filterMode} ${addresses(entry).join(',')}`)
    .sort()
}

const isOurs = (event: NetworkEvent, group: string): boolean =>
  event.kind.startsWith('mdbRouter') || (event as unknown as { object?: MdbEntry }).object?.group === group

function wordOf(event: NetworkEvent): string {
  const { source, filterMode, flags } = (event as unknown as { object: Partial<MdbEntry> }).object
  const words = source === undefined ? [filterMode ?? ''] : ['from', source, ...(flags ?? [])]
  return [event.kind, ...words].join(' ').trimEnd()
}
