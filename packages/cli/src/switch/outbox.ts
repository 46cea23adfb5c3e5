/** Octets on their way to a slow reader: kept up to a limit, so that nobody waits for it. @module */
import type { Sink } from '../capture/sink.js'

/** Takes octets at once and writes them in order, in the background. */
export class Outbox {
  private readonly sink: Sink
  private readonly limit: number
  private readonly onEnd: (error: unknown) => void
  private chunks: Uint8Array[] = []
  private waiting = 0
  private pump: Promise<void> | undefined
  private over = false

  /**
   * @param limit Octets that may wait.
   * @param onEnd Is told once when no more can be written: why, or `undefined` where nobody reads any more.
   */
  constructor(sink: Sink, limit: number, onEnd: (error: unknown) => void) {
    this.sink = sink
    this.limit = limit
    this.onEnd = onEnd
  }

  /** Whether there is room. */
  get ready(): boolean {
    return !this.over && this.waiting < this.limit
  }

  /** Takes octets, also where there is no room: who can leave something out asks first. */
  write(bytes: Uint8Array): void {
    if (this.over) return
    this.chunks.push(bytes)
    this.waiting += bytes.length
    this.pump ??= this.run()
  }

  /** Takes no more. */
  stop(): void {
    this.over = true
    this.chunks = []
  }

  /** Resolves when all is written, or when nothing can be. */
  async drained(): Promise<void> {
    await this.pump
  }

  private async run(): Promise<void> {
    try {
      while (this.chunks.length > 0) {
        const octets = Buffer.concat(this.chunks)
        this.chunks = []
        const isRead = await this.sink.write(octets)
        this.waiting -= octets.length
        if (!isRead) this.fail(undefined)
      }
    } catch (error) {
      this.fail(error)
    }
    this.pump = undefined
  }

  private fail(error: unknown): void {
    if (this.over) return
    this.stop()
    this.onEnd(error)
  }
}
