/** Programs of plain sockets, as they know nothing of vnet: one that sends back what it gets, and one that sends and counts. @module */
import type { ProgramSpec } from '@vnet/core'

const node = (script: string): ProgramSpec => ({ command: process.execPath, args: ['-e', script], stdio: 'pipe' })

/** Sends back what comes by TCP and UDP, until a signal ends it. */
export const echoServer = (address: string, port: number): ProgramSpec =>
  node(`
const datagrams = require('node:dgram').createSocket('udp4')
datagrams.on('message', (data, { port, address }) => datagrams.send(data, port, address)).bind(${port}, '${address}')
require('node:net').createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(${port}, '${address}')`)

/** What {@link echoClient} prints when it ends. */
export interface EchoCount {
  /** Connections that were made; one, unless it broke. */
  readonly connections: number
  /** Numbers that came back in order. */
  readonly echoes: number
  /** What went wrong. */
  readonly errors: readonly string[]
}

/**
 * Sends one number after another by TCP, each when the one before came back, on one connection as long as it holds; until SIGTERM, or
 * until so many have come back.
 */
export const echoClient = (address: string, port: number, most = Number.MAX_SAFE_INTEGER): ProgramSpec =>
  node(`
let [connections, echoes, rest] = [0, 0, '']
const errors = []
const end = () => {
  console.log(JSON.stringify({ connections, echoes, errors }))
  process.exit()
}
process.on('SIGTERM', end)
const connect = () => {
  const socket = require('node:net').connect(${port}, '${address}')
  const send = () => setTimeout(() => socket.write(echoes + '\\n'), 1)
  socket.on('connect', () => {
    connections++
    socket.setNoDelay()
    send()
  })
  socket.on('data', (data) => {
    rest += data
    for (let at = rest.indexOf('\\n'); at >= 0; at = rest.indexOf('\\n')) {
      if (rest.slice(0, at) !== String(echoes)) errors.push('got ' + rest.slice(0, at) + ' for ' + echoes)
      rest = rest.slice(at + 1)
      if (++echoes === ${most}) end()
      send()
    }
  })
  socket.on('error', ({ code }) => {
    // Until the server listens.
    if (connections > 0) errors.push(code)
    setTimeout(connect, 20)
  })
}
connect()`)
