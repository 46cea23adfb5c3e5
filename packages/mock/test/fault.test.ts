/** Faults on demand: each is met by a program as a kernel would have it, and leaves nothing behind. @module */
import { type ErrorCode, isVnetError, type Link, type NetworkEvent, openHost, remedyOf } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { type FailSpec, type FaultOperation, mockDriver } from '../src/index.js'
import { openLab, stateOf } from './lab.js'

/** Lets what has been asked for happen. */
const turns = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

describe('fail', () => {
  test('the n-th request of an operation fails as the kernel would have it; those before and after do not', async () => {
    const { host, driver } = await openLab()
    const fault = driver.faults.fail({ operation: 'link add', nth: 2, error: 'ENOMEM' })
    await host.link.add({ kind: 'bridge', name: 'br0' })
    await expect(host.link.add({ kind: 'bridge', name: 'br1' })).rejects.toMatchObject({
      code: 'ENOMEM',
      operation: 'link add',
      subject: 'br1',
      errno: 12,
      message: 'link add br1: Cannot allocate memory (ENOMEM)',
    })
    expect(fault.hits).toBe(1)
    await host.link.add({ kind: 'bridge', name: 'br2' })
    expect((await host.link.list()).map((link) => link.name)).toEqual(['lo', 'br0', 'br2'])
    await host.close()
  })

  test('the hint is that of the kernel backends; detail and attribute are passed on', async () => {
    const { host, driver } = await openLab()
    driver.faults.fail({ error: 'EEXIST', operation: 'link add' })
    await expect(host.link.add({ kind: 'bridge', name: 'br0' })).rejects.toMatchObject({
      hint: 'the name, or the index, is taken',
    })
    driver.faults.fail({ error: 'EINVAL', operation: 'link set', detail: 'mtu greater than …', attribute: 'spec.mtu' })
    const change = host.link.set('lo', { mtu: 9000 })
    await expect(change).rejects.toMatchObject({ detail: 'mtu greater than …', attribute: 'spec.mtu' })
    await expect(change).rejects.toHaveProperty('hint', expect.stringContaining('minMtu'))
    await host.close()
  })

  test('by subject, by predicate, in a namespace, several in a row, and always', async () => {
    const { host, driver } = await openLab()
    await using blue = await host.namespace.add('blue')
    const tried = async (spec: FailSpec, names: readonly string[]) => {
      using _ = driver.faults.fail(spec)
      const failed: string[] = []
      for (const [place, at] of [[host, 'host'] as const, [blue, 'blue'] as const]) {
        for (const name of names) {
          await place.link.add({ kind: 'dummy', name }).catch(() => failed.push(`${at} ${name}`))
          await place.link.delete(name).catch(() => {})
        }
      }
      return failed
    }
    const error: ErrorCode = 'EBUSY'
    const times = Number.POSITIVE_INFINITY
    expect(await tried({ error, operation: 'link add', subject: 'b', times }, ['a', 'b'])).toEqual(['host b', 'blue b'])
    const where = ({ spec }: { spec: Readonly<Record<string, unknown>> }) => spec.name === 'a'
    expect(await tried({ error, where, times }, ['a', 'b'])).toEqual(['host a', 'blue a'])
    expect(await tried({ error, operation: 'link add', namespace: 'blue', times }, ['a', 'b'])).toEqual([
      'blue a',
      'blue b',
    ])
    expect(await tried({ error, operation: 'link add', namespace: host, times }, ['a'])).toEqual(['host a'])
    expect(await tried({ error, operation: 'link add', namespace: blue, times }, ['a'])).toEqual(['blue a'])
    expect(await tried({ error, operation: ['link add'], nth: 2, times: 2 }, ['a', 'b'])).toEqual(['host b', 'blue a'])
    // Cancelled when the block ended.
    await host.link.add({ kind: 'dummy', name: 'b' })
    await host.close()
  })

  test('in a list of requests only the one that is meant fails', async () => {
    const { host, driver } = await openLab()
    driver.faults.fail({ error: 'ENOBUFS', operation: 'link add', nth: 2 })
    const results = await host.execute(
      ['a', 'b', 'c'].map((name) => ({ operation: 'link add' as const, spec: { kind: 'dummy' as const, name } })),
    )
    expect(results.map((result) => result.ok)).toEqual([true, false, true])
    expect(await host.link.get('b')).toBeUndefined()
    await host.close()
  })

  test('nobody hears of what failed', async () => {
    const { host, driver } = await openLab()
    const before = driver.save()
    await using connection = await driver.connect()
    const events = await connection.watch(['link', 'address', 'route'])
    driver.faults.fail({ error: 'ENOMEM', times: Number.POSITIVE_INFINITY })
    await expect(host.link.set('lo', { up: true })).rejects.toMatchObject({ code: 'ENOMEM' })
    await expect(host.address.add({ link: 'lo', address: '127.0.0.1/8' })).rejects.toMatchObject({ code: 'ENOMEM' })
    expect(driver.save()).toEqual(before)
    driver.faults.clear()
    await host.link.add({ kind: 'bridge', name: 'br0' })
    expect((await events.next()).value).toMatchObject({ kind: 'link set', object: { name: 'br0' } })
    await host.close()
  })

  test('what is no request fails too', async () => {
    const { host, driver } = await openLab()
    await host.namespace.add('blue').then((blue) => blue.close())
    const attempts: readonly (readonly [FaultOperation, () => Promise<unknown>])[] = [
      ['connect', () => host.namespace.open('blue')],
      ['namespace open', () => driver.openNamespace({ name: 'blue' })],
      ['namespace add', () => host.namespace.add()],
      ['watch', () => host.watch().next()],
      ['tap open', () => host.openTap({ name: 'tap0' })],
      ['tun open', () => host.openTun({ name: 'tun0' })],
      ['capture open', () => host.openCapture({ link: 'lo' })],
    ]
    const before = driver.save()
    for (const [operation, attempt] of attempts) {
      driver.faults.fail({ operation, error: 'EMFILE' })
      await expect(attempt(), operation).rejects.toMatchObject({ code: 'EMFILE', errno: 24, operation })
    }
    expect(driver.save()).toEqual(before)
    await host.close()
  })

  test('wrong arguments are refused with what is allowed', () => {
    const { faults } = mockDriver()
    const wrong = [
      () => faults.fail({ error: 'VNET_CLOSED' }),
      () => faults.fail({ error: 'EBUSY', nth: 0 }),
      () => faults.fail({ error: 'EBUSY', times: 1.5 }),
      () => faults.fail({ error: 'EBUSY', operation: 'link' as never }),
      () => faults.delay({ seconds: -1 }),
      () => faults.delay({ seconds: Number.NaN }),
      () => faults.overflow({ nth: -1 }),
      () => faults.revoke('everything' as never),
      () => faults.revoke('link vlan', { namespace: 'blue' }),
    ]
    for (const call of wrong) {
      expect(call).toThrow(RangeError)
      expect(call).toThrow(expect.objectContaining({ code: 'VNET_RANGE', hint: expect.any(String) }))
    }
  })
})

