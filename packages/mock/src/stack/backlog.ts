/** Frames that have crossed a cable and wait to be looked at (`struct softnet_data`): nothing recurses, no storm grows. @module */
import type { Device } from '../object/device.js'
import type { DropCause } from './drop.js'
import type { Frame } from './frame.js'

/** Frames that may wait (`net.core.netdev_max_backlog`). */
const mostWaiting = 1000
/** Cables that a frame may cross since somebody sent it; then it is taken for one that goes round in circles. */
const mostCables = 256
/** Places of the ring, a power of two. */
const places = 1024

/** Frames that went round in circles, found while a backlog was worked off. */
export interface Storm {
  /** Name of the link at which the first of them was dropped. */
  readonly link: string
  /** The link's namespace, as in `NamespaceInfo`. */
  readonly namespace: string
  /** Frames that were dropped: those that had crossed 256 cables, and those that found the backlog full. */
  readonly dropped: number
}

/** What a mock kernel has counted since it was made. */
export interface MockCounters {
  /** Frames that crossed a cable: a veth pair, a TUN or TAP, `lo`. */
  readonly frames: number
  /** Frames that were dropped because 1,000 others waited already. */
  readonly overflowed: number
  /** Frames that were dropped because they had crossed 256 cables. */
  readonly circled: number
}

/** The backlog. */
export class Backlog {
  readonly #deliver: (device: Device, frame: Frame) => void
  readonly #dropped: (device: Device, octets: Uint8Array, cause: DropCause) => void
  readonly #told: ((storm: Storm) => void) | undefined
  readonly #devices: (Device | undefined)[] = new Array(places).fill(undefined)
  readonly #frames: (Frame | undefined)[] = new Array(places).fill(undefined)
  readonly #cables = new Uint16Array(places)
  #first = 0
  #waiting = 0
  #isDraining = false
  #current = 0
  #frameCount = 0
  #overflowed = 0
  #circled = 0
  #circledAt: Device | undefined

  /**
   * @param deliver What becomes of a frame that came in at a link.
   * @param dropped Is told of each frame that is dropped.
   * @param told Is told of a storm once it is over.
   */
  constructor(
    deliver: (device: Device, frame: Frame) => void,
    dropped: (device: Device, octets: Uint8Array, cause: DropCause) => void,
    told: ((storm: Storm) => void) | undefined,
  ) {
    this.#deliver = deliver
    this.#dropped = dropped
    this.#told = told
  }

  /** What was counted. */
  get counters(): MockCounters {
    return { frames: this.#frameCount, overflowed: this.#overflowed, circled: this.#circled }
  }

  /** Cables that the frame which is being looked at has crossed. Set for one that has waited elsewhere meanwhile. */
  get crossed(): number {
    return this.#current
  }

  set crossed(cables: number) {
    this.#current = cables
  }

  /** A frame comes in at a link (`netif_rx`); `false` where it is dropped. */
  add(device: Device, frame: Frame): boolean {
    if (this.#current >= mostCables) {
      this.#circled++
      this.#circledAt ??= device
    } else if (this.#waiting >= mostWaiting) this.#overflowed++
    else {
      const place = (this.#first + this.#waiting++) & (places - 1)
      this.#devices[place] = device
      this.#frames[place] = frame
      this.#cables[place] = this.#current + 1
      this.#frameCount++
      return true
    }
    device.counters.rxDropped++
    this.#dropped(device, frame.octets, this.#current >= mostCables ? 'loop' : 'queue-full')
    return false
  }

  /** Works off what waits, and what comes of it. Does nothing while it is at it. */
  drain(): void {
    if (this.#isDraining || this.#waiting === 0) return
    this.#isDraining = true
    const before = this.#overflowed + this.#circled
    try {
      while (this.#waiting > 0) this.#next()
    } finally {
      this.#isDraining = false
      this.#current = 0
    }
    this.#tell(before)
  }

  #next(): void {
    const place = this.#first
    const device = this.#devices[place] as Device
    const frame = this.#frames[place] as Frame
    this.#devices[place] = undefined
    this.#frames[place] = undefined
    this.#first = (place + 1) & (places - 1)
    this.#waiting--
    this.#current = this.#cables[place] as number
    // What waits for a link that vanished goes with it (`flush_backlog`).
    if (device.removed) this.#dropped(device, frame.octets, 'link-down')
    else this.#deliver(device, frame)
  }

  #tell(before: number): void {
    const at = this.#circledAt
    if (at === undefined) return
    this.#circledAt = undefined
    const dropped = this.#overflowed + this.#circled - before
    this.#told?.({ link: at.name, namespace: at.namespace.identity, dropped })
  }
}
