/** Waiting until a kernel in memory, and who waits for its frames, has nothing more to do. @module */
import { inTurn } from './event-loop.js'
import type { Kernel } from './kernel.js'

/** Turns of the event loop in which nothing must happen: a reader may wait for one itself, and answer in the next. */
const quietTurns = 3

/** Resolves once no frame waits and nobody did anything more for some turns of the event loop. Time does not move by it. */
export async function settled(kernel: Kernel, signal?: AbortSignal): Promise<void> {
  let quiet = 0
  for (let last = -1; quiet < quietTurns; ) {
    signal?.throwIfAborted()
    kernel.wake()
    const now = kernel.actions + kernel.backlog.counters.frames
    quiet = now === last ? quiet + 1 : 0
    last = now
    await new Promise<void>((resolve) => inTurn(resolve))
  }
}
