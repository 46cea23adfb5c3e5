/** A socket of the kernel that carries datagrams. @module */
import {
  type CleanGroupLink,
  type CleanSocketAddress,
  type CleanSocketSettings,
  type Datagram,
  type DriverSocket,
  familyOfSocket,
  formatIp,
  type LinkRef,
  type NamedSocketAddress,
  packetTypes,
  type SocketAction,
  type SocketKind,
  socketHint,
  VnetError,
} from '@vnet/core'
import { systemError } from '../error.js'
import { ETH_P_ALL } from '../packet/constants.js'
import { type PollHandle, READABLE, type SyscallError, type Syscalls, WRITABLE } from '../syscalls.js'
import { decodeAddress, decodeLink, encodeAddress, encodeLink, largestAddress } from './address.js'
import { controlSize, decodeControl } from './control.js'
import { linkIndex } from './link-index.js'
import { changeMembership, changeSettings } from './settings.js'

/** Octets of the longest datagram there is, with room for a link's header. */
const longest = 66 * 1024
/**
 * The same of a frame, which is longer where the MTU is (`lo`), or where the kernel puts segments together: one page
 * fragment of a buffer holds 32 KiB, and there are 17 of them (`MAX_SKB_FRAGS`, `PAGE_ALLOC_COSTLY_ORDER`); 18 with the head.
 */
const longestFrame = 18 * 32 * 1024

/** What all sockets of a thread receive into: what arrived is copied before the next one does. */
const slab = { bytes: new Uint8Array(0), address: new Uint8Array(largestAddress), control: new Uint8Array(controlSize) }
const lengths = new Int32Array(2)

/** Nobody: `connect` to it ends a connection. */
const nobody = new Uint8Array(16)

interface Wait {
  readonly promise: Promise<void>
  wake(): void
}

/** Sockets that were forgotten without being closed. */
const forgotten = new FinalizationRegistry<{ readonly syscalls: Syscalls; readonly fd: number }>(({ syscalls, fd }) =>
  syscalls.close(fd),
)

/** The error of something that a socket was asked. */
export function socketError(error: unknown, action: SocketAction, subject: string): Error {
  const hint = socketHint(action, (error as SyscallError).code)
  return systemError(error, `socket ${action}`, subject, hint === undefined ? {} : { hint })
}

/** The socket. */
export class LinuxSocket implements DriverSocket {
  private readonly syscalls: Syscalls
  private readonly kind: SocketKind
  private readonly fd: number
  private readonly protocol: number
  private handle: PollHandle | undefined
  private reading: Wait | undefined
  private writing: Wait | undefined
  private isClosed = false
  private keepsAlive = true

  /** @param fd Becomes the socket's own. @param protocol EtherType of a packet socket. */
  constructor(syscalls: Syscalls, kind: SocketKind, fd: number, protocol: number = ETH_P_ALL) {
    this.syscalls = syscalls
    this.kind = kind
    this.fd = fd
    this.protocol = protocol
    forgotten.register(this, { syscalls, fd }, this)
  }

  bind(address: CleanSocketAddress): void {
    this.doing('bind', address, () => this.syscalls.bind(this.fd, this.encoded(address)))
  }

  connect(address: CleanSocketAddress | undefined): void {
    const octets = () => (address === undefined ? nobody : this.encoded(address))
    this.doing('connect', address, () => this.syscalls.connect(this.fd, octets()))
  }

  address(): NamedSocketAddress {
    return this.doing('address', undefined, () => {
      const octets = this.syscalls.socketName(this.fd)
      const bound = decodeAddress(octets, octets.length)
      if (bound === undefined) return { address: '', port: 0, link: decodeLink(octets).link }
      // The kernel tells the protocol of raw sockets in place of a port.
      return this.kind.startsWith('raw') ? { ...bound, port: 0 } : bound
    })
  }

  set(change: CleanSocketSettings): void {
    this.doing('set', undefined, () => changeSettings(this.syscalls, this.fd, familyOfSocket(this.kind), change))
  }

  join(group: Uint8Array, link: CleanGroupLink | undefined, member: boolean): void {
    this.doing(member ? 'join' : 'leave', { octets: group }, () =>
      changeMembership(this.syscalls, this.fd, group, link, member),
    )
  }

