/** A hundred thousand routes and ten thousand links stay quick: nothing grows with the square. @module */
import { describe, expect, test } from 'vitest'
import { openLab } from './lab.js'

describe('bulk', () => {
  test('100,000 routes are added, found and listed', async () => {
    const { host } = await openLab()
    await host.link.add({ kind: 'veth', name: 'v0', up: true, peer: { name: 'v1', up: true } })
    const requests = Array.from({ length: 100_000 }, (_, i) => ({
      operation: 'route add' as const,
      spec: { destination: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`, link: 'v0' },
    }))
    const results = await host.execute(requests)
    expect(results.every((result) => result.ok)).toBe(true)
    expect(await host.route.get('10.1.134.159')).toMatchObject({ link: 3 })
    const routes = await host.route.list({ family: 4 })
    expect(routes).toHaveLength(100_000)
    expect(routes[1]?.destination).toBe('10.0.0.1/32')
    await host.link.set('v0', { up: false })
    expect(await host.route.list({ family: 4 })).toEqual([])
    await host.close()
  }, 60_000)

  test('10,000 links are made, listed and deleted', async () => {
    const { host } = await openLab()
    await host.link.add({ kind: 'bridge', name: 'br0', up: true })
    const requests = Array.from({ length: 5000 }, () => ({
      operation: 'link add' as const,
      spec: { kind: 'veth' as const, up: true },
    }))
    const results = await host.execute(requests)
    expect(results.every((result) => result.ok)).toBe(true)
    expect(await host.link.list({ kind: 'veth' })).toHaveLength(10_000)
    expect((await host.link.get('veth9999'))?.index).toBe(10_002)
    for (let i = 0; i < 5000; i++) await host.link.delete(i * 2 + 3)
    expect(await host.link.list()).toHaveLength(2)
    await host.close()
  }, 60_000)
})
