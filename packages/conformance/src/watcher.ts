/** Collects the events of a watch while a test goes on. @module */
import type { Namespace, NetworkEvent, WatchOptions } from '@vnet/core'

/** A watch that runs beside a test. */
export interface Watcher extends AsyncDisposable {
  /** All events so far, once one satisfies `enough`; fails after some seconds. */
  until(enough: (event: NetworkEvent) => boolean): Promise<NetworkEvent[]>
}

/** Starts watching; what is done after the promise has resolved is seen. The snapshot is left out unless it was asked for. */
export async function startWatch(ns: Namespace, options: WatchOptions): Promise<Watcher> {
  const events: NetworkEvent[] = []
  const wake = new Set<() => void>()
  // The snapshot is the sign that the subscription stands.
  const steps = ns.watch({ ...options, snapshot: true })
  const first = await steps.next()
  if (first.done) throw new Error('the watch ended before it began')
  if (options.snapshot) events.push(first.value)
  let failure: unknown
  const running = (async () => {
    for (let step = await steps.next(); !step.done; step = await steps.next()) {
      events.push(step.value)
      for (const call of wake) call()
    }
  })().catch((error: unknown) => {
    failure = error
    for (const call of wake) call()
  })
  return {
    until: (enough) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          wake.delete(look)
          reject(new Error(`the event did not come; came: ${events.map(eventText).join(', ')}`))
        }, 30_000)
        const look = () => {
          if (failure === undefined && !events.some(enough)) return
          clearTimeout(timer)
          wake.delete(look)
          if (failure === undefined) resolve([...events])
          else reject(failure)
        }
        wake.add(look)
        look()
      }),
    async [Symbol.asyncDispose]() {
      await steps.return?.()
      await running
    },
  }
}

function eventText(event: NetworkEvent): string {
  if (!('object' in event)) return event.kind
  const object = event.object as { name?: string; address?: string; destination?: string; mac?: string }
  return `${event.kind} ${object.name ?? object.address ?? object.destination ?? object.mac ?? ''}`
}

/** Whether an object has these contents. */
export function isSubset(part: object, whole: object): boolean {
  return Object.entries(part).every(([name, value]) => Object.is((whole as Record<string, unknown>)[name], value))
}
