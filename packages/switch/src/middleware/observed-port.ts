/** A port whose frames somebody looks at. @module */
import type { FrameBatch, Port } from '@vnet/core'
import { type Direction, WrappedPort } from './wrapped-port.js'

/** Sees every frame once: when it was read, or when it was taken for sending. */
export type Observer = (frame: Uint8Array, direction: Direction) => void

/** Shows its frames to an observer and changes none. */
export class ObservedPort extends WrappedPort {
  readonly #observe: Observer

  constructor(inner: Port, observe: Observer) {
    super(inner)
    this.#observe = observe
  }

  override async read(batch: FrameBatch): Promise<number> {
    const count = await this.inner.read(batch)
    for (let i = 0; i < count; i++) this.#observe(batch.frame(i), 'in')
    return count
  }

  override write(batch: FrameBatch, from = 0): number {
    const taken = this.inner.write(batch, from)
    for (let i = from; i < from + taken; i++) this.#observe(batch.frame(i), 'out')
    return taken
  }
}
