// A first program on the built packages and each backend, for the Node that runs it; the kernel's in a sandbox.
import { spawnSync } from 'node:child_process'
import { bestSandbox } from './sandbox.mjs'

const program = `
const { openHost } = await import('@vnet/core')
const host = await openHost({ driver: process.argv[1] })
const blue = await host.namespace.add()
await host.link.add({ kind: 'bridge', name: 'br0', up: true })
await host.address.add({ link: 'br0', address: '172.17.0.1/16' })
await host.link.add({ kind: 'veth', name: 'v0', master: 'br0', up: true, peer: { name: 'eth0', namespace: blue.ref, up: true } })
await blue.address.add({ link: 'eth0', address: '172.17.0.2/16' })
const replies = host.supports.packets === true ? (await host.ping('172.17.0.2')).address : 'no packets'
const links = await blue.link.list()
if (!links.some((link) => link.name === 'eth0')) throw new Error('eth0 is not there')
await blue.close()
await host.close()
console.log(host.driver.name, process.versions.node, replies)
`

let failed = false
for (const driver of ['mock', 'napi', 'ffi']) {
  const argv = [process.execPath, '--input-type=module', '-e', program, driver]
  const { tier, argv: command, reason } = driver === 'mock' ? { tier: 'none', argv } : bestSandbox(argv)
  if (driver !== 'mock' && tier === 'none') {
    console.log(`${driver}: not run, ${reason}`)
    failed ||= process.env.VNET_KERNEL === 'required'
    continue
  }
  const { status } = spawnSync(command[0], command.slice(1), { stdio: 'inherit' })
  failed ||= status !== 0
}
process.exit(failed ? 1 : 0)
