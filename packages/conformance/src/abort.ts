/** An abort at every await: however far a call has come, it ends, whole or not at all, and leaves nothing behind. @module */
import { readdirSync } from 'node:fs'
import type { CallOptions, Capability, Namespace } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually, turn } from './expectation.js'
import type { Suite } from './suite.js'
import { addBridge, namesOf } from './surroundings.js'

/** A call of several steps, what must be so when it succeeded, and the way back. */
interface Call {
  readonly title: string
  readonly needs: readonly Capability[]
  /** Starts it. */
  readonly start: (context: Context, there: Namespace, options: CallOptions) => Promise<unknown>
  /** What there is of it: nothing, or all. */
  readonly found: (context: Context, there: Namespace) => Promise<unknown>
  /** What all is. */
  readonly whole: unknown
  /** Takes it back. */
  readonly back: (context: Context) => Promise<unknown>
}

const port = async ({ ns }: Context) => {
  const link = await ns.link.get('x0')
  return link === undefined ? 'nothing' : { up: link.up, mastered: link.master !== undefined, alias: link.alias }
}

const calls: readonly Call[] = [
  {
    title: 'a veth pair with its peer up elsewhere, as a port',
    needs: ['link veth'],
    start: ({ ns }, there, options) => {
      const peer = { name: 'y0', namespace: there.ref as { handle: number }, up: true, alias: 'far' }
      return ns.link.add({ kind: 'veth', name: 'x0', master: 'br0', up: true, alias: 'near', peer }, options)
    },
    found: async (context, there) => {
      const peer = await there.link.get('y0')
      const link = await port(context)
      if (link === 'nothing' && peer === undefined) return 'nothing'
      return [link, peer === undefined ? 'nothing' : { up: peer.up, alias: peer.alias }]
    },
    whole: [
      { up: true, mastered: true, alias: 'near' },
      { up: true, alias: 'far' },
    ],
    back: ({ ns }) => ns.link.delete('x0'),
  },
  {
    title: 'a TAP as a port',
    needs: ['link tap'],
    start: ({ ns }, _, options) =>
      ns.link.add({ kind: 'tap', name: 'x0', master: 'br0', up: true, alias: 'near' }, options),
    found: port,
    whole: { up: true, mastered: true, alias: 'near' },
    back: ({ ns }) => ns.link.delete('x0'),
  },
  {
    title: 'a bridge with an alternative name made elsewhere',
    needs: [],
    start: (_, there, options) =>
      there.transaction(async (inner) => {
        await inner.link.add({ kind: 'bridge', name: 'x0', up: true })
        await inner.link.set('x0', { addAltNames: ['other'] })
        await inner.address.add({ link: 'x0', address: '10.7.0.1/24' })
      }, options),
    found: async (_, there) => {
      const link = await there.link.get('x0')
      if (link === undefined) return 'nothing'
      return { altNames: link.altNames, addresses: (await there.address.list({ link: 'x0', family: 4 })).length }
    },
    whole: { altNames: ['other'], addresses: 1 },
    back: () => Promise.resolve(),
  },
]

/** Turns of the event loop that are tried beyond the microtasks. */
const loops = 6

/** Registers the tests. */
export function abort(suite: Suite): void {
  for (const call of calls) {
    suite.test(call.title, ['link bridge', ...call.needs], async (context) => {
      const { ns } = context
      await addBridge(ns)
      const descriptors = descriptorCount()
      let completed = 0
      let aborted = 0
      for (let turns = 0; completed < 3; turns++) {
        const there = await context.host.namespace.add()
        try {
          const abort = new AbortController()
          const state = { settled: false }
          const running = call.start(context, there, { signal: abort.signal }).finally(() => {
            state.settled = true
          })
          const end = running.then(
            () => undefined,
            (error: unknown) => error,
          )
          await pass(turns, state)
          abort.abort()
          const error = await end
          const found = await call.found(context, there)
          if (error === undefined) {
            expect(found, `after ${turns} turns`).toEqual(call.whole)
            completed++
            await call.back(context)
          } else {
            aborted++
            expect(reasonOf(error), `after ${turns} turns: ${String(error)}`).toBe('AbortError')
            // Taken back, or, where the abort came behind the last step, all there.
            if (found !== 'nothing') {
              expect(found, `after ${turns} turns`).toEqual(call.whole)
              await call.back(context)
            }
          }
          expect(await namesOf(ns), `after ${turns} turns`).toEqual(['br0'])
        } finally {
          await there.close()
        }
      }
      // What is only memory has done all before the caller goes on.
      if (context.supports['namespace fd'] === true) expect(aborted).toBeGreaterThan(0)
      if (descriptors !== undefined) {
        await eventually(() => expect(descriptorCount()).toBeLessThanOrEqual(descriptors + 2))
      }
    })
  }

  suite.test('watching', ['link bridge'], async ({ ns }) => {
    const descriptors = descriptorCount()
    for (let turns = 0; turns < 60; turns++) {
      const abort = new AbortController()
      const steps = ns.watch({ snapshot: true, signal: abort.signal })
      const first = steps.next()
      await pass(turns, { settled: false })
      abort.abort()
      const step = await first
      if (!step.done) expect(step.value.kind).toBe('snapshot')
      expect(await steps.next()).toEqual({ done: true, value: undefined })
    }
    if (descriptors !== undefined) {
      await eventually(() => expect(descriptorCount()).toBeLessThanOrEqual(descriptors + 2))
    }
  })
}

/** Lets `turns` microtasks pass; with the thousands come whole turns of the loop. */
async function pass(turns: number, state: { settled: boolean }): Promise<void> {
  const whole = Math.max(0, turns - 80)
  for (let i = 0; i < Math.min(turns, 80) && !state.settled; i++) await undefined
  for (let i = 0; i < Math.min(whole, loops) && !state.settled; i++) await turn()
  if (whole > loops)
    for (let i = 0; !state.settled && i < 1000; i++) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** The name of an error, or of what a transaction failed of. */
function reasonOf(error: unknown): string {
  const { code, cause, name } = error as { code?: string; cause?: unknown; name: string }
  return code === 'VNET_TRANSACTION' ? reasonOf(cause) : name
}

function descriptorCount(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}
