/** The contender vnet: `main.mjs DRIVER ROW N INPUT LIMIT` warms up, carries out one row through the public client, and tells the time. */
import { openHost } from '@vnet/core'
import { quantile } from '../statistics.mjs'
import { profiled } from './profiled.mjs'
import { linkOf, lists, requests } from './specs.mjs'
import { warmStage } from './warm-stage.mjs'

const dumps = 5
const warmings = 3
const [driver, row, words, input, limit] = process.argv.slice(2)
const count = Number(words)
const now = () => Number(process.hrtime.bigint())
const range = (from, length, make) => Array.from({ length }, (_, i) => make(from + i))

/** Deletions are slow and take what is there: few of them warm up. */
const warmCount = row === 'veth-delete-one' ? 5 : row.startsWith('veth') ? 100 : 10_000

async function carryOut(namespace, list) {
  if (row === 'veth-delete-one') {
    for (const { spec } of list) await namespace.link.delete(spec.link)
    return
  }
  const results = await namespace.execute(list)
  const failed = results.find((result) => !result.ok)
  if (failed) throw failed.error
}

async function dump(namespace) {
  const spent = []
  let found = []
  for (let i = 0; i < dumps; i++) {
    found = []
    const start = now()
    found = await lists[row](namespace)
    spent.push(now() - start)
  }
  return { ns: quantile(spent, 0.5), first: spent[0], objects: found.length }
}

async function change(namespace, from, length) {
  const list = range(from, length, requests[row](input, linkOf(input)))
  const start = now()
  await profiled(from === 0 && process.env.BENCH_PROFILE, () => carryOut(namespace, list))
  return now() - start
}

const host = await openHost({ driver })
const stage = await warmStage(limit, row, lists[row] ? count : Math.max(warmings * warmCount, 1))
const warm = await host.namespace.open({ pid: stage.pid })
let result
if (lists[row]) {
  const cold = await dump(warm)
  await dump(warm)
  const { ns, objects } = await profiled(process.env.BENCH_PROFILE, () => dump(host))
  result = { ns, objects, cold: cold.first }
} else {
  // Warms up from the highest step down, so that step 0 is only ever measured.
  const first = row.startsWith('veth-delete') ? 0 : 1_000_000
  const spent = []
  for (let i = 0; i < warmings; i++) {
    const list = range(first + i * warmCount, warmCount, requests[row](input, linkOf(input)))
    const start = now()
    await carryOut(warm, list)
    spent.push(now() - start)
  }
  result = { ns: await change(host, 0, count), cold: (spent[0] / warmCount) * count }
}
process.stdout.write(`${JSON.stringify(result)}\n`)
await host.close()
stage.close()
