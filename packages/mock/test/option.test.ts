/** The options of a mock: seed, lacks, processors, and the room of a subscriber's queue. @module */
import { capabilities, type DriverEvent, openHost, remedyOf } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { mockDriver } from '../src/index.js'
import { openLab } from './lab.js'

async function macsOf(seed: number): Promise<(string | undefined)[]> {
  await using host = await openHost({ driver: mockDriver({ seed }) })
  for (const name of ['a', 'b']) await host.link.add({ kind: 'veth', name, peer: { name: `${name}1` } })
  return (await host.link.list()).map((link) => link.mac)
}

describe('options', () => {
  test('the same seed gives the same MACs, another one others; all are unicast and local', async () => {
    const macs = await macsOf(1)
    expect(await macsOf(1)).toEqual(macs)
    expect(await macsOf(2)).not.toEqual(macs)
    expect(new Set(macs).size).toBe(5)
    for (const mac of macs.slice(1)) expect(Number.parseInt((mac as string).slice(0, 2), 16) & 3).toBe(2)
  })

  test('lacks: acts as a smaller kernel', async () => {
    const driver = mockDriver({ lacks: ['link vlan', 'bridge vlan-filtering'] })
    expect(driver.supports['link vlan']).toMatch(/lacks/)
    await using host = await openHost({ driver })
    await host.link.add({ kind: 'bridge', name: 'br0' })
    const vlan = host.link.add({ kind: 'vlan', name: 'v', parent: 'br0', vlan: { id: 5 } })
    await expect(vlan).rejects.toMatchObject({
      code: 'EOPNOTSUPP',
      detail: 'Unknown device type',
      hint: remedyOf('link vlan'),
    })
    const filtering = host.link.set('br0', { bridge: { vlanFiltering: true } })
    await expect(filtering).rejects.toMatchObject({ code: 'EOPNOTSUPP', hint: expect.stringContaining('CONFIG_') })
    expect((await host.link.get('br0'))?.bridge).not.toHaveProperty('vlanDefaultPvid')
  })

  test('lacks shared actions: filters share those that came with one of them, as in a user namespace', async () => {
    const host = await openHost({ driver: mockDriver({ lacks: ['shared actions'] }) })
    const action = { kind: 'gact', control: 'ok', index: 4 } as const
    const root = { code: 'EPERM', hint: expect.stringContaining('root outside of any user namespace') }
    await expect(host.action.add(action)).rejects.toMatchObject(root)
    await expect(host.action.flush({ kind: 'gact' })).rejects.toMatchObject(root)
    await host.link.add({ kind: 'veth', name: 'v0' })
    await host.qdisc.add({ link: 'v0', kind: 'clsact' })
    const place = { link: 'v0', parent: 'ingress', kind: 'matchall' } as const
    await host.filter.add({ ...place, priority: 1, actions: [action] })
    await host.filter.add({ ...place, priority: 2, actions: [{ kind: 'gact', index: 4 }] })
    expect(await host.action.list({ kind: 'gact' })).toMatchObject([{ index: 4, references: 2, bindings: 2 }])
    await expect(host.action.delete({ kind: 'gact', index: 4 })).rejects.toMatchObject(root)
  })

  test('lacks sysctl: settings are read and not written, as in a container', async () => {
    await using host = await openHost({ driver: mockDriver({ lacks: ['sysctl'] }) })
    expect(await host.sysctl.get('net.ipv4.ip_forward')).toBe('0')
    const writing = host.sysctl.set('net.ipv4.ip_forward', 1)
    await expect(writing).rejects.toMatchObject({ code: 'EROFS', hint: expect.stringContaining('/proc/sys') })
    expect(await host.sysctl.get('net.ipv4.ip_forward')).toBe('0')
  })

  test('every capability is told, and each "no" has a reason', () => {
    const { supports } = mockDriver()
    expect(Object.keys(supports).sort()).toEqual([...capabilities].sort())
    for (const value of Object.values(supports)) expect(value === true || value.length > 10).toBe(true)
  })

  test('processors: each end of a pair has as many queues', async () => {
    const { host } = await openLab({ processors: 8 })
    expect(await host.link.add({ kind: 'veth' })).toMatchObject({ txQueues: 8, rxQueues: 8 })
    await host.close()
  })

  test('eventQueue: what does not fit is told as lost, once, before the rest', async () => {
    const { host, driver } = await openLab({ eventQueue: 3 })
    const connection = await driver.connect()
    const events = await connection.watch(['link'])
    for (let i = 0; i < 5; i++) await host.link.add({ kind: 'bridge', name: `br${i}` })
    const kinds: string[] = []
    for (let i = 0; i < 4; i++) kinds.push(((await events.next()).value as DriverEvent).kind)
    expect(kinds).toEqual(['lost', 'link set', 'link set', 'link set'])
    await host.link.delete('br0')
    expect(await events.next()).toMatchObject({ value: { kind: 'link delete', object: { name: 'br0' } } })
    await host.close()
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  test('a subscriber that waits ends when its signal aborts', async () => {
    const { host, driver } = await openLab()
    const abort = new AbortController()
    const connection = await driver.connect()
    const events = await connection.watch(['link'], { signal: abort.signal })
    const next = events.next()
    abort.abort()
    expect(await next).toEqual({ done: true, value: undefined })
    await host.close()
  })
})
