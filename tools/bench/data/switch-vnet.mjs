// vnet as a switch on the TAPs that the stage left at descriptor 3 and up: PORTS BACKEND BATCH (frames of a read). A
// number on standard input is that of the frames to forward; the answer is how long that took, nanoseconds.
import { openSync, readSync } from 'node:fs'
import { openHost } from '@vnet/core'
import { Switch, SwitchRunner } from '@vnet/switch'

const [ports, name, batch] = process.argv.slice(2)
const { [`${name}Driver`]: driver } = await import(name === 'ffi' ? '@vnet/ffi' : '@vnet/napi')
const host = await openHost({ driver })
const runner = new SwitchRunner(new Switch({ mac: '02:00:00:00:ff:ff' }))

/** Waits for the next order without the event loop: nobody reads a port meanwhile. 0: there is none. */
const input = openSync('/dev/stdin', 'r')
function order() {
  const octet = Buffer.alloc(1)
  let text = ''
  while (readSync(input, octet) === 1 && octet[0] !== 10) text += octet.toString()
  return Number(text)
}

let wanted = order()
let start = process.hrtime.bigint()
/** Frames of an order that were forwarded. */
let done = 0
function count(frames) {
  done += frames
  while (done === wanted && wanted > 0) {
    process.stdout.write(`${process.hrtime.bigint() - start}\n`)
    done = 0
    wanted = order()
    start = process.hrtime.bigint()
  }
  if (wanted === 0) void end()
}

async function end() {
  await runner.close()
  await host.close()
  process.exit(0)
}

for (let number = 0; number < Number(ports); number++) {
  const port = await host.openTap({ fd: 3 + number, batchSize: Number(batch) })
  const read = port.read.bind(port)
  let last
  // Who reads again has forwarded what was read before.
  port.read = (batch) => {
    if (last !== undefined) count(last.count)
    last = batch
    return read(batch)
  }
  runner.addPort(port)
}
