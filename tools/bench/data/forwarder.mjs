/** TCP through a forwarder between two TUNs: throughput, and processor time of the forwarder for each KB. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { summary } from '../statistics.mjs'

const ROUNDS = 9
/** Seconds of a connection that does not count, for V8 and TCP alike, and of the one that does. */
const [WARM, SECONDS] = [2, 2]

/** The rows: frames of an Ethernet's size, and super-frames with their virtio headers. */
export const forwarderRows = [
  { name: 'forwarder', offloads: 'plain', title: 'TCP connection through a forwarder between two TUNs (iperf3)' },
  {
    name: 'forwarder-offloads',
    offloads: 'offloads',
    title: 'TCP connection through a forwarder between two TUNs with offloads (iperf3)',
    goals: { napi: 0.95 },
  },
].map((row) => ({ ...row, mode: 'forwarder', count: 1 }))

const script = `
set -e
mount -t tmpfs tmpfs /run/netns 2>/dev/null || { mount -t tmpfs tmpfs /run && mkdir /run/netns; }
for name in a b; do ip netns add $name; ip netns exec $name ip link set lo up; done
exec "$@"`

/** Runs this file again inside a namespace of its own, and hands the row back with its results. */
export function forwarderRow(row, names, cache, here) {
  const contenders = ['napi', 'ffi'].filter((name) => names.includes(name))
  try {
    execFileSync('gcc', ['-O2', '-o', `${cache}/forwarder`, `${here}forwarder.c`], { stdio: 'inherit' })
    const own = [process.execPath, `${here}forwarder.mjs`, cache, here, row.offloads, ...contenders]
    const out = execFileSync('unshare', ['--net', '--mount', 'sh', '-c', script, 'sh', ...own], {
      encoding: 'utf8',
      timeout: 600_000,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return { ...row, results: JSON.parse(out.trim().split('\n').at(-1)) }
  } catch (error) {
    return { ...row, results: [{ name: 'C', failure: error.message.split('\n')[0] }] }
  }
}

function giveAddresses() {
  const ip = (...words) => execFileSync('ip', words)
  for (const [ns, link, own, other] of [
    ['a', 'a0', '10.1.0.1/24', '10.2.0.0/24'],
    ['b', 'b0', '10.2.0.1/24', '10.1.0.0/24'],
  ]) {
    ip('-n', ns, 'address', 'add', own, 'dev', link)
    ip('-n', ns, 'link', 'set', link, 'up')
    ip('-n', ns, 'route', 'add', other, 'dev', link)
  }
}

/**
 * A process on one of the two processors, of which the forwarder has one to itself. Before all others, but not SCHED_FIFO,
 * which would keep the kernel's own threads from bringing the packets on.
 */
function start(processor, ...words) {
  const pinned = ['-c', String(processor), 'nice', '-n', '-20', ...words]
  return spawn('taskset', pinned, { stdio: ['pipe', 'pipe', words[0] === 'ip' ? 'ignore' : 'inherit'] })
}

/** One connection: octets received, and their rate. */
async function connect(seconds) {
  const client = start(0, 'ip', 'netns', 'exec', 'a', 'iperf3', '-c', '10.2.0.1', '-t', String(seconds), '-J')
  let text = ''
  client.stdout.setEncoding('utf8').on('data', (part) => {
    text += part
  })
  await once(client, 'close')
  return JSON.parse(text).end.sum_received
}

async function runOnce(command) {
  const forwarder = start(1, ...command)
  const lines = createInterface({ input: forwarder.stdout })[Symbol.asyncIterator]()
  const answer = async () => Number((await lines.next()).value)
  await answer()
  giveAddresses()
  const server = start(0, 'ip', 'netns', 'exec', 'b', 'iperf3', '-s', '--forceflush')
  await once(server.stdout, 'data')
  await connect(WARM)
  forwarder.stdin.write('\n')
  const before = await answer()
  const { bytes, bits_per_second: rate } = await connect(SECONDS)
  forwarder.stdin.write('\n')
  const microseconds = (await answer()) - before
  forwarder.stdin.end()
  await once(forwarder, 'close')
  server.kill()
  return { rate: rate / 1e9, cost: (microseconds * 1000) / (bytes / 1024) }
}

async function measure(cache, here, offloads, names) {
  const ends = ['a', 'b', offloads]
  const commands = {
    C: [`${cache}/forwarder`, ...ends],
    ...Object.fromEntries(names.map((name) => [name, [process.execPath, `${here}forwarder-vnet.mjs`, ...ends, name]])),
  }
  const runs = Object.fromEntries(Object.keys(commands).map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, command] of Object.entries(commands)) runs[name].push(await runOnce(command))
  }
  return Object.entries(runs).map(([name, own]) => ({
    name,
    rate: summary(own.map((run) => run.rate)),
    cost: summary(own.map((run) => run.cost)),
    ...(name === 'C' ? {} : { ratio: summary(own.map((run, i) => runs.C[i].cost / run.cost)) }),
  }))
}

if (process.argv[1]?.endsWith('forwarder.mjs')) {
  const [cache, here, offloads, ...names] = process.argv.slice(2)
  console.log(JSON.stringify(await measure(cache, here, offloads, names)))
}
