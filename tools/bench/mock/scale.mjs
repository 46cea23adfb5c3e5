/** How the time of an operation on the mock grows with what is there, and the start of a mock. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { summary } from '../statistics.mjs'

const dist = (name) => new URL(`../../../packages/${name}/dist/index.js`, import.meta.url)

/** A curve may rise by this from its smallest size to its largest: a thousand times as much has ten more binary digits. */
export const growthGoal = 4
/** The most milliseconds that a mock may take to start. */
export const startGoal = 5

const CHUNK = 10_000

async function open() {
  const { openHost } = await import(dist('core'))
  const { mockDriver } = await import(dist('mock'))
  return openHost({ driver: mockDriver({ seed: 1 }) })
}

async function fill(host, operation, count, spec) {
  for (let from = 0; from < count; from += CHUNK) {
    const length = Math.min(CHUNK, count - from)
    const results = await host.execute(Array.from({ length }, (_, i) => ({ operation, spec: spec(from + i) })))
    const refused = results.find((result) => !result.ok)
    if (refused) throw refused.error
  }
}

const link = (i) => ({ kind: 'dummy', name: `d${i}` })
const route = (i) => ({ destination: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`, link: 'd0' })
/** Numbers from 0 to `count`, all over it. */
const scattered = (i, count) => (i * 7919) % count

/** What is measured: with how many of what, and the operation, done `times` times in a round. */
const curves = [
  {
    title: 'a link looked up by name',
    sizes: [100, 1000, 10_000],
    fill: (host, count) => fill(host, 'link add', count, link),
    step: (host, i, count) => host.link.get(`d${scattered(i, count)}`),
  },
  {
    title: 'a link added and deleted',
    sizes: [100, 1000, 10_000],
    fill: (host, count) => fill(host, 'link add', count, link),
    async step(host, i) {
      await host.link.add({ kind: 'dummy', name: `x${i}` })
      await host.link.delete(`x${i}`)
    },
  },
  {
    title: 'a route looked up',
    sizes: [100, 1000, 10_000, 100_000],
    fill: fillRoutes,
    step: (host, i, count) => host.route.get(route(scattered(i, count)).destination.slice(0, -3)),
  },
  {
    title: 'a route added and deleted',
    sizes: [100, 1000, 10_000, 100_000],
    fill: fillRoutes,
    async step(host) {
      await host.route.add({ destination: '10.200.0.0/24', link: 'd0' })
      await host.route.delete({ destination: '10.200.0.0/24', link: 'd0' })
    },
  },
]

async function fillRoutes(host, count) {
  await host.link.add({ kind: 'dummy', name: 'd0', up: true })
  await fill(host, 'route add', count, route)
}

/** Nanoseconds of the processor that a step takes, for each size. */
async function measureCurve({ title, sizes, fill, step }, rounds, times) {
  const hosts = []
  for (const size of sizes) {
    const host = await open()
    await fill(host, size)
    hosts.push(host)
  }
  const spent = sizes.map(() => [])
  // Round by round through all sizes, so that what disturbs one disturbs all. The first three warm up: until
  // then the compiler is still at work, which counts as the processor's time too.
  for (let round = -3; round < rounds; round++) {
    for (const [at, host] of hosts.entries()) {
      const from = process.cpuUsage()
      for (let i = 0; i < times; i++) await step(host, i, sizes[at])
      const { user, system } = process.cpuUsage(from)
      if (round >= 0) spent[at].push(((user + system) * 1000) / times)
    }
  }
  for (const host of hosts) await host.close()
  const points = sizes.map((size, at) => ({ size, time: summary(spent[at]) }))
  const growth = points.at(-1).time.median / points[0].time.median
  return { title, points, growth, met: growth <= growthGoal }
}

/** Milliseconds until a mock has answered its first question, in processes of their own that have loaded the packages. */
function measureStart(rounds) {
  const times = Array.from({ length: rounds }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url)], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(stderr)
    return JSON.parse(stdout)
  })
  const first = summary(times.map((time) => time.first))
  return { first, later: summary(times.map((time) => time.later)), met: first.median <= startGoal }
}

/** Measures everything. */
export async function measureScale({ rounds, times, progress }) {
  const results = []
  for (const curve of curves) {
    progress(curve.title)
    results.push(await measureCurve(curve, rounds, times))
  }
  progress('start')
  return { curves: results, start: measureStart(rounds) }
}

/** The first mock of a program, and the median of those after it, milliseconds. */
async function startOnce() {
  await import(dist('core')).then(() => import(dist('mock')))
  const once = async () => {
    const from = performance.now()
    const host = await open()
    await host.link.list()
    const time = performance.now() - from
    await host.close()
    return time
  }
  const first = await once()
  const later = []
  for (let i = 0; i < 20; i++) later.push(await once())
  return { first, later: summary(later).median }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await startOnce()))
