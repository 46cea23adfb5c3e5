/** Checks of what a capture is opened with. @module */
import { named, rangeFault } from '../argument.js'
import type { CaptureOptions, CaptureSpec } from '../capture.js'
import { objectOf } from './object.js'
import { boolean, type Check, linkRef, textOf, wholeNumber, word } from './scalar.js'

/** Octets of a block of the kernel's buffer: larger than any frame that is kept. */
const BLOCK = 262_144

const filter: Check<string> = (value, path) => {
  const text = textOf(65_536)(value, path)
  if (text.trim() === '') throw rangeFault(path, 'an empty expression', 'leave it out to have all frames')
  return text
}

const options = objectOf({
  link: linkRef,
  snapLength: wholeNumber(1, BLOCK, 'octets'),
  promiscuous: boolean,
  direction: word(['both', 'in', 'out']),
  filter,
  buffer: wholeNumber(2 * BLOCK, 2 ** 30, 'octets'),
})

/** What a driver receives of what a user wrote. */
export function captureSpec(given: CaptureOptions): CaptureSpec {
  return named('capture open', (given as { link?: unknown } | null | undefined)?.link, () => {
    const clean = options(given, 'options') as CaptureOptions
    if (clean.link === undefined && clean.promiscuous === true) {
      throw rangeFault('options.promiscuous', 'it belongs to one link', 'name the link, or leave it out')
    }
    const buffer = Math.ceil((clean.buffer ?? 16 * BLOCK) / BLOCK) * BLOCK
    const promiscuous = clean.promiscuous ?? clean.link !== undefined
    return { snapLength: BLOCK, direction: 'both', ...clean, promiscuous, buffer }
  })
}
