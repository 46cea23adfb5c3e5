/** Hierarchical token bucket (`net/sched/sch_htb.c`). @module */
import { classAt, levelOf } from '../class-tree.js'
import { actionControl } from '../classify/control.js'
import { countPacket, sumOf, type Waiting } from '../tally.js'
import { type Admission, admission, Discipline } from './discipline.js'
import { HtbClass, type Turn } from './htb-class.js'
import { Queue, type QueuedFrame } from './queue.js'

/** Those that a class, or the discipline itself, lends to, and whose turn it is. */
interface Feed {
  readonly classes: HtbClass[]
  readonly turn: Turn
}

/** A leaf that may send: the class that lends, and the way up to it, the leaf first. */
interface Offer {
  readonly way: readonly HtbClass[]
  readonly level: number
  readonly priority: number
}

const priorityOf = ({ entry }: HtbClass): number => entry.options.priority as number

/** `htb`. */
export class ClassTree extends Discipline {
  readonly #classes = new Map<number, HtbClass>()
  /** Frames that no class is for. */
  readonly #direct = new Queue()
  /** Whose turn it is among the lending classes of a level, by level and priority. */
  readonly #turns = new Map<number, Turn>()

  /** The classes were changed. */
  override changed(): void {
    const { classes } = this.entry
    for (const [classId, one] of this.#classes) {
      if (classes.includes(one.entry)) continue
      this.entry.tally.drops += one.forget()
      this.#classes.delete(classId)
    }
    for (const entry of classes) {
      const there = this.#classes.get(entry.classId)
      const above = entry.parent === undefined ? undefined : this.#classes.get(entry.parent)
      if (there === undefined) this.#classes.set(entry.classId, new HtbClass(this.line, entry, above))
      else there.changed()
    }
    for (const one of this.#classes.values()) {
      const before = one.level
      one.level = levelOf(this.entry, one.entry)
      // A leaf that got branches loses what waited in it; one that lost them begins with full buckets.
      if (one.level > 0 && before === 0) this.entry.tally.drops += one.forget()
      if (one.level === 0 && before > 0) one.fill()
    }
  }

  override forget(place: number): number {
    return this.#classes.get(place)?.forget() ?? 0
  }

  enqueue(frame: QueuedFrame): Admission {
    const found = this.#classOf(frame)
    const { ownTally, options, tally } = this.entry
    if (found === 'direct') {
      if (this.#direct.length >= (options.directQueueLength as number)) return this.drop()
      this.#direct.push(frame)
      ownTally.directPackets++
      return admission.queued
    }
    if (!(found instanceof HtbClass)) return found.became
    const outcome = found.queue(this).enqueue(frame)
    if (outcome === admission.dropped || outcome === admission.congested) {
      tally.drops++
      found.entry.tally.drops++
    }
    return outcome
  }

  /** The leaf that a frame is for (`htb_classify`). */
  #classOf(frame: QueuedFrame): HtbClass | 'direct' | { readonly became: Admission } {
    const { handle, options } = this.entry
    const { priority } = frame.frame
    if (priority === handle) return 'direct'
    const named = this.#classes.get(priority)
    if (named?.level === 0) return named
    let place = named?.entry.classId ?? handle
    for (;;) {
      const verdict = this.line.classify(place, frame)
      if (verdict === undefined || verdict.control < 0) break
      if (verdict.control === actionControl.stolen) return { became: admission.stolen }
      if (verdict.control === actionControl.shot) return { became: this.drop() }
      if (verdict.classId === handle) return 'direct'
      const meant = this.#classes.get(verdict.classId)
      if (meant === undefined) break
      if (meant.level === 0) return meant
      // The filters of an inner class decide further; one that leads to itself would never end.
      if (meant.entry.classId === place) break
      place = meant.entry.classId
    }
    const other = classAt(this.entry, handle + (options.default as number))
    const leaf = other === undefined ? undefined : this.#classes.get(other.classId)
    return leaf === undefined || leaf.level > 0 ? 'direct' : leaf
  }

  protected take(): QueuedFrame | undefined {
    const direct = this.#direct.shift()
    if (direct !== undefined) return this.sent(direct)
    const { now } = this.line
    let next = Number.POSITIVE_INFINITY
    const offers: Offer[] = []
    for (const leaf of this.#classes.values()) {
      if (leaf.level > 0 || !leaf.queue(this).isBusy) continue
      const offer = offerOf(leaf, now)
      if (typeof offer === 'number') next = Math.min(next, offer)
      else offers.push(offer)
    }
    offers.sort((a, b) => a.level - b.level || a.priority - b.priority)
    // A discipline inside may hold its frames back; then another class has its turn.
    while (offers.length > 0) {
      const { level, priority } = offers[0] as Offer
      const equal = offers.filter((offer) => offer.level === level && offer.priority === priority)
      const offer = this.#choose(equal, level, priority)
      const frame = this.#takeFrom(offer, now)
      if (frame !== undefined) return frame
      offers.splice(offers.indexOf(offer), 1)
    }
    if (next < Number.POSITIVE_INFINITY) this.line.wakeAt(Math.max(next, now + 1))
    return undefined
  }

