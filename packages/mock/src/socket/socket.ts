/** A socket of IP of the mock. @module */

import type { SocketSpec } from '@vnet/core'
import {
  type CleanGroupLink,
  type CleanSocketAddress,
  type CleanSocketSettings,
  type Datagram,
  type DriverSocket,
  formatIp,
  type LinkRef,
  type NamedSocketAddress,
  type SocketAction,
} from '@vnet/core'
import { isLinkLocal, isZero } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { Refusal, refuse } from '../refusal.js'
import { bindInet, connectInet, disconnectInet, tableOf } from './bind.js'
import { Inbox } from './inbox.js'
import { type InetSocket, newInetSocket } from './inet.js'
import { asFamily } from './mapped.js'
import { groupLinkOf, joinSocket, leaveAll, leaveSocket, scopeOf } from './member.js'
import { deviceOf } from './route.js'
import { sendInet } from './send.js'
import { socketError, Waiting } from './waiting.js'

/** The socket. */
export class MockSocket implements DriverSocket {
  readonly #kernel: Kernel
  readonly #namespace: Namespace
  readonly #socket: InetSocket
  readonly #waiting: Waiting
  #isClosed = false

  /** Opens it; refuses where it may not be. */
  constructor(kernel: Kernel, namespace: Namespace, spec: SocketSpec, protocol: number) {
    this.#kernel = kernel
    this.#namespace = namespace
    this.#waiting = new Waiting(kernel)
    const inbox = new Inbox(spec.receiveBuffer, () => this.#waiting.arrived())
    this.#socket = newInetSocket(spec, scopeOf(namespace, spec.link), protocol, inbox)
    this.#change(spec)
    if (spec.kind.startsWith('raw')) namespace.sockets.raw.add(this.#socket)
    kernel.namespaces.hold(namespace)
  }

  bind(address: CleanSocketAddress): void {
    this.#doing('bind', address, () => bindInet(this.#kernel, this.#namespace, this.#socket, address))
  }

  connect(address: CleanSocketAddress | undefined): void {
    this.#doing('connect', address, () => {
      if (address === undefined) disconnectInet(this.#namespace, this.#socket)
      else connectInet(this.#kernel, this.#namespace, this.#socket, address)
    })
  }

  address(): NamedSocketAddress {
    const { local, port, family, device } = this.#socket
    const link = isLinkLocal(local) && device !== undefined ? { link: device.index } : {}
    return { address: formatIp(asFamily(local, family)), port, ...link }
  }

  set(change: CleanSocketSettings): void {
    this.#doing('set', undefined, () => this.#change(change))
  }

  join(group: Uint8Array, link: CleanGroupLink | undefined, member: boolean): void {
    const change = member ? joinSocket : leaveSocket
    this.#doing(member ? 'join' : 'leave', { octets: group }, () =>
      change(this.#kernel, this.#namespace, this.#socket, group, link),
    )
  }

  send(data: Uint8Array, to: CleanSocketAddress | LinkRef | undefined): boolean {
    const target = typeof to === 'object' ? to : undefined
    return this.#doing('send', target, () => {
      // An error that came back is told before anything is sent.
      const error = this.#socket.inbox.takeError()
      if (error !== undefined) refuse(error)
      sendInet(this.#kernel, this.#namespace, this.#socket, data, target)
      return true
    })
  }

  take(): Datagram | undefined {
    const { inbox, kind } = this.#socket
    const error = inbox.takeError()
    if (error !== undefined) throw socketError(new Refusal(error, {}), 'receive', kind)
    return inbox.take()
  }

  readable(): Promise<void> {
    return this.#isClosed || !this.#socket.inbox.isEmpty ? Promise.resolve() : this.#waiting.wait()
  }

  async writable(): Promise<void> {
    // What is sent is looked at before `send` returns: there is always room.
  }

  keepAlive(keep: boolean): void {
    this.#waiting.keepAlive(keep)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#kernel.perform(() => {
      leaveAll(this.#kernel, this.#socket)
      if (this.#socket.port !== 0) tableOf(this.#namespace, this.#socket)?.remove(this.#socket)
      this.#namespace.sockets.raw.delete(this.#socket)
    })
    this.#waiting.end()
    this.#kernel.namespaces.letGo(this.#namespace)
  }

  #change({ broadcast, hops, multicastHops, multicastLoop, multicastLink }: CleanSocketSettings): void {
    const socket = this.#socket
    if (broadcast !== undefined) socket.broadcast = broadcast
    if (hops !== undefined) socket.hops = hops
    if (multicastHops !== undefined) socket.multicastHops = multicastHops
    if (multicastLoop !== undefined) socket.multicastLoop = multicastLoop
    if (multicastLink !== undefined) {
      const device = this.#multicastDevice(multicastLink)
      if (socket.deviceChosen && socket.device !== device) refuse('EINVAL')
      socket.multicastDevice = device
    }
  }

  /** Over IPv4 a link that is not there is an address that is not (`IP_MULTICAST_IF`); a name is looked up before. */
  #multicastDevice(link: CleanGroupLink): Device | undefined {
    const { family } = this.#socket
    if (family === 6 || typeof link === 'string') return groupLinkOf(this.#namespace, link)
    const device = link instanceof Uint8Array ? deviceOf(this.#namespace, link) : this.#namespace.find(link)
    return device ?? (link instanceof Uint8Array && isZero(link) ? undefined : refuse('EADDRNOTAVAIL'))
  }

  #doing<T>(action: SocketAction, target: { octets: Uint8Array; port?: number } | undefined, body: () => T): T {
    try {
      return this.#kernel.perform(body)
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown
      throw socketError(thrown, action, target === undefined ? this.#socket.kind : textOf(target))
    }
  }
}

/** Address and port as text, as errors tell it. */
function textOf({ octets, port }: { readonly octets: Uint8Array; readonly port?: number }): string {
  const address = formatIp(octets)
  if (port === undefined) return address
  return octets.length === 4 ? `${address}:${port}` : `[${address}]:${port}`
}
