/** Events by name, as `node:events` has them: as much of it as sockets need, for wherever there is no Node. @module */

type Listener = (...values: readonly unknown[]) => void

interface Entry {
  readonly listener: Listener
  readonly once: boolean
}

/** Emits events of the names and values that `Events` lists. */
export class Emitter<Events extends { readonly [E in keyof Events]: readonly unknown[] }> {
  private readonly entries = new Map<keyof Events, Entry[]>()

  /** Calls `listener` for each event of this name. */
  on<E extends keyof Events>(event: E, listener: (...values: Events[E]) => void): this {
    return this.add(event, listener as unknown as Listener, false)
  }

  /** Calls `listener` for the next event of this name. */
  once<E extends keyof Events>(event: E, listener: (...values: Events[E]) => void): this {
    return this.add(event, listener as unknown as Listener, true)
  }

  /** Calls it no more. */
  off<E extends keyof Events>(event: E, listener: (...values: Events[E]) => void): this {
    const entries = this.entries.get(event) ?? []
    const at = entries.findLastIndex((entry) => entry.listener === (listener as unknown as Listener))
    if (at !== -1) this.entries.set(event, entries.toSpliced(at, 1))
    return this
  }

  /** As {@link Emitter.on}. */
  addListener<E extends keyof Events>(event: E, listener: (...values: Events[E]) => void): this {
    return this.on(event, listener)
  }

  /** As {@link Emitter.off}. */
  removeListener<E extends keyof Events>(event: E, listener: (...values: Events[E]) => void): this {
    return this.off(event, listener)
  }

  /** Calls none of this name any more, or none at all. */
  removeAllListeners(event?: keyof Events): this {
    if (event === undefined) this.entries.clear()
    else this.entries.delete(event)
    return this
  }

  /** How many are called for events of this name. */
  listenerCount(event: keyof Events): number {
    return this.entries.get(event)?.length ?? 0
  }

  /** Tells all; whether there was anybody. An `error` that nobody listens for is thrown. */
  emit<E extends keyof Events>(event: E, ...values: Events[E]): boolean {
    const entries = this.entries.get(event) ?? []
    if (entries.length === 0 && event === 'error') throw values[0]
    for (const { listener, once } of entries) {
      if (once) this.off(event, listener as unknown as (...values: Events[E]) => void)
      listener.apply(this, values as readonly unknown[] as unknown[])
    }
    return entries.length > 0
  }

  private add(event: keyof Events, listener: Listener, once: boolean): this {
    this.entries.set(event, [...(this.entries.get(event) ?? []), { listener, once }])
    return this
  }
}
