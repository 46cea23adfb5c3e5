/** `npm run bench:kinds`: kinds of link in thousands, against C, `ip -batch` and vishvananda/netlink; here or in a guest kernel. */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { presentKinds, writeEveryKind } from './kinds/every-kind.mjs'
import { keepResults, writeDocument } from './kinds/report.mjs'
import { rows } from './kinds/rows.mjs'
import { measureRow } from './measure.mjs'
import { profileRow } from './profile.mjs'
import { buildLimit, cache, findContenders, install, root } from './programs.mjs'
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

const { values: option } = parseArgs({
  options: {
    only: { type: 'string' },
    with: { type: 'string', default: contenders.join(',') },
    guest: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    profile: { type: 'string' },
    write: { type: 'boolean' },
    install: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})

const chosen = (text) => (name) => text === undefined || text.split(',').includes(name)

function refuse(reason) {
  console.error(reason)
  process.exit(2)
}

/** Runs this program in a guest kernel, which keeps its results in the cache. */
function inGuest(setup) {
  const { guest, write: _, install: __, help: ___, ...rest } = option
  const words = Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]))
  const run = [`${root}tools/guest/run.mjs`, '--kernel', guest, '--timeout', '1800', '--write', cache, '--']
  // User-Mode Linux is one process; QEMU's processors would take all of this machine's.
  const first = guest === 'uml' ? ['chrt', '-f', '10'] : []
  const [program, ...line] = [
    ...first,
    process.execPath,
    ...run,
    process.execPath,
    `${root}tools/bench/kinds.mjs`,
    ...words,
  ]
  if (setup.absent.length > 0) console.error(`absent: ${setup.absent.join(', ')}`)
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
  const names = rows.map((row) => row.name)
  const unknown = [option.only, option.profile]
    .flatMap((text) => text?.split(',') ?? [])
    .find((name) => !names.includes(name))
  if (unknown !== undefined) refuse(`no row ${unknown}\n${help}`)
  if (process.getuid() !== 0) refuse('needs root: every contender runs in a network namespace of its own')
  if (option.install) install()
  const wanted = chosen(option.with)
  const setup = {
    limit: buildLimit(),
    ...findContenders((name) => contenders.includes(name) && wanted(name)),
    wanted,
    rounds: Number(option.rounds),
    scale: Number(option.scale),
    progress: (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`),
  }
  if (option.guest) inGuest(setup)
  else await measure(setup)
  if (option.write) writeDocument(option.guest ?? 'host')
}

await main()
