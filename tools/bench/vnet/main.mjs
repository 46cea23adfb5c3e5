/** The contender vnet (`main.mjs DRIVER ROW N INPUT LIMIT`): warms up, carries out a row, tells the time. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openHost } from '@vnet/core'
import { quantile } from '../statistics.mjs'
import { profiled } from './profiled.mjs'
import { lists, requests } from './specs.mjs'
import { warmStage } from './warm-stage.mjs'

const dumps = 5
/** After about 70,000 steps V8 has compiled what it will compile. */
const warmings = 8
/** Names that one stage gives: VLANs have 4,094 numbers. */
const names = 4000
const [driver, row, words, input, limit] = process.argv.slice(2)
const count = Number(words)
const now = () => Number(process.hrtime.bigint())
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
const host = await openHost({ driver })

/** Links are slow: fewer of them warm up. Bridges have 32 ports each. */
const warmCounts = { 'veth-delete-one': 5, veth: 100, vlan: 1000, dummy: 1000, bridge: 330 }
const [what, how] = row.split('-')
const warmCount = warmCounts[row] ?? warmCounts[what] ?? 10_000
/**
 * Links of these kinds are gone again before the measured step: with thousands of them elsewhere, the kernel would have to
 * take memory that it has never touched, while C has that of the contender before it.
 */
const passing = ['vlan', 'dummy', 'bridge'].includes(what)

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
    // A profile shall show the dumps' own garbage only; and so shall the list of all kinds, which is read again and again.
    if (!process.env.BENCH_PROFILE && row !== 'kind-dump') collect()
    const start = now()
    found = await lists[row](namespace)
    spent.push(now() - start)
  }
  return { ns: quantile(spent, 0.5), first: spent[0], objects: found.length }
}

const links = lists[row] ? [] : await host.link.list()
const index = new Map(links.map((link) => [link.name, link.index]))
const make = requestsOf(row)
const stage = await warmStage(
  limit,
  ...(passing ? [`${what}-add`, 1] : [row, lists[row] ? count : warmings * warmCount]),
)
const warm = await host.namespace.open({ pid: stage.pid })
const result = lists[row] ? await dumping() : await changing()
process.stdout.write(`${JSON.stringify(result)}\n`)
await host.close()
stage.close()

async function dumping() {
  const cold = await dump(warm)
  // As many links of each kind as else of the one.
  for (let i = 0; i < (row === 'kind-dump' ? 20 : 2); i++) await dump(warm)
  const { ns, objects } = await profiled(process.env.BENCH_PROFILE, () => dump(host))
  return { ns, objects, cold: cold.first }
}

async function changing() {
  const before = passing && how === 'delete' ? requestsOf(`${what}-add`) : undefined
  const after = passing && how === 'add' ? requestsOf(`${what}-delete`) : undefined
  const spent = []
  for (let i = 0; i < warmings; i++) {
    const from = passing ? (i * warmCount) % names : i * warmCount
    if (before) await change(warm, before, from, warmCount)
    spent.push(await change(warm, make, from, warmCount))
    if (after) await change(warm, after, from, warmCount)
  }
  const ns = await change(host, make, 0, count, process.env.BENCH_PROFILE)
  return { ns, cold: (spent[0] / warmCount) * count }
}

async function change(namespace, request, from, length, profile) {
  const list = Array.from({ length }, (_, i) => request(from + i))
  return profiled(profile, async () => {
    const start = now()
    await carryOut(namespace, list)
    return now() - start
  })
}

/** Text goes with names of links, octets with indices; both namespaces have the same. */
function requestsOf(name) {
  return requests[name]?.(input, input === 'text' ? (name) => name : (name) => index.get(name))
}
