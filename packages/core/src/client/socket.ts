/** A socket of the client: checks what it is asked, and waits. @module */
import { familyOfSocket, socketAddress, socketData, socketGroup, socketLink, socketSettings } from '../check/socket.js'
import { VnetError } from '../error.js'
import { formatIp } from '../ip.js'
import type {
  Datagram,
  DriverSocket,
  GroupLink,
  NamedSocketAddress,
  NetworkSocket,
  SocketAddress,
  SocketKind,
  SocketSettings,
} from '../socket.js'
import { eventLoopTurn } from '../turn.js'

/** Datagrams in a row that may be given at once, before everything else gets its turn. */
const TURNS = 16

/** The client's {@link NetworkSocket}. */
export class SocketObject implements NetworkSocket {
  readonly kind: SocketKind
  private readonly driver: DriverSocket
  private peer: NamedSocketAddress | undefined
  private isClosed = false
  private isReceiving = false
  private turns = TURNS

  /** @param driver Becomes the socket's own. */
  constructor(kind: SocketKind, driver: DriverSocket) {
    this.kind = kind
    this.driver = driver
  }

  bind(address: SocketAddress = {}): void {
    this.check('bind')
    this.driver.bind(socketAddress('bind', this.kind, address))
  }

  connect(to: SocketAddress): void {
    this.check('connect')
    const clean = socketAddress('connect', this.kind, to)
    this.driver.connect(clean)
    const link = typeof clean.link === 'number' ? { link: clean.link } : {}
    this.peer = { address: formatIp(clean.octets), port: clean.port, ...link }
  }

  disconnect(): void {
    this.check('connect')
    if (this.peer === undefined) return
    this.driver.connect(undefined)
    this.peer = undefined
  }

  get address(): NamedSocketAddress {
    this.check('address')
    return this.driver.address()
  }

  get remote(): NamedSocketAddress | undefined {
    return this.peer
  }

  set(change: SocketSettings): void {
    this.check('set')
    this.driver.set(socketSettings(this.kind, change))
  }

  join(group: string, link?: GroupLink): void {
    this.member('join', group, link)
  }

  leave(group: string, link?: GroupLink): void {
    this.member('leave', group, link)
  }

  async send(data: Uint8Array, to?: SocketAddress): Promise<void> {
    const octets = socketData(this.kind, data)
    const target =
      to === undefined
        ? undefined
        : familyOfSocket(this.kind) === undefined
          ? socketLink(this.kind, to)
          : socketAddress('send', this.kind, to)
    for (;;) {
      this.check('send')
      if (this.driver.send(octets, target)) return
      await this.driver.writable()
    }
  }

  async receive(options: { readonly signal?: AbortSignal } = {}): Promise<Datagram> {
    const { signal } = options
    signal?.throwIfAborted()
    this.check('receive')
    if (this.isReceiving) throw this.error('EBUSY', 16, 'receive', 'a receive is pending: one at a time')
    this.isReceiving = true
    try {
      for (;;) {
        if (--this.turns < 0) {
          await eventLoopTurn()
          this.turns = TURNS
          signal?.throwIfAborted()
        }
        this.check('receive')
        const datagram = this.driver.take()
        if (datagram !== undefined) return datagram
        this.turns = TURNS
        await waited(this.driver.readable(), signal)
      }
    } finally {
      this.isReceiving = false
    }
  }

  take(): Datagram | undefined {
    this.check('receive')
    return this.driver.take()
  }

  keepAlive(keep: boolean): void {
    this.check('set')
    this.driver.keepAlive(keep)
  }

  async close(): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    this.driver.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<Datagram> {
    while (!this.isClosed) {
      let datagram: Datagram
      try {
        datagram = await this.receive()
      } catch (error) {
        // Closed meanwhile.
        if (this.isClosed) return
        throw error
      }
      yield datagram
    }
  }

  private member(action: 'join' | 'leave', group: string, link: GroupLink | undefined): void {
    this.check(action)
    const clean = socketGroup(action, this.kind, group, link)
    this.driver.join(clean.octets, clean.link, action === 'join')
  }

  private check(action: string): void {
    if (this.isClosed) {
      const hint = 'open another one'
      throw new VnetError({ code: 'VNET_CLOSED', operation: `socket ${action}`, subject: this.kind, hint })
    }
  }

  private error(code: `E${string}`, errno: number, action: string, hint: string): VnetError {
    return new VnetError({ code, operation: `socket ${action}`, subject: this.kind, errno, hint })
  }
}

/** The wait, or the signal's reason. The wait goes on: the next receive takes it over. */
function waited(readable: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return readable
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    void readable.then(() => {
      signal.removeEventListener('abort', giveUp)
      resolve()
    })
  })
}
