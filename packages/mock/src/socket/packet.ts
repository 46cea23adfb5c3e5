/** Packet sockets of the mock: frames from the link's header on (`packet_rcv`, `packet_snd`). @module */
import {
  type Datagram,
  type DriverSocket,
  type ErrorCode,
  type LinkRef,
  type NamedSocketAddress,
  packetTypes,
  type SocketAction,
  type SocketSpec,
} from '@vnet/core'
import {
  ethernetHeaderSize,
  etherTypeAt,
  etherTypes,
  isTaggedAt,
  largestLength,
  macAt,
  macFromNumber,
  vlanTagSize,
} from '@vnet/wire'
import type { Kernel, Notice } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { type Device, hasMac } from '../object/device.js'
import { Refusal, refuse } from '../refusal.js'
import { Frame } from '../stack/frame.js'
import type { PacketTypeNumber } from '../stack/packet-type.js'
import type { Tap } from '../stack/tap.js'
import { transmit } from '../stack/transmit.js'
import { Inbox } from './inbox.js'
import { scopeOf } from './member.js'
import { socketError, Waiting } from './waiting.js'

/** EtherType that stands for all (`ETH_P_ALL`), and for frames with a length in its place (`ETH_P_802_2`). */
const everything = 3
const llc = 4

/** Octets behind the header that a buffer of the kernel holds: 17 fragments of 32 KiB (`MAX_SKB_FRAGS`). */
const largestPayload = 17 * 32_768

/** The socket. */
export class MockPacketSocket implements DriverSocket, Tap {
  readonly #kernel: Kernel
  readonly #namespace: Namespace
  readonly #device: Device | undefined
  readonly #protocol: number
  readonly #waiting: Waiting
  readonly #inbox: Inbox
  #isSending = false
  #isGone = false
  #isClosed = false

  constructor(kernel: Kernel, namespace: Namespace, spec: SocketSpec) {
    this.#kernel = kernel
    this.#namespace = namespace
    this.#device = scopeOf(namespace, spec.link)
    this.#protocol = spec.protocol ?? everything
    this.#waiting = new Waiting(kernel)
    this.#inbox = new Inbox(spec.receiveBuffer, () => this.#waiting.arrived())
    // Bound to a link that is down it hears nothing until that is up, and says so once.
    if (this.#device?.up === false) this.#inbox.fail('ENETDOWN')
    namespace.taps.add(this)
    kernel.namespaces.hold(namespace)
  }

  see(device: Device, { octets }: Frame, type: PacketTypeNumber): void {
    if (this.#isSending || (this.#device !== undefined && device !== this.#device)) return
    // Who wants one protocol has what comes up to the protocols, and nothing of what leaves.
    if (this.#protocol === everything) this.#put(device, octets, type)
  }

  /** A frame comes up to the protocols: past bridges and VLANs, and without the tag of a VLAN that nobody has. */
  receive(device: Device, octets: Uint8Array, type: PacketTypeNumber, isExact: boolean, origin?: Device): boolean {
    // Who asked for a link also has what another took from that one (`ptype_specific` of `orig_dev`).
    const isBound = this.#device !== undefined && (this.#device === device || this.#device === origin)
    const isOurs = isBound || (this.#device === undefined && !isExact)
    if (this.#protocol === everything || !isOurs) return false
    const isTagged = hasMac(device) && isTaggedAt(octets, 0)
    const untagged = isTagged ? withoutTag(octets) : octets
    if (protocolOf(device, untagged) !== this.#protocol) return false
    this.#put(device, untagged, type)
    return true
  }

  #put(device: Device, octets: Uint8Array, type: PacketTypeNumber): void {
    const protocol = protocolOf(device, octets)
    if (protocol === undefined) return
    this.#inbox.put({
      data: octets.slice(),
      link: device.index,
      packetType: packetTypes[type],
      protocol,
      ...(hasMac(device) ? { mac: macFromNumber(macAt(octets, 6)) } : {}),
    })
  }

  notice(notice: Notice, device: Device): void {
    if (device !== this.#device) return
    if (notice === 'unregister') this.#isGone = true
    if (notice === 'unregister' || notice === 'down') this.#inbox.fail('ENETDOWN')
  }

  bind(): void {
    this.#fail('bind', 'EINVAL')
  }

  connect(): void {
    this.#fail('connect', 'EOPNOTSUPP')
  }

  address(): NamedSocketAddress {
    return { address: '', port: 0, link: this.#isGone ? -1 : (this.#device?.index ?? 0) }
  }

  set(): void {
    // The client lets none through: a packet socket has no settings.
  }

  join(): void {
    this.#fail('join', 'EINVAL')
  }

  send(data: Uint8Array, to: LinkRef | unknown): boolean {
    try {
      this.#kernel.perform(() => {
        const device =
          to === undefined ? (this.#isGone ? undefined : this.#device) : this.#namespace.find(to as LinkRef)
        if (device === undefined) refuse(typeof to === 'string' ? 'ENODEV' : 'ENXIO')
        const error = this.#inbox.takeError()
        if (error !== undefined) refuse(error)
        this.#transmit(device, data)
      })
      return true
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown
      throw socketError(thrown, 'send', 'packet')
    }
  }

  take(): Datagram | undefined {
    const error = this.#inbox.takeError()
    if (error !== undefined) throw socketError(new Refusal(error, {}), 'receive', 'packet')
    return this.#inbox.take()
  }

  readable(): Promise<void> {
    return this.#isClosed || !this.#inbox.isEmpty ? Promise.resolve() : this.#waiting.wait()
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
    this.#namespace.taps.delete(this)
    this.#waiting.end()
    this.#kernel.namespaces.letGo(this.#namespace)
  }

  #transmit(device: Device, data: Uint8Array): void {
    if (!device.up) refuse('ENETDOWN')
    const header = hasMac(device) ? ethernetHeaderSize : 0
    if (data.length < Math.max(header, 1)) refuse('EINVAL')
    const tag = header > 0 && isTaggedAt(data, 0) ? vlanTagSize : 0
    if (data.length > device.mtu + header + tag || data.length - header > largestPayload) refuse('EMSGSIZE')
    // A socket does not hear what it sends itself.
    this.#isSending = true
    try {
      transmit(this.#kernel, device, new Frame(data.slice()))
    } finally {
      this.#isSending = false
    }
  }

  #fail(action: SocketAction, code: ErrorCode): never {
    throw socketError(new Refusal(code, {}), action, 'packet')
  }
}

function withoutTag(octets: Uint8Array): Uint8Array {
  const frame = new Uint8Array(octets.length - vlanTagSize)
  frame.set(octets.subarray(0, 12))
  frame.set(octets.subarray(12 + vlanTagSize), 12)
  return frame
}

/** EtherType of a frame, behind its tag where it has one. */
function protocolOf(device: Device, octets: Uint8Array): number | undefined {
  if (!hasMac(device)) return (octets[0] as number) >> 4 === 6 ? etherTypes.ipv6 : etherTypes.ipv4
  const type = etherTypeAt(octets, isTaggedAt(octets, 0) ? vlanTagSize : 0)
  return type <= largestLength ? llc : type
}
