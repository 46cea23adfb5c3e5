/** BPDUs that wait to be sent, in a batch of their own. @module */
import { FrameBatch } from '@vnet/core'
import { type BpduSpec, bridgeGroupMac, macToNumber, setMacAt, sizeOfBpdu, writeBpdu } from '@vnet/wire'

const groupMac = macToNumber(bridgeGroupMac)
/** Octets before a BPDU: Ethernet and LLC. */
const HEADER = 17
/** Octets of the smallest frame, without its checksum. */
const LEAST = 60

/** BPDUs and where each goes. What does not fit is dropped and counted: the next hello time brings another. */
export class BpduQueue {
  /** The frames. */
  readonly batch: FrameBatch
  /** Number of the port of each frame. */
  readonly ports: Uint16Array
  /** BPDUs that did not fit. */
  dropped = 0
  readonly #mac: number
  /** One BPDU at a time, in the octets of all. */
  readonly #one: FrameBatch

  /**
   * @param mac Source address, as a number of 48 bits.
   * @param frames Most BPDUs that wait.
   */
  constructor(mac: number, frames: number) {
    this.batch = new FrameBatch({ frames, octets: frames * 128 })
    this.ports = new Uint16Array(frames)
    this.#mac = mac
    const { slab, headroom } = this.batch
    this.#one = FrameBatch.of({ slab, spans: new Int32Array(2), headroom, headerSize: 0, count: 1 })
  }

  /** Puts a BPDU into a frame (IEEE 802.1D-2004 § 7.12.3: LLC with 0x42). */
  add(port: number, bpdu: BpduSpec): boolean {
    const size = sizeOfBpdu(bpdu)
    const length = Math.max(LEAST, HEADER + size)
    const at = this.batch.reserve(length)
    if (at < 0) {
      this.dropped++
      return false
    }
    const { slab } = this.batch
    slab.fill(0, at, at + length)
    setMacAt(slab, at, groupMac)
    setMacAt(slab, at + 6, this.#mac)
    slab[at + 13] = size + 3
    slab[at + 14] = slab[at + 15] = 0x42
    slab[at + 16] = 0x03
    writeBpdu(bpdu, slab, at + HEADER)
    this.ports[this.batch.count - 1] = port
    return true
  }

  /** Hands over all of them, one after another. */
  deliver(send: (port: number, frames: FrameBatch) => void): void {
    const { batch } = this
    if (batch.count === 0) return
    const one = this.#one
    for (let i = 0; i < batch.count; i++) {
      one.spans[0] = batch.offset(i)
      one.spans[1] = batch.length(i)
      send(this.ports[i] as number, one)
    }
    batch.clear()
  }
}
