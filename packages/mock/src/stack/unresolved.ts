/** Packets that wait for the MAC of their neighbour (`arp_queue` of `struct neighbour`). @module */
import type { ErrorCode } from '@vnet/core'
import { macToNumber, setMacAt } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import type { NeighbourEntry } from '../object/neighbour.js'
import { Frame } from './frame.js'
import { ownMac } from './packet-type.js'
import { transmit } from './transmit.js'

/** Packets that wait for one neighbour; the oldest gives way to another (`unres_qlen`). */
const mostWaiting = 101

/** A packet that waits, behind room for its Ethernet header. */
export interface WaitingPacket {
  readonly octets: Uint8Array
  /** Its source. */
  readonly from: Uint8Array
  /** Is told when the link drops it. */
  readonly failed: ((code: ErrorCode) => void) | undefined
}

/** All that wait. Forgotten with the entries. */
export class Unresolved {
  readonly #waiting = new WeakMap<NeighbourEntry, WaitingPacket[]>()

  /** A packet begins to wait. */
  add(entry: NeighbourEntry, packet: WaitingPacket): void {
    const packets = this.#waiting.get(entry)
    if (packets === undefined) this.#waiting.set(entry, [packet])
    else {
      packets.push(packet)
      if (packets.length > mostWaiting) packets.shift()
    }
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
    for (const { octets, failed } of packets) sendTo(kernel, device, entry.mac, octets, failed)
  }

  /** Takes out what waits: nobody answered. */
  take(entry: NeighbourEntry): readonly WaitingPacket[] {
    const packets = this.#waiting.get(entry) ?? []
    this.#waiting.delete(entry)
    return packets
  }
}

/** Sends a packet, behind room for its Ethernet header, to a MAC. */
export function sendTo(
  kernel: Kernel,
  device: Device,
  mac: string,
  octets: Uint8Array,
  failed: ((code: ErrorCode) => void) | undefined,
): void {
  setMacAt(octets, 0, macToNumber(mac))
  setMacAt(octets, 6, ownMac(device))
  if (!transmit(kernel, device, new Frame(octets))) failed?.('ENOBUFS')
}
