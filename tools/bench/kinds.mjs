/** `npm run bench:kinds`: kinds of link in thousands, against C, `ip -batch` and vishvananda/netlink; here or in a guest kernel. */
import { spawnSync } from 'node:child_process'
import { release } from 'node:os'
import { chosen, prepare, readOptions, refuse } from './command.mjs'
import { presentKinds, writeEveryKind } from './kinds/every-kind.mjs'
import { keepResults, writeDocument } from './kinds/report.mjs'
import { isSilent, rows } from './kinds/rows.mjs'
import { measureRow } from './measure.mjs'
import { profileRow } from './profile.mjs'
import { cache, root } from './programs.mjs'
import { rowText } from './report.mjs'

const contenders = ['ip', 'vishvananda', 'napi', 'ffi']
const help = `node tools/bench/kinds.mjs [options]         needs root, gcc and the packages built (npx turbo run build)
  --only ROW[,ROW]     ${rows.map((row) => row.name).join(', ')}
  --with NAME[,NAME]   contenders: ${contenders.join(', ')}
  --guest KERNEL       in a guest kernel (tools/guest): uml, qemu. A kernel that lacks a kind leaves out its rows
  --rounds N           rounds, default 5
  --scale F            every count times F
  --profile ROW        one profile of vnet instead; --with napi or ffi chooses
  --write              updates docs/benchmarks.md, with the rows that were measured before on the same kernel, too
  --install            installs the peers with apt-get first`

const option = readOptions({ guest: { type: 'string' } })

/** Runs this program in a guest kernel, which keeps its results in the cache. */
function inGuest() {
  const { guest, write: _, install: __, help: ___, ...rest } = option
  const words = Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]))
  const run = [`${root}tools/guest/run.mjs`, '--kernel', guest, '--timeout', '1800', '--write', cache, '--']
  // User-Mode Linux is one process; QEMU's processors would take all of this machine's.
  const first = guest === 'uml' ? ['chrt', '-f', '10'] : []
  const [program, ...line] = [...first, process.execPath, ...run, process.execPath, process.argv[1], ...words]
  const { status } = spawnSync(program, line, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

/** Measures here; keeps the results in the cache. */
async function measure(setup) {
  const present = presentKinds(cache)
  const everyKind = writeEveryKind(cache, present, Math.round(1000 * setup.scale))
  // The limit program, which sets every stage, reads it.
  process.env.BENCH_STAGE = everyKind.file
  const ready = rows
    .filter(({ needs }) => needs.every((kind) => present.includes(kind)))
    .map((row) =>
      row.name.endsWith('-add') && isSilent(release()) ? { ...row, limits: [...row.limits, 'told'] } : row,
    )
    .map((row) => (row.name === 'kind-dump' ? { ...row, count: everyKind.count / setup.scale, kinds: present } : row))
  if (option.profile) {
    const row = ready.find(({ name }) => name === option.profile)
    return row ? profileRow(setup, row) : refuse(`${option.profile} is no row, or this kernel lacks the kind`)
  }
  const measured = []
  for (const row of ready.filter(({ name }) => chosen(option.only)(name))) {
    measured.push(await measureRow(setup, row))
    setup.progress('')
    console.log(rowText(measured.at(-1)))
  }
  keepResults({ rounds: setup.rounds, absent: setup.absent, rows: measured })
}

async function main() {
  if (option.help) return console.log(help)
  const setup = prepare(option, { rows: rows.map((row) => row.name), contenders, help })
  if (option.guest) inGuest()
  else await measure(setup)
  if (option.write && !option.profile) writeDocument(option.guest ?? 'host')
}

await main()
