/** A socket of a namespace in the shape of `node:dgram`. @module */
import type { Namespace } from '../client/api.js'
import type { Datagram, NetworkSocket, SocketOptions } from '../socket.js'
import { Emitter } from './emitter.js'
import { misuse, portOf } from './fault.js'
import { addressOf, type DatagramLookup, splitScope } from './lookup.js'
import { type DatagramMessage, messageOf, octetsOf } from './message.js'

/** An address as `address()` and `message` tell it. */
export interface DatagramAddress {
  /** IP address as text; a link-local one with its link: `fe80::1%2`. */
  readonly address: string
  /** Version of IP. */
  readonly family: 'IPv4' | 'IPv6'
  /** UDP port. */
  readonly port: number
}

/** Who sent a message, and how long it is. */
export interface DatagramSender extends DatagramAddress {
  /** Octets. */
  readonly size: number
}

/** Events of a socket. */
export interface DatagramEvents {
  /** A message came. It is a `Buffer` in Node, a `Uint8Array` elsewhere. */
  readonly message: readonly [message: Uint8Array, sender: DatagramSender]
  /** It is bound. */
  readonly listening: readonly []
  /** It is connected. */
  readonly connect: readonly []
  /** It is closed. */
  readonly close: readonly []
  /** Something failed: binding, a send without a callback, a datagram that came back (`ECONNREFUSED`). */
  readonly error: readonly [error: Error]
}

/** What a socket is made with, as `dgram.createSocket` takes it. */
export interface DatagramOptions {
  /** Version of IP. */
  readonly type: 'udp4' | 'udp6'
  /** See {@link SocketOptions.reuseAddress}. */
  readonly reuseAddr?: boolean
  /** See {@link SocketOptions.ipv6Only}. */
  readonly ipv6Only?: boolean
  /** See {@link SocketOptions.receiveBuffer}. */
  readonly recvBufferSize?: number
  /** Finds the addresses of hosts by name; without it only addresses and `localhost` are known. */
  readonly lookup?: DatagramLookup
  /** Closes the socket when aborted. */
  readonly signal?: AbortSignal
}

/** Where `bind` binds to. */
export interface DatagramBinding {
  /** UDP port; 0 lets the kernel choose. */
  readonly port?: number
  /** An address of the namespace; any when absent. */
  readonly address?: string
}

type Sent = (error: Error | null, octets: number) => void

/**
 * A socket of a namespace, used as one of `node:dgram`: `bind`, `send`, `connect`, `on('message')`, `close` and the rest, with
 * the same events and callbacks. Not there: membership by source, sizes of buffers and queues, and descriptors.
 */
export class DatagramSocket extends Emitter<DatagramEvents> {
  /** Version of IP. */
  readonly type: 'udp4' | 'udp6'
  private readonly namespace: Namespace
  private readonly options: DatagramOptions
  private socket: NetworkSocket | undefined
  /** Resolves with the socket once it is bound. */
  private binding: Promise<NetworkSocket> | undefined
  private connecting: 'no' | 'under way' | 'yes' = 'no'
  private isClosed = false
  private keepsAlive = true
  private readonly aborted = () => {
    this.close()
  }

  /** Not bound yet; `datagramModule` makes them. */
  constructor(namespace: Namespace, options: DatagramOptions) {
    super()
    if (options.type !== 'udp4' && options.type !== 'udp6') throw misuse('ERR_SOCKET_BAD_TYPE')
    this.type = options.type
    this.namespace = namespace
    this.options = options
    const { signal } = options
    if (signal?.aborted) this.close()
    else signal?.addEventListener('abort', this.aborted, { once: true })
  }

  /** Binds; `listening` tells when that is done, `error` when it failed. */
  bind(callback?: () => void): this
  bind(port: number | undefined, callback?: () => void): this
  bind(port: number | undefined, address: string | undefined, callback?: () => void): this
  bind(binding: DatagramBinding, callback?: () => void): this
  bind(...given: readonly unknown[]): this {
    this.checkRunning()
    if (this.binding !== undefined) throw misuse('ERR_SOCKET_ALREADY_BOUND')
    const callback = given.find((value) => typeof value === 'function') as (() => void) | undefined
    if (callback !== undefined) this.once('listening', callback)
    const [first, second] = given
    const { port, address } =
      typeof first === 'object' && first !== null
        ? (first as DatagramBinding)
        : { port: first, address: typeof second === 'string' ? second : undefined }
    const number = port === undefined || port === null || typeof port === 'function' ? 0 : portOf(port)
    void this.bound(number, address).catch((error) => this.fail(error))
    return this
  }

