/** The results as text for a terminal, and as the section of docs/benchmarks.md. */
import { machineText, writeSection } from './document.mjs'
import { goalsOf } from './goals.mjs'
import { limitTitles } from './rows.mjs'

const micro = ({ median }) =>
  median < 1e6 ? (median / 1000).toPrecision(3) : Math.round(median / 1000).toLocaleString('en')
const two = (value) => (value >= 9.95 ? value.toFixed(1) : value.toFixed(value < 0.095 ? 3 : 2))
const spread = ({ median, low, high }) => `${two(median)} (${two(low)}–${two(high)})`
const verdict = ({ met, text, reached }) => `${met ? 'met' : '**missed**'}: ${text}, is ${two(reached)}`

/** The line of an error's text that says what it is. */
const reason = (text) => {
  const list = text.split('\n')
  return list.find((line) => /Error: /.test(line)) ?? list[0]
}

/** One line for each limit and contender of a row. */
function lines(row) {
  const limits = row.limits
    .filter((how) => row.limitTimes[how])
    .map((how) => ({
      cells: [
        limitTitles[how],
        micro(row.limitTimes[how]),
        ...row.limits.map((other) => (other === how ? '1' : '')),
        '',
      ],
      goals: [],
    }))
  const others = row.contenders.map((contender) => {
    if (contender.failure || !contender.time) {
      const why = reason(contender.failure ?? 'not run')
      return { cells: [contender.title, 'failed', ...row.limits.map(() => ''), why], goals: [] }
    }
    const ratios = row.limits.map((how) => spread(contender.ratios[how]))
    const cold = contender.cold ? micro(contender.cold) : ''
    return {
      cells: [contender.title, micro(contender.time), ...ratios, cold],
      goals: contender.driver ? goalsOf(row, contender) : [],
    }
  })
  return [...limits, ...others]
}

const shortLimit = {
  each: 'C, each',
  last: 'C, last',
  told: 'C, list',
  group: 'C',
  asked: 'C, list',
  one: 'C',
  walk: 'C',
}
const heads = (row) => [
  '',
  'µs a step',
  ...row.limits.map((how) => `ratio to ${shortLimit[how]}`),
  'first call, µs a step',
]

/** A row for the terminal. */
export function rowText(row) {
  const list = lines(row)
  const cells = [heads(row), ...list.map((line) => line.cells)]
  const widths = cells[0].map((_, i) => Math.max(...cells.map((line) => (line[i] ?? '').length)))
  const out = cells.map(
    (line) =>
      `  ${line
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd()}`,
  )
  const goals = row.contenders.flatMap((contender) =>
    contender.driver ? goalsOf(row, contender).map((goal) => `  ${contender.title}: ${verdict(goal)}`) : [],
  )
  return `\n${row.count.toLocaleString('en')} ${row.title}\n${out.join('\n')}\n${goals.join('\n').replaceAll('**', '')}`
}

/** The start-up rows for the terminal and the document. */
export function startText(starts) {
  return starts.map((start) => `- ${startLine(start)}`).join('\n')
}

function startLine({ command, failure, goal, node, vnet, ratio }) {
  if (failure) return `\`${command}\`: not measured (${reason(failure)})`
  const milli = (time) => (time.median / 1e6).toFixed(1)
  const times = `\`${command}\` ${milli(vnet)} ms, \`node -e 0\` ${milli(node)} ms: ${spread(ratio)} × \`node -e 0\``
  return goal === undefined ? times : `${times}; ${ratio.median <= goal ? 'met' : '**missed**'}: ≤ ${goal} ×`
}

/** A row for the document. */
export function rowSection(row) {
  const table = [heads(row), heads(row).map(() => '---'), ...lines(row).map((line) => line.cells)]
  const goals = row.contenders.flatMap((contender) =>
    contender.driver ? goalsOf(row, contender).map((goal) => `- ${contender.title}: ${verdict(goal)}`) : [],
  )
  const text = table.map((line) => `| ${line.join(' | ')} |`)
  return [`### ${row.count.toLocaleString('en')} ${row.title}`, '', ...text, '', ...goals, ''].join('\n')
}

const notes = `Ratio = time of the C program ÷ time of the contender, the C program run immediately before it in the
same round; the median of the rounds, and in parentheses the interquartile range. Higher is better, 1 is as fast as C.
Every contender runs in a fresh network namespace on the same stage with the same names, addresses and flags; afterwards
a digest of what it left in the kernel must equal that of C, and a list must hold as many objects as C counted. The
clock runs inside the contender's process around the operations alone: inputs (specifications, structures, the batch
file) are ready before; encoding, sending, results and decoding are inside. pyroute2 and vishvananda/netlink collect their
garbage by force before the clock starts, vnet only before each dump.
\`ip -batch\` includes the start of the program, about 2 ms. Everybody, C too, runs as SCHED_FIFO (\`chrt -f 10\`), so
that other work on the machine disturbs less.

- "C, each" sends 128 messages a send, each acknowledged; "C, last" has only the last of them acknowledged.
- Walking: C receives into 64 KiB and steps over every attribute header, without reading a value. Dumps are done five
  times in a process, the median counts (pyroute2 and \`ip\` once). Link dumps of C and vnet leave out the statistics
  (\`RTEXT_FILTER_SKIP_STATS\`), as \`ip\` does; vishvananda/netlink and pyroute2 always ask for them.
- vnet runs in a warm process: eight batches of 10,000 like requests (links: of 100; dumps: fifteen) in another
  namespace come first, after which V8 has compiled what it will. "first call" is the first of them.
- "octets": addresses as octets and links by index; "text": addresses as text and links by name.
- vishvananda/netlink uses one \`Handle\`, pyroute2 one \`IPRoute\`, which is faster than their one socket a call.
- Bulk deletion: one list of deletions given to \`execute\`, which vnet turns into a group and one request. The peers
  delete one by one, unless their user thinks of the group ("group by hand").`

/** Writes the section of docs/benchmarks.md. */
export function writeDocument(results) {
  const body = [
    '## Control plane',
    '',
    `Measured on ${results.date}: ${machineText()}. Command: \`${results.command}\` (${results.rounds} rounds).`,
    ...(results.absent.length > 0 ? [`Absent: ${results.absent.join(', ')}.`] : []),
    '',
    notes,
    '',
    ...results.rows.map(rowSection),
    ...(results.start ? ['### Start-up', '', startText(results.start), ''] : []),
  ]
  writeSection('bench:control', body.join('\n'))
}
