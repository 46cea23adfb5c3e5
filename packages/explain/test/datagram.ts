/** Datagrams that are sent and come back. @module */
import { isVnetError, type NetworkSocket } from '@vnet/core'
import type { Scene, Stage } from './stage.js'

/** Begins to send back what comes to the port of the scene at which somebody listens. */
export async function listen(stage: Stage, { to, udp }: Scene): Promise<AsyncDisposable | undefined> {
  if (udp?.listens === undefined) return undefined
  const [name, port] = udp.listens
  const server = await (await stage.at(name)).openSocket({ kind: to.includes(':') ? 'udp6' : 'udp4' })
  server.bind({ port })
  const echoing = echo(server)
  return {
    async [Symbol.asyncDispose]() {
      await server.close()
      await echoing
    },
  }
}

/** Who answers a datagram of the scene's: who listens, or the host, that nobody does; nobody where it or the answer is lost. */
export async function answerer(stage: Stage, scene: Scene): Promise<'listener' | 'host' | undefined> {
  const { to, size = 0, cause, udp } = scene
  if (udp === undefined) throw new Error('a scene without datagrams')
  const kind = to.includes(':') ? 'udp6' : 'udp4'
  await using client = await (await stage.at('a')).openSocket({ kind })
  client.bind({ port: udp.sourcePort ?? 0 })
  client.connect({ address: to, port: udp.port })
  // Of those that should be answered one of a few, for a kernel takes a moment to have all in use.
  for (let tries = cause === undefined ? 5 : 1; tries > 0; tries--) {
    try {
      await client.send(new Uint8Array(size))
      await client.receive({ signal: AbortSignal.timeout(cause === undefined ? 2000 : 300) })
      return 'listener'
    } catch (error) {
      if (isVnetError(error) && error.code === 'ECONNREFUSED') return 'host'
      if (!isVnetError(error) && (error as Error).name !== 'TimeoutError') throw error
    }
  }
  return undefined
}

async function echo(socket: NetworkSocket): Promise<void> {
  for await (const { data, from } of socket) {
    // Where there is no way back, nothing is sent.
    if (from !== undefined) await socket.send(data, from).catch(ignoreVnet)
  }
}

function ignoreVnet(error: unknown): void {
  if (!isVnetError(error)) throw error
}