  send(data: Uint8Array, to: CleanSocketAddress | LinkRef | undefined): boolean {
    const target = typeof to === 'object' ? to : undefined
    return this.doing('send', target, () => {
      if (target !== undefined) return this.syscalls.sendTo(this.fd, data, this.encoded(target))
      const link = to as LinkRef | undefined
      const address =
        link === undefined ? nobody.subarray(16) : encodeLink(this.protocol, linkIndex(this.syscalls, this.fd, link))
      return this.syscalls.sendTo(this.fd, data, address)
    })
  }

  take(): Datagram | undefined {
    return this.doing('receive', undefined, () => {
      const most = this.kind === 'packet' ? longestFrame : longest
      if (slab.bytes.length < most) slab.bytes = new Uint8Array(most)
      const length = this.syscalls.receiveMessage(this.fd, slab.bytes, slab.address, slab.control, lengths)
      if (length < 0) return undefined
      if (length > slab.bytes.length) throw tooLong(this.kind, length)
      const data = slab.bytes.slice(0, length)
      const { to, link, hops, tag } = decodeControl(slab.control, lengths[1] as number)
      if (this.kind === 'packet') {
        const { packetType, ...met } = decodeLink(slab.address)
        return {
          data: tag === undefined ? data : tagged(data, tag),
          ...met,
          packetType: packetTypes[packetType] ?? 'other-host',
        }
      }
      const from = decodeAddress(slab.address, lengths[0] as number)
      return {
        data,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        link: link ?? 0,
        ...(hops === undefined ? {} : { hops }),
      }
    })
  }

  readable(): Promise<void> {
    if (this.isClosed) return Promise.resolve()
    this.reading ??= this.wait(() => {
      this.reading = undefined
    })
    this.watch()
    return this.reading.promise
  }

  writable(): Promise<void> {
    if (this.isClosed) return Promise.resolve()
    this.writing ??= this.wait(() => {
      this.writing = undefined
    })
    this.watch()
    return this.writing.promise
  }

  keepAlive(keep: boolean): void {
    this.keepsAlive = keep
    this.handle?.ref(keep)
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    forgotten.unregister(this)
    this.handle?.close()
    this.reading?.wake()
    this.writing?.wake()
    this.syscalls.close(this.fd)
  }

  private wait(over: () => void): Wait {
    let wake = () => {}
    const promise = new Promise<void>((resolve) => {
      wake = () => {
        over()
        resolve()
      }
    })
    return { promise, wake }
  }

  private watch(): void {
    if (this.handle === undefined) this.handle = this.pollHandle()
    this.handle.watch((this.reading === undefined ? 0 : READABLE) | (this.writing === undefined ? 0 : WRITABLE))
  }

  private pollHandle(): PollHandle {
    const handle = this.syscalls.poll(this.fd, (events) => {
      if (this.isClosed) return
      // An error that is pending is told by whatever is done next, so it ends both waits.
      if ((events & ~WRITABLE) !== 0) this.reading?.wake()
      if ((events & ~READABLE) !== 0) this.writing?.wake()
      this.watch()
    })
    if (!this.keepsAlive) handle.ref(false)
    return handle
  }

  private encoded({ octets, port, link }: CleanSocketAddress): Uint8Array {
    return encodeAddress(octets, port, linkIndex(this.syscalls, this.fd, link))
  }

  private doing<T>(action: SocketAction, target: { octets: Uint8Array; port?: number } | undefined, body: () => T): T {
    try {
      return body()
    } catch (error) {
      throw socketError(error, action, target === undefined ? this.kind : textOf(target))
    }
  }
}

/** Something that was received did not fit, and is lost. */
const tooLong = (kind: SocketKind, length: number): VnetError =>
  new VnetError({
    code: 'EMSGSIZE',
    operation: 'socket receive',
    subject: kind,
    hint: `${length} octets came in one piece, of which ${longestFrame} can be received; they are lost`,
  })

/** Address and port as text, as errors tell it. */
function textOf({ octets, port }: { readonly octets: Uint8Array; readonly port?: number }): string {
  const address = formatIp(octets)
  if (port === undefined) return address
  return octets.length === 4 ? `${address}:${port}` : `[${address}]:${port}`
}

/** A frame with the tag put back that the kernel took out. */
function tagged(frame: Uint8Array, [type, control]: readonly [number, number]): Uint8Array {
  const octets = new Uint8Array(frame.length + 4)
  octets.set(frame.subarray(0, 12))
  new DataView(octets.buffer).setUint32(12, type * 65_536 + control)
  octets.set(frame.subarray(12), 16)
  return octets
}
