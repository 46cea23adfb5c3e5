/** Forwarding database: the port of a MAC (`bridge fdb`). @module */
import type { FdbFilter, FdbFlush, Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { fails, present } from './expectation.js'
import { type NormalisedState, normalisedState } from './normalise.js'
import type { Suite } from './suite.js'
import { addSmallNetwork, mac } from './surroundings.js'

/** Registers the tests of the forwarding database. */
export function fdb(suite: Suite): void {
  const needs = ['link bridge', 'link veth'] as const
  const a = mac(0xaa)

  suite.test('static, dynamic and permanent entries of a bridge', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const [br0, v0] = [present(await ns.link.get('br0')).index, present(await ns.link.get('v0')).index]
    for (const state of ['static', 'dynamic', 'permanent'] as const) {
      await ns.fdb.add({ link: 'v0', mac: a, master: true, state })
      expect(await withMac(ns, a)).toMatchObject([{ link: v0, master: br0, mac: a, state, flags: [] }])
      await ns.fdb.delete({ link: 'v0', mac: a, master: true })
      expect(await withMac(ns, a)).toEqual([])
    }
  })

  suite.test('the state is permanent unless told otherwise', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.fdb.add({ link: 'v0', mac: a, master: true })
    expect(await withMac(ns, a)).toMatchObject([{ state: 'permanent' }])
  })

  suite.test('entries of the bridge itself, and its own MACs', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const br0 = present(await ns.link.get('br0')).index
    await ns.fdb.add({ link: 'br0', mac: a, self: true })
    expect(await withMac(ns, a)).toMatchObject([{ link: br0, master: br0, state: 'permanent' }])
    expect(await withMac(ns, mac(0xb0))).toMatchObject([{ link: br0, master: br0, state: 'permanent' }])
    expect(await withMac(ns, mac(1))).toMatchObject([
      { link: present(await ns.link.get('v0')).index, state: 'permanent' },
    ])
    await ns.fdb.delete({ link: 'br0', mac: a, self: true })
    expect(await withMac(ns, a)).toEqual([])
  })

  suite.test('self: the filter of the link, beside the bridge', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.fdb.add({ link: 'v0', mac: a })
    const [entry] = await withMac(ns, a)
    expect(entry).toMatchObject({ state: 'permanent', flags: ['self'] })
    expect(entry).not.toHaveProperty('master')
    await ns.fdb.add({ link: 'v0', mac: a, master: true })
    expect(await withMac(ns, a)).toHaveLength(2)
    await fails(ns.fdb.add({ link: 'v1', mac: a, self: true, state: 'static' }), 'EINVAL')
    await ns.fdb.delete({ link: 'v0', mac: a })
    expect(await withMac(ns, a)).toMatchObject([{ flags: [] }])
  })

  suite.test('flags: sticky, externally learned', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.fdb.add({ link: 'v0', mac: a, master: true, state: 'static', sticky: true })
    expect((await withMac(ns, a))[0]?.flags).toContain('sticky')
    await ns.fdb.add({ link: 'v0', mac: mac(0xab), master: true, state: 'dynamic', externallyLearned: true })
    expect((await withMac(ns, mac(0xab)))[0]?.flags).toContain('extern_learn')
    await fails(ns.fdb.add({ link: 'v0', mac: mac(0xac), master: true, state: 'permanent', sticky: true }), 'EINVAL')
  })

  suite.test('entries of a VLAN', [...needs, 'bridge vlan-filtering'], async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.link.set('br0', { bridge: { vlanFiltering: true } })
    await ns.fdb.add({ link: 'v0', mac: a, master: true, state: 'static', vlan: 1 })
    expect(await ns.fdb.list({ vlan: 1, state: 'static' })).toMatchObject([{ vlan: 1 }])
    expect(await ns.fdb.list({ vlan: 1, state: 'static' })).toHaveLength(1)
    await fails(ns.fdb.add({ link: 'v0', mac: a, master: true, vlan: 99 }), 'EINVAL')
  })

  suite.test('add twice is EEXIST, set moves the MAC to another port', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.link.add({ kind: 'veth', name: 'w0', peer: { name: 'w1', up: true }, master: 'br0', up: true })
    const w0 = present(await ns.link.get('w0')).index
    await ns.fdb.set({ link: 'v0', mac: a, master: true, state: 'static' })
    const error = await fails(ns.fdb.add({ link: 'v0', mac: a, master: true, state: 'static' }), 'EEXIST')
    expect(error).toMatchObject({ operation: 'fdb add' })
    await fails(ns.fdb.add({ link: 'w0', mac: a, master: true, state: 'static' }), 'EEXIST')
    await ns.fdb.set({ link: 'w0', mac: a, master: true, state: 'dynamic' })
    expect(await withMac(ns, a)).toMatchObject([{ link: w0, state: 'dynamic' }])
  })

  suite.test('deleting what is not there is ENOENT; without a bridge EOPNOTSUPP', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const error = await fails(ns.fdb.delete({ link: 'v0', mac: a, master: true }), 'ENOENT')
    expect(error).toMatchObject({ operation: 'fdb delete' })
    await fails(ns.fdb.delete({ link: 'v0', mac: a }), 'ENOENT')
    await fails(ns.fdb.add({ link: 'v1', mac: a, master: true }), 'EOPNOTSUPP')
    await fails(ns.fdb.add({ link: 'br0', mac: a, master: true }), 'EOPNOTSUPP')
    await fails(ns.fdb.add({ link: 'nope', mac: a }), 'ENODEV')
  })

  suite.test('filters by link, bridge and state', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.link.add({ kind: 'bridge', name: 'br1', up: true })
    await ns.link.set('v1', { master: 'br1' })
    await ns.fdb.add({ link: 'v0', mac: a, master: true, state: 'static' })
    await ns.fdb.add({ link: 'v1', mac: mac(0xab), master: true, state: 'dynamic' })
    const listed = async (filter: FdbFilter) =>
      (await ns.fdb.list(filter))
        .filter((entry) => entry.vlan === undefined)
        .map((entry) => entry.mac)
        .filter((entry) => [a, mac(0xab)].includes(entry))
    expect((await listed({})).sort()).toEqual([a, mac(0xab)])
    expect(await listed({ link: 'v0' })).toEqual([a])
    expect(await listed({ bridge: 'br1' })).toEqual([mac(0xab)])
    expect(await listed({ state: 'static' })).toEqual([a])
    await fails(ns.fdb.list({ link: 'nope' }), 'ENODEV')
    await fails(ns.fdb.list({ bridge: 'nope' }), 'ENODEV')
  })

  suite.test('entries go with their port', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.fdb.add({ link: 'v0', mac: a, master: true, state: 'static' })
    await ns.link.set('v0', { master: null })
    expect(await withMac(ns, a)).toEqual([])
  })

  suite.test('VXLAN: remotes, with port, identifier and link', ['link vxlan', 'link bridge'], async ({ ns }) => {
    const under = await ns.link.add({ kind: 'bridge', name: 'under', up: true })
    const vx = await ns.link.add({ kind: 'vxlan', name: 'vx0', vxlan: { id: 42 } })
    await ns.fdb.add({ link: 'vx0', mac: a, remote: '10.0.0.2' })
    expect(await withMac(ns, a)).toMatchObject([
      { link: vx.index, remote: '10.0.0.2', state: 'permanent', flags: ['self'] },
    ])
    expect((await withMac(ns, a))[0]).not.toHaveProperty('port')
    const far = { remote: '10.0.0.9', port: 9999, vni: 7 }
    await ns.fdb.add({ link: 'vx0', mac: mac(0xac), ...far, via: 'under' })
    expect(await withMac(ns, mac(0xac))).toMatchObject([{ ...far, via: under.index }])
  })

  suite.test('VXLAN: several remotes of one MAC by append, deleted one by one', ['link vxlan'], async ({ ns }) => {
    await ns.link.add({ kind: 'vxlan', name: 'vx0', vxlan: { id: 42 } })
    const all = '00:00:00:00:00:00'
    await ns.fdb.add({ link: 'vx0', mac: all, remote: '10.0.0.2' })
    await fails(ns.fdb.add({ link: 'vx0', mac: all, remote: '10.0.0.2' }), 'EEXIST')
    await ns.fdb.add({ link: 'vx0', mac: all, remote: '10.0.0.3', append: true })
    expect((await withMac(ns, all)).map((entry) => entry.remote).sort()).toEqual(['10.0.0.2', '10.0.0.3'])
    await ns.fdb.delete({ link: 'vx0', mac: all, remote: '10.0.0.2' })
    expect((await withMac(ns, all)).map((entry) => entry.remote)).toEqual(['10.0.0.3'])
    await fails(ns.fdb.delete({ link: 'vx0', mac: a }), 'ENOENT')
    // A remote that a MAC does not have: the kernel changes nothing and says nothing.
    await ns.fdb.delete({ link: 'vx0', mac: all, remote: '10.0.0.77' })
    expect(await withMac(ns, all)).toHaveLength(1)
  })

  suite.group('flush', (inner) => {
    const flushed = [...needs, 'fdb flush'] as const
    /** Entries of every sort: at v0 static, sticky, of a control plane and dynamic; at w0 static. */
    const prepare = async (ns: Namespace) => {
      await addSmallNetwork(ns)
      await ns.link.add({ kind: 'veth', name: 'w0', peer: { name: 'w1', up: true }, master: 'br0', up: true })
      const at = { link: 'v0', master: true } as const
      await ns.fdb.add({ ...at, mac: mac(0xa1), state: 'static' })
      await ns.fdb.add({ ...at, mac: mac(0xa2), state: 'static', sticky: true })
      await ns.fdb.add({ ...at, mac: mac(0xa3), state: 'dynamic', externallyLearned: true })
      await ns.fdb.add({ ...at, mac: mac(0xa4), state: 'dynamic' })
      await ns.fdb.add({ ...at, mac: mac(0xa5), state: 'permanent' })
      await ns.fdb.add({ link: 'w0', master: true, mac: mac(0xa6), state: 'static' })
    }
    const all = [1, 2, 3, 4, 5, 6]
    const rows: readonly [title: string, flush: FdbFlush, left: readonly number[]][] = [
      ['everything of the bridge', { link: 'br0' }, []],
      ['everything at a port', { link: 'br0', port: 'v0' }, [6]],
      ['everything at a port, asked of the port', { link: 'v0', master: true }, [6]],
      ['its own', { link: 'br0', permanent: true }, [1, 2, 3, 4, 6]],
      ['others than its own', { link: 'br0', permanent: false }, [5]],
      ['what ages', { link: 'br0', static: false }, [1, 2, 5, 6]],
      ['what is sticky', { link: 'br0', sticky: true }, [1, 3, 4, 5, 6]],
      ['what is not sticky, at a port', { link: 'br0', port: 'v0', sticky: false, permanent: false }, [2, 5, 6]],
      ['of a control plane', { link: 'br0', externallyLearned: true }, [1, 2, 4, 5, 6]],
      ['learned', { link: 'br0', addedByUser: false, permanent: false }, all],
      ['in hardware', { link: 'br0', offloaded: true }, all],
    ]
    for (const [title, flush, left] of rows) {
      inner.test(title, flushed, async ({ ns }) => {
        await prepare(ns)
        await ns.fdb.flush(flush)
        const found = await ns.fdb.list({ bridge: 'br0' })
        const mine = found.filter((entry) => entry.master !== undefined && entry.vlan === undefined)
        const macs = new Set(mine.map((entry) => entry.mac))
        expect(all.filter((last) => macs.has(mac(0xa0 + last)))).toEqual(left)
      })
    }

    inner.test('of a VLAN', [...flushed, 'bridge vlan-filtering'], async ({ ns }) => {
      await prepare(ns)
      const count = async (vlan: number | undefined) =>
        (await ns.fdb.list({ bridge: 'br0' })).filter(
          (entry) => entry.master !== undefined && entry.mac === mac(0xa1) && entry.vlan === vlan,
        ).length
      expect([await count(undefined), await count(1)]).toEqual([1, 1])
      await ns.fdb.flush({ link: 'br0', vlan: 1 })
      expect([await count(undefined), await count(1)]).toEqual([1, 0])
    })

    inner.test('of what keeps none, and of a port elsewhere', flushed, async ({ ns }) => {
      await prepare(ns)
      await ns.link.add({ kind: 'bridge', name: 'br1' })
      await ns.link.set('w0', { master: 'br1' })
      await fails(ns.fdb.flush({ link: 'v1' }), 'EOPNOTSUPP')
      await fails(ns.fdb.flush({ link: 'v1', master: true }), 'EOPNOTSUPP')
      await fails(ns.fdb.flush({ link: 'br0', port: 'w0' }), 'EINVAL')
      await fails(ns.fdb.flush({ link: 'br0', port: 'v1' }), 'EINVAL')
      await fails(ns.fdb.flush({ link: 'br0', port: 'nope' }), 'ENODEV')
    })

    inner.test('undone by a transaction that fails', flushed, async ({ ns }) => {
      await prepare(ns)
      const before = await normalisedState(ns)
      const failed = ns.transaction(async (change) => {
        await change.fdb.flush({ link: 'br0', permanent: false })
        throw new Error('changed my mind')
      })
      await fails(failed, 'VNET_TRANSACTION')
      const without = (state: NormalisedState) => state.fdb.filter((entry) => entry.mac !== mac(0xa4))
      expect(without(await normalisedState(ns))).toEqual(without(before))
    })
  })

  suite.test('learned entries', [...needs, 'packets'], async ({ ns, another }) => {
    const there = await another()
    await addSmallNetwork(ns)
    await ns.link.add({
      kind: 'veth',
      name: 'w0',
      master: 'br0',
      up: true,
      peer: { name: 'eth0', namespace: there, mac: mac(0xe0), up: true },
    })
    await there.address.add({ link: 'eth0', address: '10.0.0.9/24' })
    await there.ping('10.0.0.1')
    expect(await withMac(ns, mac(0xe0))).toMatchObject([
      { state: 'dynamic', link: present(await ns.link.get('w0')).index },
    ])
  })
}

/** Entries of a MAC outside of VLANs: a bridge that can tell VLANs apart keeps each entry for its VLANs too. */
async function withMac(ns: Namespace, wanted: string) {
  return (await ns.fdb.list()).filter((entry) => entry.mac === wanted && entry.vlan === undefined)
}
