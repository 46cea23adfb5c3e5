/** Filters of `flower`: what is written is read back alike, and which fields a kernel may ignore. */
import { cleanRequest, type LooseRequest } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { isDoubtfulTraffic } from '../src/doubtful-traffic.js'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import type { OperationCodec } from '../src/rtnetlink/codec.js'
import { codecs } from '../src/rtnetlink/index.js'

const cleaned = (match: object) =>
  cleanRequest({ operation: 'filter add', spec: { link: 'v0', kind: 'flower', ...match } } as unknown as LooseRequest)

/** What younger kernels alone have; the rest is recorded. */
const young: readonly (readonly [title: string, match: object])[] = [
  ['flags of a tunnel', { tunnelChecksum: true, tunnelDontFragment: false, tunnelOam: false, tunnelCritical: true }],
  ['an index of ESP', { protocol: 'ip', ipProtocol: 50, spi: 0xfedcba98 }],
  ['some bits of an index', { protocol: 'ipv6', ipProtocol: 51, spi: 0x80000001, spiMask: 0x8000000f }],
  ['fault management', { protocol: 0x8902, cfmLevel: 7, cfmOpcode: 1 }],
  ['a level of 0', { protocol: 0x8902, cfmLevel: 0 }],
  ['an opcode', { protocol: '802.1Q', vlanEtherType: 0x8902, cfmOpcode: 40 }],
  ['a bridge that does not know', { l2Miss: true }],
  ['a bridge that knows', { l2Miss: false }],
  ['a session of L2TP', { protocol: 'ip', ipProtocol: 115, l2tpSession: 0xfedcba98 }],
  ['a hash', { hash: 0xfedcba98, hashMask: 0xfffffff8 }],
  ['a label of a connection', { connectionLabel: '0102030405060708090a0b0c0d0e0f10' }],
  ['some bits of one', { connectionLabel: `01${'0'.repeat(30)}`, connectionLabelMask: `ff${'0'.repeat(30)}` }],
  [
    'a zone, and some bits of a mark',
    { connectionZone: 5, connectionMark: 0x80000007, connectionMarkMask: 0x8000000f },
  ],
]

describe('written and read back', () => {
  it.for(young)('%s', ([, match]) => {
    const to = new MessageWriter()
    const context = { linkIndex: () => 3, timerFrequency: () => 1e9, namespaceFd: () => 3 }
    const { encode, decode } = codecs['filter add'] as OperationCodec<never>
    encode(to, cleaned({ ...match, handle: 1 }).spec as never, context)
    const list = codecs['filter list'] as OperationCodec<never>
    const bytes = to.bytes.slice(0, to.length)
    const read = (decode ?? list.decode)?.(new Octets(bytes), 16, bytes.length, 44, {} as never)
    expect(read).toMatchObject(match)
    expect(read).not.toHaveProperty('data')
  })
})

describe('fields that the kernel may ignore', () => {
  it('are told from the others, and from the first label, which all kernels have', () => {
    const first = { protocol: 'mpls_uc', mpls: [{ depth: 1, label: 5 }] }
    for (const match of [{}, first, { tunnelKey: 5 }, { protocol: '802.1Q', vlanEtherType: 'ip' }])
      expect(isDoubtfulTraffic(cleaned(match))).toBe(false)
    const second = { protocol: 'mpls_uc', mpls: [{ depth: 2, label: 5 }] }
    for (const match of [second, { vlanCount: 2 }, { connectionMark: 5, connectionMarkMask: 7 }])
      expect(isDoubtfulTraffic(cleaned(match))).toBe(true)
  })
})
