/** A profile of one row, so that a miss can be explained: functions by the time spent in them alone. */
import { readFileSync } from 'node:fs'
import { contendersOf } from './contenders.mjs'
import { cache, root } from './programs.mjs'
import { perform } from './stage.mjs'

/** A function and its place. V8 calls every native function of an addon by one name, so its caller is told instead. */
function nameOf({ callFrame, caller }) {
  const { functionName, url, lineNumber } = callFrame
  const name = functionName || '(anonymous)'
  if (url.startsWith('file:')) return `${name} ${url.replace(`file://${root}`, '')}:${lineNumber + 1}`
  return url || name.startsWith('(') || !caller ? name : `native, called by ${nameOf(caller)}`
}

const starting = 'native, called by post'

/** Self time of each function of a `.cpuprofile`, largest first; without the start of the profiler itself. */
function selfTimes(profile) {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  for (const node of profile.nodes) for (const child of node.children ?? []) nodes.get(child).caller = node
  const self = new Map()
  let total = 0
  profile.samples.forEach((id, i) => {
    const key = nameOf(nodes.get(id))
    if (key === starting) return
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
    const { ns } = await perform(setup.limit, row.name, count, contender.command, file)
    console.log(
      `\n${row.name}, ${contender.id}: ${(ns / count / 1000).toFixed(2)} µs a step under the profiler; ${file}`,
    )
    const profile = JSON.parse(readFileSync(file, 'utf8'))
    for (const { key, part } of selfTimes(profile).slice(0, 25))
      console.log(`${(part * 100).toFixed(1).padStart(6)} %  ${key}`)
  }
}
