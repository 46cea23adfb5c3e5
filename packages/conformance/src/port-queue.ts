/** Queues of a port: which frames they get, who waits for which, and the orders in which they end. @module */
import { FrameBatch, type TunPort } from '@vnet/core'
import { expect } from 'vitest'
import { fails, sleep } from './expectation.js'
import { numberedFrame } from './frame.js'
import { exchange, hold, readNumbers, release, twoTaps, writeAll } from './port.js'
import type { Suite } from './suite.js'
import { namesOf } from './surroundings.js'

const needs = ['tun port', 'link tap'] as const
const bridged = [...needs, 'link bridge'] as const

/** Orders in which a queue is detached, its link deleted and its port closed. */
const orders = [
  'delete detach close',
  'detach delete close',
  'detach close delete',
  'detach attach delete close',
  'detach attach close delete',
  'close delete',
]

/** Registers the tests. */
export function portQueue(suite: Suite): void {
  suite.test('queues: added, detached, attached, counted', needs, async ({ ns }) => {
    await using opened = await ns.openTap({ name: 'tap0', queues: 3 })
    const state = async () => (await ns.link.get('tap0'))?.tun
    expect(opened.queues).toBe(3)
    expect(await state()).toMatchObject({ queues: 3, disabledQueues: 0 })
    opened.setQueue(1, false)
    expect(await state()).toMatchObject({ queues: 2, disabledQueues: 1 })
    opened.setQueue(1, true)
    expect(await state()).toMatchObject({ queues: 3, disabledQueues: 0 })
    expect(opened.addQueue()).toBe(3)
    expect(await state()).toMatchObject({ queues: 4 })
    expect(() => opened.setQueue(4, false)).toThrow(RangeError)
    await using single = await ns.openTap({ name: 'tap1' })
    expect(() => single.setQueue(0, false)).toThrow(/EINVAL/)
    expect(() => single.addQueue()).toThrow(/EINVAL/)
  })

  suite.test('a port reads all of its queues', [...needs, 'link bridge'], async ({ ns, defer }) => {
    const [from, to] = await twoTaps(ns, defer, { queues: 4 })
    to.setQueue(0, false)
    await exchange(from, to)
    to.setQueue(0, true)
    to.setQueue(2, false)
    await exchange(from, to)
  })

  suite.test('a detached queue gets nothing; attached again it wakes who waits', bridged, async ({ ns, defer }) => {
    const [from, first] = await twoTaps(ns, defer, { multiQueue: true })
    const second = await ns.openTap({ name: 'tap1', multiQueue: true })
    defer(() => second.close())
    first.setQueue(0, false)
    const pending = readNumbers(first, 20, () => 64)
    await writeAll(from, numbered(0, 20, 64))
    expect(await readNumbers(second, 20, () => 64)).toEqual(counting(0, 20))
    expect(first.counters.readFrames).toBe(0)
    first.setQueue(0, true)
    second.setQueue(0, false)
    await writeAll(from, numbered(20, 20, 64))
    expect(await pending).toEqual(counting(20, 20))
  })

  suite.test('writing goes on while a queue is detached', bridged, async ({ ns, defer }) => {
    const [from, to] = await twoTaps(ns, defer, { queues: 2 })
    for (const queue of [0, 1]) {
      from.setQueue(queue, false)
      await exchange(from, to)
      from.setQueue(queue, true)
    }
    expect(from.counters.writtenFrames).toBe(200)
    expect(Object.values(from.counters.dropped).every((count) => count === 0)).toBe(true)
  })

  suite.test(
    'who waits to write waits for the queue that is written to',
    [...bridged, 'namespace exec'],
    async (context) => {
      const { ns, defer, skip } = context
      const [from] = await twoTaps(ns, defer, { queues: 2 })
      if (!(await hold(ns, 'tap1'))) skip('needs tc and the queueing discipline tbf')
      from.setSendBuffer(32_768)
      const taken = from.write(numbered(0, 64, 1400))
      expect(taken).toBeGreaterThan(0)
      expect(taken).toBeLessThan(64)
      // The other queue has room, which is of no use.
      const waiting = from.writable()
      expect(await Promise.race([waiting, sleep(30).then(() => 'waits')])).toBe('waits')
      from.setQueue(0, false)
      await waiting
      const more = from.write(numbered(0, 64, 1400))
      expect(more).toBeGreaterThan(0)
      expect(more).toBeLessThan(64)
      const again = from.writable()
      expect(await Promise.race([again, sleep(30).then(() => 'waits')])).toBe('waits')
      await release(ns, 'tap1')
      await again
    },
  )

  suite.test('a queue that comes later has the send buffer too', [...bridged, 'namespace exec'], async (context) => {
    const { ns, defer, skip } = context
    const [from] = await twoTaps(ns, defer, { multiQueue: true })
    if (!(await hold(ns, 'tap1'))) skip('needs tc and the queueing discipline tbf')
    expect(from.write(numbered(0, 64, 1400))).toBe(64)
    from.setSendBuffer(32_768)
    from.addQueue()
    from.setQueue(0, false)
    expect(from.write(numbered(0, 64, 1400))).toBeLessThan(64)
  })

  suite.test('256 queues, and no more', needs, async ({ ns }) => {
    await using opened = await ns.openTap({ name: 'tap0', queues: 256 })
    expect((await ns.link.get('tap0'))?.tun).toMatchObject({ queues: 256 })
    expect(() => opened.addQueue()).toThrow(/E2BIG/)
    await fails(ns.openTap({ name: 'tap0', multiQueue: true }), 'E2BIG')
    expect(opened.queues).toBe(256)
  })

  for (const order of orders) {
    suite.test(`a port that ends in this order: ${order}`, needs, async ({ ns, defer }) => {
      const ports: TunPort[] = []
      for (let i = 0; i < 2; i++)
        ports.push(await ns.openTap({ name: 'tap0', multiQueue: true, persistent: true, up: true }))
      for (const each of ports) defer(() => each.close())
      const pending = ports.map((each) => fails(waitForEnd(each), ['EBADFD', 'VNET_CLOSED']))
      let isDeleted = false
      const steps: Record<string, () => Promise<unknown>> = {
        delete: async () => {
          await ns.link.delete('tap0')
          isDeleted = true
        },
        close: () => Promise.all(ports.map((each) => each.close())),
        detach: async () => {
          for (const each of ports) {
            if (isDeleted) expect(() => each.setQueue(0, false)).toThrow(/EBADFD|EINVAL/)
            else each.setQueue(0, false)
          }
        },
        attach: async () => {
          for (const each of ports) each.setQueue(0, true)
        },
      }
      for (const step of order.split(' ')) await steps[step]?.()
      await Promise.all(pending)
      expect(await namesOf(ns)).toEqual([])
      await using anew = await ns.openTap({ name: 'tap0', multiQueue: true })
      expect((await ns.link.get('tap0'))?.tun).toMatchObject({ queues: 1, disabledQueues: 0 })
      expect(anew.queues).toBe(1)
    })
  }
}

/** Reads until the port ends. */
async function waitForEnd(port: TunPort): Promise<never> {
  const batch = port.createBatch()
  for (;;) await port.read(batch)
}

/** Frames numbered from `first` on. */
function numbered(first: number, count: number, size: number): FrameBatch {
  const batch = new FrameBatch({ frames: count })
  for (const number of counting(first, count)) batch.add(numberedFrame(number, size, 0x22, 0x11))
  return batch
}

const counting = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i)
