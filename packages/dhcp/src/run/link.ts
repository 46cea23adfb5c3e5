/** The link that client or server works on, and its frames. @module */
import {
  type ChangeEvent,
  type Datagram,
  type Link,
  type LinkRef,
  type Namespace,
  type NetworkSocket,
  VnetError,
} from '@vnet/core'
import { etherTypes } from '@vnet/wire'

/** A link with a MAC. Its socket hears ARP only, and sends every frame: all of IPv4 would be much on a busy link. */
export class DhcpLink {
  readonly namespace: Namespace
  /** Its index: names change. */
  readonly index: number
  readonly name: string
  readonly mac: string
  readonly mtu: number
  readonly #socket: NetworkSocket

  private constructor(namespace: Namespace, link: Link & { mac: string }, socket: NetworkSocket) {
    this.namespace = namespace
    this.index = link.index
    this.name = link.name
    this.mac = link.mac
    this.mtu = link.mtu
    this.#socket = socket
  }

  /**
   * Opens a link, and sets it up.
   *
   * @throws VnetError `ENODEV` it is not there · `EOPNOTSUPP` it has no MAC of Ethernet · `EPERM` needs CAP_NET_RAW
   */
  static async open(namespace: Namespace, which: LinkRef, operation: string): Promise<DhcpLink> {
    const link = await namespace.link.get(which)
    const subject = String(which)
    if (link === undefined)
      throw new VnetError({
        code: 'ENODEV',
        operation,
        subject,
        hint: '`vnet link list` shows the links that are there',
      })
    const { mac } = link
    if (mac === undefined || mac.length !== 17 || link.type !== 'ether')
      throw new VnetError({ code: 'EOPNOTSUPP', operation, subject, hint: 'DHCP needs a link of Ethernet, with a MAC' })
    if (!link.up) await namespace.link.set(link.index, { up: true })
    const socket = await namespace.openSocket({ kind: 'packet', link: link.index, protocol: etherTypes.arp })
    return new DhcpLink(namespace, { ...link, mac }, socket)
  }

  /** Sends a frame. */
  send(frame: Uint8Array): Promise<void> {
    return this.#socket.send(frame)
  }

  /** Gives frames of ARP until it is closed; what ends it otherwise is told. */
  listen(take: (frame: Uint8Array) => void): Promise<unknown> {
    return heard(this.#socket, take)
  }

  /** Tells when the link has a carrier again, until the signal comes; that the link is gone is told by an error. */
  async follow(signal: AbortSignal, onCarrier: () => void, operation: string): Promise<VnetError | undefined> {
    let before: boolean | undefined
    for await (const event of this.namespace.watch({ groups: ['link'], snapshot: true, signal })) {
      const isOther = event.kind !== 'snapshot' && event.kind !== 'resync' && !isOf(event, this.index)
      if (isOther) continue
      const link = await this.namespace.link.get(this.index)
      if (link === undefined) {
        const hint = 'the link was deleted, or moved to another namespace'
        return new VnetError({ code: 'ENODEV', operation, subject: this.name, hint })
      }
      const now = runs(link)
      if (now && before === false) onCarrier()
      before = now
    }
    return undefined
  }

  /** Closes it. */
  close(): Promise<void> {
    return this.#socket.close()
  }
}

/** Whether an event is about a link. */
const isOf = ({ group, object }: ChangeEvent, index: number): boolean => group === 'link' && object.index === index

/** Whether frames pass: the kernel drops them until it has looked at the carrier, up to a second after it came. */
const runs = ({ up, carrier, operationalState: state }: Link): boolean =>
  up && carrier !== false && (state === 'up' || state === 'unknown')

/** Hears a socket until it is closed; that its link is down is said once, and passes. */
export async function heard(
  socket: NetworkSocket,
  take: (frame: Uint8Array, datagram: Datagram) => void,
): Promise<unknown> {
  for (;;) {
    try {
      const datagram = await socket.receive()
      if (datagram.packetType !== 'other-host' && datagram.packetType !== 'outgoing') take(datagram.data, datagram)
    } catch (error) {
      const { code } = error as Partial<VnetError>
      if (code === 'VNET_CLOSED') return undefined
      if (code !== 'ENETDOWN' && code !== 'ECONNREFUSED' && code !== 'EHOSTUNREACH') return error
    }
  }
}