describe('delay', () => {
  test('an answer comes when its time has come; what was asked has happened before', async () => {
    const { host, driver, clock } = await openLab()
    driver.faults.delay({ operation: 'link add', seconds: 3 })
    let answered = false
    const adding = host.link.add({ kind: 'bridge', name: 'br0' }).then((link) => {
      answered = true
      return link
    })
    await using other = await driver.connect()
    const [seen] = await other.execute([{ operation: 'link get', spec: { link: 'br0' } }])
    expect(seen).toMatchObject({ ok: true, value: { name: 'br0' } })
    clock.advance(2.9)
    await turns()
    expect(answered).toBe(false)
    clock.advance(0.1)
    expect((await adding).name).toBe('br0')
    await host.close()
  })

  test('answers of one connection keep their order, and delays add up', async () => {
    const { host, driver, clock } = await openLab()
    driver.faults.delay({ operation: 'link list', seconds: 1, times: 2 })
    const order: string[] = []
    const list = { operation: 'link list' as const, spec: {} }
    const both = host.execute([list, list]).then(() => order.push('lists'))
    const after = host.link.get('lo').then(() => order.push('get'))
    clock.advance(1)
    await turns()
    expect(order).toEqual([])
    clock.advance(1)
    await Promise.all([both, after])
    expect(order).toEqual(['lists', 'get'])
    await host.close()
  })

  test('abort and close end the wait for an answer that never comes; those behind it come', async () => {
    const { host, driver } = await openLab()
    driver.faults.delay({ operation: 'link list', seconds: Number.POSITIVE_INFINITY, times: 2 })
    const abort = new AbortController()
    const given = host.link.list({}, { signal: abort.signal })
    abort.abort()
    await expect(given).rejects.toHaveProperty('name', 'AbortError')
    expect(await host.link.get('lo')).toMatchObject({ name: 'lo' })
    const waiting = host.link.list()
    const closing = expect(waiting).rejects.toMatchObject({ code: 'VNET_CLOSED' })
    await host.close()
    await closing
  })

  test('opening waits too', async () => {
    const { host, driver, clock } = await openLab()
    driver.faults.delay({ operation: 'namespace add', seconds: 5 })
    let made = false
    const adding = host.namespace.add().then((namespace) => {
      made = true
      return namespace
    })
    await turns()
    expect(made).toBe(false)
    clock.advance(5)
    await (await adding).close()
    await host.close()
  })

  test('on the real clock', async () => {
    const driver = mockDriver()
    await using host = await openHost({ driver })
    driver.faults.delay({ operation: 'link list', seconds: 0.05 })
    const start = performance.now()
    await host.link.list()
    expect(performance.now() - start).toBeGreaterThan(40)
  })
})

