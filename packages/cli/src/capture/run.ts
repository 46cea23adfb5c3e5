/** A capture under way: frames in order of time, to lines or to a file, until enough, until stopped, or until a link ends. @module */
import { type CapturedFrame, mergeCaptures } from '@vnet/core'
import type { Terminal } from '../terminal.js'
import { CaptureFile } from './file.js'
import { frameLine } from './line.js'
import type { Sink } from './sink.js'
import { Links, type Target } from './target.js'

/** What is done with the frames. */
export interface RunOptions {
  /** Where pcapng goes; lines are printed when absent. */
  readonly sink?: Sink
  /** The expression that all frames match, for the file. */
  readonly filter?: string
  /** Ends after so many frames. */
  readonly count?: number
  /** Lines with MAC addresses and tags. */
  readonly linkLevel?: boolean
  /** Lines and summary as JSON. */
  readonly json: boolean
  /** Tells nothing but that frames were dropped. */
  readonly quiet?: boolean
  /** Ends it. */
  readonly signal: AbortSignal
}

/** Takes lists of frames; `false` when nobody wants more. */
type Take = (frames: readonly CapturedFrame[]) => Promise<boolean>

/** Captures. Tells how many frames there were, and how many the kernel dropped, also when a link ends it. */
export async function runCapture(targets: readonly Target[], terminal: Terminal, options: RunOptions): Promise<void> {
  const links = new Links(targets)
  const { sink, count = Number.POSITIVE_INFINITY, quiet = false, signal } = options
  const file = sink === undefined ? undefined : new CaptureFile(targets, links, options.filter)
  const take: Take =
    sink === undefined || file === undefined
      ? (frames) => print(frames, links, targets, terminal, options)
      : async (frames) => sink.write(await file.frames(frames))
  let captured = 0
  let isRead = true
  try {
    if (sink !== undefined && file !== undefined) isRead = await sink.write(await file.start())
    if (!quiet) terminal.err(listening(targets, options.json))
    const captures = targets.map(({ capture }) => capture)
    if (isRead && count > 0) {
      for await (const frames of mergeCaptures(captures, signal)) {
        const wanted = frames.slice(0, count - captured)
        isRead = await take(wanted)
        captured += wanted.length
        if (!isRead || captured >= count) break
      }
    }
  } finally {
    if (isRead && sink !== undefined && file !== undefined) await sink.write(file.end())
    const isLossy = targets.some(({ capture }) => capture.counters.dropped > 0)
    if (isRead && (!quiet || isLossy)) terminal.err(summary(captured, targets, options.json))
  }
}

/** Frames that pass from now on are captured. */
function listening(targets: readonly Target[], json: boolean): string {
  const names = targets.map(nameOf)
  return json ? `${JSON.stringify({ listening: names })}\n` : `listening on ${names.join(', ')}\n`
}

const nameOf = ({ capture, suffix }: Target): string => `${capture.name}${suffix}`

async function print(
  frames: readonly CapturedFrame[],
  links: Links,
  targets: readonly Target[],
  terminal: Terminal,
  options: RunOptions,
): Promise<boolean> {
  const several = targets.length > 1 || targets[0]?.capture.index === undefined
  const { json, linkLevel = false } = options
  let text = ''
  for (const frame of frames) {
    text += frameLine(frame, await links.name(frame.capture, frame.link), { json, linkLevel, several })
  }
  await terminal.octets(Buffer.from(text))
  return true
}

function summary(captured: number, targets: readonly Target[], json: boolean): string {
  const links = targets.map((target) => ({ link: nameOf(target), ...target.capture.counters }))
  const dropped = links.reduce((sum, link) => sum + link.dropped, 0)
  if (json) return `${JSON.stringify({ captured, dropped, links })}\n`
  const each =
    links.length < 2 || dropped === 0 ? '' : ` (${links.map((one) => `${one.link} ${one.dropped}`).join(', ')})`
  const hint = dropped === 0 ? '' : '; a larger --buffer or a smaller --snap-length helps'
  return `${captured} frame${captured === 1 ? '' : 's'} captured, ${dropped} dropped by the kernel${each}${hint}\n`
}
