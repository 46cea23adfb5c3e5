/** The seed of `netem`, a number of 64 bits (`TCA_NETEM_PRNG_SEED`, of Linux 6.6): younger than the `tc` that recordings are of. */
import { cleanRequest, type LooseRequest } from '@vnet/core'
import { expect, it } from 'vitest'
import { isDoubtfulTraffic } from '../src/doubtful-traffic.js'
import { littleEndian, Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import type { OperationCodec } from '../src/rtnetlink/codec.js'
import { codecs } from '../src/rtnetlink/index.js'

const cleaned = (options: object) =>
  cleanRequest({ operation: 'qdisc add', spec: { link: 'v0', kind: 'netem', ...options } } as unknown as LooseRequest)

it.for(['0', '1', '9007199254740993', '18446744073709551615'])('%s is written whole, and read back', (seed) => {
  const to = new MessageWriter()
  const context = { linkIndex: () => 3, timerFrequency: () => 1e9, namespaceFd: () => 3 }
  const { encode } = codecs['qdisc add'] as OperationCodec<never>
  encode(to, cleaned({ seed }).spec as never, context)
  const bytes = to.bytes.slice(0, to.length)
  const view = new DataView(bytes.buffer)
  // The last attribute: its length, its type, its value in the machine's own order.
  const at = bytes.length - 12
  expect([view.getUint16(at, littleEndian), view.getUint16(at + 2, littleEndian)]).toEqual([12, 14])
  expect(view.getBigUint64(at + 4, littleEndian)).toBe(BigInt(seed))
  const { decode } = codecs['qdisc list'] as OperationCodec<never>
  expect(decode?.(new Octets(bytes), 16, bytes.length, 36, {} as never)).toMatchObject({ kind: 'netem', seed })
})

it('is tried first, for older kernels ignore it', () => {
  expect(isDoubtfulTraffic(cleaned({}))).toBe(false)
  expect(isDoubtfulTraffic(cleaned({ seed: '1' }))).toBe(true)
})

it('has no zeros in front', () => {
  expect(cleaned({ seed: '0042' }).spec).toMatchObject({ seed: '42' })
})