  /** Connects; `connect` tells when that is done. An error goes to `callback`, where there is one, else to `error`. */
  connect(port: number, address?: string | (() => void), callback?: (error?: Error) => void): void {
    this.checkRunning()
    const number = portOf(port, 1)
    if (this.connecting !== 'no') throw misuse('ERR_SOCKET_DGRAM_IS_CONNECTED')
    const told = typeof address === 'function' ? (address as (error?: Error) => void) : callback
    const host = typeof address === 'string' ? address : undefined
    this.connecting = 'under way'
    const connected = async () => {
      const socket = await this.bound()
      socket.connect({ ...splitScope(await this.found(host)), port: number })
    }
    connected().then(
      () => {
        if (this.isClosed) return
        this.connecting = 'yes'
        if (told !== undefined) this.once('connect', told)
        this.tell('connect')
      },
      (error) => {
        this.connecting = 'no'
        if (told === undefined) this.fail(error)
        else told(error)
      },
    )
  }

  /** Ends the connection. */
  disconnect(): void {
    if (this.connecting !== 'yes') throw misuse('ERR_SOCKET_DGRAM_NOT_CONNECTED')
    this.open().disconnect()
    this.connecting = 'no'
  }

  /** Sends a message: to `port` of `address`, or, connected, to whom it is connected; `offset` and `length` choose a part of it. */
  send(message: DatagramMessage | readonly DatagramMessage[], callback?: Sent): void
  send(message: DatagramMessage | readonly DatagramMessage[], port: number, callback?: Sent): void
  send(
    message: DatagramMessage | readonly DatagramMessage[],
    port: number,
    address: string | undefined,
    callback?: Sent,
  ): void
  send(message: DatagramMessage, offset: number, length: number, callback?: Sent): void
  send(
    message: DatagramMessage,
    offset: number,
    length: number,
    port: number,
    address?: string | Sent,
    callback?: Sent,
  ): void
  send(message: DatagramMessage | readonly DatagramMessage[], ...given: readonly unknown[]): void {
    this.checkRunning()
    const callback = given.find((value) => typeof value === 'function') as Sent | undefined
    const values = given.filter((value) => typeof value !== 'function')
    const isConnected = this.connecting === 'yes'
    let octets = octetsOf(message)
    // Two numbers in front are offset and length; of a connected socket they are all that may be there.
    if (typeof values[1] === 'number') {
      const [offset, length] = [values.shift() as number, values.shift() as number]
      if (offset < 0 || length < 0 || offset + length > octets.length)
        throw new RangeError('offset and length lie outside of the message')
      octets = octets.subarray(offset, offset + length)
    }
    const [port, address] = values as [number | undefined, string | undefined]
    if (isConnected && port !== undefined) throw misuse('ERR_SOCKET_DGRAM_IS_CONNECTED')
    const number = isConnected ? 0 : portOf(port, 1)
    const sent = async () => {
      const socket = await this.bound()
      if (isConnected) await socket.send(octets)
      else await socket.send(octets, { ...splitScope(await this.found(address)), port: number })
    }
    sent().then(
      () => callback?.(null, octets.length),
      (error) => {
        if (callback !== undefined) callback(error, 0)
        else this.fail(error)
      },
    )
  }

  /** Closes it; `close` tells when that is done. */
  close(callback?: () => void): this {
    this.checkRunning()
    if (callback !== undefined) this.once('close', callback)
    this.isClosed = true
    this.options.signal?.removeEventListener('abort', this.aborted)
    const closed = this.binding === undefined ? Promise.resolve() : this.binding.then((socket) => socket.close())
    void closed.catch(() => {}).then(() => this.tell('close'))
    return this
  }

  /** Where it is bound. */
  address(): DatagramAddress {
    return this.told(this.open().address)
  }

  /** Whom it is connected to. */
  remoteAddress(): DatagramAddress {
    const { remote } = this.open()
    if (remote === undefined) throw misuse('ERR_SOCKET_DGRAM_NOT_CONNECTED')
    return this.told(remote)
  }

  /** See {@link SocketOptions.broadcast}. */
  setBroadcast(flag: boolean): void {
    this.open().set({ broadcast: flag })
  }

  /** Hops of what is sent to one host. */
  setTTL(ttl: number): number {
    this.open().set({ hops: ttl })
    return ttl
  }

  /** Hops of what is sent to groups. */
  setMulticastTTL(ttl: number): number {
    this.open().set({ multicastHops: ttl })
    return ttl
  }

