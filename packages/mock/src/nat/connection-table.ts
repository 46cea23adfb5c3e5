/** The connections of a namespace, found by the tuples of both directions (`nf_conntrack_hash`). @module */
import { TimeQueue, type Waiting } from '../time-queue.js'
import type { Connection, Direction } from './connection.js'
import { sourceKey, type Tuple, tupleKey } from './tuple.js'

/** Connections that are kept at most (`net.netfilter.nf_conntrack_max`). */
const most = 262_144
/** Looks that came to nothing may be so many more than there are connections. */
const spareLooks = 64

/** A connection in the table. */
interface Held {
  readonly connection: Connection
  /** When it is looked at; `undefined` once it is gone. */
  look: Look | undefined
}

/** A look at a connection: its time may be over then, unless packets came meanwhile. */
interface Look extends Waiting {
  readonly held: Held
}

/** A connection, and which of its directions has the tuple. */
export interface FoundConnection {
  readonly connection: Connection
  readonly direction: Direction
  readonly held: Held
}

/** The table. Those whose time is over are not found, and are removed when they are met. */
export class ConnectionTable {
  readonly #found = new Map<string, FoundConnection>()
  readonly #bySource = new Map<string, Set<Connection>>()
  #looks = new TimeQueue<Look>()
  #order = 0

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
    const held: Held = { connection, look: undefined }
    this.#look(held)
    // Who speaks with himself has one tuple for both.
    this.#found.set(tupleKey(reply), { connection, direction: 'reply', held })
    this.#found.set(tupleKey(original), { connection, direction: 'original', held })
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
      const found = this.#found.get(key)
      if (found?.connection !== connection) continue
      found.held.look = undefined
      this.#found.delete(key)
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

  /** A packet has changed when a connection ends: sooner than it would be looked at, it is looked at sooner. */
  follow({ connection, held }: FoundConnection): void {
    if (held.look !== undefined && connection.expires < held.look.at) this.#look(held)
  }

  #look(held: Held): void {
    held.look = { at: held.connection.expires, order: this.#order++, held }
    this.#looks.add(held.look)
  }

  /** Removes those whose time is over, and looks at no others but those that got packets since their last look. */
  #sweep(now: number): void {
    for (;;) {
      const { first } = this.#looks
      if (first === undefined || first.at > now) break
      this.#looks.take()
      const { held } = first
      if (held.look !== first) continue
      if (held.connection.expires <= now) this.remove(held.connection)
      else this.#look(held)
    }
    // Two tuples a connection: so half of them have been replaced.
    if (this.#looks.size <= this.#found.size + spareLooks) return
    this.#looks = new TimeQueue<Look>()
    for (const { direction, held } of this.#found.values()) if (direction === 'original') this.#look(held)
  }

  /** Whether there is room once those whose time is over are gone; a full table gives up one that is not assured. */
  #hasRoom(now: number): boolean {
    this.#sweep(now)
    if (this.#found.size < 2 * most) return true
    for (const { connection } of this.#found.values()) {
      if (connection.isAssured) continue
      this.remove(connection)
      return true
    }
    return false
  }
}
