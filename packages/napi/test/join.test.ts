/** The mock on a network with this kernel: two TAPs, joined to a cable. @module */
import { FrameBatch, joinPorts, openHost, type TunPort } from '@vnet/core'
import { mockDriver } from '@vnet/mock'
import { expect } from 'vitest'
import { mockBehind } from '../examples/mock-behind-tap.js'
import { napiDriver } from '../src/index.js'
import { testsIn } from './in-namespace.js'

const inNamespace = testsIn(napiDriver, ['tun port'])

inNamespace('UDP both ways, large and small, and what comes back instead', async (ns) => {
  await using mock = await mockBehind(ns, 'tap0', '10.0.0.2/24')
  await ns.address.add({ link: 'tap0', address: '10.0.0.1/24' })
  await ns.ping({ address: '10.0.0.2', timeout: 10 })
  await using here = await ns.openSocket({ kind: 'udp4' })
  await using there = await mock.host.openSocket({ kind: 'udp4' })
  here.bind({ address: '10.0.0.1', port: 5300 })
  there.bind({ address: '10.0.0.2', port: 5300 })
  const signal = AbortSignal.timeout(20_000)
  for (const size of [0, 1, 1472, 1473, 9000]) {
    const data = Uint8Array.from({ length: size }, (_, i) => i * 3)
    await here.send(data, there.address)
    const asked = await there.receive({ signal })
    expect(asked).toMatchObject({ data, to: '10.0.0.2', from: { address: '10.0.0.1', port: 5300 } })
    await there.send(data, asked.from)
    expect(await here.receive({ signal })).toMatchObject({ data, to: '10.0.0.1', hops: 64 })
  }
  for (const [from, address] of [
    [ns, '10.0.0.2'],
    [mock.host, '10.0.0.1'],
  ] as const) {
    await using socket = await from.openSocket({ kind: 'udp4' })
    socket.connect({ address, port: 9999 })
    await socket.send(new Uint8Array(8))
    await expect(socket.receive({ signal })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  }
})

inNamespace('a cable ends with either end, and closes both', async (ns) => {
  await using mock = await openHost({ driver: mockDriver() })
  const ends = async (): Promise<[TunPort, TunPort]> => [
    await ns.openTap({ name: 'tap0', up: true }),
    await mock.openTap({ name: 'tap0', up: true }),
  ]
  const gone = async () => {
    expect(await ns.link.get('tap0')).toBeUndefined()
    expect(await mock.link.get('tap0')).toBeUndefined()
  }
  for (const which of [0, 1] as const) {
    const ports = await ends()
    const cable = joinPorts(...ports)
    await ports[which].close()
    await cable.ended
    await gone()
  }
  const cable = joinPorts(...(await ends()))
  await ns.link.delete('tap0')
  await expect(cable.ended).rejects.toMatchObject({ code: 'EBADFD' })
  await gone()
  const last = joinPorts(...(await ends()))
  await last.close()
  await last.ended
  await last.close()
  await gone()
})

inNamespace('a flood loses frames in the queues of the kernels, and nowhere else', async (ns) => {
  await using mock = await openHost({ driver: mockDriver() })
  await mock.link.add({ kind: 'bridge', name: 'br0', up: true })
  const inner = await mock.openTap({ name: 'tap1', up: true })
  await mock.link.set('tap1', { master: 'br0' })
  const inside = await mock.openTap({ name: 'tap0', up: true })
  await mock.link.set('tap0', { master: 'br0' })
  const cable = joinPorts(await ns.openTap({ name: 'tap0', up: true }), inside)
  const batch = new FrameBatch({ frames: 500 })
  const frame = new Uint8Array(200)
  frame.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 0x88, 0xb5])
  for (let i = 0; i < 500; i++) batch.add(frame)
  const before = (await ns.link.get('tap0', { statistics: true }))?.statistics?.rxPackets ?? 0
  for (let i = 0; i < 20; i++) inner.write(batch)
  // The queue of the mock's TAP holds a thousand; the cable has passed those on, and all of them have arrived.
  await expect.poll(() => cable.counters.back).toBeGreaterThanOrEqual(1000)
  const passed = cable.counters.back
  expect(passed).toBeLessThan(10_000)
  const dropped = (await mock.link.get('tap0', { statistics: true }))?.statistics?.txDropped ?? 0
  expect(dropped).toBeGreaterThan(0)
  const after = (await ns.link.get('tap0', { statistics: true }))?.statistics?.rxPackets ?? 0
  expect(after - before).toBeGreaterThanOrEqual(1000)
  await inner.close()
  await cable.close()
})
