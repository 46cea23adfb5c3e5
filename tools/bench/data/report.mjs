/** The results as text for a terminal, and as the section of docs/benchmarks.md. */
import { machineText, writeSection } from '../document.mjs'

const titles = {
  napi: 'vnet, napi (io_uring)',
  'napi-calls': 'vnet, napi (a call a packet)',
  ffi: 'vnet, ffi (io_uring)',
  'ffi-calls': 'vnet, ffi (a call a packet)',
  'napi-256': 'vnet, napi, batches of 256',
  'ffi-256': 'vnet, ffi (io_uring), batches of 256',
  bridge: 'the kernel’s bridge, veth to veth',
  go: 'Go, os.File',
  appium: 'appium-ios-tuntap (npm)',
  python: 'Python, os.read and os.write',
}
const ns = (value) => value.toFixed(value < 100 ? 1 : 0)
const two = (value) => value.toFixed(2)
const spread = ({ median, low, high }) => `${two(median)} (${two(low)}–${two(high)})`
const verdict = (met) => (met ? 'met' : '**missed**')

function cellsOf(row, result) {
  const { name } = result
  const title = titles[name] ?? name
  if (result.failure) return [title, 'failed', result.failure, '']
  const goal = row.goals?.[name]
  if (row.mode === 'only') {
    const met = goal === undefined ? '' : `${verdict(result.octets < goal)}: below 1 MiB`
    const { count, total, longest, seconds } = result.pauses
    const pauses = `${count} in ${seconds} s, together ${total.toFixed(1)} ms, the longest ${longest.toFixed(2)} ms`
    return [title, `${(result.octets / 1024).toFixed(0)} KiB`, pauses, met]
  }
  if (row.mode === 'ping') {
    const times = result.own.map(({ median }) => median.toFixed(1)).join(' / ')
    const limit = result.c.map(({ median }) => median.toFixed(1)).join(' / ')
    const ratios = result.ratios.map(spread)
    const met = goal?.map((most, i) => `${['p50', 'p99'][i]} ${verdict(result.ratios[i].median <= most)}: ≤ ${most}`)
    return [title, `${times} (C ${limit})`, `p50 ${ratios[0]}, p99 ${ratios[1]}`, met?.join(', ') ?? '']
  }
  if (row.mode === 'forwarder') {
    const { rate, cost, ratio } = result
    const met = goal === undefined ? '' : `${verdict(ratio.median >= goal)}: ≥ ${goal} (processor time)`
    return [title, `${rate.median.toFixed(1)}; ${cost.median.toFixed(0)}`, ratio ? spread(ratio) : '', met]
  }
  const met = goal === undefined ? '' : `${verdict(result.ratio.median >= goal)}: ≥ ${goal}`
  if (row.mode === 'queues') {
    return [title, `${result.two.median.toFixed(0)} (${result.one.median.toFixed(0)})`, spread(result.ratio), met]
  }
  return [title, `${ns(result.own.median)} (C ${ns(result.c.median)})`, spread(result.ratio), met]
}

const units = {
  ping: 'µs, p50 / p99',
  only: 'growth',
  forwarder: 'Gbit/s; CPU ns a KB',
  queues: 'ns a packet, two queues (one)',
  switch: 'ns a frame',
}
const ratios = {
  ping: 'ratio, lower is better',
  only: 'pauses of the garbage collector',
  queues: 'ratio to one queue in one worker',
}
const heads = (row) => ['', units[row.mode] ?? 'ns a packet', ratios[row.mode] ?? 'ratio to C', 'goal']
const headline = (row) => `${(row.count * (row.rounds ?? 1)).toLocaleString('en')} ${row.title}`.replace(/^1 /, '')

/** A row for the terminal. */
export function rowText(row) {
  const lines = [heads(row), ...row.results.map((result) => cellsOf(row, result))]
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)))
  const text = lines.map((line) => `  ${line.map((cell, i) => cell.padEnd(widths[i])).join('  ')}`.trimEnd())
  return `\n${headline(row)}\n${text.join('\n').replaceAll('**', '')}`
}

const notes = `Ratio = time of the C loop ÷ time of the contender on the same descriptor of the same TUN, the C loop run immediately
before it; the median of the pairs, and in parentheses the interquartile range. 1 is as fast as C. The stage (C) fills the
queue, then C or the contender empties it: so the time is the reader's alone. Written packets go to a socket whose queue is
full, echoed ones back to where they came from. Stage and contender are pinned to one processor (round trips: to one each)
and run as SCHED_FIFO (\`chrt -f 10\`), the switch as SCHED_RR. C makes one \`read\` or \`write\` a packet. vnet is used as a user would: \`await
port.read(batch)\`, \`port.write(batch)\`. Two rows belong together only within one run; a busy machine moves single ratios by
± 0.05.

The switch on TAPs: stations behind all ports send to each other (one frame in a hundred to everybody), the stage fills the
queues of all TAPs, and \`SwitchRunner\` or the same switch in C empties them: read, table of stations, write. C writes a frame
before it reads the next one. The kernel's bridge has no reader and no writer: its time is what sending through it into veths
takes longer than sending into veths without it. What each port sent is counted by the kernel and must be the same. In memory the same switch
forwards frames that lie there already, and nothing is read or written; times are those of the processor.`

/** Writes the section of docs/benchmarks.md. */
export function writeDocument(results) {
  const sections = results.rows.map((row) => {
    const list = [heads(row), heads(row).map(() => '---'), ...row.results.map((result) => cellsOf(row, result))]
    return [`### ${headline(row)}`, '', ...list.map((line) => `| ${line.join(' | ')} |`), ''].join('\n')
  })
  const body = [
    '## Data plane: ports',
    '',
    `Measured on ${results.date}: ${machineText()}. Command: \`${results.command}\` (${results.pairs} pairs).`,
    '',
    notes,
    '',
    ...sections,
  ]
  writeSection('bench:data', body.join('\n'))
}
