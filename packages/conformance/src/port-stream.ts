/** The faces of a port: an iteration of batches, and WHATWG streams. @module */
import { FrameBatch, readableOf, writableOf } from '@vnet/core'
import { expect } from 'vitest'
import { fails, failure, turn } from './expectation.js'
import { numberedFrame, numberOf } from './frame.js'
import { readNumbers, twoTaps, writeAll } from './port.js'
import type { Suite } from './suite.js'

const needs = ['tun port', 'link tap', 'link bridge'] as const

/** Registers the tests. */
export function portStream(suite: Suite): void {
  suite.test('an iteration can be left and taken up again', needs, async ({ ns, defer }) => {
    const [from, to] = await twoTaps(ns, defer)
    const batch = from.createBatch()
    const seen: number[] = []
    for (let round = 0; round < 3; round++) {
      batch.clear()
      batch.add(numberedFrame(round, 64, 0x22, 0x11))
      await writeAll(from, batch)
      for await (const frames of to) {
        const numbers = [...frames].flatMap((frame) => numberOf(frame) ?? [])
        seen.push(...numbers)
        if (numbers.length > 0) break
      }
    }
    expect(seen).toEqual([0, 1, 2])
  })

  suite.test('streams: from one port into another', needs, async ({ ns, defer, another }) => {
    const [from, to] = await twoTaps(ns, defer)
    const [first, second] = await twoTaps(await another(), defer)
    const end = new AbortController()
    const piping = readableOf(to).pipeTo(writableOf(first), { signal: end.signal })
    const reading = readNumbers(second, 300, (number) => 64 + number)
    const batch = from.createBatch()
    for (let next = 0; next < 300; ) {
      batch.clear()
      while (next < 300 && batch.add(numberedFrame(next, 64 + next, 0x22, 0x11))) next++
      await writeAll(from, batch)
      await turn()
    }
    expect(await reading).toEqual(Array.from({ length: 300 }, (_, number) => number))
    end.abort()
    await expect(piping).rejects.toThrow()
    expect(first.counters.writtenFrames).toBeGreaterThanOrEqual(300)
  })

  suite.test('a stream reads no more than it is asked for', needs, async ({ ns, defer }) => {
    const [from, to] = await twoTaps(ns, defer)
    const batch = new FrameBatch({ frames: 200 })
    for (let number = 0; number < 200; number++) batch.add(numberedFrame(number, 64, 0x22, 0x11))
    const frames = readableOf(to, { highWaterMark: 1, batch: new FrameBatch({ frames: 4 }) }).getReader()
    await writeAll(from, batch)
    const first = await frames.read()
    expect(first.done).toBe(false)
    await new Promise((resolve) => setTimeout(resolve, 50))
    // A batch of four, and at most one more that was asked for when the first was taken.
    expect(to.counters.readFrames).toBeLessThanOrEqual(8)
    const seen = [numberOf(first.value as Uint8Array)]
    while (seen.filter((number) => number !== undefined).length < 200) {
      seen.push(numberOf((await frames.read()).value as Uint8Array))
    }
    expect(seen.filter((number) => number !== undefined)).toEqual(Array.from({ length: 200 }, (_, number) => number))
  })

  suite.test('a stream ends with its port, and fails with its link', needs, async ({ ns, defer }) => {
    const opened = await ns.openTap({ name: 'tap9' })
    const frames = readableOf(opened).getReader()
    const end = frames.read()
    await opened.close()
    expect(await end).toMatchObject({ done: true })

    const doomed = await ns.openTap({ name: 'tap9' })
    defer(() => doomed.close())
    const reader = readableOf(doomed).getReader()
    const writer = writableOf(doomed).getWriter()
    const failed = failure(reader.read())
    await ns.link.delete('tap9')
    expect(await failed).toMatchObject({ code: 'EBADFD' })
    await fails(writer.write(numberedFrame(1, 64, 0x22, 0x11)), 'EBADFD')
  })

  suite.test('a stream refuses what is no frame', needs, async ({ ns, defer }) => {
    const opened = await ns.openTap({ name: 'tap9' })
    defer(() => opened.close())
    await expect(
      writableOf(opened)
        .getWriter()
        .write('frame' as never),
    ).rejects.toThrow(TypeError)
    await fails(writableOf(opened).getWriter().write(new Uint8Array(70_000)), 'EMSGSIZE')
  })
}
