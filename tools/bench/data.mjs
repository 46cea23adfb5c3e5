/** `npm run bench:data`: the ports of vnet against the C loop on the same descriptor, Go and Python. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { forwarderRow } from './data/forwarder.mjs'
import { rowText, writeDocument } from './data/report.mjs'
import { rows } from './data/rows.mjs'
import { switchNames, switchRows } from './data/switch-rows.mjs'
import { cache } from './programs.mjs'
import { summary } from './statistics.mjs'

const here = fileURLToPath(new URL('data/', import.meta.url))
const help = `node tools/bench/data.mjs [options]       needs root, gcc and the packages built (npx turbo run build)
  --only ROW[,ROW]     ${rows.map((row) => row.name).join(', ')}, forwarder,
                       ${switchNames.join(', ')}
  --with NAME[,NAME]   contenders: napi, ffi, ffi-calls, go, python; for the switch also napi-256, ffi-256, bridge
  --pairs N            pairs of C and contender, default 21; the first three warm up and do not count
  --profile ROW        a V8 profile of napi in that row, into the cache folder
  --json FILE          the results as JSON
  --write              updates docs/benchmarks.md
  --install            installs Go, iperf3 and gcc with apt-get first`

const { values: option } = parseArgs({
  options: {
    only: { type: 'string' },
    with: { type: 'string' },
    pairs: { type: 'string', default: '21' },
    profile: { type: 'string' },
    json: { type: 'string' },
    write: { type: 'boolean' },
    install: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})
const WARM = 3
const chosen = (text) => (name) => text === undefined || text.split(',').includes(name)

function install() {
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit' })
  const packages = ['gcc', 'libc6-dev', 'golang-go', 'iperf3', 'python3']
  const words = ['install', '-y', '-qq', '--no-install-recommends', ...packages]
  execFileSync('apt-get', words, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
}

function built(command, ...words) {
  try {
    execFileSync(command, words, { stdio: ['ignore', 'ignore', 'inherit'] })
    return true
  } catch {
    return false
  }
}

/** The command of every contender that is here. */
function contenders() {
  mkdirSync(cache, { recursive: true })
  const env = { ...process.env, GO111MODULE: 'off' }
  let go = true
  try {
    execFileSync('go', ['build', '-o', `${cache}/peer-go`, `${here}peer.go`], { env, stdio: 'ignore' })
  } catch {
    go = false
  }
  const python = '/usr/bin/python3'
  return {
    napi: [process.execPath, `${here}vnet.mjs`, 'napi'],
    ffi: [process.execPath, `${here}vnet.mjs`, 'ffi'],
    'ffi-calls': ['env', 'VNET_IO_URING=off', process.execPath, `${here}vnet.mjs`, 'ffi'],
    ...(go ? { go: [`${cache}/peer-go`] } : {}),
    ...(built(python, '-V') ? { python: [python, `${here}peer.py`] } : {}),
  }
}

/** Runs the stage with a contender; the numbers that it printed, a line each, and what else it said. */
function perform(stage, row, pairs, command) {
  const words = [stage, String(pairs), String(row.count), row.mode, String(row.size), ...command]
  const out = execFileSync('unshare', ['--net', '--mount', '--', 'chrt', '-f', '10', ...words], {
    encoding: 'utf8',
    maxBuffer: 1 << 24,
    timeout: 300_000,
  })
  const lines = out.trim().split('\n')
  return {
    numbers: lines.filter((line) => /^[\d ]+$/.test(line)).map((line) => line.split(' ').map(Number)),
    said: lines.filter((line) => !/^[\d ]+$/.test(line)),
  }
}

function measure(stage, row, commands) {
  const results = Object.entries(commands).map(([name, command]) => {
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${row.name} ${name}` : '')
    try {
      if (row.mode === 'only') {
        const exposed = command.flatMap((word) => (word === process.execPath ? [word, '--expose-gc'] : word))
        const { said } = perform(stage, row, row.rounds, exposed)
        return { name, octets: Number(/heap (-?\d+)/.exec(said.join(' '))[1]) }
      }
      const { numbers } = perform(stage, row, Number(option.pairs), command)
      const counted = numbers.slice(WARM)
      if (row.mode === 'ping') {
        const part = (i) => summary(counted.map((pair) => pair[i] / 1000))
        const ratio = (i) => summary(counted.map((pair) => pair[i + 2] / pair[i]))
        return { name, c: [part(0), part(1)], own: [part(2), part(3)], ratios: [ratio(0), ratio(1)] }
      }
      return {
        name,
        c: summary(counted.map(([c]) => c / row.count)),
        own: summary(counted.map(([, own]) => own / row.count)),
        ratio: summary(counted.map(([c, own]) => c / own)),
      }
    } catch (error) {
      return { name, failure: (error.stderr || error.message).trim().split('\n')[0] }
    }
  })
  return { ...row, results }
}

async function main() {
  if (option.help) return console.log(help)
  if (process.getuid() !== 0) {
    console.error('needs root: everything runs in network namespaces of its own, as SCHED_FIFO')
    process.exit(2)
  }
  if (option.install) install()
  const all = contenders()
  const stage = `${cache}/stage`
  execFileSync('gcc', ['-O2', '-o', stage, `${here}stage.c`], { stdio: 'inherit' })
  if (option.profile) {
    const row = rows.find(({ name }) => name === option.profile)
    const command = [process.execPath, '--cpu-prof', `--cpu-prof-dir=${cache}`, `${here}vnet.mjs`, 'napi']
    perform(stage, row, 200, command)
    return console.log(`profile in ${cache}`)
  }
  const date = new Date().toISOString().slice(0, 10)
  const words = process.argv.slice(2)
  const results = { date, command: ['npm run bench:data', ...(words.length > 0 ? ['--', ...words] : [])].join(' ') }
  results.pairs = Number(option.pairs) - WARM
  results.rows = []
  for (const row of rows.filter(({ name }) => chosen(option.only)(name))) {
    const wanted = Object.entries(all).filter(
      ([name]) => chosen(option.with)(name) && (row.contenders ?? Object.keys(all)).includes(name),
    )
    const measured = measure(stage, row, Object.fromEntries(wanted))
    results.rows.push(measured)
    console.log(rowText(measured))
  }
  if (chosen(option.only)('forwarder')) {
    const measured = await forwarderRow(cache, here)
    results.rows.push(measured)
    console.log(rowText(measured))
  }
  const switches = {
    cache,
    here,
    pairs: Number(option.pairs) - WARM,
    chosen: chosen(option.only),
    wanted: chosen(option.with),
  }
  for await (const measured of switchRows(switches)) {
    results.rows.push(measured)
    console.log(rowText(measured))
  }
  if (option.json) writeFileSync(option.json, JSON.stringify(results, null, 2))
  if (option.write) writeDocument(results)
}

await main()