  /** Whether members on this host hear what is sent to their group. */
  setMulticastLoopback(flag: boolean): boolean {
    this.open().set({ multicastLoop: flag })
    return flag
  }

  /** The link that packets to groups leave by: an address of IPv4 that it has, or `::%eth0` over IPv6. */
  setMulticastInterface(address: string): void {
    this.open().set({ multicastLink: linkOf(address) })
  }

  /** Becomes a member of a group, on the link that has an address, or is named as `::%eth0`. Binds where it is not bound. */
  addMembership(group: string, address?: string): void {
    this.checkRunning()
    const link = address === undefined ? undefined : linkOf(address)
    if (this.socket !== undefined) this.socket.join(group, link)
    else
      void this.bound()
        .then((socket) => socket.join(group, link))
        .catch((error) => this.fail(error))
  }

  /** Ceases to be one. */
  dropMembership(group: string, address?: string): void {
    this.open().leave(group, address === undefined ? undefined : linkOf(address))
  }

  /** Keeps the program alive while it is open, as it does at first. */
  ref(): this {
    return this.keep(true)
  }

  /** Does not. */
  unref(): this {
    return this.keep(false)
  }

  /** Closes it, unless it is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isClosed) return
    await new Promise<void>((resolve) => this.close(resolve))
  }

  private keep(alive: boolean): this {
    this.keepsAlive = alive
    this.socket?.keepAlive(alive)
    return this
  }

  /** The socket, bound; binds it where nobody has. */
  private bound(port = 0, address?: string): Promise<NetworkSocket> {
    this.binding ??= this.bindTo(port, address).catch((error) => {
      // Not bound: it may be tried again.
      this.binding = undefined
      throw error
    })
    return this.binding
  }

  private async bindTo(port: number, address: string | undefined): Promise<NetworkSocket> {
    const { type: kind, reuseAddr, ipv6Only, recvBufferSize } = this.options
    const options: SocketOptions = {
      kind,
      ...(reuseAddr === undefined ? {} : { reuseAddress: reuseAddr }),
      ...(ipv6Only === undefined ? {} : { ipv6Only }),
      ...(recvBufferSize === undefined ? {} : { receiveBuffer: recvBufferSize }),
    }
    const found = address === undefined || address === '' ? {} : splitScope(await this.found(address))
    const socket = await this.namespace.openSocket(options)
    try {
      socket.bind({ ...found, port })
    } catch (error) {
      await socket.close()
      throw error
    }
    if (this.isClosed) return socket
    socket.keepAlive(this.keepsAlive)
    this.socket = socket
    void this.listen(socket)
    this.tell('listening')
    return socket
  }

  private async listen(socket: NetworkSocket): Promise<void> {
    while (!this.isClosed) {
      let datagram: Datagram
      try {
        datagram = await socket.receive()
      } catch (error) {
        this.fail(error)
        continue
      }
      const from = datagram.from
      if (from !== undefined)
        this.tell('message', messageOf(datagram.data), { ...this.told(from), size: datagram.data.length })
    }
  }

  private found(host: string | undefined): Promise<string> {
    return addressOf(host, this.type === 'udp4' ? 4 : 6, this.options.lookup)
  }

  private told({ address, port, link }: { address: string; port: number; link?: number }): DatagramAddress {
    const family = this.type === 'udp4' ? 'IPv4' : 'IPv6'
    return { address: link === undefined ? address : `${address}%${link}`, family, port }
  }

  private open(): NetworkSocket {
    this.checkRunning()
    if (this.socket === undefined) throw misuse('EBADF')
    return this.socket
  }

  private checkRunning(): void {
    if (this.isClosed) throw misuse('ERR_SOCKET_DGRAM_NOT_RUNNING')
  }

  /** Nobody waits for what is under way: an error that nobody listens for is the program's. Of a closed socket nobody hears. */
  private fail(error: unknown): void {
    if (this.isClosed) return
    if (this.listenerCount('error') > 0) this.tell('error', error as Error)
    else uncaught(error)
  }

  /** Tells of an event. What a listener throws is no failure of the socket, which goes on: it is the program's, as in Node. */
  private tell<E extends keyof DatagramEvents>(event: E, ...values: DatagramEvents[E]): void {
    try {
      this.emit(event, ...values)
    } catch (error) {
      uncaught(error)
    }
  }
}

/** Throws where nobody catches it. */
function uncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

/** The link that is meant: by name or index behind a `%`, else the one that has the address. */
function linkOf(text: string): string | number | { readonly address: string } {
  const { address, link } = splitScope(text)
  return link ?? { address }
}
