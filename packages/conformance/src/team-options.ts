/** Options and ports of teams (`teamnl`), and frames that go through them in each mode. @module */
import {
  type BpfInstruction,
  type Namespace,
  type TeamBalancing,
  type TeamMode,
  type Transaction,
  teamModes,
} from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, failure, present, refuses } from './expectation.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

const alone = ['link team', 'team options'] as const
const needs = [...alone, 'link veth'] as const
const general = ['mode', 'notify_peers_count', 'notify_peers_interval', 'mcast_rejoin_count', 'mcast_rejoin_interval']
const ofPorts = ['enabled', 'user_linkup', 'user_linkup_enabled', 'priority', 'queue_id']
const balancing = ['bpf_hash_func', 'lb_tx_method', 'lb_tx_hash_to_port_mapping', 'lb_hash_stats']
const untouched = { enabled: true, priority: 0, queueId: 0, userLinkup: false, userLinkupEnabled: false }

/** Registers the tests of options and ports of teams. */
export function teamOptions(suite: Suite): void {
  suite.test('as it was made: no mode, no ports', alone, async ({ ns }) => {
    const { index } = await ns.link.add({ kind: 'team', name: 't0' })
    const device = present(await ns.team.get('t0'))
    const { options, ...rest } = device
    expect(rest).toEqual({
      link: index,
      notifyPeersCount: 0,
      notifyPeersInterval: 0,
      mcastRejoinCount: 0,
      mcastRejoinInterval: 0,
      ports: [],
      other: [],
    })
    expect(options.map(({ name }) => name)).toEqual(general)
    expect(options[0]).toEqual({ name: 'mode', type: 'string', value: '*NOMODE*', other: [] })
    expect(options[1]).toEqual({ name: 'notify_peers_count', type: 'u32', value: 0, other: [] })
    expect(await ns.team.get(index)).toEqual(device)
    await ns.link.delete('t0')
    expect(await ns.team.get('t0')).toBeUndefined()
    expect(await ns.team.get(index)).toBeUndefined()
  })

  suite.test('numbers, each by itself and to the end of its range', alone, async ({ ns }) => {
    await ns.link.add({ kind: 'team', name: 't0' })
    const set = { notifyPeersCount: 1, notifyPeersInterval: 0xffffffff, mcastRejoinCount: 0xffffffff }
    await ns.team.set('t0', set)
    expect(await ns.team.get('t0')).toMatchObject({ ...set, mcastRejoinInterval: 0 })
    await ns.team.set('t0', { mcastRejoinInterval: 20, notifyPeersInterval: 0 })
    expect(await ns.team.get('t0')).toMatchObject({ ...set, mcastRejoinInterval: 20, notifyPeersInterval: 0 })
  })

  for (const mode of teamModes) {
    suite.test(`mode ${mode}: its options, and those of a port`, needs, async ({ ns }) => {
      const port = await addTeam(ns, mode)
      const device = present(await ns.team.get('t0'))
      expect(device.mode).toBe(mode)
      expect(device).not.toHaveProperty('activePort')
      expect(device.ports).toMatchObject([{ link: port, ...untouched, other: [] }])
      const names = device.options.filter(({ port }) => port === undefined).map(({ name }) => name)
      const own = {
        activebackup: ['activeport'],
        loadbalance: [...balancing, 'lb_stats_refresh_interval'],
      } as Partial<Record<TeamMode, string[]>>
      expect([...new Set(names)]).toEqual([...general, ...(own[mode] ?? [])])
      const ofPort = device.options.filter((option) => option.port === port)
      expect(ofPort.map(({ name }) => name)).toEqual([...ofPorts, ...(mode === 'loadbalance' ? ['lb_port_stats'] : [])])
      expect(ofPort[0]).toEqual({ name: 'enabled', type: 'bool', value: true, port, other: [] })
      expect(ofPort[3]).toEqual({ name: 'priority', type: 's32', value: 0, port, other: [] })
    })
  }

  suite.test('options of mode loadbalance, which come in several messages', needs, async ({ ns }) => {
    await addTeam(ns, 'loadbalance')
    const { options } = present(await ns.team.get('t0'))
    const named = (wanted: string) => options.filter(({ name }) => name === wanted)
    const none = { other: [] }
    expect(named('lb_tx_method')).toEqual([{ name: 'lb_tx_method', type: 'string', value: 'hash', ...none }])
    expect(named('bpf_hash_func')).toMatchObject([{ type: 'binary', value: new Uint8Array() }])
    for (const [name, type, value] of [
      ['lb_tx_hash_to_port_mapping', 'u32', 0],
      ['lb_hash_stats', 'binary', new Uint8Array(8)],
    ] as const) {
      const row = Array.from({ length: 256 }, (_, arrayIndex) => ({ name, type, value, arrayIndex, ...none }))
      expect(named(name)).toEqual(row)
    }
  })

  suite.test('mode loadbalance: method, program, ports of hashes, interval', needs, async ({ ns }) => {
    const port = await addTeam(ns, 'loadbalance')
    const balancing = async () => present(await ns.team.get('t0')).balancing
    const plain = { method: 'hash', hashProgram: [], hashPorts: {}, statisticsInterval: 0 }
    expect(await balancing()).toEqual(plain)
    // The last octet of the source MAC.
    const hashProgram = [
      { code: 0x30, jt: 0, jf: 0, k: 11 },
      { code: 0x16, jt: 0, jf: 0, k: 0 },
    ]
    const all = {
      ...({ method: 'hash_to_port_mapping' } as const),
      ...{ hashProgram, hashPorts: { 0: port, 7: port, 255: port } },
      statisticsInterval: 0.5,
    } as const
    await ns.team.set('t0', { balancing: { ...all, hashPorts: { 0: 'v0', 7: port, 255: 'v0' } } })
    expect(await balancing()).toEqual(all)
    await ns.team.set('t0', { balancing: { statisticsInterval: 0, hashProgram: [] } })
    expect(await balancing()).toEqual({ ...all, statisticsInterval: 0, hashProgram: [] })
    await ns.team.set('t0', { balancing: { method: 'hash' } })
    await ns.team.set('t0', { ports: [{ link: 'v0', enabled: false }] })
    expect(await balancing()).toEqual(plain)
    const error = await failure(ns.team.set('t0', { balancing: { hashPorts: { 3: 'v0' } } }))
    expect(error).toMatchObject({ code: 'ENODEV', attribute: 'spec.balancing.hashPorts.3' })
    expect(error.hint).toContain('enabled')
    const [, last] = hashProgram
    const endless = await failure(ns.team.set('t0', { balancing: { hashProgram: hashProgram.slice(0, 1) } }))
    expect(endless).toMatchObject({ code: 'EINVAL', attribute: 'spec.balancing.hashProgram' })
    expect(endless.hint).toContain('return')
    // What the kernel knows of a frame: the link's index, and between and behind all that there is.
    const knows = (word: number) => [{ code: 0x20, jt: 0, jf: 0, k: 0xfffff000 + word }, last as BpfInstruction]
    await ns.team.set('t0', { balancing: { hashProgram: knows(8) } })
    for (const word of [10, 64]) await fails(ns.team.set('t0', { balancing: { hashProgram: knows(word) } }), 'EINVAL')
    await ns.team.set('t0', { balancing: { hashProgram: [last as BpfInstruction] } })
    expect((await balancing())?.hashProgram).toEqual([last])
    for (const wrong of [
      { hashPorts: { 256: 'v0' } },
      { hashPorts: { x: 'v0' } },
      { statisticsInterval: 0.01 },
      { method: 'best' },
      { hashProgram: [{ code: 6, jt: 0, jf: 256, k: 0 }] },
    ])
      expect(await refuses(ns.team.set('t0', { balancing: wrong as TeamBalancing }))).toBeInstanceOf(RangeError)
  })

  suite.test('options of mode loadbalance are not there in others', needs, async ({ ns }) => {
    const port = await addTeam(ns, 'roundrobin')
    expect(await ns.team.get('t0')).not.toHaveProperty('balancing')
    for (const balancing of [{ method: 'hash' }, { hashPorts: { 1: port } }, { statisticsInterval: 1 }] as const) {
      const error = await failure(ns.team.set('t0', { balancing }))
      expect(error).toMatchObject({ code: 'ENOENT' })
      expect(error.hint).toContain('loadbalance')
    }
  })

  suite.test('what mode loadbalance has comes back with a transaction', needs, async ({ ns }) => {
    const port = await addTeam(ns, 'loadbalance')
    await ns.team.set('t0', { balancing: { hashPorts: { 1: port, 2: port }, method: 'hash_to_port_mapping' } })
    const state = async () => present(await ns.team.get('t0')).balancing
    const before = await state()
    for (const change of [
      (t: Transaction) => t.team.set('t0', { balancing: { method: 'hash', statisticsInterval: 3 } }),
      (t: Transaction) => t.team.set('t0', { ports: [{ link: port, enabled: false }] }),
      (t: Transaction) => t.link.set('v0', { master: null }),
      (t: Transaction) => t.link.delete('t0'),
    ]) {
      const failing = ns.transaction(async (t) => {
        await change(t)
        throw new Error('no')
      })
      expect(await failure(failing)).toMatchObject({ code: 'VNET_TRANSACTION', hint: 'everything was taken back' })
      expect(await state()).toEqual(before)
    }
  })

  suite.test('the mode: not while there are ports, nor the same again', needs, async ({ ns }) => {
    await addTeam(ns, 'roundrobin')
    const busy = await failure(ns.team.set('t0', { mode: 'broadcast', notifyPeersCount: 3 }))
    expect(busy).toMatchObject({ code: 'EBUSY', operation: 'team set', subject: 't0', attribute: 'spec.mode' })
    expect(busy.hint).toContain('no ports')
    expect(await ns.team.get('t0')).toMatchObject({ mode: 'roundrobin', notifyPeersCount: 0 })
    await ns.link.set('v0', { master: null })
    const same = await failure(ns.team.set('t0', { mode: 'roundrobin' }))
    expect(same).toMatchObject({ code: 'EINVAL', attribute: 'spec.mode' })
    await ns.team.set('t0', { mode: 'broadcast' })
    expect(await ns.team.get('t0')).toMatchObject({ mode: 'broadcast', ports: [] })
  })

  suite.test('options of ports; what is before one that is refused stays', needs, async ({ ns }) => {
    const link = await addTeam(ns, 'roundrobin')
    const first = { enabled: false, priority: -0x80000000, queueId: 15 }
    await ns.team.set('t0', { ports: [{ link: 'v0', ...first }] })
    expect(await portsOf(ns)).toMatchObject([{ link, ...untouched, ...first }])
    const second = { userLinkup: true, userLinkupEnabled: true, priority: 0x7fffffff, queueId: 0, enabled: true }
    await ns.team.set('t0', { ports: [{ link, ...second }] })
    expect(await portsOf(ns)).toMatchObject([{ link, ...second }])
    const queue = await failure(ns.team.set('t0', { ports: [{ link, priority: 7, queueId: 16 }] }))
    expect(queue).toMatchObject({ code: 'EINVAL', attribute: 'spec.ports.0.queueId' })
    expect(queue.hint).toContain('txQueues')
    expect(await portsOf(ns)).toMatchObject([{ link, ...second, priority: 7 }])
    const ports = [
      { link: 'v0', priority: 8 },
      { link: 'v1', priority: 9 },
    ]
    const stranger = await failure(ns.team.set('t0', { ports }))
    expect(stranger).toMatchObject({ code: 'ENOENT', attribute: 'spec.ports.1.priority' })
    expect(await portsOf(ns)).toMatchObject([{ link, priority: 8 }])
    await fails(ns.team.set('t0', { notifyPeersCount: 5, ports: [{ link: 'nope', priority: 9 }] }), 'ENODEV')
    expect(await ns.team.get('t0')).toMatchObject({ notifyPeersCount: 0 })
  })

  suite.test(
    'link state, speed and duplex of ports; what the user says of it counts instead',
    needs,
    async ({ ns }) => {
      const link = await addTeam(ns, 'roundrobin')
      await ns.link.set('t0', { up: true })
      // A port counts as working until the kernel has looked at its carrier.
      const down = { link, linkUp: false, ...untouched, other: [] }
      await eventually(async () => expect((await portsOf(ns))[0]).toEqual(down))
      expect((await ns.link.get('t0'))?.carrier).toBe(false)
      await ns.link.set('v1', { up: true })
      const works = { link, linkUp: true, speed: 10_000, duplex: 'full' }
      await eventually(async () => expect(await portsOf(ns)).toMatchObject([works]))
      const carrier = (is: boolean) => eventually(async () => expect((await ns.link.get('t0'))?.carrier).toBe(is))
      await carrier(true)
      await ns.team.set('t0', { ports: [{ link, userLinkupEnabled: true }] })
      await carrier(false)
      expect(await portsOf(ns)).toMatchObject([works])
      await ns.team.set('t0', { ports: [{ link, userLinkup: true }] })
      await carrier(true)
      await ns.link.set('v1', { up: false })
      await eventually(async () => expect((await portsOf(ns))[0]).toMatchObject({ linkUp: false }))
      expect((await portsOf(ns))[0]).not.toHaveProperty('speed')
      await carrier(true)
      await ns.team.set('t0', { ports: [{ link, userLinkupEnabled: false }] })
      await carrier(false)
    },
  )

  suite.test('the active port: a port, in mode activebackup, until it leaves', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'team', name: 't0' })
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    const early = await failure(ns.team.set('t0', { mode: 'activebackup', activePort: 'v0' }))
    expect(early).toMatchObject({ code: 'ENOENT', attribute: 'spec.activePort' })
    expect(early.hint).toContain('activebackup')
    await ns.link.set('v0', { master: 't0' })
    await ns.team.set('t0', { activePort: 'v0' })
    const { index } = present(await ns.link.get('v0'))
    expect(await ns.team.get('t0')).toMatchObject({ mode: 'activebackup', activePort: index })
    await ns.link.set('v0', { master: null })
    expect(await ns.team.get('t0')).not.toHaveProperty('activePort')
    await ns.team.set('t0', { mode: 'random' })
    await ns.link.set('v0', { master: 't0' })
    await fails(ns.team.set('t0', { activePort: 'v0' }), 'ENOENT')
  })

  suite.test('links that are no teams, and changes that say nothing', needs, async ({ ns }) => {
    const { index } = await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    const refused = { code: 'EINVAL', attribute: 'spec.link', hint: expect.stringContaining('not of kind team') }
    expect(await failure(ns.team.get('v0'))).toMatchObject(refused)
    expect(await failure(ns.team.set('v0', { mode: 'random' }))).toMatchObject(refused)
    expect(await failure(ns.team.set(index + 100, { mode: 'random' }))).toMatchObject(refused)
    await fails(ns.team.set('nope', { mode: 'random' }), 'ENODEV')
    await ns.link.add({ kind: 'team', name: 't0' })
    expect(await refuses(ns.team.set('t0', {}))).toBeInstanceOf(RangeError)
    expect(await refuses(ns.team.set('t0', { ports: [{ link: 'v0' }] }))).toBeInstanceOf(RangeError)
    expect(await refuses(ns.team.set('t0', { mode: 'lacp' as TeamMode }))).toBeInstanceOf(RangeError)
    expect(await refuses(ns.team.set('t0', { notifyPeersCount: -1 }))).toBeInstanceOf(RangeError)
  })

  suite.test('a transaction takes changes back, and makes a team again', needs, async ({ ns }) => {
    const link = await addTeam(ns, 'activebackup')
    await ns.team.set('t0', { notifyPeersCount: 2, activePort: link, ports: [{ link, priority: 3, queueId: 1 }] })
    const state = async () => {
      const { link: _, ports, ...rest } = present(await ns.team.get('t0'))
      return { ...rest, ports: ports.map(({ speed: _s, duplex: _d, linkUp: _l, ...port }) => port) }
    }
    const before = await state()
    const changes = [
      () =>
        ns.transaction(async (t) => {
          await t.team.set('t0', { notifyPeersCount: 9, ports: [{ link, enabled: false, priority: 1 }] })
          throw new Error('no')
        }),
      () =>
        ns.transaction(async (t) => {
          await t.link.set('v0', { master: null })
          await t.team.set('t0', { mode: 'random' })
          throw new Error('no')
        }),
      () =>
        ns.transaction(async (t) => {
          await t.link.delete('t0')
          throw new Error('no')
        }),
    ]
    for (const change of changes) {
      expect(await failure(change())).toMatchObject({ code: 'VNET_TRANSACTION', hint: 'everything was taken back' })
      expect(await state()).toEqual(before)
    }
  })

  for (const mode of ['roundrobin', 'broadcast', 'loadbalance', 'random'] as const) {
    suite.test(
      `packets in mode ${mode}, also when a port fails`,
      ['packets team', ...needs],
      async ({ ns, another }) => {
        const far = await another()
        await addTeams(ns, far, mode)
        await reached(ns)
        await ns.link.set('v0', { up: false })
        if (mode === 'loadbalance') {
          // Without a program that gives hashes all goes by the first port that is enabled, whether it works or not.
          await ns.team.set('t0', { ports: [{ link: 'v0', enabled: false }] })
          await far.team.set('t0', { ports: [{ link: 'p0', enabled: false }] })
        }
        await reached(ns)
      },
    )
  }

  const titleOfBackup = 'packets in mode activebackup: by the active port, and after it failed by the next'
  suite.test(titleOfBackup, ['packets team', ...needs], async ({ ns, another }) => {
    const far = await another()
    await addTeams(ns, far, 'activebackup')
    const choose = async (port: number) => {
      await ns.team.set('t0', { activePort: `v${port}` })
      await far.team.set('t0', { activePort: `p${port}` })
    }
    await choose(0)
    await reached(ns)
    await ns.link.set('v0', { up: false })
    await fails(ns.ping({ address: '10.0.0.2', timeout: 0.5 }), ['ETIMEDOUT', 'EHOSTUNREACH'])
    await choose(1)
    await reached(ns)
  })
}

