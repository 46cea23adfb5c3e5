/** Programs of others at the ends of a cable, on the kernel. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Capture, type Host, type Namespace, openHost, type Program } from '@vnet/core'
import { afterAll, expect, test } from 'vitest'
import { complaints, noTshark } from './tshark.js'

export const patience = Number(process.env.VNET_PATIENCE ?? 1)

let opened: Promise<Host> | undefined
afterAll(async () => void (await opened?.catch(() => undefined))?.close())

export interface Pair {
  readonly server: Namespace
  readonly client: Namespace
  readonly folder: string
  /** Starts a program, which is ended with the test. */
  run(namespace: Namespace, command: string, args: readonly string[], env?: Record<string, string>): Promise<Program>
  /** What the clients of others were told, by event. */
  told(event: string): Promise<Map<string, string>>
}

/** A test with two namespaces and a cable, where the programs are there. */
export function withPrograms(
  name: string,
  programs: readonly (readonly [program: string, debian: string])[],
  body: (pair: Pair) => Promise<void>,
) {
  test(name, async ({ skip }) => {
    if ((process.env.VNET_TIER ?? 'none') === 'none') skip('lacks capability: admin (no kernel is to be used)')
    const absent = programs.find(([program]) => spawnSync('which', [program]).status !== 0)
    if (absent !== undefined) skip(`lacks capability: ${absent[0]} (Debian package ${absent[1]})`)
    opened ??= openHost({ driver: 'napi' })
    const host = await opened.catch((error: Error): never => skip(`lacks capability: admin (${error.message})`))
    for (const need of ['admin', 'namespace anonymous', 'link veth', 'socket', 'capture'] as const)
      if (host.supports[need] !== true) skip(`lacks capability: ${need} (${host.supports[need]})`)
    const folder = mkdtempSync(join(tmpdir(), 'vnet-dhcp-'))
    const [server, client] = [await host.namespace.add(), await host.namespace.add()]
    const started: Program[] = []
    let capture: Capture | undefined
    const frames: Uint8Array[] = []
    try {
      await server.link.add({
        kind: 'veth',
        name: 'eth0',
        up: true,
        peer: { name: 'eth0', namespace: client, up: true },
      })
      for (const namespace of [server, client]) await namespace.link.set('lo', { up: true })
      await server.address.add({ link: 'eth0', address: '10.7.0.1/24' })
      capture = await client.openCapture({ link: 'eth0' })
      const reading = keep(capture, frames)
      await body({
        server,
        client,
        folder,
        async run(namespace, command, args, env = {}) {
          const program = await namespace.run({
            command,
            args,
            env: { ...process.env, VNET_TOLD: join(folder, 'told'), ...env },
            stdio: 'pipe',
          })
          started.push(program)
          return program
        },
        told: (event) => toldOf(join(folder, 'told'), event),
      })
      await capture.close()
      await reading
      // Sums of UDP are not there yet on the way between two sockets of one machine.
      const own = frames.filter((frame) => frame[23] === 17)
      expect(own.length).toBeGreaterThan(3)
      if (noTshark === undefined) expect(complaints(own).filter((line) => !line.includes('checksum'))).toEqual([])
    } finally {
      for (const program of started) program.kill()
      await Promise.all(started.map(({ ended }) => ended))
      await capture?.close()
      await client.close()
      await server.close()
      rmSync(folder, { recursive: true })
    }
  })
}

/** Keeps the frames of IPv4 that pass. */
async function keep(capture: Capture, frames: Uint8Array[]): Promise<void> {
  const batch = capture.createBatch()
  try {
    for (;;) {
      await capture.read(batch)
      for (const frame of batch) if (frame[12] === 8 && frame[13] === 0) frames.push(frame.slice())
      batch.clear()
    }
  } catch {
    // Closed.
  }
}

async function toldOf(file: string, event: string): Promise<Map<string, string>> {
  for (let tries = 0; tries < 1000 * patience; tries++) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    const part = text.split('== ').find((each) => each.startsWith(`${event}\n`) && each.includes('\nVNET_TOLD'))
    if (part !== undefined)
      return new Map(
        part.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      )
    await pause(0.02)
  }
  throw new Error(`nothing was told of ${event}`)
}

/** Waits until a server listens: what is asked before is asked again only after four seconds. */
export async function listening({ run, server }: Pair): Promise<void> {
  for (let tries = 0; tries < 500 * patience; tries++) {
    const { ended } = await run(server, 'cat', ['/proc/net/udp'])
    if ((await ended).stdout.includes(':0043 ')) return
    await pause(0.02)
  }
  throw new Error('nobody listens at port 67')
}

export const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
