/** Fragments that a NAT box puts together before it reads a packet (RFC 4787 § 11). @module */
import { isIpv4FragmentAt, Reassembly } from '@vnet/wire'

/** Seconds that fragments wait for the others of their packet, as in Linux (`net.ipv4.ipfrag_time`). */
const lifetime = 30

/** Room for an Ethernet header, which fragments are put together with. */
const frameHeader = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0x00)

/** Those that wait. */
export class WaitingFragments {
  readonly #reassembly = new Reassembly()
  /** By what is kept of a packet: one of its fragments, and until when it is kept. */
  readonly #until = new Map<object, { readonly frame: Uint8Array; readonly expires: number }>()

  /** The packet that these octets are, or are the last fragment of; `undefined` while others are waited for. Copies. */
  whole(bytes: Uint8Array, now: number): Uint8Array | undefined {
    if (bytes.length < 20 || !isIpv4FragmentAt(bytes, 0)) return bytes.slice()
    this.#forget(now)
    const frame = new Uint8Array(frameHeader.length + bytes.length)
    frame.set(frameHeader)
    frame.set(bytes, frameHeader.length)
    const whole = this.#reassembly.add(frame)
    if (whole !== undefined) return whole.frame.slice(frameHeader.length)
    const kept = this.#reassembly.waiting(frame)
    if (kept !== undefined && !this.#until.has(kept)) this.#until.set(kept, { frame, expires: now + lifetime })
    return undefined
  }

  /** Lets go of what has waited too long, and of what is whole or gave way to others. */
  #forget(now: number): void {
    for (const [kept, { frame, expires }] of this.#until) {
      const waits = this.#reassembly.waiting(frame) === kept
      if (waits && expires > now) continue
      if (waits) this.#reassembly.discard(frame)
      this.#until.delete(kept)
    }
  }
}
