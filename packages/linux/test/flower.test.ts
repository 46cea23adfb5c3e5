/** Filters of `flower`: what is written is read back alike, and which fields a kernel may ignore. */
import { cleanRequest, DecodeError, type LooseRequest } from '@vnet/core'
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
  ['a node of PFCP', { pfcpOptions: { type: 0 } }],
  ['a session of PFCP', { pfcpOptions: { type: 1, seid: 'fedcba9876543210' } }],
  ['some bits of a session', { pfcpOptions: { seid: 'fe00000000000000', seidMask: 'ff00000000000000' } }],
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

const { decode: decodeFilter } = codecs['filter list'] as OperationCodec<never>
/** What is told of a filter of `flower` with these octets as its options. */
function toldOf(options: readonly number[]): Record<string, unknown> {
  const to = new MessageWriter()
  const context = { linkIndex: () => 3, timerFrequency: () => 1e9, namespaceFd: () => 3 }
  const { encode } = codecs['filter add'] as OperationCodec<never>
  encode(to, cleaned({ handle: 1 }).spec as never, context)
  const message = to.bytes.slice(0, to.length)
  // `TCA_OPTIONS` with these alone, where the filter has its own, which come last.
  const at = message.length - new DataView(message.buffer).getUint16(36 + 4 + 8, true)
  const bytes = Uint8Array.from([...message.slice(0, at), 4 + options.length, 0, 2, 0, ...options])
  return decodeFilter?.(new Octets(bytes), 16, bytes.length, 44, {} as never) as Record<string, unknown>
}
const attribute = (type: number, ...octets: readonly number[]) => {
  const padding = Array<number>(-octets.length & 3).fill(0)
  return [4 + octets.length, 0, type, 0, ...octets, ...padding]
}

describe('what the kernel tells unmasked', () => {
  const tos = [...attribute(73, 0x2b), ...attribute(74, 0xfc)]
  const mac = [...attribute(6, 2, 0, 0, 1, 2, 3), ...attribute(7, 255, 255, 255, 0, 0, 0)]
  const label = [...attribute(97, ...Array(16).fill(7)), ...attribute(98, ...Array(16).fill(2))]
  const ip = attribute(8, 8, 0)

  it('is told without the bits that its mask leaves out, and can be given again', () => {
    const from = [...attribute(10, 10, 1, 2, 3), ...attribute(11, 255, 128, 0, 0)]
    const found = toldOf([...mac, ...ip, ...from, ...tos, ...label])
    const match = {
      ...{
        sourceMac: '02:00:00:00:00:00',
        sourceMacMask: 'ff:ff:ff:00:00:00',
        from: '10.0.0.0/9',
        tos: 0x28,
        tosMask: 0xfc,
      },
      ...{ connectionLabel: '02'.repeat(16), connectionLabelMask: '02'.repeat(16) },
    }
    expect(found).toMatchObject(match)
    expect(found).not.toHaveProperty('data')
    expect(() => cleaned({ ...match, protocol: 'ip' })).not.toThrow()
  })

  it('is kept as octets where a mask of an address is none of a prefix', () => {
    for (const mask of [
      [255, 0, 255, 0],
      [0, 0, 0, 255],
    ]) {
      const found = toldOf([...ip, ...attribute(10, 10, 1, 2, 3), ...attribute(11, ...mask), ...tos])
      expect(found).toMatchObject({ tos: 0x28, data: expect.any(Uint8Array) })
      expect(found).not.toHaveProperty('from')
    }
  })
})

describe('options of a tunnel that have no name', () => {
  /** What is told where the kernel tells these octets of options and of their mask. */
  const told = (value: readonly number[], mask: readonly number[]) =>
    toldOf([value, mask].flatMap((octets, side) => [4 + octets.length, 0, 84 + side, 0, ...octets]))
  const nest = (type: number, ...octets: number[]) => [4 + octets.length, 0, type, 0, ...octets]
  const octet = (type: number, value: number) => [5, 0, type, 0, value, 0, 0, 0]

  it('are kept as octets', () => {
    const gtp = nest(4, ...octet(1, 1), ...octet(2, 5))
    const every = nest(4, ...octet(1, 255), ...octet(2, 255))
    expect(told(gtp, every)).toMatchObject({ gtpOptions: { pduType: 1, qfi: 5 } })
    expect(told(gtp, every)).not.toHaveProperty('data')
    const rows: readonly (readonly [value: number[], mask: number[]])[] = [
      // A kind of tunnel, an attribute of GTP, two kinds at once, a mask of another kind, one that asks nothing.
      [nest(9, ...octet(1, 1)), nest(9, ...octet(1, 1))],
      [nest(4, ...octet(1, 1), ...octet(3, 1)), every],
      [[...gtp, ...nest(2, 8, 0, 1, 0, 1, 0, 0, 0)], every],
      [gtp, nest(2, 8, 0, 1, 0, 1, 0, 0, 0)],
      [gtp, nest(4, ...octet(1, 0), ...octet(2, 0))],
      // A mask of ERSPAN for the other version.
      [
        nest(3, ...octet(1, 2), ...octet(3, 1), ...octet(4, 1)),
        nest(3, ...octet(1, 1), 8, 0, 2, 0, 255, 255, 255, 255),
      ],
    ]
    for (const [value, mask] of rows) {
      const found = told(value, mask)
      expect(found).toMatchObject({ kind: 'flower', data: expect.any(Uint8Array) })
      for (const name of ['gtpOptions', 'vxlanOptions', 'erspanOptions']) expect(found).not.toHaveProperty(name)
    }
  })

  it('cut anywhere, they are no more than a decode error', () => {
    const geneve = nest(1, 6, 0, 1, 0, 1, 2, 0, 0, ...octet(2, 7), 8, 0, 3, 0, 1, 2, 3, 4)
    for (let length = 1; length < geneve.length; length++) {
      const cut = geneve.slice(0, length)
      try {
        told(cut, geneve)
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }
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
