/** One queue of a port: frames that the link sent and nobody read yet (`struct tun_file`). @module */
import type { TunQueue } from '../kind/tun-queues.js'
import type { Device } from '../object/device.js'
import type { Frame } from '../stack/frame.js'

/** A queue; what it belongs to is told when something happens. */
export class PortQueue implements TunQueue {
  /** Whether frames come (`TUNSETQUEUE`). */
  attached = true
  readonly #device: () => Device | undefined
  readonly #arrived: () => void
  readonly #lost: () => void
  #frames: Frame[] = []
  #first = 0

  constructor(device: () => Device | undefined, arrived: () => void, lost: () => void) {
    this.#device = device
    this.#arrived = arrived
    this.#lost = lost
  }

  /** Takes a frame as long as fewer wait than the link's queue is long; drops the newest otherwise. */
  put(frame: Frame): boolean {
    if (this.#frames.length - this.#first >= (this.#device()?.txQueueLength ?? 0)) return false
    this.#frames.push(frame)
    this.#arrived()
    return true
  }

  lose(): void {
    this.#lost()
  }

  /** The frame that is next; `undefined` where none waits. */
  peek(): Frame | undefined {
    return this.#frames[this.#first]
  }

  /** Takes it out. */
  shift(): void {
    this.#first++
    if (this.#first === this.#frames.length) {
      this.#frames.length = 0
      this.#first = 0
    } else if (this.#first > 1024) {
      this.#frames = this.#frames.slice(this.#first)
      this.#first = 0
    }
  }
}
