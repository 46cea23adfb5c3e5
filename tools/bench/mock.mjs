// `npm run bench:mock`: how the mock fares with many links and routes, what a link takes, how fast a mock starts, how many frames
// its bridges carry, and how long its networks take that wait.
// Times are those of the processor, so that other programs disturb them less. `npm run build` first.
//
//   node tools/bench/mock.mjs [--rounds 7] [--times 500] [--write]      --write replaces the section of docs/benchmarks.md
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { machineText, writeSection } from './document.mjs'
import { measureMemory, memoryGoal } from './mock/memory.mjs'
import { growthGoal, measureScale, startGoal } from './mock/scale.mjs'
import { framesGoal, labGoal, measureFrames, measureLab, measureYear, yearGoal } from './mock/traffic.mjs'
import { root } from './programs.mjs'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    times: { type: 'string', default: '500' },
    write: { type: 'boolean', default: false },
  },
})
for (const name of ['core', 'mock', 'switch', 'test']) {
  if (!existsSync(`${root}packages/${name}/dist/index.js`)) throw new Error(`packages/${name} is not built`)
}

const count = (value) => value.toLocaleString('en')
const micro = ({ median, low, high }) => {
  const [a, b, c] = [median, low, high].map((ns) => (ns / 1000).toFixed(1))
  return `${a} (${b}–${c})`
}
const verdict = (met, text) => `${met ? 'met' : '**missed**'}: ${text}`

const rounds = Number(values.rounds)
const times = Number(values.times)
const progress = (what) => process.stderr.write(`${what}\n`)
const results = await measureScale({ rounds, times, progress })
progress('memory')
const memory = measureMemory()
progress('frames')
const frames = await measureFrames({ rounds })
progress('a lab, and a year')
const lab = await measureLab({ rounds })
const year = await measureYear({ rounds })
const sizes = [...new Set(results.curves.flatMap(({ points }) => points.map(({ size }) => size)))]
const table = [
  ['µs, with how many there', ...sizes.map(count), 'growth', 'goal'],
  ['---', ...sizes.map(() => '---'), '---', '---'],
  ...results.curves.map(({ title, points, growth, met }) => [
    title,
    ...sizes.map((size) => {
      const point = points.find((one) => one.size === size)
      return point === undefined ? '' : micro(point.time)
    }),
    `${growth.toFixed(2)} ×`,
    verdict(met, `≤ ${growthGoal} ×`),
  ]),
]
const { start } = results
const hundredth = ({ median, low, high }) => {
  const [a, b, c] = [median, low, high].map((value) => value.toFixed(2))
  return `${a} (${b}–${c})`
}
const million = ({ median, low, high }) => hundredth({ median: median / 1e6, low: low / 1e6, high: high / 1e6 })
const milli = ({ median, low, high }) => [median, low, high].map((time) => time.toFixed(2))
const [first, low, high] = milli(start.first)
const lines = [
  ...table.map((line) => `| ${line.join(' | ')} |`),
  '',
  '| a link that is up for a minute | octets of the heap | among | goal |',
  '| --- | --- | --- | --- |',
  ...memory.map(
    ({ title, count: links, octets, met }) =>
      `| ${title} | ${count(Math.round(octets))} | ${count(links)} | ${verdict(met, `≤ ${count(memoryGoal)}`)} |`,
  ),
  '',
  `- The first mock of a process answers after ${first} ms (${low}–${high}), the packages being loaded, one of those after it in ${milli(start.later)[0]} ms; ${verdict(start.met, `≤ ${startGoal} ms`)}`,
  `- A bridge of four TAPs carries ${million(frames.rate)} million frames a second, batches of 64, read and written; ${hundredth(frames.part)} of the bare switch, which reads and writes nothing; ${verdict(frames.met, `≥ ${count(framesGoal.rate)}, or ≥ ${framesGoal.part}`)}`,
  `- A lab of ${lab.hosts} hosts and ${lab.switches} switches in a ring with chords, with spanning trees, is made and reaches itself after ${hundredth(lab.time)} s; ${verdict(lab.met, `≤ ${labGoal} s`)}`,
  `- A year of two bridges that nobody uses takes ${hundredth(year.time)} s; ${verdict(year.met, `≤ ${yearGoal} s`)}`,
]
console.log(lines.join('\n').replaceAll('**', ''))

if (values.write) {
  const command = `npm run bench:mock -- --rounds ${rounds} --times ${times} --write`
  const section = [
    '## Mock: many links and routes',
    '',
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${machineText()}. Command: \`${command}\`.`,
    '',
    `Each step is a call of the client, so checking and the turns of promises are in it. Processor time of a step, median of the`,
    `rounds and interquartile range; growth is from the smallest size to the largest. Constant or logarithmic is at most ${growthGoal} × here.`,
    '',
    ...lines,
  ]
  writeSection('bench:mock', section.join('\n'))
}
