/** Namespaces of the mock: how long they live, and how they know each other. @module */
import { describe, expect, test } from 'vitest'
import { openLab } from './lab.js'

describe('namespaces', () => {
  test('one mock knows nothing of another', async () => {
    const [one, two] = [await openLab(), await openLab()]
    await one.host.namespace.add('blue')
    await one.host.link.add({ kind: 'bridge', name: 'br0' })
    expect(await two.host.namespace.list()).toEqual([])
    expect(await two.host.link.get('br0')).toBeUndefined()
    await one.host.close()
    await two.host.close()
  })

  test('lives on without its name while somebody holds it', async () => {
    const { host } = await openLab()
    const blue = await host.namespace.add('blue')
    await host.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1', namespace: 'blue' } })
    await host.namespace.delete('blue')
    expect(await host.namespace.list()).toEqual([])
    await blue.link.set('v1', { up: true })
    expect(await host.link.get('v0')).toBeDefined()
    await blue.close()
    expect(await host.link.get('v0')).toBeUndefined()
    await host.close()
  })

  test('is numbered when a link first refers to it', async () => {
    const { host } = await openLab()
    await using red = await host.namespace.add('red')
    await using blue = await host.namespace.add('blue')
    expect((await host.namespace.list()).map(({ name, id }) => [name, id])).toEqual([
      ['blue', undefined],
      ['red', undefined],
    ])
    for (const namespace of [red, blue]) {
      const made = await host.link.add({ kind: 'veth', peer: { namespace } })
      expect(made.linkNamespaceId).toBe(namespace === red ? 0 : 1)
    }
    expect((await host.namespace.list()).map(({ name, id }) => [name, id])).toEqual([
      ['blue', 1],
      ['red', 0],
    ])
    await host.close()
  })

  test('is found by path, not by process or descriptor', async () => {
    const { host } = await openLab()
    await using blue = await host.namespace.add('blue')
    for (const path of ['/run/netns/blue', '/var/run/netns/blue']) {
      await using same = await host.namespace.open(path)
      await same.link.set('lo', { up: true })
    }
    expect((await blue.link.get('lo'))?.up).toBe(true)
    await expect(host.namespace.open('/somewhere/else')).rejects.toMatchObject({
      code: 'ENOENT',
      hint: expect.stringContaining('vnet namespace list'),
    })
    for (const ref of [{ pid: 1 }, { fd: 3 }]) {
      await expect(host.namespace.open(ref)).rejects.toMatchObject({ code: 'VNET_UNSUPPORTED' })
      await expect(host.link.add({ kind: 'bridge', namespace: ref })).rejects.toMatchObject({
        code: 'VNET_UNSUPPORTED',
      })
    }
    await host.close()
  })

  test('packets and programs name the capability that is missing', async () => {
    const { host } = await openLab({ lacks: ['packets'] })
    await expect(host.ping('127.0.0.1')).rejects.toMatchObject({
      code: 'VNET_UNSUPPORTED',
      subject: 'packets',
      detail: 'left out by the option lacks',
    })
    await expect(host.run({ command: 'true' })).rejects.toMatchObject({ code: 'VNET_UNSUPPORTED' })
    await host.close()
  })
})
