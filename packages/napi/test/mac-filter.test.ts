/** A MAC filter that is changed without pause, while other processes send as fast as they can: nobody notices. @module */
import { type Host, type MacFilterSpec, type Namespace, openHost } from '@vnet/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { napiDriver } from '../src/index.js'

let host: Host
beforeAll(async () => {
  host = await openHost({ driver: napiDriver })
})
afterAll(() => host.close())

const needs = ['admin', 'namespace anonymous', 'namespace exec', 'mac filter', 'link bridge', 'link veth'] as const
const mac = (last: number) => `02:00:00:00:00:0${last}`

/** What was sent and what came back, as `ping` tells it. */
async function ping(ns: Namespace, count: number): Promise<{ readonly sent: number; readonly back: number }> {
  const args = ['-n', '-q', '-c', String(count), '-i', '0.002', '-W', '1', '10.0.0.9']
  const { stdout, stderr } = await (await ns.run({ command: 'ping', args, stdio: 'pipe' })).ended
  const found = /(\d+) packets transmitted, (\d+) (packets )?received/.exec(stdout)
  if (found === null) throw new Error(`ping says: ${stdout}${stderr}`)
  return { sent: Number(found[1]), back: Number(found[2]) }
}

test('who is allowed loses no frame, and of who is denied none gets through', async (task) => {
  const missing = needs.find((name) => host.supports[name] !== true)
  if (missing !== undefined) return task.skip(`lacks capability: ${missing} (${host.supports[missing]})`)
  await using ns = await host.namespace.add()
  const there = await ns.run({ command: 'sh', args: ['-c', 'command -v ping'], stdio: 'pipe' })
  if ((await there.ended).code !== 0) return task.skip('lacks capability: the program ping')
  await using target = await host.namespace.add()
  await using allowed = await host.namespace.add()
  await using denied = await host.namespace.add()
  await ns.link.add({ kind: 'bridge', name: 'br0', up: true })
  // The two share a port, as behind an access point: a bridge of their own leads there.
  await ns.link.add({ kind: 'bridge', name: 'far', up: true })
  await ns.link.add({ kind: 'veth', name: 'in', master: 'br0', up: true, peer: { name: 'out', up: true } })
  await ns.link.set('out', { master: 'far' })
  const places = [target, allowed, denied]
  for (const [at, place] of places.entries()) {
    const peer = { name: 'eth0', mac: mac(at), namespace: place, up: true }
    await ns.link.add({ kind: 'veth', name: `h${at}`, master: at === 0 ? 'br0' : 'far', up: true, peer })
    await place.address.add({ link: 'eth0', address: `10.0.0.${at === 0 ? 9 : at}/24` })
  }
  // Nobody has to ask for a MAC, for the one who is denied would not get as far as sending.
  for (const [from, to] of [
    [allowed, 0],
    [denied, 0],
    [target, 1],
    [target, 2],
  ] as const)
    await from.neighbour.add({ link: 'eth0', address: `10.0.0.${to === 0 ? 9 : to}`, mac: mac(to), state: 'permanent' })
  await expect.poll(async () => (await allowed.ping('10.0.0.9')).address, { timeout: 30_000 }).toBe('10.0.0.9')

  const ways: readonly Omit<MacFilterSpec, 'link'>[] = [
    { deny: [mac(2)] },
    { allow: [mac(1), mac(2), mac(5)], deny: [mac(2)] },
    { allow: [mac(5), mac(1)] },
    { allow: [mac(1)], deny: [mac(2), mac(5)] },
  ]
  await ns.macFilter.set({ link: 'in', ...ways[0] })
  let changes = 0
  let isOver = false
  const pings = Promise.all([ping(allowed, 300), ping(denied, 300)]).finally(() => {
    isOver = true
  })
  while (!isOver) {
    changes++
    await ns.macFilter.set({ link: 'in', ...ways[changes % ways.length] })
    await new Promise((resolve) => setImmediate(resolve))
  }
  const [passed, dropped] = await pings
  expect(passed).toEqual({ sent: 300, back: 300 })
  expect(dropped).toEqual({ sent: 300, back: 0 })
  expect(changes).toBeGreaterThan(10)
})
