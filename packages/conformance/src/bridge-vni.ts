/** Identifiers that external VXLANs receive (`bridge vni`). @module */
import { isVnetError, type NetworkEvent } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { fails, present } from './expectation.js'
import type { Suite } from './suite.js'
import { addPair } from './surroundings.js'
import { startWatch } from './watcher.js'

const needs = ['link vxlan', 'link veth'] as const
const far = '192.0.2.9'
const counted = ['rxBytes', 'rxPackets', 'rxDropped', 'rxErrors', 'txBytes', 'txPackets', 'txDropped', 'txErrors']

/** Registers the tests. */
export function bridgeVni(suite: Suite): void {
  suite.test('identifiers come and go, one and several', needs, async (context) => {
    const { ns } = context
    await addVxlan(context, 'vx0')
    await ns.bridgeVni.add({ link: 'vx0', vni: 100 })
    await ns.bridgeVni.add({ link: 'vx0', vni: [16_777_213, 16_777_215] })
    await ns.bridgeVni.add({ link: 'vx0', vni: [0, 1] })
    // Those that are there stay.
    await ns.bridgeVni.add({ link: 'vx0', vni: [99, 101] })
    const all = [0, 1, 99, 100, 101, 16_777_213, 16_777_214, 16_777_215]
    expect(await listed(context, 'vx0')).toEqual(all.map(String))
    const link = present(await ns.link.get('vx0')).index
    expect(await ns.bridgeVni.list({ link: 'vx0', vni: 100 })).toEqual([{ link, vni: 100, other: [] }])
    await ns.bridgeVni.delete({ link: 'vx0', vni: [99, 101] })
    await ns.bridgeVni.delete({ link: 'vx0', vni: 16_777_214 })
    expect(await listed(context, 'vx0')).toEqual(['0', '1', '16777213', '16777215'])
    const [first] = await ns.bridgeVni.list({ link: 'vx0', statistics: true })
    expect(first?.statistics).toEqual(Object.fromEntries(counted.map((name) => [name, 0])))
    await addPair(ns)
    expect(await ns.bridgeVni.list({ link: 'v0' })).toEqual([])
  })

  suite.test('remotes of identifiers are entries for unknown destinations', needs, async (context) => {
    const { ns } = context
    await addPair(ns)
    await ns.link.set('v0', { up: true })
    await addVxlan(context, 'vx0', { link: 'v0' })
    await ns.bridgeVni.add({ link: 'vx0', vni: [200, 201], remote: far })
    await ns.bridgeVni.add({ link: 'vx0', vni: 300, remote: '2001:db8::9' })
    await ns.bridgeVni.add({ link: 'vx0', vni: 400, remote: '239.1.2.3' })
    await ns.bridgeVni.add({ link: 'vx0', vni: 500 })
    const remotes = [`200 ${far}`, `201 ${far}`, '300 2001:db8::9', '400 239.1.2.3']
    expect(await listed(context, 'vx0')).toEqual([...remotes, '500'])
    expect(await entries(context, 'vx0')).toEqual(remotes)
    await ns.bridgeVni.delete({ link: 'vx0', vni: 200 })
    await ns.bridgeVni.add({ link: 'vx0', vni: 201 })
    await ns.bridgeVni.add({ link: 'vx0', vni: 500, remote: far })
    expect(await listed(context, 'vx0')).toEqual(['201', '300 2001:db8::9', '400 239.1.2.3', `500 ${far}`])
    expect(await entries(context, 'vx0')).toEqual(['300 2001:db8::9', '400 239.1.2.3', `500 ${far}`])
  })

  suite.test('identifiers without a remote follow that of the VXLAN', needs, async (context) => {
    const { ns } = context
    await addVxlan(context, 'vx0', { remote: far })
    await ns.bridgeVni.add({ link: 'vx0', vni: [7, 8] })
    await ns.bridgeVni.add({ link: 'vx0', vni: 9, remote: '192.0.2.10' })
    expect(await listed(context, 'vx0')).toEqual(['7', '8', '9 192.0.2.10'])
    expect(await entries(context, 'vx0')).toEqual([`0 ${far}`, `7 ${far}`, `8 ${far}`, '9 192.0.2.10'])
    await ns.link.set('vx0', { vxlan: { remote: '192.0.2.11' } })
    expect(await entries(context, 'vx0')).toEqual(['0 192.0.2.11', '7 192.0.2.11', '8 192.0.2.11', '9 192.0.2.10'])
    await ns.bridgeVni.delete({ link: 'vx0', vni: 8 })
    expect(await entries(context, 'vx0')).toEqual(['0 192.0.2.11', '7 192.0.2.11', '9 192.0.2.10'])
  })

  suite.test('groups of identifiers are listened to while the VXLAN is up', needs, async (context) => {
    const { ns } = context
    await addPair(ns)
    await ns.link.set('v0', { up: true })
    await addVxlan(context, 'vx0', { link: 'v0' })
    const filters = async () =>
      (await ns.fdb.list({ link: 'v0' })).map(({ mac }) => mac).filter((mac) => mac.startsWith('01:00:5e:01'))
    await ns.bridgeVni.add({ link: 'vx0', vni: 1, remote: '239.1.0.1' })
    expect(await filters()).toEqual([])
    await ns.link.set('vx0', { up: true })
    expect(await filters()).toEqual(['01:00:5e:01:00:01'])
    await ns.bridgeVni.add({ link: 'vx0', vni: 2, remote: '239.1.0.2' })
    expect((await filters()).sort()).toEqual(['01:00:5e:01:00:01', '01:00:5e:01:00:02'])
    await ns.bridgeVni.delete({ link: 'vx0', vni: 1 })
    expect(await filters()).toEqual(['01:00:5e:01:00:02'])
    await ns.link.set('vx0', { up: false })
    expect(await filters()).toEqual([])
  })

  suite.test('what is refused, and what stays of several', needs, async (context) => {
    const { ns } = context
    await addPair(ns)
    await addVxlan(context, 'vx0')
    await ns.link.add({ kind: 'vxlan', name: 'vx1', vxlan: { external: true, port: 4790 } })
    const add = (spec: Parameters<typeof ns.bridgeVni.add>[0]) => ns.bridgeVni.add(spec)
    const kind = await fails(add({ link: 'v0', vni: 7 }), 'EINVAL')
    expect(kind.detail).toBe('vxlan: The device is not a vxlan device')
    expect(kind.hint).toContain('no VXLAN')
    expect((await fails(add({ link: 'vx1', vni: 7 }), 'EOPNOTSUPP')).hint).toContain('vniFilter')
    expect((await fails(add({ link: 'vx0', vni: 0 }), 'EINVAL')).attribute).toBe('spec.vni')
    const group = await fails(add({ link: 'vx0', vni: 7, remote: '239.1.2.3' }), 'EINVAL')
    expect(group.detail).toBe('Local interface required for multicast remote group')
    await add({ link: 'vx0', vni: [10, 11] })
    await fails(ns.bridgeVni.delete({ link: 'vx0', vni: 9 }), 'ENOENT')
    expect((await fails(ns.bridgeVni.delete({ link: 'vx0', vni: [11, 12] }), 'ENOENT')).hint).toContain('were deleted')
    expect(await listed(context, 'vx0')).toEqual(['10'])
  })

  suite.test('an identifier is of one VXLAN on a port', needs, async (context) => {
    const { ns } = context
    await addVxlan(context, 'vx0')
    await addVxlan(context, 'vx1')
    await addVxlan(context, 'vx2', { port: 4790 })
    await addVxlan(context, 'vx3', { local: '2001:db8::1' })
    await ns.bridgeVni.add({ link: 'vx0', vni: 12 })
    const error = await fails(ns.bridgeVni.add({ link: 'vx1', vni: [10, 14] }), 'EEXIST')
    expect(error.detail).toBe('VNI in use')
    expect(await listed(context, 'vx1')).toEqual(['10', '11'])
    await fails(ns.bridgeVni.add({ link: 'vx0', vni: 10 }), 'EEXIST')
    for (const link of ['vx2', 'vx3']) await ns.bridgeVni.add({ link, vni: [10, 14] })
    await ns.bridgeVni.delete({ link: 'vx0', vni: 12 })
    await ns.bridgeVni.add({ link: 'vx1', vni: [12, 14] })
    expect(await listed(context, 'vx1')).toEqual(['10', '11', '12', '13', '14'])
    // VXLANs that read their packets another way have identifiers of their own, but cannot be up beside these.
    await ns.link.add({ kind: 'vxlan', name: 'vx4', vxlan: { id: 10 } })
    await ns.link.set('vx1', { up: true })
    await fails(ns.link.set('vx4', { up: true }), 'EADDRINUSE')
  })

  suite.test('identifiers are watched, to the end of the VXLAN', needs, async (context) => {
    const { ns } = context
    await addVxlan(context, 'vx0')
    await ns.bridgeVni.add({ link: 'vx0', vni: 1 })
    await using watcher = await startWatch(ns, { groups: ['bridgeVni', 'link'] })
    await ns.bridgeVni.add({ link: 'vx0', vni: [2, 3] })
    await ns.bridgeVni.add({ link: 'vx0', vni: 4, remote: far })
    await ns.bridgeVni.add({ link: 'vx0', vni: 4, remote: '192.0.2.10' })
    await ns.bridgeVni.delete({ link: 'vx0', vni: 1 })
    await ns.link.delete('vx0')
    const events = await watcher.until((event) => event.kind === 'link delete')
    expect(events.map(wordOf)).toEqual([
      ...['add 2', 'add 3', `add 4 ${far}`, 'set 4 192.0.2.10', 'delete 1'],
      ...['delete 2', 'delete 3', 'delete 4 192.0.2.10', 'link delete'],
    ])
  })

  suite.test('a transaction that fails takes identifiers back', needs, async (context) => {
    const { ns } = context
    await addVxlan(context, 'vx0')
    await ns.bridgeVni.add({ link: 'vx0', vni: [10, 12], remote: far })
    const before = await listed(context, 'vx0')
    const failed = ns.transaction(async (change) => {
      await change.bridgeVni.add({ link: 'vx0', vni: [8, 10], remote: '192.0.2.10' })
      await change.bridgeVni.delete({ link: 'vx0', vni: [11, 12] })
      await change.bridgeVni.add({ link: 'vx0', vni: [14, 15] })
      await change.link.delete('vx0')
      throw new Error('no')
    })
    await expect(failed).rejects.toSatisfy((error) => isVnetError(error) && error.code === 'VNET_TRANSACTION')
    expect(await listed(context, 'vx0')).toEqual(before)
  })

  suite.test('lists of many identifiers are whole', needs, async (context) => {
    const { ns } = context
    await addVxlan(context, 'vx0')
    await addVxlan(context, 'vx1', { port: 4790 })
    await ns.bridgeVni.add({ link: 'vx0', vni: [1, 2000] })
    for (let vni = 1; vni < 60; vni += 2) await ns.bridgeVni.add({ link: 'vx1', vni })
    for (const statistics of [false, true]) {
      const found = await ns.bridgeVni.list({ statistics })
      expect(found.length).toBe(2030)
      expect(new Set(found.map(({ link, vni }) => `${link} ${vni}`)).size).toBe(2030)
      expect(found.every((entry) => (entry.statistics !== undefined) === statistics)).toBe(true)
    }
  })
}

