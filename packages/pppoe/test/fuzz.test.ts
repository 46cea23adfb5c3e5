/** Octets by chance, and good frames that were spoilt: codecs give a value or a decode error, machines neither throw nor hang. */
import { isDecodeError } from '@vnet/core'
import { expect, test } from 'vitest'
import {
  decodeChapValue,
  decodeControl,
  decodeDiscovery,
  decodeOptions,
  decodePapMessage,
  decodePapRequest,
  decodeSession,
  encodeControl,
  encodeDiscovery,
  encodeOptions,
} from '../src/index.js'
import { chance, Line } from './line.js'

/** How many messages, in all; a run by hand takes more. */
const MESSAGES = Number(process.env.VNET_PPPOE_FUZZ ?? 30_000)

const decoders: readonly ((bytes: Uint8Array) => unknown)[] = [
  decodeDiscovery,
  decodeSession,
  (bytes) => decodeControl(bytes),
  (bytes) => decodeOptions(bytes),
  decodePapRequest,
  decodePapMessage,
  decodeChapValue,
]

/** Frames of sessions of all sorts, to be spoilt. */
function goodFrames(): Uint8Array[] {
  return [1, 2, 3].flatMap((seed) => {
    const line = new Line({
      seed,
      client: { mru: seed === 2 ? 1500 : 1492, methods: seed === 3 ? ['pap'] : ['chap-md5'] },
      concentrator: { mru: 1500, dns: ['192.0.2.53'] },
    })
    line.connect()
    line.run(30)
    line.client.close(line.now)
    line.run(5)
    return line.frames.map(({ frame }) => frame)
  })
}

function spoilt(frame: Uint8Array, random: () => number): Uint8Array {
  const at = (size: number) => Math.floor(random() * size)
  const copy = Uint8Array.from(frame)
  // The addresses mostly stay: behind them is what matters.
  for (let i = at(4); i > 0; i--) copy[random() < 0.05 ? at(12) : 12 + at(copy.length - 12)] = at(256)
  return random() < 0.3 ? copy.subarray(0, at(copy.length + 1)) : copy
}

test('decoders', () => {
  const random = chance(1)
  const frames = goodFrames()
  let good = 0
  for (let i = 0; i < MESSAGES; i++) {
    const frame = frames[Math.floor(random() * frames.length)] as Uint8Array
    const bytes = spoilt(frame, random)
    const decode = decoders[i % decoders.length] as (bytes: Uint8Array) => unknown
    try {
      decode(i % decoders.length < 2 ? bytes : bytes.subarray(Math.min(bytes.length, 20 + (i % 8))))
      good++
    } catch (error) {
      if (!isDecodeError(error)) throw error
    }
  }
  expect(good).toBeGreaterThan(MESSAGES / 100)
  expect(good).toBeLessThan(MESSAGES)
})

test('what was decoded and encoded again is decoded to the same', () => {
  const random = chance(2)
  for (const frame of goodFrames()) {
    if (frame[13] !== 0x63) continue
    const decoded = decodeDiscovery(frame)
    expect(decodeDiscovery(encodeDiscovery(decoded))).toEqual(decoded)
  }
  for (let i = 0; i < 1000; i++) {
    const data = Uint8Array.from({ length: Math.floor(random() * 30) }, () => Math.floor(random() * 256))
    const packet = { code: i & 255, identifier: i >> 2, data }
    expect(decodeControl(encodeControl(packet))).toEqual(packet)
    const options = [
      { type: i & 255, value: data },
      { type: 3, value: data },
    ]
    expect(decodeOptions(encodeOptions(options))).toEqual(options)
  }
})

test('machines', () => {
  const random = chance(3)
  const frames = goodFrames()
  let ended = 0
  let line = new Line({ seed: 4, twice: 0.1 })
  line.client.start(0)
  for (let i = 0; i < MESSAGES; i++) {
    const frame = spoilt(frames[Math.floor(random() * frames.length)] as Uint8Array, random)
    const to = random() < 0.5 ? line.client : line.concentrator
    to.receive(frame, line.now)
    if (i % 16 === 0) line.run(random())
    if (line.clientEvents.length > 100) line.clientEvents.length = 0
    if (line.frames.length > 1000) line.frames.length = 0
    if (line.clientEvents.some(({ kind }) => kind === 'end')) {
      ended++
      line.clientEvents.length = 0
      line.client.start(line.now)
    }
    if (i % 5000 === 4999) {
      // After all that, both still do what they should, and hold nothing that is over.
      line.client.abandon(line.now)
      line.run(300)
      expect(line.concentrator.sessions.length).toBe(0)
      expect(line.concentrator.deadline).toBeUndefined()
      line.clientEvents.length = 0
      line.sessionEvents.length = 0
      expect(line.connect(60)).toBe(true)
      line = new Line({ seed: i, twice: 0.1 })
      line.client.start(0)
    }
  }
  expect(ended).toBeGreaterThan(0)
})
