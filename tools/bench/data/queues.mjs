/** Two queues of a TUN, each echoed by a worker of its own, against one queue and one worker. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { openHost } from '@vnet/core'
import { summary } from '../statistics.mjs'
import { turn } from './packet.mjs'

const COUNT = 10_000
const SIZE = 1400
const WARM = 3
/** Places in the shared memory: whether the workers may go on, frames done since, and whether that is all of them. */
const [OPEN, DONE, ALL] = [0, 1, 2]

/** The row. */
export const queuesRow = {
  name: 'queues',
  title: 'packets of 1,400 octets echoed: two queues in two workers',
  mode: 'queues',
  count: COUNT,
  goals: { napi: 1.5 },
}

/** Runs this file again inside a namespace of its own, as SCHED_FIFO, once for each contender. */
export function queuesRowOf(names, cache, here, pairs) {
  execFileSync('gcc', ['-O2', '-o', `${cache}/flows`, `${here}flows.c`], { stdio: 'inherit' })
  const results = ['napi', 'ffi']
    .filter((name) => names.includes(name))
    .map((name) => {
      const own = [process.execPath, `${here}queues.mjs`, cache, name, String(pairs)]
      try {
        const words = ['--net', '--mount', '--', 'chrt', '-f', '10', ...own]
        const out = execFileSync('unshare', words, { encoding: 'utf8', timeout: 300_000 })
        return { name, ...JSON.parse(out.trim().split('\n').at(-1)) }
      } catch (error) {
        return { name, failure: error.message.split('\n')[0] }
      }
    })
  return { ...queuesRow, results }
}

async function driverOf(name) {
  return (await import(name === 'ffi' ? '@vnet/ffi' : '@vnet/napi'))[`${name}Driver`]
}

/** A worker: one queue, echoed whenever the gate is open. */
async function work({ name, link, memory }) {
  const state = new Int32Array(memory)
  const host = await openHost({ driver: await driverOf(name) })
  const port = await host.openTun({ name: link, multiQueue: link === 'two0', create: 'never' })
  parentPort.postMessage('ready')
  for await (const batch of port) {
    Atomics.wait(state, OPEN, 0)
    turn(batch)
    port.write(batch)
    if (Atomics.add(state, DONE, batch.count) + batch.count < COUNT) continue
    Atomics.store(state, ALL, 1)
    Atomics.notify(state, ALL)
  }
}

/** A link with a program that fills its queues, and a worker for each of them. */
class Stage {
  constructor(cache, name, number, queues) {
    this.link = queues > 1 ? 'two0' : 'one0'
    const ip = (...words) => execFileSync('ip', words)
    ip('tuntap', 'add', this.link, 'mode', 'tun', ...(queues > 1 ? ['multi_queue'] : []))
    ip('link', 'set', this.link, 'txqueuelen', '16384', 'up')
    ip('address', 'add', `10.${number}.0.1/24`, 'dev', this.link)
    const memory = new SharedArrayBuffer(12)
    this.state = new Int32Array(memory)
    const file = fileURLToPath(import.meta.url)
    this.workers = Array.from(
      { length: queues },
      () => new Worker(file, { workerData: { name, link: this.link, memory } }),
    )
    this.ready = Promise.all(this.workers.map((worker) => once(worker, 'message')))
    this.filler = spawn(`${cache}/flows`, [`10.${number}.0.1`, `10.${number}.0.2`, String(SIZE)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.said = createInterface({ input: this.filler.stdout })[Symbol.asyncIterator]()
  }

  /** Fills the queues, then opens the gate: nanoseconds until all is echoed. */
  async round() {
    const { state, filler, said } = this
    Atomics.store(state, OPEN, 0)
    Atomics.store(state, DONE, 0)
    Atomics.store(state, ALL, 0)
    filler.stdin.write(`${COUNT}\n`)
    await said.next()
    const start = process.hrtime.bigint()
    Atomics.store(state, OPEN, 1)
    Atomics.notify(state, OPEN)
    Atomics.wait(state, ALL, 0)
    return Number(process.hrtime.bigint() - start)
  }
}

async function measure(cache, name, pairs) {
  const one = new Stage(cache, name, 0, 1)
  const two = new Stage(cache, name, 1, 2)
  await Promise.all([one.ready, two.ready])
  const rounds = []
  for (let i = 0; i < pairs; i++) rounds.push([await one.round(), await two.round()])
  const counted = rounds.slice(WARM)
  return {
    one: summary(counted.map(([single]) => single / COUNT)),
    two: summary(counted.map(([, both]) => both / COUNT)),
    ratio: summary(counted.map(([single, both]) => single / both)),
  }
}

if (!isMainThread) await work(workerData)
else if (process.argv[1]?.endsWith('queues.mjs')) {
  const [cache, name, pairs] = process.argv.slice(2)
  console.log(JSON.stringify(await measure(cache, name, Number(pairs))))
  process.exit(0)
}
