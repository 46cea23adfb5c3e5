/** Random and mutated frames: only ever a DecodeError, nothing read outside of the frame, and nothing lost. */
import { expect, onTestFinished, test } from 'vitest'
import {
  decodeFrame,
  encodeFrame,
  type FormatOptions,
  fillChecksums,
  formatFrame,
  isDecodeError,
  type Layer,
  type LayerSpec,
} from '../src/index.js'
import { samples } from './samples.js'

/** Fewer where another version of Node only repeats what the first has done. */
const frames = Number(process.env.VNET_FUZZ_FRAMES ?? 1_000_000)
const seed = Number(process.env.VNET_SEED ?? Math.floor(Math.random() * 2 ** 31))
const margin = 64

/** Numbers below 2^32 from a seed (xorshift32): a million frames need a faster source than fast-check's. */
function generator(start: number): () => number {
  let state = start | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

const corpus = Object.values(samples).map((layers) => encodeFrame(layers as LayerSpec[]))

/** What a frame gives: its layers, or the error. */
function outcome(frame: Uint8Array, link: 'ethernet' | 'ip'): Layer[] | string {
  try {
    return decodeFrame(frame, { link })
  } catch (error) {
    if (isDecodeError(error)) return error.message
    throw error
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

test(`${frames} frames, seed ${seed} (set VNET_SEED to repeat)`, { timeout: 300_000 }, () => {
  console.log(`wire fuzz: VNET_SEED=${seed}`)
  // Half a million errors are made and looked at by their message; their stacks would take most of the time.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  onTestFinished(() => {
    Error.stackTraceLimit = stackTraceLimit
  })
  const random = generator(seed)
  const below = (limit: number) => random() % limit
  // The frame lies between two margins of poison; everything is done twice, with different poison.
  const buffer = new Uint8Array(margin + 700 + margin)
  const poison = (size: number, octet: number) => buffer.fill(octet, 0, margin).fill(octet, margin + size)
  let decoded = 0
  for (let i = 0; i < frames; i++) {
    const size = makeFrame(buffer, below)
    const frame = buffer.subarray(margin, margin + size)
    const link = below(8) === 0 ? 'ip' : 'ethernet'
    const before = frame.slice()
    poison(size, below(256))
    const first = outcome(frame, link)
    if (!equal(frame, before)) throw new Error(`frame ${i} was written to`)
    if (typeof first !== 'string') {
      decoded++
      if (i % 4 === 0) {
        const again = encodeFrame(first)
        if (!equal(again, frame)) throw new Error(`frame ${i} is not the same again: ${hex(frame)}`)
      }
    }
    if (i % 8 === 0) {
      poison(size, ~(buffer[0] as number))
      const second = outcome(frame, link)
      if (JSON.stringify(second) !== JSON.stringify(first))
        throw new Error(`frame ${i} is read beyond its end: ${hex(frame)}`)
      const line = formatFrame(frame, { link })
      const end = margin + size
      if (formatFrame(buffer.slice(margin, end), { link }) !== line) {
        throw new Error(`the line of frame ${i} depends on its surroundings: ${hex(frame)}`)
      }
      const snapped: FormatOptions = { link, originalLength: size + below(2000), linkLevel: i % 16 === 0 }
      if (formatFrame(frame, snapped) !== formatFrame(buffer.slice(margin, end), snapped)) {
        throw new Error(`the line of the beginning of frame ${i} depends on its surroundings: ${hex(frame)}`)
      }
      if (link === 'ethernet') {
        const around = buffer.slice()
        fillChecksums(buffer, margin, end)
        around.set(buffer.subarray(margin, end), margin)
        if (!equal(around, buffer))
          throw new Error(`checksums of frame ${i} were written outside of it: ${hex(before)}`)
      }
    }
  }
  console.log(`wire fuzz: ${decoded} of ${frames} frames were decoded, the others refused`)
  expect(decoded).toBeGreaterThan(frames / 10)
  expect(decoded).toBeLessThan(frames)
})

/** A random frame, or one of the corpus with octets changed, cut, or grown; in the buffer, behind the margin. */
function makeFrame(buffer: Uint8Array, below: (limit: number) => number): number {
  if (below(10) === 0) {
    const size = below(200)
    for (let i = 0; i < size; i++) buffer[margin + i] = below(256)
    return size
  }
  const model = corpus[below(corpus.length)] as Uint8Array
  buffer.set(model, margin)
  let size = model.length
  for (let changes = below(5); changes > 0; changes--) {
    const at = margin + below(size)
    const way = below(4)
    if (way === 0) buffer[at] = below(256)
    else if (way === 1) buffer[at] = (buffer[at] as number) ^ (1 << below(8))
    else if (way === 2) buffer[at] = [0, 1, 0x7f, 0x80, 0xff, 4, 8][below(7)] as number
    else buffer[margin + 12 + below(40)] = below(256)
  }
  if (below(3) === 0) size = below(size + 1)
  else if (below(4) === 0) {
    const more = below(30)
    for (let i = 0; i < more; i++) buffer[margin + size + i] = below(256)
    size += more
  }
  return size
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
