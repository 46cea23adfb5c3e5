/** The connections of a namespace, found by the tuples of both directions (`nf_conntrack_hash`). @module */
import type { Connection, Direction } from './connection.js'
import { sourceKey, type Tuple, tupleKey } from './tuple.js'

/** Connections that are kept at most (`net.netfilter.nf_conntrack_max`). */
const most = 262_144
/** Fewer than so many are not looked through for those whose time is over. */
const leastSweep = 64

/** A connection, and which of its directions has the tuple. */
export interface FoundConnection {
  readonly connection: Connection
  readonly direction: Direction
}

/** The table. Those whose time is over are not found, and are removed when they are met. */
export class ConnectionTable {
  readonly #found = new Map<string, FoundConnection>()
  readonly #bySource = new Map<string, Set<Connection>>()
  #sweepAt = leastSweep

  /** The connection that a tuple belongs to. */
  find(tuple: Tuple, now: number): FoundConnection | undefined {
    if (this.#found.size === 0) return undefined
    const found = this.#found.get(tupleKey(tuple))
    if (found === undefined || found.connection.expires > now) return found
    this.remove(found.connection)
    return undefined
  }

  /** Those that begin at the source of a tuple, the newest first. */
  ofSource(tuple: Tuple, now: number): readonly Connection[] {
    const found = this.#bySource.get(sourceKey(tuple))
    return found === undefined ? [] : [...found].filter(({ expires }) => expires > now).reverse()
  }

  /** Enters one; `false` where another has one of its tuples, or there is no room (`__nf_conntrack_confirm`). */
  enter(connection: Connection, now: number): boolean {
    const { original, reply } = connection
    if (this.find(original, now) !== undefined || this.find(reply, now) !== undefined) return false
    if (!this.#hasRoom(now)) return false
    connection.isConfirmed = true
    // Who speaks with himself has one tuple for both.
    this.#found.set(tupleKey(reply), { connection, direction: 'reply' })
    this.#found.set(tupleKey(original), { connection, direction: 'original' })
    const key = sourceKey(original)
    const there = this.#bySource.get(key)
    if (there === undefined) this.#bySource.set(key, new Set([connection]))
    else there.add(connection)
    return true
  }

  /** Forgets one. */
  remove(connection: Connection): void {
    for (const tuple of [connection.original, connection.reply]) {
      const key = tupleKey(tuple)
      if (this.#found.get(key)?.connection === connection) this.#found.delete(key)
    }
    const key = sourceKey(connection.original)
    const there = this.#bySource.get(key)
    there?.delete(connection)
    if (there?.size === 0) this.#bySource.delete(key)
  }

  /** All whose time is not over, the oldest first. */
  *all(now: number): Generator<Connection> {
    for (const { connection, direction } of this.#found.values())
      if (direction === 'original' && connection.expires > now) yield connection
  }

  /** Looks for those whose time is over each time that it has doubled; a full one gives up one that is not assured. */
  #hasRoom(now: number): boolean {
    if (this.#found.size < Math.min(this.#sweepAt, 2 * most)) return true
    for (const { connection } of [...this.#found.values()]) if (connection.expires <= now) this.remove(connection)
    this.#sweepAt = Math.max(leastSweep, 2 * this.#found.size)
    if (this.#found.size < 2 * most) return true
    for (const { connection } of this.#found.values()) {
      if (connection.isAssured) continue
      this.remove(connection)
      return true
    }
    return false
  }
}
