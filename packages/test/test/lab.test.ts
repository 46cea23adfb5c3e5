/** The same lab on the mock and on a kernel, with the same expectations. @module */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openHost } from '@vnet/core'
import { readCapture } from '@vnet/wire'
import { describe, expect, it, type TestContext } from 'vitest'
import {
  assertNoReach,
  assertReach,
  createLab,
  type LabMatchers,
  type LabOptions,
  labMatchers,
  withLab,
} from '../src/index.js'
import { backends, patience } from './backend.js'

declare module 'vitest' {
  interface Matchers<T> extends LabMatchers {}
}

expect.extend(labMatchers)

const star = {
  hosts: ['a', 'b', 'c'],
  switches: ['s'],
  links: [
    ['a', 's'],
    ['b', 's'],
    ['c', 's'],
  ],
} as const satisfies LabOptions

describe.each(backends)('a lab on $driver', ({ driver, reason }) => {
  const test = (name: string, body: (context: TestContext) => Promise<void>) =>
    it(name, (context) => (reason === undefined ? body(context) : context.skip(reason)))
  // More than a kernel needs, but for one that is busy with something else: it joins groups of IPv6 when it comes to that.
  const timeout = 5 * patience

  test('hosts at a switch reach each other', async () => {
    await using lab = await createLab({ ...star, driver })
    expect([...lab.nodes.values()].map(({ name, role, addresses }) => [name, role, addresses])).toEqual([
      ['a', 'host', ['10.0.0.1', 'fd00::1']],
      ['b', 'host', ['10.0.0.2', 'fd00::2']],
      ['c', 'host', ['10.0.0.3', 'fd00::3']],
      ['s', 'switch', []],
    ])
    await expect(lab).toReach('a', 'b', { timeout })
    const { answers } = await lab.reach('b', 'c', { family: 6, timeout })
    expect(answers.map(({ address, error }) => [address, error])).toEqual([['fd00::3', undefined]])
    await assertReach(lab, 'c', 'a', { timeout })
  })

  test('a port is reached by UDP, both ways', async () => {
    await using lab = await createLab({ ...star, driver })
    await expect(lab).toReach('a', 'b', { udp: 9, timeout })
    const { answers } = await lab.reach('a', 'c', { udp: 9, size: 2000, timeout })
    expect(answers.map(({ address, reply }) => [address, reply?.address, reply?.size])).toEqual([
      ['10.0.0.3', '10.0.0.3', 2000],
      ['fd00::3', 'fd00::3', 2000],
    ])
    await lab.partition(['a'], ['b', 'c'])
    await expect(lab).not.toReach('a', 'b', { udp: 9, timeout: 0.1 })
    await lab.heal()
    // Who is asked at an address of another has no socket there.
    await expect(lab).toReach('a', 'c', { timeout: patience, within: timeout })
    const wrong = await lab.reach('a', 'b', { address: lab.node('c').address(), udp: 9, timeout })
    expect(wrong.answers[0]?.error).toBe('ECONNREFUSED')
    const own = await lab.node('b').namespace.openSocket({ kind: 'udp4' })
    own.bind({ port: 9 })
    await expect(lab.reach('a', 'b', { udp: 9 })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  test('a partition keeps the sides apart until it is healed', async () => {
    await using lab = await createLab({ ...star, driver })
    await lab.partition(['a', 'b'], ['c'])
    await expect(lab).toReach('a', 'b', { timeout })
    await expect(lab).not.toReach('a', 'c')
    await assertNoReach(lab, 'c', 'b')
    await lab.heal()
    await expect(lab).toReach('a', 'c', { timeout, within: 5 * patience })
  })

  test('a cable without a switch is cut and mended, with what stood by it', async () => {
    await using lab = await createLab({
      driver,
      hosts: ['a', 'b'],
      links: [['a', 'b', { addresses: { a: ['192.0.2.1/24', '2001:db8::1/64'] }, mtu: 1400 }]],
    })
    const { namespace } = lab.node('b')
    expect(lab.node('b').addresses).toEqual(['192.0.2.2', '2001:db8::2'])
    expect((await namespace.link.get('eth0'))?.mtu).toBe(1400)
    await namespace.route.add({ destination: '198.51.100.0/24', via: '192.0.2.1' })
    await namespace.route.add({ destination: '2001:db8:1::/48', via: '2001:db8::1' })
    const state = async () => {
      const routes = await namespace.route.list({ table: 'all' })
      const addresses = await namespace.address.list({ scope: 'global' })
      return [
        // Those of the kernel come and go in a moment of its own.
        ...routes
          .filter(({ protocol }) => protocol !== 'kernel')
          .map(({ destination, via }) => `${destination} ${via}`),
        ...addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
      ].sort()
    }
    const before = await state()
    const cable = lab.cable('b', 'a')
    await cable.cut()
    expect(cable.isCut).toBe(true)
    await expect(lab).not.toReach('a', 'b')
    expect(await state()).not.toEqual(before)
    await cable.mend()
    await expect(lab).toReach('a', 'b', { timeout, within: 5 * patience })
    expect(await state()).toEqual(before)
  })

  test('cables that meet at a router are mended one after the other, with its routes by each', async () => {
    await using lab = await createLab({
      driver,
      hosts: ['a', 'b'],
      routers: ['r', 'q', 'p'],
      links: [
        ['a', 'q'],
        ['q', 'r'],
        ['p', 'r'],
        ['b', 'p'],
      ],
    })
    const { namespace } = lab.node('r')
    const routes = async () =>
      (await namespace.route.list({ protocol: 'static' })).map(({ destination, via }) => `${destination} ${via}`).sort()
    const before = await routes()
    expect(before).toHaveLength(4)
    await lab.partition(['q'], ['r'], ['p'])
    expect(await routes()).toEqual([])
    await lab.heal()
    expect(await routes()).toEqual(before)
    // What goes while a cable is cut, and was not its own, stays away.
    const gone = { destination: '10.0.3.0/24' }
    await lab.cable('q', 'r').cut()
    await namespace.route.delete(gone)
    await lab.heal()
    expect(await routes()).toEqual(before.filter((route) => !route.startsWith(gone.destination)))
  })

  test('routers pass on, and hosts know the way', async () => {
    await using lab = await createLab({
      driver,
      hosts: ['a', 'b'],
      routers: ['r1', 'r2'],
      links: [
        ['a', 'r1'],
        ['r1', 'r2'],
        ['r2', 'b'],
      ],
    })
    await expect(lab).toReach('a', 'b', { timeout, within: 5 * patience })
    await expect(lab).toReach('b', 'r1', { timeout })
    const { answers } = await lab.reach('a', 'b', { family: 4, timeout })
    expect(answers[0]?.reply?.ttl).toBe(62)
  })

  test('a ring of switches with a spanning tree comes to rest', async () => {
    const stp = { stp: true, forwardDelay: 2 }
    await using lab = await createLab({
      driver,
      hosts: ['a', 'b'],
      switches: { s1: { ...stp, priority: 1 }, s2: stp, s3: stp },
      links: [
        ['s1', 's2'],
        ['s2', 's3'],
        ['s3', 's1'],
        ['a', 's2'],
        ['b', 's3'],
      ],
    })
    await expect(lab).toReach('a', 'b', { timeout, within: 15 * patience })
    const states = await Promise.all(
      ['s1', 's2', 's3'].map((name) => lab.node(name).namespace.link.list({ master: 'br0' })),
    )
    expect(states.flat().filter(({ port }) => port?.state === 'blocking')).toHaveLength(1)
  })

  test('a line that is bad loses all, or is late', async ({ skip }) => {
    await using lab = await createLab({ driver, hosts: ['a', 'b'], links: [['a', 'b']] })
    for (const capability of ['qdisc netem', 'traffic control'] as const) {
      const answer = lab.host.supports[capability]
      if (answer === true) continue
      await expect(lab.impair('a', 'b', { loss: 1 })).rejects.toMatchObject({
        code: 'VNET_UNSUPPORTED',
        operation: 'lab impair',
        subject: capability,
        hint: expect.stringMatching(/./),
      })
      skip(`lacks capability: ${capability} (${answer})`)
    }
    await lab.impair('a', 'b', { delay: 50 })
    const { answers } = await lab.reach('a', 'b', { family: 4, within: 5 * patience })
    expect(answers[0]?.reply?.time).toBeGreaterThanOrEqual(0.1)
    await lab.cable('a', 'b').impair({ loss: 1 }, 'b')
    await expect(lab).not.toReach('a', 'b')
    await lab.impair('a', 'b', undefined)
    await expect(lab).toReach('a', 'b', { timeout })
  })

  test('a failure leaves frames and events, and tells where they are', async () => {
    const artifacts = mkdtempSync(join(tmpdir(), 'vnet-lab-'))
    const failing = withLab({ ...star, driver, artifacts, name: 'first' }, async (lab) => {
      await assertReach(lab, 'a', 'b', { timeout })
      await lab.partition(['a', 'b'], ['c'])
      await assertReach(lab, 'a', 'c', { family: 4 })
    })
    const error = (await failing().catch((thrown: unknown) => thrown)) as Error
    expect(error.name).toBe('AssertionError')
    expect(error.message).toMatch(/^expected a to reach c: 10\.0\.0\.3 did not answer \(E\w+\)\nEvidence \(\d+ frames/)
    expect(readdirSync(artifacts).sort()).toEqual(['first.events.jsonl', 'first.pcapng'])
    expect(error.message).toContain(join(artifacts, 'first.pcapng'))
    const blocks = [...readCapture(readFileSync(join(artifacts, 'first.pcapng')))]
    const names = blocks.flatMap((block) => (block.block === 'interface' ? [block.name] : []))
    expect(names).toEqual(expect.arrayContaining(['a:eth0', 's:eth0', 's:eth1', 'b:eth0']))
    expect(blocks.filter(({ block }) => block === 'packet').length).toBeGreaterThan(8)
    const events = readFileSync(join(artifacts, 'first.events.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events).toContainEqual(
      expect.objectContaining({ action: 'partition', detail: expect.objectContaining({ cut: ['c:eth0 – s:eth2'] }) }),
    )
    expect(events).toContainEqual(
      expect.objectContaining({ node: 'c', event: expect.objectContaining({ group: 'link' }) }),
    )
  })

  test('any failure in withLab leaves them, once', async () => {
    const artifacts = mkdtempSync(join(tmpdir(), 'vnet-lab-'))
    const failing = withLab({ ...star, driver, artifacts, name: 'any' }, async () => {
      expect(1).toBe(2)
    })
    const error = (await failing().catch((thrown: unknown) => thrown)) as Error
    expect(error.message.match(/Evidence/g)).toHaveLength(1)
    await failing().catch(() => {})
    expect(readdirSync(artifacts).sort()).toEqual([
      'any-2.events.jsonl',
      'any-2.pcapng',
      'any.events.jsonl',
      'any.pcapng',
    ])
  })

  test('nothing is left behind, and labs do not meet', async () => {
    await using outside = await openHost({ driver: driver === 'mock' ? 'mock' : driver })
    const named = driver === 'mock' ? {} : { named: true }
    const [one, other] = await Promise.all([
      createLab({ ...star, driver, ...named }),
      createLab({ ...star, driver, ...named }),
    ])
    await expect(one).toReach('a', 'b', { timeout })
    await expect(other).toReach('a', 'b', { timeout })
    // Other files have labs at the same time.
    const prefixes = [one, other].map((lab) => lab.node('a').namespace.name?.slice(0, -1) ?? '')
    const theirs = async () =>
      (await outside.namespace.list()).filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)))
    if (driver !== 'mock') {
      expect(prefixes).toEqual([expect.stringMatching(/^vnet-[0-9a-f]{10}-$/), expect.stringMatching(/^vnet-/)])
      expect(await theirs()).toHaveLength(8)
    }
    await one.close()
    await other.close()
    await one.close()
    if (driver !== 'mock') expect(await theirs()).toEqual([])
    await expect
      .poll(async () => (await outside.link.list()).filter(({ kind }) => kind === 'veth'), { timeout: 10_000 })
      .toEqual([])
  })
})
