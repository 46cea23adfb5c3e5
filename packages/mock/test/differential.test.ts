/** What the comparison of random programs makes of a backend that answers wrongly: once, always, or by what came long before. */
import { type DifferentialReport, differential } from '@vnet/conformance'
import type { Connection, Driver } from '@vnet/core'
import { expect, it } from 'vitest'
import { mockDriver } from '../src/index.js'

/** Whether a link that is to be made is refused: by the number of such requests on all connections, and on this one. */
type Refuses = (all: number, here: number) => boolean

/** A mock that refuses some links. */
function refusing(refuses: Refuses): Driver {
  let all = 0
  const driver = mockDriver({ seed: 1 })
  const connect = async (...args: Parameters<Driver['connect']>): Promise<Connection> => {
    let here = 0
    const connection = await driver.connect(...args)
    const execute = async (requests: readonly { readonly operation: string }[], options?: object) => {
      const results = await connection.execute(requests as never, options)
      return (results as unknown[]).map((result, i) => {
        if (requests[i]?.operation !== 'link add' || !refuses(++all, ++here)) return result
        return { ok: false, error: Object.assign(new Error('refused'), { code: 'EIO' }) }
      })
    }
    return withMethods(connection, { execute })
  }
  return withMethods(driver, { connect })
}

/** An object with other methods; the rest stay its own. */
function withMethods<T extends object>(object: T, methods: object): T {
  const get = (_: T, name: keyof T) => {
    const value = name in methods ? methods[name as never] : object[name]
    return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(object) : value
  }
  return new Proxy(object, { get } as ProxyHandler<T>)
}

async function compared(refuses: Refuses): Promise<DifferentialReport> {
  const [left, right] = [mockDriver({ seed: 1 }), refusing(refuses)]
  const report = await differential({ left, right, programs: 12, row: 3, seed: 5, concurrency: 1 })
  await Promise.all([left.close(), right.close()])
  return report
}

it('what differs once is told as that, and the run goes on', async () => {
  const { programs, mismatches, notRepeated } = await compared((all) => all === 20)
  expect(programs).toBe(12)
  expect(mismatches).toEqual([])
  expect(notRepeated).toHaveLength(1)
  const [first, second, ...others] = notRepeated[0]?.differences ?? []
  expect(first).toBe('(not repeated)')
  expect(second).toMatch(/^\d+ link add code: ".*" \| "EIO"$/)
  expect(others).toEqual([])
})

it('what differs each time is shortened, and ends the run', async () => {
  const { programs, mismatches, notRepeated } = await compared((_, here) => here === 2)
  expect(notRepeated).toEqual([])
  expect(programs).toBeLessThan(12)
  const operations = mismatches[0]?.program.map(({ request }) => request.operation)
  expect(operations).toEqual(['link add', 'link add'])
})

it('what differs for what an earlier row has left behind is no single case', async () => {
  // More than a row has.
  const { mismatches, notRepeated } = await compared((_, here) => here === 19)
  expect(notRepeated).toEqual([])
  expect(mismatches[0]?.differences[0]).toBe('(not as one program in new namespaces, or not every time)')
})
