/** A port around another one. @module */
import type { FrameBatch, Port, PortCounters } from '@vnet/core'

/** Which way a frame goes: `in` was read from the port, `out` was written to it. */
export type Direction = 'in' | 'out'

/** Passes everything on; others change what they need to. Closing it closes the port inside. */
export abstract class WrappedPort implements Port {
  /** The port inside. */
  protected readonly inner: Port

  constructor(inner: Port) {
    this.inner = inner
  }

  get name(): string {
    return this.inner.name
  }

  get mtu(): number {
    return this.inner.mtu
  }

  get batchSize(): number {
    return this.inner.batchSize
  }

  /** Those of the port inside. */
  get counters(): PortCounters {
    return this.inner.counters
  }

  read(batch: FrameBatch): Promise<number> {
    return this.inner.read(batch)
  }

  write(batch: FrameBatch, from?: number): number {
    return this.inner.write(batch, from)
  }

  writable(): Promise<void> {
    return this.inner.writable()
  }

  close(): Promise<void> {
    return this.inner.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
