/** Random and mutated messages: only ever a DecodeError, and what was read can be written and read again. */
import { isDeepStrictEqual } from 'node:util'
import { isDecodeError } from '@vnet/core'
import { expect, test } from 'vitest'
import { type DhcpMessage, decodeDhcpMessage, encodeDhcpMessage } from '../src/index.js'

const messages = Number(process.env.VNET_FUZZ_MESSAGES ?? 30_000)
const seed = Number(process.env.VNET_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** Whole numbers below a bound from a seed (xorshift32). */
function generator(start: number): (below: number) => number {
  let state = start | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const below = generator(seed)

const samples = [
  encodeDhcpMessage({
    type: 'offer',
    transaction: 1,
    clientMac: '02:00:00:00:00:01',
    yourIp: '10.0.0.9',
    options: {
      'server-identifier': '10.0.0.1',
      'lease-time': 60,
      'subnet-mask': '255.255.255.0',
      routers: ['10.0.0.1'],
      'domain-search': ['a.example', 'b.a.example'],
      'client-fqdn': { serverUpdates: true, name: 'host.example.' },
      'classless-routes': [{ destination: '10.0.0.0/9', router: '10.0.0.1' }],
      'relay-agent': Uint8Array.of(1, 1, 1),
    },
  }),
  // With options in the fields of file and server's name, and in pieces.
  encodeDhcpMessage({
    type: 'request',
    transaction: 2,
    clientMac: '02:00:00:00:00:02',
    options: { 'client-identifier': Uint8Array.of(1, 2, 3), parameters: [1, 3, 6, 15, 119, 121] },
    other: [
      { code: 200, bytes: new Uint8Array(280) },
      { code: 201, bytes: new Uint8Array(90) },
      { code: 202, bytes: new Uint8Array(40) },
    ],
  }),
]

/** Numbers of options that have rules. */
const codes = [1, 3, 26, 51, 52, 53, 54, 55, 61, 81, 82, 119, 121, 255, 0]

function next(): Uint8Array {
  const sample = samples[below(samples.length)] as Uint8Array
  const bytes = sample.slice(0, below(8) === 0 ? below(sample.length + 1) : sample.length)
  if (below(3) === 0) {
    // A list of options by chance, behind a header that is right.
    let at = 240
    while (at < bytes.length - 2) {
      const size = below(20)
      bytes[at] = codes[below(codes.length)] as number
      bytes[at + 1] = size
      for (let i = 0; i < size; i++) bytes[at + 2 + i] = below(4) === 0 ? 0xc0 : below(256)
      at += 2 + size
    }
  }
  for (let flips = below(6); flips > 0 && bytes.length > 0; flips--) bytes[below(bytes.length)] = below(256)
  return bytes
}

test(`${messages} messages, VNET_SEED=${seed}`, () => {
  let read = 0
  for (let i = 0; i < messages; i++) {
    const bytes = next()
    let message: DhcpMessage
    try {
      message = decodeDhcpMessage(bytes)
    } catch (error) {
      if (isDecodeError(error)) continue
      throw new Error(`message ${i}: ${Buffer.from(bytes).toString('hex')}`, { cause: error })
    }
    read++
    const { type } = message
    if (typeof type === 'number') continue
    const again = decodeDhcpMessage(encodeDhcpMessage({ ...message, type }, { maximumSize: 1500 }))
    // `expect` takes a hundred times longer.
    if (!isDeepStrictEqual(again, message)) expect(again, Buffer.from(bytes).toString('hex')).toEqual(message)
  }
  expect(read).toBeGreaterThan(messages / 10)
})
