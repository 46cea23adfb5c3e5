/** Nothing is left behind: descriptors, mounts, threads, memory, after very many operations. @module */
import { readdirSync, readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { ownPrefix } from './context.js'
import { eventually, fails, sleep } from './expectation.js'
import { patience } from './kernel-release.js'
import type { Suite } from './suite.js'
import { addBridge, addPair, mac } from './surroundings.js'

/** What a process holds. */
interface Holdings {
  readonly descriptors: number
  readonly threads: number
  readonly mounts: number
}

const many = { seconds: 240 } as const

/** A leak of each shows as well by fewer, where each takes long. */
const count = patience > 1 ? 100 : 1000

/** Registers the tests. */
export function leak(suite: Suite): void {
  suite.test(
    'very many namespaces made and closed',
    ['namespace fd'],
    async ({ host }) => {
      const cycle = async () => {
        await using ns = await host.namespace.add()
        await ns.link.set('lo', { up: true })
      }
      for (let i = 0; i < 20; i++) await cycle()
      await quiet(holdings(), async () => {
        for (let i = 0; i < count; i++) await cycle()
      })
    },
    many,
  )

  suite.test(
    'very many named namespaces added and deleted',
    ['namespace fd', 'namespace named'],
    async ({ host, namespaceName }) => {
      const name = namespaceName()
      const cycle = async () => {
        await using ns = await host.namespace.add(name)
        expect(await ns.link.get('lo')).toBeDefined()
        await host.namespace.delete(name)
      }
      for (let i = 0; i < 20; i++) await cycle()
      await quiet(holdings(), async () => {
        for (let i = 0; i < count; i++) await cycle()
      })
      expect((await host.namespace.list()).map((entry) => entry.name)).not.toContain(name)
    },
    many,
  )

  suite.test(
    'ten thousand operations of every sort, failures among them, keep no memory',
    ['link bridge', 'link veth'],
    async ({ ns }) => {
      await addBridge(ns)
      await addPair(ns)
      await rounds(ns, 150)
      const grown: number[] = []
      for (let stretch = 0; stretch < 3; stretch++) {
        const before = await memory()
        await rounds(ns, 283)
        grown.push((await memory()) - before)
      }
      // What is prepared and compiled once is in one of them; what an operation keeps, in each: 100 octets would be 340 kB.
      expect(Math.min(...grown), `grown by ${grown.join(', ')} octets`).toBeLessThan(250_000)
    },
    many,
  )
}

/** Twelve operations a round, one call each. */
async function rounds(ns: Namespace, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    // The kernel takes some hundredths of a second to delete a link.
    if (i % 50 === 0) {
      await ns.link.add({ kind: 'bridge', name: 'x0' })
      await ns.link.delete('x0')
    }
    await ns.link.set('v1', { addAltNames: ['another'], alias: `round ${i}` })
    await ns.link.set('another', { deleteAltNames: ['another'], mtu: 1400 + (i % 2) })
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24' })
    await ns.route.add({ destination: '10.8.0.0/16', via: '10.0.0.2' })
    await ns.neighbour.set({ link: 'br0', address: '10.0.0.7', mac: mac(7) })
    await ns.link.list({ statistics: true })
    await ns.route.get('10.8.1.1')
    await fails(ns.link.delete('nope'), 'ENODEV')
    await fails(ns.route.add({ destination: '10.9.0.0/16', via: '10.99.0.1' }), 'ENETUNREACH')
    await ns.address.delete({ link: 'br0', address: '10.0.0.1/24' })
    const steps = ns.watch({ groups: ['link'], snapshot: true })
    await steps.next()
    await steps.return?.()
  }
}

/** Holds the process to what it held before, once what the kernel does in its own time is done. */
async function quiet(before: Holdings, body: () => Promise<void>): Promise<void> {
  await body()
  await eventually(() => {
    const after = holdings()
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 1)
    expect(after.threads).toBeLessThanOrEqual(before.threads + 1)
    expect(after.mounts).toBeLessThanOrEqual(before.mounts)
  }, 20)
}

function holdings(): Holdings {
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    mounts: readFileSync('/proc/self/mountinfo', 'latin1').split('\n').filter(isOwnMount).length,
  }
}

/**
 * Whether this process may have made a mount. Processes share them: another one's first named namespace mounts `/run/netns`
 * for good, and each of its names is a mount while it lasts.
 */
function isOwnMount(line: string): boolean {
  const place = line.split(' ')[4] ?? ''
  return !/^\/run\/netns(\/|$)/.test(place) || place.startsWith(`/run/netns/${ownPrefix()}`)
}

/** Octets on the heap and outside of it that are in use. */
async function memory(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // What is told of the end of objects runs between two collections.
  for (let i = 0; i < 4; i++) {
    collect()
    await sleep(20)
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}
