/** The results of a kernel, kept from run to run, and its section of docs/benchmarks.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { machineText, writeSection } from '../document.mjs'
import { cache } from '../programs.mjs'
import { rowSection } from '../report.mjs'
import { rows } from './rows.mjs'

const titles = {
  host: 'Kinds of link',
  uml: 'Kinds of link in User-Mode Linux',
  qemu: 'Kinds of link in QEMU',
}

const fileOf = (place) => `${cache}/kinds-${place}.json`

/**
 * Adds what was measured to what is kept of this kernel: a row takes minutes, so they are measured one by one. What was
 * measured on another kernel, or with another Node, is forgotten.
 */
export function keepResults({ rounds, absent, rows: measured }) {
  const file = fileOf(process.env.VNET_GUEST ?? 'host')
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  const machine = machineText()
  const date = new Date().toISOString().slice(0, 10)
  const before = kept?.machine === machine ? kept.rows : {}
  const now = Object.fromEntries(measured.map((row) => [row.name, { ...row, date, rounds, absent }]))
  writeFileSync(file, JSON.stringify({ machine, rows: { ...before, ...now } }, null, 2))
}

const unique = (values) => [...new Set(values)]

const notes = `As for the control plane: C, peers and vnet in turn, the same stage, checked to have done the same. A link is made by
one message, and vnet returns what it made as an object: the kernel sends it back, or before Linux 6.2 it is asked. Bulk
deletion is one list of deletions given to \`execute\`. Peers that delete one by one are timed on a tenth of the links, with
a C run of the same length before. "C, list" is C that can tell what it did, as vnet can: it reads a list of what was made,
where the kernel does not send it back, or of what shall be deleted. "octets": the master by index; "text": by name. The
list of all kinds is made by \`ip -batch\`, the kinds in turn; a link of the kernel's own view (a port, a peer, a lower
link) counts as any other. Before it vnet collects no garbage by force, unlike before other lists. vnet warms up with
eight batches of 1,000 VLANs or dummies, or 330 links of bridges, each deleted before the next.`

const guestNote = `A guest kernel is slower by itself, and so is all that runs in it; the ratios are what counts. Nothing runs as SCHED_FIFO
inside, for its one processor must be left to V8's threads at times; User-Mode Linux as a whole does.`

/** Writes the section of a kernel from what is kept of it. */
export function writeDocument(place) {
  const { machine, rows: kept } = JSON.parse(readFileSync(fileOf(place), 'utf8'))
  const list = rows.flatMap(({ name }) => kept[name] ?? [])
  const lacking = unique(rows.flatMap(({ needs }) => needs)).filter(
    (kind) => !rows.some(({ name, needs }) => kept[name] && needs.includes(kind)),
  )
  const absent = unique(list.flatMap((row) => row.absent))
  const words = place === 'host' ? '--write' : `--guest ${place} --write`
  const rounds = unique(list.map((row) => row.rounds)).join(' or ')
  const body = [
    `## ${titles[place]}`,
    '',
    `Measured on ${unique(list.map(({ date }) => date)).join(', ')}: ${machine}. Command: \`npm run bench:kinds -- ${words}\`, a row at a`,
    `time (\`--only\`; ${rounds} rounds).`,
    ...(absent.length > 0 ? [`Absent: ${absent.join(', ')}.`] : []),
    ...(lacking.length > 0 ? [`Not measured on this kernel: ${lacking.join(', ')}.`] : []),
    '',
    place === 'host' ? notes : guestNote,
    '',
    ...list.map(
      (row) => rowSection(row) + (row.kinds ? `The ${row.kinds.length} kinds: ${row.kinds.join(', ')}.\n` : ''),
    ),
  ]
  writeSection(`bench:kinds:${place}`, body.join('\n'))
}
