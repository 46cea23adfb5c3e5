/** Many requests in one call: one result each, in order, a failure does not stop the rest. @module */
import type { LooseRequest } from '@vnet/core'
import { expect } from 'vitest'
import { aborts } from './expectation.js'
import type { Suite } from './suite.js'
import { addBridge, mac, namesOf } from './surroundings.js'

/** Registers the tests of batches. */
export function batch(suite: Suite): void {
  suite.test('settled when what was asked before is answered', ['link bridge'], async ({ ns }) => {
    let answered = 0
    const asked = Array.from({ length: 20 }, async (_, i) => {
      await ns.link.add({ kind: 'bridge', name: `b${i}` })
      answered++
    })
    await ns.settled()
    expect(answered).toBe(20)
    await Promise.all(asked)
    const gone = AbortSignal.abort()
    await aborts(ns.settled({ signal: gone }))
  })

  suite.test('one typed result each, in order', ['link bridge'], async ({ ns }) => {
    const [made, added, links, nothing] = await ns.execute([
      { operation: 'link add', spec: { kind: 'bridge', name: 'br0', mac: mac(1) } },
      { operation: 'address add', spec: { link: 'br0', address: '10.0.0.1/24' } },
      { operation: 'link list', spec: { kind: 'bridge' } },
      { operation: 'link get', spec: { link: 'nope' } },
    ])
    // The types are part of the contract: each result has that of its operation.
    if (!made.ok || !links.ok) throw new Error('expected success')
    expect(made.value.mac).toBe(mac(1))
    expect(links.value.map((link) => link.index)).toEqual([made.value.index])
    expect(added).toEqual({ ok: true, value: undefined })
    expect(nothing).toEqual({ ok: true, value: undefined })
  })

  suite.test('no requests, no results', [], async ({ ns }) => {
    expect(await ns.execute([])).toEqual([])
  })

  suite.test('a failure in the middle does not stop the rest', ['link bridge'], async ({ ns }) => {
    const results = await ns.execute([
      { operation: 'link add', spec: { kind: 'bridge', name: 'a' } },
      { operation: 'link add', spec: { kind: 'bridge', name: 'a' } },
      { operation: 'link delete', spec: { link: 'nope' } },
      { operation: 'link add', spec: { kind: 'bridge', name: 'b' } },
    ])
    expect(results.map((result) => (result.ok ? 'ok' : (result.error as { code?: string }).code))).toEqual([
      'ok',
      'EEXIST',
      'ENODEV',
      'ok',
    ])
    expect(results[1]).toMatchObject({ error: { operation: 'link add', subject: 'a' } })
    expect(await namesOf(ns)).toEqual(['a', 'b'])
  })

  suite.test('each request sees what those before it did', ['link bridge'], async ({ ns }) => {
    const results = await ns.execute([
      { operation: 'link add', spec: { kind: 'bridge', name: 'a' } },
      { operation: 'link set', spec: { link: 'a', name: 'b' } },
      { operation: 'link set', spec: { link: 'b', up: true, addAltNames: ['third'] } },
      { operation: 'address add', spec: { link: 'third', address: '10.0.0.1/24' } },
      { operation: 'route add', spec: { destination: '10.8.0.0/16', via: '10.0.0.2' } },
      { operation: 'link delete', spec: { link: 'third' } },
      { operation: 'link list', spec: { kind: 'bridge' } },
    ])
    expect(results.map((result) => result.ok)).toEqual(Array(7).fill(true))
    expect(results[6]).toEqual({ ok: true, value: [] })
  })

  suite.test('a thousand requests, every tenth of which fails', ['link bridge'], async ({ ns }) => {
    await addBridge(ns)
    const requests = Array.from({ length: 1000 }, (_, i): LooseRequest => {
      const repeated = i % 10 === 9
      const n = repeated ? i - 1 : i
      const spec = { link: 'br0', address: `10.9.${n >> 8}.${n & 255}`, mac: mac(n & 255) }
      return { operation: 'neighbour add', spec }
    })
    const results = await ns.execute(requests)
    expect(results).toHaveLength(1000)
    const codes = results.map((result) => (result.ok ? '' : (result.error as { code?: string }).code))
    expect(codes).toEqual(requests.map((_, i) => (i % 10 === 9 ? 'EEXIST' : '')))
    expect((await ns.neighbour.list({ family: 4, state: 'permanent' })).length).toBe(900)
  })

  suite.test('lists larger than any buffer arrive whole', ['link bridge'], async ({ ns }) => {
    await addBridge(ns)
    const add = Array.from({ length: 3000 }, (_, i): LooseRequest => {
      return { operation: 'route add', spec: { destination: `10.${i >> 8}.${i & 255}.0/24`, link: 'br0' } }
    })
    expect((await ns.execute(add)).filter((result) => !result.ok)).toEqual([])
    const routes = await ns.route.list({ family: 4 })
    expect(routes.map((found) => found.destination)).toEqual(add.map((_, i) => `10.${i >> 8}.${i & 255}.0/24`))
  })

  suite.test('two batches at once keep their own order and results', ['link bridge'], async ({ ns }) => {
    const chain = (name: string) =>
      ns.execute([
        { operation: 'link add', spec: { kind: 'bridge', name } },
        { operation: 'link set', spec: { link: name, mtu: 1400 } },
        { operation: 'link get', spec: { link: name } },
      ])
    const both = await Promise.all(['a', 'b', 'c', 'd'].map(chain))
    for (const [i, results] of both.entries()) {
      expect(results.map((result) => result.ok)).toEqual([true, true, true])
      expect(results[2]).toMatchObject({ value: { name: 'abcd'[i], mtu: 1400 } })
    }
  })

  suite.test('many links deleted in one batch', ['link veth'], async ({ ns }) => {
    const names = Array.from({ length: 50 }, (_, i) => `v${i}`)
    await ns.execute(
      names.map(
        (name) => ({ operation: 'link add', spec: { kind: 'veth', name, peer: { name: `${name}p` } } }) as const,
      ),
    )
    expect(await namesOf(ns)).toHaveLength(100)
    const results = await ns.execute([
      ...names.map((link) => ({ operation: 'link delete', spec: { link } }) as const),
      // The peers went with them.
      ...names.map((link) => ({ operation: 'link delete', spec: { link: `${link}p` } }) as const),
    ])
    expect(results.map((result) => result.ok)).toEqual([...Array(50).fill(true), ...Array(50).fill(false)])
    expect(
      results.slice(50).every((result) => !result.ok && (result.error as { code?: string }).code === 'ENODEV'),
    ).toBe(true)
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test(
    'many links made in one batch are told each, and deleted by any of their names',
    ['link bridge'],
    async ({ ns }) => {
      const names = Array.from({ length: 140 }, (_, i) => `b${i}`)
      const made = await ns.execute([
        ...names.map((name) => ({ operation: 'link add', spec: { kind: 'bridge', name } }) as const),
        { operation: 'link add', spec: { kind: 'bridge', name: 'b7' } },
        // What is made is told as it was then, on kernels that send it back and on those that are asked.
        { operation: 'link set', spec: { link: 'b1', mtu: 1400, addAltNames: ['the-second-of-all-bridges'] } },
        { operation: 'link add', spec: { kind: 'bridge', name: 'last', index: 4000 } },
      ])
      const links = made.map((result) => (result.ok ? result.value : undefined))
      expect(links.slice(0, 140)).toMatchObject(
        names.map((name) => ({ name, kind: 'bridge', mtu: 1500, altNames: [] })),
      )
      expect(made[140]).toMatchObject({ ok: false, error: { code: 'EEXIST', subject: 'b7' } })
      expect(links[142]).toMatchObject({ name: 'last', index: 4000 })
      const there = await ns.link.list({ kind: 'bridge' })
      expect(there.map(({ index, name }) => [index, name])).toEqual(
        links.flatMap((link) => (link ? [[link.index, link.name]] : [])),
      )
      const gone = await ns.execute([
        ...['b0', 'the-second-of-all-bridges', 'nope', 'b0', 4000].map(
          (link) => ({ operation: 'link delete', spec: { link } }) as const,
        ),
        ...names.slice(2).map((link) => ({ operation: 'link delete', spec: { link } }) as const),
      ])
      const codeOf = (result: (typeof gone)[number]) => (result.ok ? 'ok' : (result.error as { code?: string }).code)
      expect(gone.map(codeOf)).toEqual(['ok', 'ok', 'ENODEV', 'ENODEV', 'ok', ...names.slice(2).map(() => 'ok')])
      expect(await namesOf(ns)).toEqual([])
    },
  )

  suite.test('many deletions with some that cannot be are told each', ['link bridge'], async ({ ns }) => {
    const names = Array.from({ length: 40 }, (_, i) => `b${i}`)
    const made = await ns.execute(
      names.map((name, i) => ({ operation: 'link add', spec: { kind: 'bridge', name, group: i } }) as const),
    )
    const second = made[1]?.ok ? made[1].value.index : 0
    const gone = await ns.execute(
      ['b0', 'lo', 'b1', second, 'nope', ...names.slice(2)].map(
        (link) => ({ operation: 'link delete', spec: { link } }) as const,
      ),
    )
    const codeOf = (result: (typeof gone)[number]) => (result.ok ? 'ok' : (result.error as { code?: string }).code)
    const rest = names.slice(2).map(() => 'ok')
    expect(gone.map(codeOf)).toEqual(['ok', 'EOPNOTSUPP', 'ok', 'ENODEV', 'ENODEV', ...rest])
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test('links whose names the kernel chooses are told each', ['link bridge'], async ({ ns }) => {
    const unnamed = { operation: 'link add', spec: { kind: 'bridge' } } as const
    const high = { operation: 'link add', spec: { kind: 'bridge', name: 'high', index: 70_000 } } as const
    const results = await ns.execute([unnamed, high, unnamed, unnamed])
    const links = results.map((result) => (result.ok ? result.value.name : result.error))
    expect(links).toEqual(['bridge0', 'high', 'bridge1', 'bridge2'])
    expect(new Set(await namesOf(ns))).toEqual(new Set(links))
  })
}
