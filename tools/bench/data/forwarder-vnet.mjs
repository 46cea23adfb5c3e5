// vnet as a forwarder, as forwarder.c is one: NS_A NS_B offloads|plain BACKEND.
import { openHost } from '@vnet/core'

const [a, b, offloads, name] = process.argv.slice(2)
const { [`${name}Driver`]: driver } = await import(name === 'ffi' ? '@vnet/ffi' : '@vnet/napi')
const host = await openHost({ driver })
const open = async (namespace, link) => {
  const there = await host.namespace.open(namespace)
  return there.openTun({ name: link, offloads: offloads === 'offloads' ? { tso4: true, tso6: true } : false })
}
const ports = [await open(a, 'a0'), await open(b, 'b0')]

async function forward(from, to) {
  for await (const batch of from) {
    for (let at = 0; at < batch.count; ) {
      at += to.write(batch, at)
      if (at < batch.count) await to.writable()
    }
  }
}
const running = [forward(ports[0], ports[1]), forward(ports[1], ports[0])]
console.log('ready')
for await (const _ of process.stdin) {
  const { user, system } = process.cpuUsage()
  console.log(user + system)
}
for (const port of ports) await port.close()
await Promise.all(running)
process.exit(0)
