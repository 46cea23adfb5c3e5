/** The demo on a mock that fails: whichever of its requests it is, nothing is left, or it is told. @module */
import { openHost } from '@vnet/core'
import { type FaultCall, type MockDriver, mockDriver } from '@vnet/mock'
import { describe, expect, it } from 'vitest'
import type { DemoEvent } from '../src/demo/event.js'
import { runDemo } from '../src/demo/run.js'

/** The tree does without the numbers of namespaces, so a list of them that fails is no failure of the demo. */
const counts = ({ operation }: FaultCall) => operation !== 'namespace list'

interface Outcome {
  readonly left: number | undefined
  readonly error: unknown
  readonly told: readonly DemoEvent[]
}

async function demo(driver: MockDriver): Promise<Outcome> {
  const told: DemoEvent[] = []
  const tell = (event: DemoEvent) => told.push(event)
  await using host = await openHost({ driver: { ...driver, close: async () => {} } })
  try {
    const signal = AbortSignal.timeout(30_000)
    return { left: await runDemo(host, { place: 'own', count: 1, signal, tell }), error: undefined, told }
  } catch (error) {
    return { left: undefined, error, told }
  }
}

describe('the demo on a mock that fails', () => {
  it('leaves nothing, whichever request fails', async () => {
    let calls = 0
    const counting = mockDriver()
    counting.faults.fail({ error: 'ENOMEM', where: (call) => counts(call) && ++calls < 0 })
    expect((await demo(counting)).left).toBe(0)
    await counting.close()
    expect(calls).toBeGreaterThan(20)
    // The first opens the host, before the demo begins.
    for (let nth = 2; nth <= calls; nth++) {
      const driver = mockDriver()
      const fault = driver.faults.fail({ error: 'ENOMEM', where: counts, nth })
      const { left, error, told } = await demo(driver)
      const where = `request ${nth} of ${calls}`
      expect(fault.hits, where).toBe(1)
      const end = told.at(-1)
      expect(end, where).toMatchObject({ event: 'end' })
      // Either it stopped and says why, or something could not be removed, and it says what.
      if (error === undefined) expect(left, where).toBeGreaterThan(0)
      else expect(error, where).toMatchObject({ code: 'ENOMEM' })
      // What could not be removed by itself went with its namespace.
      const { namespaces } = driver.save()
      expect(
        namespaces.map(({ links }) => links.length),
        where,
      ).toEqual([1])
      await driver.close()
    }
  })

  it('says what it could not remove', async () => {
    const driver = mockDriver()
    driver.faults.fail({ operation: 'link delete', error: 'EBUSY', times: Number.POSITIVE_INFINITY })
    const { left, told } = await demo(driver)
    const kept = told.filter((event) => event.event === 'left')
    expect(left).toBe(kept.length)
    expect(kept.length).toBeGreaterThan(0)
    for (const event of kept) expect(event).toMatchObject({ reason: expect.stringContaining('EBUSY') })
    await driver.close()
  })
})
