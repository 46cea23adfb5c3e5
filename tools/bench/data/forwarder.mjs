/** TCP through a forwarder between two TUNs: throughput, and processor time of the forwarder for each KB. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { summary } from '../statistics.mjs'

const ROUNDS = 7
const SECONDS = 2

const script = `
set -e
mount -t tmpfs tmpfs /run/netns 2>/dev/null || { mount -t tmpfs tmpfs /run && mkdir /run/netns; }
for name in a b; do ip netns add $name; ip netns exec $name ip link set lo up; done
exec "$@"`

/** Runs this file again inside a namespace of its own, and hands the row back. */
export async function forwarderRow(cache, here) {
  try {
    execFileSync('gcc', ['-O2', '-o', `${cache}/forwarder`, `${here}forwarder.c`], { stdio: 'inherit' })
    const words = ['--net', '--mount', 'sh', '-c', script, 'sh', process.execPath, `${here}forwarder.mjs`, cache, here]
    const out = execFileSync('unshare', words, {
      encoding: 'utf8',
      timeout: 600_000,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return JSON.parse(out.trim().split('\n').at(-1))
  } catch (error) {
    const failure = error.message.split('\n')[0]
    return { ...head, results: [{ name: 'C', failure }] }
  }
}

const head = {
  name: 'forwarder',
  title: 'TCP connection through a forwarder between two TUNs (iperf3)',
  mode: 'forwarder',
  count: 1,
}

async function runOnce(command, offloads) {
  const forwarder = spawn(command[0], [...command.slice(1, 2), 'a', 'b', offloads, ...command.slice(2)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: forwarder.stdout })[Symbol.asyncIterator]()
  await lines.next()
  const ip = (...words) => execFileSync('ip', words)
  for (const [ns, link, own, other] of [
    ['a', 'a0', '10.1.0.1/24', '10.2.0.0/24'],
    ['b', 'b0', '10.2.0.1/24', '10.1.0.0/24'],
  ]) {
    ip('-n', ns, 'address', 'add', own, 'dev', link)
    ip('-n', ns, 'link', 'set', link, 'up')
    ip('-n', ns, 'route', 'add', other, 'dev', link)
  }
  const server = spawn('ip', ['netns', 'exec', 'b', 'iperf3', '-s', '-1', '--forceflush'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(server.stdout, 'data')
  const client = spawn('ip', ['netns', 'exec', 'a', 'iperf3', '-c', '10.2.0.1', '-t', String(SECONDS), '-J'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  client.stdout.setEncoding('utf8').on('data', (part) => {
    text += part
  })
  await once(client, 'close')
  forwarder.stdin.end()
  const microseconds = Number((await lines.next()).value)
  await once(forwarder, 'close')
  server.kill()
  const { bytes, bits_per_second: rate } = JSON.parse(text).end.sum_received
  return { rate: rate / 1e9, cost: (microseconds * 1000) / (bytes / 1024) }
}

async function measure(cache, here) {
  const c = [`${cache}/forwarder`]
  const commands = {
    napi: [process.execPath, `${here}forwarder-vnet.mjs`, 'napi'],
    ffi: [process.execPath, `${here}forwarder-vnet.mjs`, 'ffi'],
  }
  const results = []
  for (const offloads of ['plain', 'offloads']) {
    const runs = { c: [], napi: [], ffi: [] }
    const ratios = { napi: [], ffi: [] }
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of ['napi', 'ffi']) {
        const limit = await runOnce(c, offloads)
        const own = await runOnce(commands[name], offloads)
        runs.c.push(limit)
        runs[name].push(own)
        ratios[name].push(limit.cost / own.cost)
      }
    }
    for (const name of ['c', 'napi', 'ffi']) {
      const rate = summary(runs[name].map((run) => run.rate)).median
      const cost = summary(runs[name].map((run) => run.cost)).median
      const ratio = name === 'c' ? undefined : summary(ratios[name])
      const goal = name === 'napi' && offloads === 'offloads' ? 0.95 : undefined
      results.push({
        name: `${name === 'c' ? 'C' : `vnet, ${name}`}, ${offloads === 'plain' ? 'plain' : 'with offloads'}`,
        text: `${rate.toFixed(1)}; ${cost.toFixed(0)}`,
        ratio,
        verdict: goal && `${ratio.median >= goal ? 'met' : '**missed**'}: ≥ ${goal} (processor time)`,
      })
    }
  }
  return { ...head, results }
}

if (process.argv[1]?.endsWith('forwarder.mjs')) console.log(JSON.stringify(await measure(...process.argv.slice(2))))
