/** Packets that wait for the MAC of their neighbour (`arp_queue` of `struct neighbour`). @module */
import type { ErrorCode } from '@vnet/core'
import { ethernetHeaderSize, macToNumber, setMacAt } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Tracked } from '../nat/connection.js'
import type { Device } from '../object/device.js'
import type { NeighbourEntry } from '../object/neighbour.js'
import { Frame } from './frame.js'
import { ownMac } from './packet-type.js'
import { sendPacket, transmit } from './transmit.js'

/** A packet that waits, behind room for its Ethernet header. */
export interface WaitingPacket {
  readonly octets: Uint8Array
  /** Its source. */
  readonly from: Uint8Array
  /** Where it goes next. */
  readonly nextHop: Uint8Array
  /** Is told when the link drops it. */
  readonly failed: ((code: ErrorCode) => void) | undefined
  /** Link that it came in by, of one that is forwarded. */
  readonly input?: Device | undefined
  /** What is known of its connection. */
  readonly tracked?: Tracked | undefined
  /** The link on top that it is to leave by, which chooses anew who sends it. */
  readonly through?: Device | undefined
}

/** All that wait. Forgotten with the entries. */
export class Unresolved {
  readonly #waiting = new WeakMap<NeighbourEntry, WaitingPacket[]>()

  /** A packet begins to wait. Of more than `most` the oldest gives way: it is returned. */
  add(entry: NeighbourEntry, packet: WaitingPacket, most: number): WaitingPacket | undefined {
    const packets = this.#waiting.get(entry)
    if (packets === undefined) {
      this.#waiting.set(entry, [packet])
      return undefined
    }
    packets.push(packet)
    return packets.length > most ? packets.shift() : undefined
  }

  /** The source of what waits. */
  sourceOf(entry: NeighbourEntry): Uint8Array | undefined {
    return this.#waiting.get(entry)?.[0]?.from
  }

  /** The MAC is known: what waits is sent. */
  resolve(kernel: Kernel, device: Device, entry: NeighbourEntry): void {
    const packets = this.#waiting.get(entry)
    if (packets === undefined || entry.mac === undefined) return
    this.#waiting.delete(entry)
    // Whoever sent it has been told that it is on its way.
    for (const packet of packets) {
      if (packet.through === undefined) sendTo(kernel, device, entry.mac, { ...packet, failed: undefined })
      else transmit(kernel, packet.through, new Frame(packet.octets.subarray(ethernetHeaderSize), 0, packet.nextHop))
    }
  }

  /** Takes out what waits: nobody answered. */
  take(entry: NeighbourEntry): readonly WaitingPacket[] {
    const packets = this.#waiting.get(entry) ?? []
    this.#waiting.delete(entry)
    return packets
  }
}

/** Sends a packet, behind room for its Ethernet header, to a MAC. */
export function sendTo(kernel: Kernel, device: Device, mac: string, packet: WaitingPacket): void {
  const { octets, nextHop, failed, tracked } = packet
  setMacAt(octets, 0, macToNumber(mac))
  setMacAt(octets, 6, ownMac(device))
  sendPacket(
    kernel,
    device,
    new Frame(octets, 0, nextHop, device.loopback || device.vrfTable !== undefined ? tracked : undefined),
    failed,
  )
}
