/** Virtual time: waiting until nothing is under way, and letting time pass with programs at work. @module */
import type { Namespace } from '@vnet/core'
import { expect, test } from 'vitest'
import { inTurn } from '../src/event-loop.js'
import { manualClock } from '../src/index.js'
import { openLab } from './lab.js'

async function pair(): Promise<Awaited<ReturnType<typeof openLab>> & { there: Namespace }> {
  const lab = await openLab()
  const { host } = lab
  const there = await host.namespace.add()
  const peer = { name: 'v1', up: true, namespace: there }
  await host.link.add({ kind: 'veth', name: 'v0', up: true, peer })
  await host.address.add({ link: 'v0', address: '10.0.0.1/24' })
  await there.address.add({ link: 'v1', address: '10.0.0.2/24' })
  return { ...lab, there }
}

test('settled: a conversation is over when nobody says anything more', async () => {
  const { host, there, driver } = await pair()
  const [a, b] = [await host.openSocket({ kind: 'udp4' }), await there.openSocket({ kind: 'udp4' })]
  a.bind({ port: 5300 })
  b.bind({ port: 5300 })
  let count = 0
  const answer = async (socket: typeof a) => {
    for await (const { from } of socket)
      if (++count < 200 && from !== undefined) await socket.send(new Uint8Array(1), from)
  }
  const answering = [answer(a), answer(b)]
  await a.send(new Uint8Array(1), { address: '10.0.0.2', port: 5300 })
  expect(count).toBeLessThan(200)
  for (const settled of [host.settled(), there.settled(), driver.settled()]) await settled
  expect(count).toBe(200)
  await a.close()
  await b.close()
  await Promise.all(answering)
  // Nothing is under way: it is settled at once, and time has not moved.
  await host.settled()
  await host.close()
  await expect(driver.settled()).rejects.toMatchObject({ code: 'VNET_CLOSED' })
})

test('settled gives up by a signal, where somebody keeps on', async () => {
  const { host } = await openLab()
  let isOn = true
  const busy = (async () => {
    while (isOn) await new Promise<void>((resolve) => inTurn(() => host.link.list().then(() => resolve())))
  })()
  await expect(host.settled({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: 'TimeoutError' })
  isOn = false
  await busy
  await host.close()
})

test('time that passes lets programs act at each of its steps; advancing lets them act at its end', async () => {
  const { host, there, clock } = await pair()
  const client = await host.openSocket({ kind: 'udp4' })
  const server = await there.openSocket({ kind: 'udp4' })
  server.bind({ port: 5300 })
  // A program that asks every second, and knows only the clock.
  const times: number[] = []
  const ask = () =>
    new Promise<void>((resolve) => {
      clock.after(1, () => {
        times.push(clock.now())
        void client.send(Uint8Array.of(times.length), { address: '10.0.0.2', port: 5300 }).then(ask).then(resolve)
      })
    })
  void ask()
  const begun = clock.now()
  await clock.pass('10 s')
  await host.settled()
  expect(times).toEqual(Array.from({ length: 10 }, (_, i) => begun + i + 1))
  for (let i = 1; i <= 10; i++) expect(server.take()?.data).toEqual(Uint8Array.of(i))
  clock.advance('10 s')
  await host.settled()
  expect(times).toHaveLength(11)
  await host.close()
})

test('durations as text', async () => {
  const clock = manualClock()
  for (const [duration, seconds] of [
    ['30 s', 30],
    ['1.5 min', 120],
    ['200ms', 120.2],
    ['2 h', 7320.2],
    [' 1 d ', 93_720.2],
  ] as const) {
    clock.advance(duration)
    expect(clock.now()).toBeCloseTo(seconds, 6)
  }
  for (const wrong of ['', '5', 's', '-1 s', '1 year', '1e3 s']) expect(() => clock.advance(wrong)).toThrow(RangeError)
  await expect(clock.pass('soon')).rejects.toMatchObject({ code: 'VNET_RANGE', attribute: 'duration' })
})