describe('overflow', () => {
  test('watchers are told of the loss, and read again', async () => {
    const { host, driver } = await openLab()
    const events = host.watch({ groups: ['link'], snapshot: true })
    expect((await events.next()).value).toMatchObject({ kind: 'snapshot' })
    const fault = driver.faults.overflow({ group: 'link', times: Number.POSITIVE_INFINITY })
    await host.link.add({ kind: 'dummy', name: 'd0' })
    await host.link.set('d0', { mtu: 1400 })
    expect(fault.hits).toBeGreaterThanOrEqual(2)
    fault.cancel()
    const { value } = (await events.next()) as { value: NetworkEvent }
    expect(value).toMatchObject({ kind: 'resync', changes: [{ kind: 'link add', object: { name: 'd0', mtu: 1400 } }] })
    await events.return?.()
    await host.close()
  })

  test('of one namespace, one group, the n-th event; what was queued before is told after the loss', async () => {
    const { host, driver } = await openLab()
    await using blue = await host.namespace.add('blue')
    await using here = await driver.connect()
    await using there = await driver.connect({ name: 'blue' })
    const own = await here.watch(['link', 'address'])
    const foreign = await there.watch(['link'])
    driver.faults.overflow({ namespace: 'blue', nth: 2 })
    driver.faults.overflow({ group: 'address' })
    for (const place of [host, blue]) {
      await place.link.add({ kind: 'dummy', name: 'd0' })
      await place.link.add({ kind: 'dummy', name: 'd1' })
    }
    await host.address.add({ link: 'd0', address: '10.0.0.1/24' })
    const next = async (events: typeof own) => (await events.next()).value
    expect(await next(foreign)).toEqual({ kind: 'lost' })
    expect(await next(foreign)).toMatchObject({ object: { name: 'd0' } })
    expect(await next(own)).toEqual({ kind: 'lost' })
    expect(await next(own)).toMatchObject({ object: { name: 'd0' } })
    expect(await next(own)).toMatchObject({ object: { name: 'd1' } })
    await host.close()
  })
})

