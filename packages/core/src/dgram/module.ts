/** The module `node:dgram`, inside a namespace. @module */
import type { Namespace } from '../client/api.js'
import { type DatagramEvents, type DatagramOptions, DatagramSocket } from './socket.js'

/** What a program that was given `node:dgram` finds in its place. */
export interface DatagramModule {
  /** Makes a socket, as `dgram.createSocket`; `listener` hears `message`. */
  createSocket(
    type: 'udp4' | 'udp6' | DatagramOptions,
    listener?: (...values: DatagramEvents['message']) => void,
  ): DatagramSocket
}

/**
 * `createSocket` of `node:dgram` for sockets inside a namespace, on any backend, also in a browser: for programs that are
 * given the module instead of importing it.
 *
 * @example
 * const dgram = datagramModule(namespace)
 * const socket = dgram.createSocket('udp4', (message, { address, port }) => socket.send(message, port, address))
 * socket.bind(7)
 */
export function datagramModule(namespace: Namespace): DatagramModule {
  return {
    createSocket(type, listener) {
      const socket = new DatagramSocket(namespace, typeof type === 'string' ? { type } : type)
      if (listener !== undefined) socket.on('message', listener)
      return socket
    },
  }
}
