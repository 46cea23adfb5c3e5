/** Which index belongs to a name, as far as it is known. @module */
import type { LinkRef } from '@vnet/core'

/** Thrown by the encode context for a name whose index is not known yet. */
export class Unresolved {
  /** The name. */
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** Indexes of names, valid within one list of requests. */
export class LinkIndexes {
  private readonly known = new Map<string, number>()

  /** The index, or {@link Unresolved} thrown. */
  get(ref: LinkRef): number {
    if (typeof ref === 'number') return ref
    const index = this.known.get(ref)
    if (index === undefined) throw new Unresolved(ref)
    return index
  }
  /** Remembers an index. */
  set(name: string, index: number): void {
    this.known.set(name, index)
  }
  /** Forgets all, after a change of names. */
  clear(): void {
    this.known.clear()
  }
}
