// vnet as a contender: takes the TUN over that the stage left at descriptor 3, and does as it is told on standard input.
import { openSync, readSync } from 'node:fs'
import { openHost } from '@vnet/core'

const [name] = process.argv.slice(2)
const load = { napi: '@vnet/napi', ffi: '@vnet/ffi' }
const { [`${name}Driver`]: driver } = await import(load[name])
const host = await openHost({ driver })
const port = await host.openTun({ fd: 3, batchSize: Number(process.env.BATCH ?? 64) })
const batch = port.createBatch()

/** Reads a line from the stage, without the event loop: nothing else is to be done meanwhile. */
const input = openSync('/dev/stdin', 'r')
function line() {
  const octet = Buffer.alloc(1)
  let text = ''
  while (readSync(input, octet) === 1 && octet[0] !== 10) text += octet.toString()
  return text.split(' ')
}

/** Swaps addresses and ports of every packet. */
function turn(filled) {
  const { slab, spans, count } = filled
  for (let i = 0; i < count; i++) {
    const at = spans[2 * i]
    for (let k = 12; k < 16; k++) {
      const octet = slab[at + k]
      slab[at + k] = slab[at + k + 4]
      slab[at + k + 4] = octet
    }
    for (let k = 20; k < 22; k++) {
      const octet = slab[at + k]
      slab[at + k] = slab[at + k + 2]
      slab[at + k + 2] = octet
    }
  }
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
  const octets = new Uint8Array(size)
  octets.set([0x45, 0, size >> 8, size & 255, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1])
  let sum = 0
  for (let i = 0; i < 20; i += 2) sum += (octets[i] << 8) | octets[i + 1]
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16)
  octets.set([(~sum >> 8) & 255, ~sum & 255], 10)
  octets.set([0, 9, 9000 >> 8, 9000 & 255, (size - 20) >> 8, (size - 20) & 255, 0, 0], 20)
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

const modes = { read, echo, write, respond }
const { gc } = globalThis
let before
for (let round = 0; ; round++) {
  const [mode, count, size] = line()
  if (mode === 'end') break
  // What the first rounds leave behind is the compiler's.
  if (gc && round === 100) {
    gc()
    before = process.memoryUsage().heapUsed
  }
  const start = process.hrtime.bigint()
  await modes[mode](Number(count), Number(size))
  process.stdout.write(`${process.hrtime.bigint() - start}\n`)
}
if (before !== undefined) {
  gc()
  process.stdout.write(`heap ${process.memoryUsage().heapUsed - before}\n`)
}
await port.close()
await host.close()
process.exit(0)
