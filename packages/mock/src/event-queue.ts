/** A bounded queue of events with one reader: what does not fit is dropped and reported as lost. @module */

/** The queue of one subscriber. */
export class EventQueue<Event> implements AsyncIterableIterator<Event> {
  readonly #lost: Event
  readonly #room: number
  readonly #closed: () => void
  #events: Event[] = []
  #start = 0
  #overrun = false
  #ended = false
  #failure: unknown
  #readers: { resolve(result: IteratorResult<Event>): void; reject(reason: unknown): void }[] = []

  /**
   * @param room How many events wait at most.
   * @param lost What is delivered in place of those that were dropped.
   * @param closed Called once when the reader is gone.
   */
  constructor(room: number, lost: Event, closed: () => void) {
    this.#room = room
    this.#lost = lost
    this.#closed = closed
  }

  /** Adds an event, or drops it when the queue is full. */
  push(event: Event): void {
    if (this.#ended) return
    const reader = this.#readers.shift()
    if (reader !== undefined) reader.resolve({ done: false, value: event })
    else if (this.#events.length - this.#start >= this.#room) this.#overrun = true
    else this.#events.push(event)
  }

  /** Ends the queue; a reader sees the failure, where there is one, at once. */
  end(failure?: { readonly reason: unknown }): void {
    if (this.#ended) return
    this.#ended = true
    this.#events = []
    this.#start = 0
    this.#overrun = false
    this.#closed()
    const readers = this.#readers
    this.#readers = []
    if (failure === undefined || readers.length === 0) this.#failure = failure
    readers.forEach((reader, index) => {
      if (index === 0 && failure !== undefined) reader.reject(failure.reason)
      else reader.resolve({ done: true, value: undefined })
    })
  }

  /** The next event, in kernel order; as a socket, the loss is told before what is still queued. */
  next(): Promise<IteratorResult<Event>> {
    if (this.#overrun) {
      this.#overrun = false
      return Promise.resolve({ done: false, value: this.#lost })
    }
    if (this.#start < this.#events.length) {
      const value = this.#events[this.#start++] as Event
      if (this.#start > 1024 && this.#start * 2 > this.#events.length) {
        this.#events = this.#events.slice(this.#start)
        this.#start = 0
      }
      return Promise.resolve({ done: false, value })
    }
    if (this.#failure !== undefined) {
      const { reason } = this.#failure as { reason: unknown }
      this.#failure = undefined
      return Promise.reject(reason)
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject })
    })
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
