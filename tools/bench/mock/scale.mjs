/** How the time of an operation on the mock grows with what is there, and the start of a mock. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { summary } from '../statistics.mjs'
import { curves, open } from './curves.mjs'

const dist = (name) => new URL(`../../../packages/${name}/dist/index.js`, import.meta.url)

/** A curve may rise by this from its smallest size to its largest: a thousand times as much has ten more binary digits. */
export const growthGoal = 4
/** The most milliseconds that a mock may take to start. */
export const startGoal = 5

/** Nanoseconds of the processor that a step takes, for each size. */
async function measureCurve({ title, sizes, fill, step, perObject }, rounds, times) {
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
      const size = sizes[at]
      // Of lists what an object takes is measured, with about as many objects in all.
      const steps = perObject ? Math.ceil((20 * times) / size) : times
      const from = process.cpuUsage()
      for (let i = 0; i < steps; i++) await step(host, i, size)
      const { user, system } = process.cpuUsage(from)
      if (round >= 0) spent[at].push(((user + system) * 1000) / steps / (perObject ? size : 1))
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
    const { host, close } = await open()
    await host.link.list()
    const time = performance.now() - from
    await close()
    return time
  }
  const first = await once()
  const later = []
  for (let i = 0; i < 20; i++) later.push(await once())
  return { first, later: summary(later).median }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await startOnce()))
