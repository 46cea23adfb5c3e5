/** The way out through a port: at once, else through a queue of fixed size; what does not fit is dropped and counted. @module */
import type { FrameBatch, Port } from '@vnet/core'
import type { FrameQueue } from './frame-queue.js'

/** Sends what the switch has for one port. */
export class Outlet {
  readonly #port: Port
  readonly #queue: FrameQueue
  readonly #onDrop: (frames: number) => void
  readonly #onFailure: (error: unknown) => void
  #draining = false
  #ended = false
  readonly #write = (batch: FrameBatch, from: number) => this.#port.write(batch, from)

  /**
   * @param onDrop Is told how many frames did not fit.
   * @param onFailure Is told when the port fails; after that nothing is sent.
   */
  constructor(port: Port, queue: FrameQueue, onDrop: (frames: number) => void, onFailure: (error: unknown) => void) {
    this.#port = port
    this.#queue = queue
    this.#onDrop = onDrop
    this.#onFailure = onFailure
  }

  /** Frames that wait. */
  get waiting(): number {
    return this.#queue.length
  }

  /** Sends the frames of a batch, behind those that wait. */
  send(frames: FrameBatch): void {
    if (this.#ended) return
    try {
      let taken = this.#queue.length === 0 ? this.#port.write(frames, 0) : 0
      if (taken === frames.count) return
      while (taken < frames.count && this.#queue.add(frames, taken)) taken++
      if (taken < frames.count) this.#onDrop(frames.count - taken)
    } catch (error) {
      this.#fail(error)
      return
    }
    if (!this.#draining) void this.#drain()
  }

  /** Sends nothing any more. */
  end(): void {
    this.#ended = true
    this.#queue.clear()
  }

  async #drain(): Promise<void> {
    this.#draining = true
    try {
      do {
        await this.#port.writable()
      } while (!this.#ended && !this.#queue.drain(this.#write))
    } catch (error) {
      this.#fail(error)
    }
    this.#draining = false
  }

  #fail(error: unknown): void {
    if (this.#ended) return
    this.end()
    this.#onFailure(error)
  }
}
