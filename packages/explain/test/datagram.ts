/** Datagrams that are sent and come back. @module */
import { isVnetError, type NetworkSocket } from '@vnet/core'
import type { Scene, Stage } from './stage.js'

/** Whether a datagram of the scene's is answered: by who listens, or by the host that nobody does. */
export async function isEchoed(stage: Stage, scene: Scene): Promise<boolean> {
  const { to, size = 0, cause, udp } = scene
  if (udp === undefined) throw new Error('a scene without datagrams')
  const kind = to.includes(':') ? 'udp6' : 'udp4'
  const [name, port] = udp.listens ?? []
  await using server = name === undefined ? undefined : await (await stage.at(name)).openSocket({ kind })
  server?.bind({ port: port ?? 0 })
  const echoing = server === undefined ? undefined : echo(server)
  await using client = await (await stage.at('a')).openSocket({ kind })
  client.bind({ port: udp.sourcePort ?? 0 })
  client.connect({ address: to, port: udp.port })
  // Of those that should be answered one of a few, for a kernel takes a moment to have all in use.
  for (let tries = cause === undefined ? 5 : 1; tries > 0; tries--) {
    try {
      await client.send(new Uint8Array(size))
      await client.receive({ signal: AbortSignal.timeout(cause === undefined ? 2000 : 300) })
      return true
    } catch (error) {
      if (isVnetError(error) && error.code === 'ECONNREFUSED') return true
      if (!isVnetError(error) && (error as Error).name !== 'TimeoutError') throw error
    }
  }
  await server?.close()
  await echoing
  return false
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
