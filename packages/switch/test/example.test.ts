/** The example does what it says. @module */
import { FrameBatch } from '@vnet/core'
import { readCapture } from '@vnet/wire'
import { expect, it } from 'vitest'
import { stage } from '../examples/bad-line.js'
import { manualClock } from '../src/index.js'
import { broadcast, frame, host } from './frames.js'

it('a bad line: late, with losses, printed and captured', async () => {
  const clock = manualClock(1_700_000_000)
  const lines: string[] = []
  const { left, right, runner, end } = stage(clock, (line) => lines.push(line))
  const batch = new FrameBatch()
  for (let mark = 0; mark < 20; mark++) batch.add(frame(broadcast, host(1), { mark }))
  left.write(batch)
  await new Promise((resolve) => setImmediate(resolve))
  expect([lines.length, right.counters.readFrames]).toEqual([20, 0])
  clock.advance(0.05)
  await right.read(batch)
  expect(batch.count).toBeGreaterThan(10)
  expect(batch.count).toBeLessThan(20)
  expect(runner.bridge.learned).toBe(1)
  const blocks = readCapture(Buffer.concat(await end()))
  expect(blocks.filter(({ block }) => block === 'packet')).toHaveLength(20)
})
