// vnet as a contender: takes the TUN over that the stage left at descriptor 3, and does as it is told on standard input.
import { openSync, readSync } from 'node:fs'
import { constants, PerformanceObserver, performance } from 'node:perf_hooks'
import { openHost } from '@vnet/core'
import { packetOf, turn } from './packet.mjs'

const [name] = process.argv.slice(2)
const load = { napi: '@vnet/napi', ffi: '@vnet/ffi' }
const { [`${name}Driver`]: driver } = await import(load[name])
const host = await openHost({ driver })
const port = await host.openTun({ fd: 3 })
const batch = port.createBatch()

/** Reads a line from the stage, without the event loop: nothing else is to be done meanwhile. */
const input = openSync('/dev/stdin', 'r')
function line() {
  const octet = Buffer.alloc(1)
  let text = ''
  while (readSync(input, octet) === 1 && octet[0] !== 10) text += octet.toString()
  return text.split(' ')
}

async function read(count) {
  for (let done = 0; done < count; ) done += await port.read(batch)
}

async function echo(count) {
  for (let done = 0; done < count; ) {
    done += await port.read(batch)
    turn(batch)
    port.write(batch)
  }
}

let packet
function write(count, size) {
  if (packet?.length(0) !== size) packet = packets(size)
  for (let done = 0; done < count; ) {
    packet.count = Math.min(64, count - done)
    done += port.write(packet)
  }
}

/** Sixty-four copies of the packet that C writes. */
function packets(size) {
  const octets = packetOf(size)
  const made = port.createBatch()
  while (made.add(octets));
  return made
}

async function respond(count) {
  for (let done = 0; done < count; ) {
    await port.read(batch)
    // The kernel says something by itself now and then, over IPv6.
    for (let i = 0; i < batch.count; i++) if (batch.slab[batch.offset(i)] === 0x45) done++
    turn(batch)
    port.write(batch)
  }
}

function observe() {
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration, detail } of list.getEntries()) {
      if (startTime < since || detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) continue
      pauses.count++
      pauses.total += duration
      pauses.longest = Math.max(pauses.longest, duration)
    }
  })
  observer.observe({ type: 'gc' })
}

const modes = { read, echo, write, respond }
const { gc } = globalThis
/** What the collector did by itself, since the compiler was done. */
const pauses = { count: 0, total: 0, longest: 0 }
let before
let since
for (let round = 0; ; round++) {
  const [mode, count, size] = line()
  if (mode === 'end') break
  // What the first rounds leave behind is the compiler's.
  if (gc && round === 100) {
    gc()
    before = process.memoryUsage().heapUsed
    since = performance.now()
    observe()
  }
  const start = process.hrtime.bigint()
  await modes[mode](Number(count), Number(size))
  process.stdout.write(`${process.hrtime.bigint() - start}\n`)
}
if (before !== undefined) {
  await new Promise(setImmediate)
  const { count, total, longest } = pauses
  const seconds = (performance.now() - since) / 1000
  gc()
  process.stdout.write(`heap ${process.memoryUsage().heapUsed - before}\n`)
  process.stdout.write(`pauses ${count} ${total.toFixed(2)} ${longest.toFixed(2)} ${seconds.toFixed(0)}\n`)
}
await port.close()
await host.close()
process.exit(0)