describe('disconnect', () => {
  test('what is under way, what follows and who watches fail with EIO; a new connection works', async () => {
    const { host, driver } = await openLab()
    driver.faults.delay({ operation: 'link add', seconds: Number.POSITIVE_INFINITY })
    const events = host.watch({ groups: ['rule'], snapshot: true })
    await events.next()
    const watching = expect(events.next()).rejects.toMatchObject({ code: 'EIO', operation: 'watch' })
    const adding = expect(host.link.add({ kind: 'bridge', name: 'br0' })).rejects.toMatchObject({
      code: 'EIO',
      operation: 'link add',
      subject: 'br0',
      errno: 5,
      hint: expect.stringContaining('open the host again'),
    })
    await turns()
    expect(driver.faults.disconnect()).toBe(1)
    await Promise.all([watching, adding])
    await expect(host.link.list()).rejects.toMatchObject({ code: 'EIO', operation: 'link list' })
    await expect(host.watch().next()).rejects.toMatchObject({ code: 'EIO' })
    await expect(host.openTap()).rejects.toMatchObject({ code: 'EIO', operation: 'tap open' })
    await using other = await driver.connect()
    // It was carried out, which only the answer would have told.
    expect((await other.execute([{ operation: 'link get', spec: { link: 'br0' } }]))[0]).toMatchObject({
      value: { name: 'br0' },
    })
    expect(driver.faults.disconnect()).toBe(1)
    await host.close()
  })

  test('a watcher that nobody reads from fails without harm', async () => {
    const { host, driver } = await openLab()
    const events = host.watch({ groups: ['link'], snapshot: true })
    await events.next()
    await host.link.add({ kind: 'dummy', name: 'd0' })
    expect((await events.next()).value).toMatchObject({ kind: 'link add' })
    driver.faults.disconnect()
    await new Promise((resolve) => setTimeout(resolve, 5))
    await expect(events.next()).rejects.toMatchObject({ code: 'EIO' })
    await host.close()
  })

  test('of one namespace; the others go on', async () => {
    const { host, driver } = await openLab()
    await using blue = await host.namespace.add('blue')
    expect(driver.faults.disconnect({ namespace: 'blue' })).toBe(1)
    await expect(blue.link.list()).rejects.toMatchObject({ code: 'EIO' })
    expect(await host.link.list()).toHaveLength(1)
    await host.close()
  })
})

describe('revoke', () => {
  test('admin: what changes fails with EPERM, what reads does not, until it is given back', async () => {
    const { host, driver } = await openLab()
    await host.link.add({ kind: 'wireguard', name: 'wg0' })
    const fault = driver.faults.revoke('admin')
    expect(host.supports.admin).toBe(remedyOf('admin'))
    const refused = { code: 'EPERM', errno: 1, hint: remedyOf('admin') }
    await expect(host.link.add({ kind: 'bridge', name: 'br0' })).rejects.toMatchObject(refused)
    await expect(host.link.set('lo', { up: true })).rejects.toMatchObject({ ...refused, subject: 'lo' })
    await expect(host.fdb.flush({ link: 'lo' })).rejects.toMatchObject(refused)
    await expect(host.wireguard.get('wg0')).rejects.toMatchObject(refused)
    await expect(host.openTap()).rejects.toMatchObject({ ...refused, operation: 'tap open' })
    expect(await host.link.list()).toHaveLength(2)
    await (await host.namespace.add('blue')).close()
    fault.cancel()
    expect(host.supports.admin).toBe(true)
    await host.link.add({ kind: 'bridge', name: 'br0' })
    await host.close()
  })

  test('admin over one namespace', async () => {
    const { host, driver } = await openLab()
    await using blue = await host.namespace.add('blue')
    using _ = driver.faults.revoke('admin', { namespace: blue })
    expect(host.supports.admin).toBe(true)
    await expect(blue.link.set('lo', { up: true })).rejects.toMatchObject({ code: 'EPERM' })
    await host.link.set('lo', { up: true })
    await host.close()
  })

  test('a kind of link, ports, captures, namespaces: as a kernel without', async () => {
    const { host, driver } = await openLab()
    const lacking = [
      ['link vlan', () => host.link.add({ kind: 'vlan', parent: 'lo', vlan: { id: 5 } }), 'EOPNOTSUPP'],
      ['qdisc htb', () => host.qdisc.add({ link: 'lo', parent: 'root', kind: 'htb' }), 'ENOENT'],
      ['tun port', () => host.openTap(), 'VNET_UNSUPPORTED'],
      ['capture', () => host.openCapture({ link: 'lo' }), 'VNET_UNSUPPORTED'],
      ['namespace anonymous', () => host.namespace.add(), 'VNET_UNSUPPORTED'],
      ['namespace named', () => host.namespace.add('blue'), 'VNET_UNSUPPORTED'],
    ] as const
    for (const [capability, attempt, code] of lacking) {
      const twice = [driver.faults.revoke(capability), driver.faults.revoke(capability)] as const
      expect(host.supports[capability]).toBe(remedyOf(capability))
      await expect(attempt(), capability).rejects.toMatchObject({ code, hint: remedyOf(capability) })
      twice[0].cancel()
      expect(host.supports[capability]).not.toBe(true)
      twice[1].cancel()
      expect(host.supports[capability]).toBe(true)
    }
    await host.close()
  })

  test('what the mock lacks anyway stays lacking; clear mends all', () => {
    const driver = mockDriver({ lacks: ['link vlan'] })
    driver.faults.revoke('link vlan').cancel()
    expect(driver.supports['link vlan']).toBe('left out by the option lacks')
    driver.faults.revoke('admin')
    driver.faults.clear()
    expect(driver.supports.admin).toBe(true)
  })
})