  #takeFrom({ way, level, priority }: Offer, now: number): QueuedFrame | undefined {
    const leaf = way[0] as HtbClass
    const frame = leaf.queue(this).dequeue()
    const turn = level === 0 ? this.#turnOf(0, priority) : turnBelow(leaf.parent as HtbClass, priority)
    if (frame === undefined) {
      turn.at = leaf.entry.classId + 1
      return undefined
    }
    const left = (leaf.deficits[level] ?? 0) - frame.length
    leaf.deficits[level] = left < 0 ? left + (leaf.entry.options.quantum as number) : left
    if (left < 0) turn.at = leaf.entry.classId + 1
    this.entry.tally.overlimits += leaf.charge(frame.length, level, now)
    for (let one: HtbClass | undefined = leaf; one !== undefined; one = one.parent)
      countPacket(one.entry.tally, frame.length, this.line)
    return this.sent(frame)
  }

  #turnOf(level: number, priority: number): Turn {
    const key = level * 8 + priority
    let turn = this.#turns.get(key)
    if (turn === undefined) {
      turn = { at: 0 }
      this.#turns.set(key, turn)
    }
    return turn
  }

  /** Whose turn it is: from the lending classes down to a leaf, each going on where it stopped (`htb_lookup_leaf`). */
  #choose(offers: readonly Offer[], level: number, priority: number): Offer {
    const feeds = new Map<HtbClass | undefined, Feed>()
    for (const { way } of offers) {
      for (const [at, one] of way.entries()) {
        const above = way[at + 1]
        const turn = above === undefined ? this.#turnOf(level, priority) : turnBelow(above, priority)
        const feed = feeds.get(above) ?? { classes: [], turn }
        if (!feed.classes.includes(one)) feed.classes.push(one)
        feeds.set(above, feed)
      }
    }
    for (const { classes } of feeds.values()) classes.sort((a, b) => a.entry.classId - b.entry.classId)
    const way: (HtbClass | undefined)[] = [undefined]
    for (;;) {
      const { classes, turn } = feeds.get(way.at(-1)) as Feed
      const next = classes.find(({ entry }) => entry.classId >= turn.at)
      if (next === undefined) {
        turn.at = (classes[0] as HtbClass).entry.classId
        const done = way.length > 1 ? way.pop() : undefined
        if (done !== undefined) (feeds.get(way.at(-1)) as Feed).turn.at = done.entry.classId + 1
      } else {
        turn.at = next.entry.classId
        if (next.level === 0) return offers.find((offer) => offer.way[0] === next) as Offer
        way.push(next)
      }
    }
  }

  protected inside(): Waiting {
    const leaves = [...this.#classes.values()].filter(({ level }) => level === 0)
    const direct = { backlog: this.#direct.octets, queueLength: this.#direct.length }
    return sumOf([direct, ...leaves.map((leaf) => leaf.queue(this).waiting)])
  }

  /** What the buckets of a class hold, nanoseconds. */
  bucketsOf(classId: number): HtbClass['buckets'] | undefined {
    return this.#classes.get(classId)?.buckets
  }

  /** What waits in a class. */
  waitingIn(classId: number): Waiting | undefined {
    const one = this.#classes.get(classId)
    return one?.level === 0 ? one.queue(this).waiting : undefined
  }

  protected empty(): void {
    this.#direct.clear(this.gone)
    this.#turns.clear()
    for (const one of this.#classes.values()) {
      one.forget()
      one.fill()
      one.deficits.length = 0
      one.turns.length = 0
    }
  }
}

function turnBelow(one: HtbClass, priority: number): Turn {
  one.turns[priority] ??= { at: Number.POSITIVE_INFINITY }
  return one.turns[priority]
}

/** Who lends to a leaf, or when that may change. */
function offerOf(leaf: HtbClass, now: number): Offer | number {
  const way: HtbClass[] = []
  let next = Number.POSITIVE_INFINITY
  for (let one: HtbClass | undefined = leaf; one !== undefined; one = one.parent) {
    way.push(one)
    const mode = one.modeAt(now)
    if (mode === 'send') return { way, level: one.level, priority: priorityOf(leaf) }
    next = Math.min(next, one.nextChange(now))
    if (mode === 'wait') break
  }
  return next
}
