/** Bad lines by `netem`: what becomes of frames, to the frame where nothing is left to chance. @module */
import type { Capability, QdiscSpec } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, refusalOf } from './expectation.js'
import type { Suite } from './suite.js'
import { addLine, datagram, type Line, lineNeeds, SIZE, shut, upTo } from './traffic-line.js'

const link = 'out0'
const withNetem: readonly Capability[] = [...lineNeeds, 'qdisc netem']

/** Registers the tests of `netem`. */
export function emulating(suite: Suite): void {
  const emulate = (line: Line, options: object) =>
    line.ns.qdisc.set({ link, handle: '1:', kind: 'netem', ...options } as QdiscSpec)

  suite.test('every frame twice', withNetem, async (context) => {
    const line = await addLine(context)
    await emulate(line, { duplicate: 1 })
    await line.send(1, 2, 3)
    expect((await line.numbers(6)).sort()).toEqual([1, 1, 2, 2, 3, 3])
    expect((await line.told('netem')).statistics).toMatchObject({ packets: 6, drops: 0 })
  })

  suite.test('one bit of every frame', withNetem, async (context) => {
    const line = await addLine(context)
    // Damage in the MAC would send a frame astray on the way in, not on this way out.
    await emulate(line, { corrupt: 1 })
    const frame = datagram(1000)
    await line.sendFrames(...Array(20).fill(frame))
    for (const received of await line.read(20)) {
      let bits = 0
      for (const [at, octet] of received.entries())
        for (let rest = octet ^ (frame[at] as number); rest !== 0; rest &= rest - 1) bits++
      expect([received.length, bits]).toEqual([frame.length, 1])
    }
  })

  suite.test('of two models: what leads to loss alone, all; what never does, nothing', withNetem, async (context) => {
    const line = await addLine(context)
    await emulate(line, { lossGemodel: { p: 1, r: 0, lossBad: 1, lossGood: 0 } })
    // The first finds it good, and turns it bad for good.
    await line.send(...upTo(9))
    expect(await line.numbers(1)).toEqual([0])
    await eventually(async () => expect((await line.told('netem')).statistics).toMatchObject({ packets: 1, drops: 8 }))
    await emulate(line, { lossState: { p13: 1, p31: 0, p32: 0, p23: 1, p14: 0 } })
    await line.send(...upTo(5))
    await eventually(async () => expect((await line.told('netem')).statistics?.drops).toBe(13))
    await emulate(line, { lossState: { p13: 0, p31: 1, p32: 0, p23: 0, p14: 0 } })
    await line.send(7)
    expect(await line.numbers(1)).toEqual([7])
  })

  suite.test('the same are lost by the same seed', withNetem, async (context) => {
    const line = await addLine(context)
    const lost = async (seed: string): Promise<readonly number[]> => {
      const refused = await refusalOf(emulate(line, { loss: 0.5, seed }))
      if (refused?.code === 'VNET_UNSUPPORTED')
        return context.skip(`lacks capability: ${refused.hint?.replace(/^.*needs /, 'a seed of ')}`)
      if (refused !== undefined) throw refused
      const { packets = 0, drops = 0 } = (await line.told('netem')).statistics ?? {}
      await line.send(...upTo(64))
      const passed = await eventually(async () => {
        const { statistics } = await line.told('netem')
        const done = (statistics?.packets ?? 0) - packets
        expect(done + (statistics?.drops ?? 0) - drops).toBe(64)
        return done
      })
      const numbers = await line.numbers(passed)
      return upTo(64).filter((number) => !numbers.includes(number))
    }
    const first = await lost('18446744073709551615')
    expect(first.length).toBeGreaterThan(0)
    expect(await lost('1')).not.toEqual(first)
    expect(await lost('18446744073709551615')).toEqual(first)
  })

  suite.test('about as many are lost as were to be', withNetem, async (context) => {
    const line = await addLine(context)
    await emulate(line, { loss: 0.5 })
    for (let sent = 0; sent < 400; sent += 100) await line.send(...upTo(100))
    await eventually(async () => {
      const { packets = 0, drops = 0 } = (await line.told('netem')).statistics ?? {}
      expect(packets + drops).toBe(400)
      // Six deviations of 10 from the mean.
      expect(drops).toBeGreaterThan(140)
      expect(drops).toBeLessThan(260)
    })
  })

  suite.test('each third one overtakes', withNetem, async (context) => {
    const line = await addLine(context)
    await emulate(line, { delay: 1000, reorder: 1, gap: 3 })
    await line.send(...upTo(6))
    expect(await line.numbers(6)).toEqual([2, 5, 0, 1, 3, 4])
    expect((await line.told('netem')).statistics).toMatchObject({ packets: 6, requeues: 2 })
  })

  suite.test('no more wait than the limit says', withNetem, async (context) => {
    const line = await addLine(context)
    await emulate(line, { delay: 100_000, limit: 5 })
    await line.send(...upTo(12))
    const queued = { queueLength: 5, backlog: 5 * SIZE, drops: 7, packets: 0 }
    await eventually(async () => expect((await line.told('netem')).statistics).toMatchObject(queued))
    await line.ns.link.set(link, { up: false })
    expect((await line.told('netem')).statistics).toMatchObject({ queueLength: 0, backlog: 0, drops: 7 })
  })

  suite.test('late by the delay, and by the rate of the line', withNetem, async (context) => {
    const line = await addLine(context)
    // 1,000 octets and 250 more at 12,500 octets a second: a tenth of a second for each.
    await emulate(line, { delay: 50, rate: 100_000, packetOverhead: 250 })
    const begin = performance.now()
    await line.send(0, 1, 2)
    expect(await line.numbers(3)).toEqual([0, 1, 2])
    expect(performance.now() - begin).toBeGreaterThan(340)
  })

  suite.test('late by between the delay less the jitter and as much more', withNetem, async (context) => {
    const line = await addLine(context)
    await emulate(line, { delay: 200, jitter: 100 })
    const begin = performance.now()
    await line.send(...upTo(30))
    const first = await line.numbers(1)
    expect(performance.now() - begin).toBeGreaterThan(95)
    const order = [...first, ...(await line.numbers(29))]
    expect(performance.now() - begin).toBeGreaterThan(200)
    expect([...order].sort((a, b) => a - b)).toEqual(upTo(30))
    // Thirty delays by chance are not in order.
    expect(order).not.toEqual(upTo(30))
  })

  suite.test('slots let go two at a time', withNetem, async (context) => {
    const line = await addLine(context)
    await emulate(line, { delay: 10, slot: { minDelay: 150, packets: 2 } })
    const begin = performance.now()
    await line.send(...upTo(6))
    expect(await line.numbers(6)).toEqual(upTo(6))
    // Three slots, 150 ms apart.
    expect(performance.now() - begin).toBeGreaterThan(290)
  })

  suite.test('a change keeps the slots that it does not give', withNetem, async (context) => {
    const line = await addLine(context)
    await emulate(line, { delay: 10, slot: { minDelay: 150, packets: 2 } })
    await emulate(line, { delay: 20 })
    expect(await line.told('netem')).toMatchObject({ delay: 20, slot: { minDelay: 150, maxDelay: 150, packets: 2 } })
  })

  suite.test('a discipline inside has what is due', [...withNetem, 'qdisc tbf'], async (context) => {
    const line = await addLine(context)
    await emulate(line, { delay: 20 })
    await line.ns.qdisc.add({ ...shut, parent: '1:1', handle: '2:' })
    await line.send(0, 1, 2)
    expect(await line.numbers(1)).toEqual([0])
    await eventually(async () => {
      expect((await line.told('tbf')).statistics).toMatchObject({ queueLength: 2, packets: 1 })
      expect((await line.told('netem')).statistics).toMatchObject({ queueLength: 2, packets: 1 })
    })
  })
}