describe('a transaction', () => {
  /** Something of each kind that is undone, in two namespaces. */
  async function change(host: Awaited<ReturnType<typeof openLab>>['host']): Promise<void> {
    await host.transaction(async (all) => {
      const blue = await all.addNamespace('blue')
      await all.link.set('lo', { mtu: 9000, group: 7 })
      await all.link.add({ kind: 'bridge', name: 'br0', up: true })
      await all.link.add({ kind: 'veth', name: 'v0', master: 'br0', peer: { name: 'eth0', namespace: 'blue' } })
      await all.link.add({ kind: 'dummy', name: 'd0', namespace: 'blue' })
      await all.in(blue).link.set('eth0', { up: true, mtu: 1400 })
      await all.address.add({ link: 'br0', address: '10.0.0.1/24' })
      await all.route.add({ destination: '10.9.0.0/16', via: '10.0.0.2' })
      await all.rule.add({ from: '10.0.0.0/8', table: 77 })
      await all.neighbour.add({ link: 'br0', address: '10.0.0.7', mac: '02:00:00:00:00:07' })
      await all.fdb.add({ link: 'v0', mac: '02:00:00:00:00:20', master: true })
      await all.qdisc.set({ link: 'br0', parent: 'root', handle: '1:', kind: 'htb' })
      const { index } = (await host.link.get('v0')) as Link
      await all.link.set(index, { namespace: 'blue' })
    })
  }

  test('is undone wherever it fails: each of its requests in turn', async () => {
    let calls = 0
    const counting = await openLab()
    counting.driver.faults.fail({ error: 'ENOMEM', where: () => ++calls < 0 })
    await change(counting.host)
    await counting.host.close()
    expect(calls).toBeGreaterThan(20)
    for (let nth = 1; nth <= calls; nth++) {
      const { host, driver } = await openLab()
      const before = await stateOf(host)
      const fault = driver.faults.fail({ error: 'ENOMEM', nth })
      const failure = await change(host).catch((error: unknown) => error)
      const where = `request ${nth} of ${calls}`
      expect(fault.hits, where).toBe(1)
      expect(isVnetError(failure), where).toBe(true)
      expect(failure, where).toMatchObject({ code: 'VNET_TRANSACTION', cause: { code: 'ENOMEM' } })
      expect((failure as { notUndone?: unknown }).notUndone, where).toBeUndefined()
      expect(await stateOf(host), where).toEqual(before)
      // Nothing is held open either: a namespace without a name lives no longer than who holds it.
      expect(await host.namespace.list(), where).toEqual([])
      expect(driver.save().namespaces, where).toHaveLength(1)
      await host.close()
    }
  })
})
