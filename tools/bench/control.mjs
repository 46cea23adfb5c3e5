/** `npm run bench:control`: the control plane of vnet against C, `ip -batch`, pyroute2 and vishvananda/netlink. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { measureRow } from './measure.mjs'
import { profileRow } from './profile.mjs'
import { buildLimit, findContenders, install } from './programs.mjs'
import { rowText, startText, writeDocument } from './report.mjs'
import { rows } from './rows.mjs'
import { measureStart } from './start-up.mjs'

const help = `node tools/bench/control.mjs [options]       needs root, gcc and the packages built (npx turbo run build)
  --only ROW[,ROW]     ${rows.map((row) => row.name).join(', ')}, start
  --with NAME[,NAME]   contenders: ip, pyroute2, vishvananda, napi, ffi
  --rounds N           rounds, default 5
  --scale F            every count times F
  --profile ROW        one profile of vnet instead; --with napi or ffi chooses
  --json FILE          the results as JSON
  --write              updates docs/benchmarks.md
  --install            installs the peers with apt-get first`

const { values: option } = parseArgs({
  options: {
    only: { type: 'string' },
    with: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    profile: { type: 'string' },
    json: { type: 'string' },
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

async function main() {
  if (option.help) return console.log(help)
  const names = [...rows.map((row) => row.name), 'start']
  const unknown = [option.only, option.profile]
    .flatMap((text) => text?.split(',') ?? [])
    .find((name) => !names.includes(name))
  if (unknown !== undefined) refuse(`no row ${unknown}\n${help}`)
  if (process.getuid() !== 0) refuse('needs root: every contender runs in a network namespace of its own')
  if (option.install) install()
  const wanted = chosen(option.with)
  const { commands, absent } = findContenders(wanted)
  if (absent.length > 0)
    console.error(`absent: ${absent.join(', ')} (--install gets the peers, npx turbo run build vnet)`)
  const setup = {
    limit: buildLimit(),
    commands,
    wanted,
    rounds: Number(option.rounds),
    scale: Number(option.scale),
    progress: (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`),
  }
  if (option.profile)
    return profileRow(
      setup,
      rows.find((row) => row.name === option.profile),
    )
  const date = new Date().toISOString().slice(0, 10)
  const command = ['npm run bench:control', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(
    ' ',
  )
  const results = { date, command, rounds: setup.rounds, absent, rows: [] }
  for (const row of rows.filter(({ name }) => chosen(option.only)(name))) {
    const measured = await measureRow(setup, row)
    setup.progress('')
    results.rows.push(measured)
    console.log(rowText(measured))
  }
  if (chosen(option.only)('start')) {
    results.start = measureStart(setup.rounds * 4)
    console.log(`\n${startText(results.start).replaceAll(/[`*]/g, '')}`)
  }
  if (option.json) writeFileSync(option.json, JSON.stringify(results, null, 2))
  if (option.write) writeDocument(results)
}

await main()
