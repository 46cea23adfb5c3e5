/** `npm run bench:control`: the control plane of vnet against C, `ip -batch`, pyroute2 and vishvananda/netlink. */
import { writeFileSync } from 'node:fs'
import { chosen, prepare, readOptions, refuse } from './command.mjs'
import { measureRow } from './measure.mjs'
import { profileRow } from './profile.mjs'
import { rowText, startText, writeDocument } from './report.mjs'
import { rows } from './rows.mjs'
import { measureStart } from './start-up.mjs'

const contenders = ['ip', 'pyroute2', 'vishvananda', 'napi', 'ffi']
const help = `node tools/bench/control.mjs [options]       needs root, gcc and the packages built (npx turbo run build)
  --only ROW[,ROW]     ${rows.map((row) => row.name).join(', ')}, start
  --with NAME[,NAME]   contenders: ${contenders.join(', ')}
  --rounds N           rounds, default 5
  --scale F            every count times F
  --profile ROW        one profile of vnet instead; --with napi or ffi chooses
  --json FILE          the results as JSON
  --write              updates docs/benchmarks.md
  --install            installs the peers with apt-get first`

const option = readOptions({ json: { type: 'string' } })

async function main() {
  if (option.help) return console.log(help)
  const setup = prepare(option, { rows: [...rows.map((row) => row.name), 'start'], contenders, help })
  if (option.profile) {
    const row = rows.find(({ name }) => name === option.profile)
    return row ? profileRow(setup, row) : refuse(`${option.profile} has no profile`)
  }
  const date = new Date().toISOString().slice(0, 10)
  const command = ['npm run bench:control', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(
    ' ',
  )
  const results = { date, command, rounds: setup.rounds, absent: setup.absent, rows: [] }
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
