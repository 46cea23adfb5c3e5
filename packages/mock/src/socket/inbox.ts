/** What waits at a socket to be received: datagrams, up to so many octets, and an error that came back (`sk_receive_queue`, `sk_err`). @module */
import type { Datagram, ErrorCode } from '@vnet/core'

/** Octets that may wait (`net.core.rmem_default`), and those that the kernel needs beside a datagram's own. */
const usualRoom = 212_992
const overhead = 768

/** The inbox of a socket. */
export class Inbox {
  readonly #room: number
  readonly #arrived: () => void
  #datagrams: Datagram[] = []
  #first = 0
  #used = 0
  #error: ErrorCode | undefined

  /** @param wished `SO_RCVBUF`, which counts twice. @param arrived Is told when something is there. */
  constructor(wished: number | undefined, arrived: () => void) {
    this.#room = wished === undefined ? usualRoom : wished * 2
    this.#arrived = arrived
  }

  /** Whether something is there. */
  get isEmpty(): boolean {
    return this.#error === undefined && this.#first === this.#datagrams.length
  }

  /** Octets that wait, with what is needed beside them. */
  get used(): number {
    return this.#used
  }

  /** A datagram comes; `false` where it is dropped, for those before it fill the room. */
  put(datagram: Datagram): boolean {
    if (this.#used > this.#room) return false
    this.#used += overhead + datagram.data.length
    this.#datagrams.push(datagram)
    this.#arrived()
    return true
  }

  /** An error came back; the last one counts. */
  fail(code: ErrorCode): void {
    this.#error = code
    this.#arrived()
  }

  /** The error that came back, once. */
  takeError(): ErrorCode | undefined {
    const error = this.#error
    this.#error = undefined
    return error
  }

  /** The next datagram. */
  take(): Datagram | undefined {
    const datagram = this.#datagrams[this.#first]
    if (datagram === undefined) return undefined
    this.#first++
    this.#used -= overhead + datagram.data.length
    if (this.#first === this.#datagrams.length || this.#first > 1024) {
      this.#datagrams = this.#datagrams.slice(this.#first)
      this.#first = 0
    }
    return datagram
  }
}
