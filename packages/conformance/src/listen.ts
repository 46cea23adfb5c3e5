/** What comes in at a link while a test goes on. @module */
import type { Capture } from '@vnet/core'
import { expect } from 'vitest'
import type { Context, PlacedNamespace } from './context.js'
import { eventually } from './expectation.js'
import { wordsOf } from './taps.js'

/** Frames that come in at a link. */
export interface Heard {
  readonly frames: readonly Uint8Array[]
  /** Those of the tests, in words. */
  readonly words: readonly string[]
}

/** Listens at a link from now on, to what comes in or to what leaves; a capture ends when its link goes down. */
export async function listen(
  ns: PlacedNamespace,
  defer: Context['defer'],
  link: string,
  direction: 'in' | 'out' = 'in',
): Promise<Heard> {
  const capture = await ns.openCapture({ link, direction })
  defer(() => capture.close())
  const heard = { frames: [] as Uint8Array[], words: [] as string[] }
  void read(capture, heard.frames, heard.words)
  return heard
}

/** Listens at several links; gives the words of each once there is some number of frames in all. */
export async function listenAt(
  ns: PlacedNamespace,
  defer: Context['defer'],
  links: readonly string[],
): Promise<(total: number) => Promise<string[][]>> {
  const heard = await Promise.all(links.map((name) => listen(ns, defer, name)))
  return (total) =>
    eventually(() => {
      const words = heard.map((one) => [...one.words])
      expect(words.flat()).toHaveLength(total)
      return words
    })
}

async function read(capture: Capture, frames: Uint8Array[], words: string[]): Promise<void> {
  const batch = capture.createBatch()
  try {
    for (;;) {
      await capture.read(batch)
      for (const frame of batch) {
        frames.push(frame.slice())
        const word = wordsOf(frame)
        if (word !== undefined) words.push(word)
      }
    }
  } catch {
    // Closed at the end of the test.
  }
}
