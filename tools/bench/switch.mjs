// The user-space switch against the same switch in C: frames a second through 4 and 16 ports, and what the heap grows by.
// Times are those of the processor, of all threads of a process, so that other programs disturb them less.
//
//   node tools/bench/switch.mjs [--rounds 15]      (npm run build first)
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { cache } from './programs.mjs'
import { summary } from './statistics.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const BATCHES = 256
const FRAMES = 64
const STRIDE = 64
const HOSTS = 64

/** Compiles the limit. */
function build() {
  mkdirSync(cache, { recursive: true })
  execFileSync('gcc', ['-O2', '-Wall', '-o', `${cache}/switch`, `${here}switch/switch.c`], { stdio: 'inherit' })
  return `${cache}/switch`
}

/** The program in C, which waits for orders: the same process in all rounds, as with ours. */
function limit(program, ports) {
  const child = spawn(program, [String(ports)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async run(batches) {
      child.stdin.write(`${batches}\n`)
      const [ns, digest] = (await lines.next()).value.split(' ').map(Number)
      return { ns, digest }
    },
    end: () => child.stdin.end(),
  }
}

/** Ours: the same frames, in batches that are there already. */
async function ours(ports) {
  const { FrameBatch } = await import(`${here}../../packages/core/dist/index.js`)
  const { Switch } = await import(`${here}../../packages/switch/dist/index.js`)
  const bridge = new Switch({ mac: '02:00:00:00:ff:ff' })
  for (let port = 0; port < ports; port++) bridge.addPort(0, { mtu: 1500 })
  let state = 1
  const chance = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 8
  }
  // One piece of memory, as in C: buffers of their own lie anywhere, which alone can cost as much as the switch does.
  const octets = new Uint8Array(BATCHES * FRAMES * STRIDE)
  const places = new Int32Array(BATCHES * FRAMES * 2)
  const batches = Array.from({ length: BATCHES }, (_, b) => {
    const slab = octets.subarray(b * FRAMES * STRIDE, (b + 1) * FRAMES * STRIDE)
    const spans = places.subarray(b * FRAMES * 2, (b + 1) * FRAMES * 2)
    const batch = FrameBatch.of({ slab, spans, headroom: 0, headerSize: 0, count: 0 })
    const port = b % ports
    for (let i = 0; i < FRAMES; i++) {
      const at = batch.reserve(STRIDE)
      const to = (port + 1 + (chance() % (ports - 1))) % ports
      batch.slab.set([2, 0, 0, to + 1, 0, chance() % HOSTS], at)
      batch.slab.set([2, 0, 0, port + 1, 0, chance() % HOSTS, 0x88, 0xb5], at + 6)
      if (chance() % 100 === 0) batch.slab.fill(0xff, at, at + 6)
    }
    return batch
  })
  let digest = 0
  const send = (port, frames) => {
    digest = (Math.imul(digest, 31) + port * 64 + frames.count) ^ frames.spans[2 * frames.count - 2]
  }
  let now = 0
  let b = 0
  return {
    run(count) {
      const from = process.cpuUsage()
      for (let n = 0; n < count; n++) {
        bridge.forward(batches[b], 1 + (b % ports), now)
        bridge.deliver(send)
        now += 1e-5
        if (++b === BATCHES) b = 0
      }
      const { user, system } = process.cpuUsage(from)
      return { ns: (user + system) * 1000, digest: digest >>> 0 }
    },
  }
}

/**
 * Measures one row: C right before each of our rounds, with the same work, which is checked.
 *
 * @param {{ ports: number, rounds?: number, batches?: number }} options
 */
export async function measureSwitch({ ports, rounds = 15, batches = 20_000 }) {
  if (!existsSync(`${here}../../packages/switch/dist/index.js`)) throw new Error('packages/switch is not built')
  const c = limit(build(), ports)
  const mine = await ours(ports)
  const compare = async (count) => {
    const before = await c.run(count)
    const after = mine.run(count)
    if (before.digest !== after.digest) throw new Error(`${ports} ports: C did ${before.digest}, ours ${after.digest}`)
    return { c: before.ns / (count * FRAMES), ours: after.ns / (count * FRAMES) }
  }
  // Compiled code is what is compared; what warming up costs is said in no row.
  for (let i = 0; i < 3; i++) await compare(batches)
  const pairs = []
  for (let round = 0; round < rounds; round++) pairs.push(await compare(batches))
  c.end()
  return {
    ports,
    c: summary(pairs.map((pair) => pair.c)),
    ours: summary(pairs.map((pair) => pair.ours)),
    ratio: summary(pairs.map((pair) => pair.c / pair.ours)),
  }
}

/** Octets that the heap grows by over ten million frames, after collecting garbage before and after. */
export async function measureHeap(frames = 10_000_000) {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  const mine = await ours(4)
  mine.run(20_000)
  collect()
  const before = process.memoryUsage().heapUsed
  mine.run(Math.ceil(frames / FRAMES))
  const grown = process.memoryUsage().heapUsed - before
  collect()
  return { grown, kept: process.memoryUsage().heapUsed - before }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--rounds')
  const rounds = at < 0 ? 15 : Number(process.argv[at + 1])
  for (const ports of [4, 16]) {
    const { c, ours: time, ratio } = await measureSwitch({ ports, rounds })
    const [a, b] = [c.median, time.median].map((ns) => `${ns.toFixed(1)} ns (${(1000 / ns).toFixed(1)} M/s)`)
    const range = `${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)}`
    console.log(`${ports} ports: C ${a} a frame, ours ${b}, ratio ${ratio.median.toFixed(2)} (${range})`)
  }
  const { grown, kept } = await measureHeap()
  console.log(`heap over 10 million frames: ${grown} octets until collected, ${kept} kept`)
}
