// appium-ios-tuntap as a contender: appium.mjs FOLDER, where it is installed. Its device opens a TUN of its own; the stage's,
// at descriptor 3, is put in that one's place (dup2), so that it reads and writes the same packets as everyone else.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { packetOf, turnPacket } from './packet.mjs'

// What @vnet/ffi calls the kernel with.
const koffi = createRequire(new URL('../../../packages/ffi/package.json', import.meta.url))('koffi')
const { TunTap } = await import(pathToFileURL(`${process.argv[2]}/lib/src/index.js`))
const tun = new TunTap()
tun.open()
const dup2 = koffi.load(null).func('int dup2(int, int)')
if (dup2(3, tun.fd) < 0) throw new Error('dup2 failed')

/** The next packet. It does not wait, and all are there: where one is missing, SCHED_FIFO makes waiting a lock-up. */
function next() {
  const packet = tun.read()
  if (packet.length === 0) throw new Error('a packet of the stage is missing')
  return packet
}

const modes = {
  read(count) {
    for (let done = 0; done < count; done++) next()
  },
  echo(count) {
    for (let done = 0; done < count; done++) {
      const packet = next()
      turnPacket(packet, 0)
      tun.write(packet)
    }
  },
  write(count, size) {
    const packet = Buffer.from(packetOf(size))
    for (let done = 0; done < count; done++) tun.write(packet)
  },
}
for await (const line of createInterface({ input: process.stdin })) {
  const [mode, count, size] = line.split(' ')
  if (mode === 'end') break
  const start = process.hrtime.bigint()
  modes[mode](Number(count), Number(size))
  process.stdout.write(`${process.hrtime.bigint() - start}\n`)
}
process.exit(0)
