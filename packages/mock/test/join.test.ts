/** Two mocks joined by their TAPs: what tunnels of one carry, those of the other unwrap. */
import { type Host, joinPorts, openHost, type TunPort } from '@vnet/core'
import { expect, test } from 'vitest'
import { mockDriver } from '../src/index.js'

/** A host with a TAP, and a VXLAN over it to the other host. */
async function end(number: 1 | 2): Promise<{ host: Host; port: TunPort }> {
  const other = 3 - number
  const host = await openHost({ driver: mockDriver({ seed: number }) })
  const port = await host.openTap({ name: 'tap0', up: true })
  await host.address.add({ link: 'tap0', address: `192.0.2.${number}/24` })
  const vxlan = { id: 42, local: `192.0.2.${number}`, remote: `192.0.2.${other}`, port: 4789 }
  await host.link.add({ kind: 'vxlan', name: 'vx0', vxlan, up: true })
  await host.address.add({ link: 'vx0', address: `10.0.0.${number}/24` })
  await host.address.add({ link: 'vx0', address: `2001:db8::${number}/64`, noDad: true })
  return { host, port }
}

test('a VXLAN between two mocks carries both versions of IP, both ways, and is learned', async () => {
  const [one, two] = [await end(1), await end(2)]
  await using _one = one.host
  await using _two = two.host
  const cable = joinPorts(one.port, two.port)
  try {
    for (const [host, address] of [
      [one.host, '10.0.0.2'],
      [two.host, '10.0.0.1'],
      [one.host, '2001:db8::2'],
      [two.host, '2001:db8::1'],
    ] as const) {
      expect(await host.ping({ address })).toMatchObject({ address })
    }
    const mac = (await two.host.link.get('vx0'))?.mac
    const learned = (await one.host.fdb.list({ link: 'vx0' })).find((entry) => entry.mac === mac)
    expect(learned).toMatchObject({ remote: '192.0.2.2' })
  } finally {
    await cable.close()
  }
})
