/** A profile of one row, so that a miss can be explained: functions by the time spent in them alone. */
import { readFileSync } from 'node:fs'
import { contendersOf } from './contenders.mjs'
import { cache, root } from './programs.mjs'
import { perform } from './stage.mjs'

/** Self time of each function of a `.cpuprofile`, as parts of the whole, largest first. */
function selfTimes(profile) {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const self = new Map()
  let total = 0
  profile.samples.forEach((id, i) => {
    const { functionName, url, lineNumber } = nodes.get(id).callFrame
    const place = url ? ` ${url.replace(`file://${root}`, '')}:${lineNumber + 1}` : ''
    const key = `${functionName || '(anonymous)'}${place}`
    const spent = profile.timeDeltas[i]
    self.set(key, (self.get(key) ?? 0) + spent)
    total += spent
  })
  return [...self].map(([key, spent]) => ({ key, part: spent / total })).sort((a, b) => b.part - a.part)
}

/** Runs each vnet contender of a row once under the profiler and prints the functions that took most. */
export async function profileRow(setup, row) {
  const count = Math.round(row.count * setup.scale)
  const list = contendersOf(setup.limit, row, count, setup.commands, setup.wanted).filter(({ driver }) => driver)
  for (const contender of list) {
    const file = `${cache}/${row.name}-${contender.id.replace(' ', '-')}.cpuprofile`
    const { ns } = await perform(setup.limit, row.name, count, contender.command, { BENCH_PROFILE: file })
    console.log(
      `\n${row.name}, ${contender.id}: ${(ns / count / 1000).toFixed(2)} µs a step under the profiler; ${file}`,
    )
    const profile = JSON.parse(readFileSync(file, 'utf8'))
    for (const { key, part } of selfTimes(profile).slice(0, 25))
      console.log(`${(part * 100).toFixed(1).padStart(6)} %  ${key}`)
  }
}
