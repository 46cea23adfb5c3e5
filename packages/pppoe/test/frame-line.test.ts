/** The sockets of a line, made up: one that takes nothing, and one whose link is gone. */
import { type Link, type Namespace, type NetworkSocket, VnetError } from '@vnet/core'
import { expect, test } from 'vitest'
import { FrameLine } from '../src/frame-line.js'

const error = (code: 'ENETDOWN' | 'ENXIO' | 'VNET_CLOSED') =>
  new VnetError({ code, operation: 'socket', subject: 'wan', hint: 'none' })

/** A line whose sending never ends or fails; what its sockets are told goes to both. */
async function lineOf(send: 'blocks' | 'ENXIO', isThere = true) {
  const rejects: ((error: Error) => void)[] = []
  const waiting = () => new Promise<never>((_, reject) => rejects.push(reject))
  const failures: unknown[] = []
  let isClosed = false
  const tell = (failure: Error) => {
    for (const reject of rejects.splice(0)) reject(failure)
  }
  const socket = {
    send: () =>
      send === 'blocks' && !isClosed ? waiting() : Promise.reject(error(isClosed ? 'VNET_CLOSED' : 'ENXIO')),
    receive: waiting,
    close: async () => {
      isClosed = true
      tell(error('VNET_CLOSED'))
    },
  }
  const namespace = {
    openSocket: async () => socket as unknown as NetworkSocket,
    link: { get: async () => (isThere ? {} : undefined) },
    // Nothing happens to the link until nobody listens any more.
    async *watch({ signal }: { readonly signal: AbortSignal }) {
      yield { kind: 'snapshot' }
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    },
  } as unknown as Namespace
  const host = { frame: () => {}, failed: (failure: unknown) => failures.push(failure) }
  const line = await FrameLine.open(namespace, { index: 7, name: 'wan' } as Link, host)
  return { line, failures, tell }
}

test('a line that takes nothing is closed all the same, and nobody waits for room in it any more', async () => {
  const { line, failures } = await lineOf('blocks')
  for (let i = 0; i < 1000; i++) line.send(new Uint8Array(60))
  const room = line.room()
  await line.close()
  await room
  expect(failures).toEqual([])
})

test('down is not gone, but a link that is gone is told, once', async () => {
  const down = await lineOf('blocks')
  down.tell(error('ENETDOWN'))
  await new Promise((resolve) => setTimeout(resolve, 0))
  expect(down.failures).toEqual([])
  await down.line.close()
  for (const way of ['send', 'receive']) {
    const { line, failures, tell } = await lineOf('ENXIO', false)
    if (way === 'send') for (let i = 0; i < 3; i++) line.send(new Uint8Array(60))
    else tell(error('ENETDOWN'))
    await expect.poll(() => failures).toEqual([expect.objectContaining({ code: 'ENODEV', subject: 'wan' })])
    await line.close()
    expect(failures.length).toBe(1)
  }
})
