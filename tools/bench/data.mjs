/** `npm run bench:data`: the ports of vnet against the C loop on the same descriptor, Go and Python. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { forwarderRow, forwarderRows } from './data/forwarder.mjs'
import { queuesRow, queuesRowOf } from './data/queues.mjs'
import { rowText, writeDocument } from './data/report.mjs'
import { rows } from './data/rows.mjs'
import { switchNames, switchRows } from './data/switch-rows.mjs'
import { cache } from './programs.mjs'
import { summary } from './statistics.mjs'

const here = fileURLToPath(new URL('data/', import.meta.url))
const PAIRS = '21'
const help = `node tools/bench/data.mjs [options]       needs root, gcc and the packages built (npx turbo run build)
  --only ROW[,ROW]     ${[...rows, ...forwarderRows, queuesRow].map((row) => row.name).join(', ')},
                       ${switchNames.join(', ')}
  --with NAME[,NAME]   contenders: napi, napi-calls, ffi, ffi-calls, go, appium, python; for the switch also napi-256, ffi-256, bridge
  --pairs N            pairs of C and contender, default ${PAIRS}; the first three warm up and do not count
  --profile ROW        a V8 profile of napi in that row, into the cache folder
  --json FILE          the results as JSON
  --write              updates docs/benchmarks.md
  --install            installs Go, iperf3 and gcc with apt-get first, and appium-ios-tuntap with npm into the cache folder`

const { values: option } = parseArgs({
  options: {
    only: { type: 'string' },
    with: { type: 'string' },
    pairs: { type: 'string', default: PAIRS },
    profile: { type: 'string' },
    json: { type: 'string' },
    write: { type: 'boolean' },
    install: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})
const WARM = 3
/** A peer from npm: installed where it is no part of the project. */
const appium = `${cache}/peers/node_modules/appium-ios-tuntap`
const chosen = (text) => (name) => text === undefined || text.split(',').includes(name)

function install() {
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit' })
  const packages = ['gcc', 'libc6-dev', 'golang-go', 'iperf3', 'python3']
  const words = ['install', '-y', '-qq', '--no-install-recommends', ...packages]
  execFileSync('apt-get', words, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  const peer = ['install', '--prefix', `${cache}/peers`, '--no-audit', '--no-fund', 'appium-ios-tuntap@2.0.5']
  execFileSync('npm', peer, { stdio: 'inherit' })
}

function built(command, ...words) {
  try {
    execFileSync(command, words, { stdio: ['ignore', 'ignore', 'inherit'] })
    return true
  } catch {
    return false
  }
}

/** The command as it is to be typed again; where results were written to is of no interest, and this machine's alone. */
function commandLine() {
  const words = Object.entries(option).flatMap(([name, value]) => {
    if (name === 'json' || value === undefined || (name === 'pairs' && value === PAIRS)) return []
    return value === true ? [`--${name}`] : [`--${name}`, value]
  })
  return ['npm run bench:data', ...(words.length > 0 ? ['--', ...words] : [])].join(' ')
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
    'napi-calls': ['env', 'VNET_IO_URING=off', process.execPath, `${here}vnet.mjs`, 'napi'],
    ffi: [process.execPath, `${here}vnet.mjs`, 'ffi'],
    'ffi-calls': ['env', 'VNET_IO_URING=off', process.execPath, `${here}vnet.mjs`, 'ffi'],
    ...(go ? { go: [`${cache}/peer-go`] } : {}),
    ...(existsSync(appium) ? { appium: [process.execPath, `${here}appium.mjs`, appium] } : {}),
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
        const text = said.join(' ')
        const [count, total, longest, seconds] = /pauses (.+)/.exec(text)[1].split(' ').map(Number)
        return { name, octets: Number(/heap (-?\d+)/.exec(text)[1]), pauses: { count, total, longest, seconds } }
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
  const results = { date, command: commandLine() }
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
  for (const row of forwarderRows.filter(({ name }) => chosen(option.only)(name))) {
    const measured = forwarderRow(row, Object.keys(all).filter(chosen(option.with)), cache, here)
    results.rows.push(measured)
    console.log(rowText(measured))
  }
  if (chosen(option.only)(queuesRow.name)) {
    const measured = queuesRowOf(Object.keys(all).filter(chosen(option.with)), cache, here, Number(option.pairs))
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
