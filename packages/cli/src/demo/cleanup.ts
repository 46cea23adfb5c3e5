/** What has to be removed again, in the reverse order of its making. @module */
import type { Tell } from './event.js'

/** Remembers what was made and removes it. */
export class Cleanup {
  private readonly tasks: { readonly what: string; readonly remove: () => Promise<void> }[] = []
  private readonly tell: Tell

  /** Tells of what it removes. */
  constructor(tell: Tell) {
    this.tell = tell
  }

  /** Remembers how something is removed; `remove` throws when it is still there afterwards. */
  add(what: string, remove: () => Promise<void>): void {
    this.tasks.push({ what, remove })
  }

  /** Removes everything, also when some of it cannot be removed; returns the number of those. */
  async run(): Promise<number> {
    let left = 0
    for (let task = this.tasks.pop(); task !== undefined; task = this.tasks.pop()) {
      try {
        await task.remove()
        this.tell({ event: 'removed', what: task.what })
      } catch (error) {
        left++
        this.tell({ event: 'left', what: task.what, reason: (error as Error).message })
      }
    }
    return left
  }
}
