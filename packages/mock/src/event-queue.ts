/** A bounded queue of events with one reader: what does not fit is dropped and reported as lost. @module */

/** The queue of one subscriber. */
export class EventQueue<Event> implements AsyncIterableIterator<Event> {
  readonly #room: number
  readonly #lost: Event
  readonly #ended: () => void
  #events: Event[] = []
  #start = 0
  #overrun = false
  #open = true
  #failure: Error | undefined
  #readers: { resolve(result: IteratorResult<Event>): void; reject(failure: Error): void }[] = []

  /**
   * @param room How many events wait at most.
   * @param lost What is delivered in place of those that were dropped.
   * @param ended Called once when the queue ends, from either side.
   */
  constructor(room: number, lost: Event, ended: () => void) {
    this.#room = room
    this.#lost = lost
    this.#ended = ended
  }

  /** Adds an event, or drops it when the queue is full. */
  push(event: Event): void {
    if (!this.#open) return
    const reader = this.#readers.shift()
    if (reader !== undefined) reader.resolve({ done: false, value: event })
    else if (this.#events.length - this.#start >= this.#room) this.#overrun = true
    else this.#events.push(event)
  }

  /** Loses an event, as when the queue is full: its reader is told so. */
  lose(): void {
    if (!this.#open) return
    const reader = this.#readers.shift()
    if (reader === undefined) this.#overrun = true
    else reader.resolve({ done: false, value: this.#lost })
  }

  /** Ends the queue and wakes its reader, with a failure where there is one; events that wait are dropped. */
  end(failure?: Error): void {
    if (!this.#open) return
    this.#open = false
    this.#overrun = false
    this.#events = []
    this.#start = 0
    this.#failure = failure
    this.#ended()
    for (const reader of this.#readers) {
      if (failure === undefined) reader.resolve({ done: true, value: undefined })
      else reader.reject(failure)
    }
    this.#readers = []
  }

  /** The next event; a loss is told before what still waits, as the kernel's socket does. */
  next(): Promise<IteratorResult<Event>> {
    if (this.#overrun) {
      this.#overrun = false
      return Promise.resolve({ done: false, value: this.#lost })
    }
    if (this.#start < this.#events.length) return Promise.resolve({ done: false, value: this.#shift() })
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (!this.#open) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject })
    })
  }

  #shift(): Event {
    const event = this.#events[this.#start++] as Event
    if (this.#start > 1024 && this.#start * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#start)
      this.#start = 0
    }
    return event
  }

  /** Ends it from the reader's side. */
  return(): Promise<IteratorResult<Event>> {
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
