/** Sockets as those of node:dgram: what a listener throws. @module */
import { datagramModule } from '@vnet/core'
import { expect, test, vi } from 'vitest'
import { openLab } from './lab.js'

test("what a listener throws is nobody's failure but the program's, and the socket goes on", async () => {
  const { host } = await openLab()
  await host.link.set('lo', { up: true })
  const thrown: unknown[] = []
  const spy = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((callback) => {
    try {
      callback()
    } catch (error) {
      thrown.push(error)
    }
  })
  const socket = datagramModule(host).createSocket('udp4')
  const failures: unknown[] = []
  socket.on('error', (error) => failures.push(error))
  socket.on('listening', () => {
    throw new Error('listening')
  })
  const messages: string[] = []
  socket.on('message', (message) => {
    messages.push(new TextDecoder().decode(message))
    throw new Error('message')
  })
  socket.bind(7777, '127.0.0.1')
  await vi.waitFor(() => expect(thrown).toHaveLength(1))
  expect(socket.address()).toMatchObject({ address: '127.0.0.1', port: 7777 })
  for (const word of ['1', '2']) socket.send(word, 7777, '127.0.0.1')
  await vi.waitFor(() => expect(messages).toEqual(['1', '2']))
  expect(thrown.map((error) => (error as Error).message)).toEqual(['listening', 'message', 'message'])
  expect(failures).toEqual([])
  await new Promise<void>((resolve) => socket.close(resolve))
  spy.mockRestore()
  await host.close()
})
