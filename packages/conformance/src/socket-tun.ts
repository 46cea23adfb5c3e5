/** Programs with plain sockets in two namespaces, whose packets this program carries from one TUN to the other. @module */
import { joinPorts } from '@vnet/core'
import { expect } from 'vitest'
import type { Context, PlacedNamespace } from './context.js'
import { type EchoCount, echoClient, echoServer } from './echo-program.js'
import type { Suite } from './suite.js'

/** Two namespaces with a TUN each, 10.0.0.1 and 10.0.0.2, and this program between them. */
async function carried({ ns, another, defer }: Pick<Context, 'ns' | 'another' | 'defer'>) {
  const there = await another()
  const open = async (place: PlacedNamespace, address: string) => {
    await place.link.set('lo', { up: true })
    const port = await place.openTun({ name: 'tun0', up: true })
    await place.address.add({ link: 'tun0', address })
    return port
  }
  const cable = joinPorts(await open(ns, '10.0.0.1/24'), await open(there, '10.0.0.2/24'))
  defer(() => cable.close())
  return { there, cable }
}

/** Registers the tests. */
export function socketTun(suite: Suite): void {
  const needs = ['tun port', 'socket', 'packets'] as const

  suite.test('datagrams through TUNs of a program, both ways, of all sizes', needs, async (context) => {
    const { ns, defer } = context
    const { there, cable } = await carried(context)
    const near = await ns.openSocket({ kind: 'udp4' })
    defer(() => near.close())
    const far = await there.openSocket({ kind: 'udp4' })
    defer(() => far.close())
    far.bind({ port: 7000 })
    for (const size of [0, 1, 512, 1472, 4000]) {
      const data = Uint8Array.from({ length: size }, (_, at) => at)
      await near.send(data, { address: '10.0.0.2', port: 7000 })
      const asked = await far.receive()
      expect(asked.data).toEqual(data)
      expect(asked.from?.address).toBe('10.0.0.1')
      await far.send(asked.data, asked.from)
      expect((await near.receive()).data).toEqual(data)
    }
    // The last ones went in fragments, three each.
    expect(cable.counters.forth).toBeGreaterThanOrEqual(7)
    expect(cable.counters.back).toBeGreaterThanOrEqual(7)
  })

  suite.test('TCP of programs that know nothing of it', ['tun port', 'namespace exec'], async (context) => {
    const { ns, defer } = context
    const { there, cable } = await carried(context)
    const server = await there.run(echoServer('10.0.0.2', 7000))
    defer(() => server.kill('SIGKILL'))
    const client = await ns.run(echoClient('10.0.0.2', 7000, 200))
    const { stdout, stderr } = await client.ended
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({ connections: 1, echoes: 200, errors: [] } satisfies EchoCount)
    expect(cable.counters.forth).toBeGreaterThan(200)
  })
}
