import { it } from 'vitest'
import { openHost } from '@vnet/core'
import { napiDriver } from '../src/index.js'
it('x', async () => {
  await using host = await openHost({ driver: await napiDriver() })
  await using ns = await host.namespace.add()
  await using there = await host.namespace.add()
  await ns.link.add({ kind: 'bridge', name: 'br0', namespace: there as never })
  console.log((await there.link.list()).map((l) => [l.index, l.name]))
  console.log((await there.link.list()).map((l) => [l.index, l.name]))
  console.log((await ns.link.list()).map((l) => [l.index, l.name]))
  console.log(Object.keys(await ns.link.get('lo') as object))
  await ns.link.add({ kind: 'veth', name: 'left', peer: { name: 'right', index: 77, mtu: 1300, up: true, txQueueLength: 9, group: 4, alias: 'far end' } })
  console.log(await ns.link.get('right'))
  for (const f of [() => ns.link.set('left', { namespace: 'nononono', up: false }), () => ns.link.add({ kind: 'veth', name: 'x', peer: { namespace: 'vnet-test-vanished' } })])
    await f().catch((e) => console.log(e.message, e))
})