const portsOf = async (ns: Namespace) => present(await ns.team.get('t0')).ports

/** A team `t0` in a mode, with the port `v0`, whose peer `v1` is down; the index of the port. */
async function addTeam(ns: Namespace, mode: TeamMode): Promise<number> {
  await ns.link.add({ kind: 'team', name: 't0' })
  await ns.team.set('t0', { mode })
  const { index } = await ns.link.add({ kind: 'veth', name: 'v0', mac: mac(1), peer: { name: 'v1' } })
  await ns.link.set('v0', { master: 't0' })
  return index
}

/** Teams `t0` in two namespaces, joined by two veth pairs: 10.0.0.1 by `v0` and `v1`, 10.0.0.2 by `p0` and `p1`. */
async function addTeams(ns: Namespace, far: Namespace, mode: TeamMode): Promise<void> {
  for (const i of [0, 1]) await ns.link.add({ kind: 'veth', name: `v${i}`, peer: { name: `p${i}`, namespace: far } })
  for (const [place, port, last] of [[ns, 'v', 1] as const, [far, 'p', 2] as const]) {
    await place.link.add({ kind: 'team', name: 't0', mac: mac(last) })
    await place.team.set('t0', { mode })
    for (const i of [0, 1]) {
      // These two modes leave the ports their MACs.
      if (mode === 'activebackup' || mode === 'loadbalance') await place.link.set(`${port}${i}`, { mac: mac(last) })
      await place.link.set(`${port}${i}`, { master: 't0' })
    }
    await place.link.set('t0', { up: true })
    await place.address.add({ link: 't0', address: `10.0.0.${last}/24` })
  }
}

async function reached(ns: Namespace): Promise<void> {
  expect(await eventually(() => ns.ping({ address: '10.0.0.2', timeout: 0.5 }))).toMatchObject({ address: '10.0.0.2' })
}