async function addVxlan({ ns }: Context, name: string, options: object = {}): Promise<void> {
  await ns.link.add({ kind: 'vxlan', name, vxlan: { external: true, vniFilter: true, ...options } })
}

async function listed({ ns }: Context, link: string): Promise<string[]> {
  return (await ns.bridgeVni.list({ link })).map(({ vni, remote }) =>
    remote === undefined ? `${vni}` : `${vni} ${remote}`,
  )
}

/** The entries of the all-zero MAC: identifier and remote. */
async function entries({ ns }: Context, link: string): Promise<string[]> {
  const found = (await ns.fdb.list({ link })).filter(({ mac }) => mac === '00:00:00:00:00:00')
  expect(found.every(({ vni, sourceVni }) => vni === sourceVni)).toBe(true)
  return found.sort((a, b) => (a.vni ?? 0) - (b.vni ?? 0)).map(({ vni = 0, remote }) => `${vni} ${remote}`)
}

function wordOf(event: NetworkEvent): string {
  if (event.kind !== 'bridgeVni add' && event.kind !== 'bridgeVni set' && event.kind !== 'bridgeVni delete')
    return event.kind
  const { vni, remote } = event.object
  return `${event.kind.slice(10)} ${vni}${remote === undefined ? '' : ` ${remote}`}`
}
