/** Frames of ports into a capture file (pcapng). @module */
import type { Port } from '@vnet/core'
import { linkTypes, PcapngWriter } from '@vnet/wire'
import type { Clock } from '../clock.js'
import { realClock } from '../clock.js'
import { ObservedPort } from './observed-port.js'

/** What a capture is written to, and how. */
export interface CaptureOptions {
  /** Takes the octets that the file goes on with, in order. The array is its own. */
  readonly write: (bytes: Uint8Array) => void
  /** Asked before each frame: `false` leaves it out, and the next one that is written says how many are missing. */
  readonly ready?: () => boolean
  /** Seconds since 1970. The real clock when absent. */
  readonly clock?: Clock
  /** Most octets that are kept of each frame, 1 or more; all when absent. */
  readonly snapLength?: number
  /** Name of the program that the file tells of. */
  readonly application?: string
}

/** Numbers of directions in pcapng (`epb_flags`). */
const directions = { in: 1, out: 2 } as const

/**
 * A capture file that the frames of any number of ports go into, each an interface of its own.
 *
 * @example
 * const capture = new Capture({ write: (bytes) => file.write(bytes) })
 * const port = capture.around(tap)
 * capture.end()
 */
export class Capture {
  readonly #writer: PcapngWriter
  readonly #options: CaptureOptions
  readonly #clock: Clock
  readonly #ports: { id: number; received: bigint; dropped: bigint; missing: bigint; start: bigint }[] = []
  #ended = false

  /** Begins the file. */
  constructor(options: CaptureOptions) {
    this.#options = options
    this.#clock = options.clock ?? realClock()
    this.#writer = new PcapngWriter(options.application === undefined ? {} : { application: options.application })
    options.write(this.#writer.start())
  }

  /**
   * A port around `port` whose frames are captured.
   *
   * @param link What its frames begin with: `ip` for a TUN. `ethernet` when absent.
   * @param name Name of the interface in the file; that of the port when absent.
   */
  around(port: Port, link: 'ethernet' | 'ip' = 'ethernet', name: string = port.name): Port {
    const { snapLength = 0, write } = this.#options
    const { id, bytes } = this.#writer.addInterface({ name, linkType: linkTypes[link], snapLength })
    if (!this.#ended) write(bytes)
    const counts = { id, received: 0n, dropped: 0n, missing: 0n, start: this.#time() }
    this.#ports.push(counts)
    return new ObservedPort(port, (frame, direction) => {
      if (this.#ended) return
      counts.received++
      if (this.#options.ready?.() === false) {
        counts.dropped++
        counts.missing++
        return
      }
      const dropCount = counts.missing
      counts.missing = 0n
      write(
        this.#writer.packet(id, this.#time(), frame, {
          flags: directions[direction],
          ...(dropCount === 0n ? {} : { dropCount }),
        }),
      )
    })
  }

  /** Ends the file with the counts of each port. The ports go on, unseen. Idempotent. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    const endTime = this.#time()
    for (const { id, received, dropped, start } of this.#ports) {
      this.#options.write(this.#writer.statistics(id, endTime, { startTime: start, endTime, received, dropped }))
    }
  }

  #time(): bigint {
    // A double holds seconds since 1970 to a quarter of a microsecond, so that is where whole microseconds are taken.
    return BigInt(Math.round(this.#clock.now() * 1e6)) * 1000n
  }
}
