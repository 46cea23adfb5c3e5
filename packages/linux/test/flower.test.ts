/** Filters of `flower`: what is written is read back alike, and fields that a kernel may ignore are tried first. */
import { cleanRequest, type LooseRequest, type Request, type TrafficFilter, VnetError } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import type { Carrier } from '../src/compound.js'
import { carryOutDoubtfulFilter, isDoubtfulFilter } from '../src/doubtful-filter.js'
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
  type Change = Parameters<typeof isDoubtfulFilter>[1]

  /** A kernel that tells these fields of a filter back, or refuses it. */
  function kernel(told: Partial<TrafficFilter>, refusal?: VnetError) {
    const asked: Request[] = []
    let tried: object | undefined
    const run = {
      syscalls: {},
      gate: { calmly: (body: () => unknown) => body() },
      async trusted(request: Request) {
        asked.push(request)
        if (request.operation === 'filter list') return [{ ...tried, ...told }]
        if (request.operation !== 'filter add') return undefined
        if (refusal !== undefined) throw refusal
        const { chain, priority } = request.spec
        if (chain !== undefined) tried = { chain, priority }
        return undefined
      },
    }
    return { run: run as unknown as Carrier, asked }
  }
  const spec = { parent: 'ingress', priority: 9, vlanCount: 2, actions: [{ kind: 'gact', control: 'shot' }] }

  it('known: the filter is tried once, without actions, where no packet comes', async () => {
    const { run, asked } = kernel({ vlanCount: 2 })
    const request = cleaned(spec) as Change
    expect(isDoubtfulFilter(run, request)).toBe(true)
    await carryOutDoubtfulFilter(run, request)
    expect(asked.map(({ operation }) => operation)).toEqual([
      'filter add',
      'filter list',
      'filter delete',
      'filter add',
    ])
    expect(asked[0]?.spec).toMatchObject({ vlanCount: 2, chain: 0x0fffffff })
    expect(asked[0]?.spec).not.toHaveProperty('actions')
    expect(asked[2]?.spec).toMatchObject({ chain: 0x0fffffff })
    expect(asked[3]).toBe(request)
    expect(isDoubtfulFilter(run, request)).toBe(false)
  })
  it('ignored: refused, and nothing is left', async () => {
    const { run, asked } = kernel({})
    const error: unknown = await carryOutDoubtfulFilter(run, cleaned(spec) as Change).catch((reason) => reason)
    expect(error).toMatchObject({ code: 'VNET_UNSUPPORTED', operation: 'filter add', attribute: 'spec.vlanCount' })
    expect((error as VnetError).hint).toContain('Linux 5.19')
    expect(asked.map(({ operation }) => operation)).toEqual(['filter add', 'filter list', 'filter delete'])
    expect(isDoubtfulFilter(run, cleaned(spec) as Change)).toBe(true)
  })
  it('refused: the request itself tells why', async () => {
    const refusal = new VnetError({ code: 'EOPNOTSUPP', operation: 'filter add', subject: 'v0' })
    const { run, asked } = kernel({}, refusal)
    const request = cleaned(spec) as Change
    await expect(carryOutDoubtfulFilter(run, request)).rejects.toBe(refusal)
    expect(asked.at(-1)).toBe(request)
  })
  it('others are not tried, nor the first label, which all kernels have', () => {
    const { run } = kernel({})
    const first = { protocol: 'mpls_uc', mpls: [{ depth: 1, label: 5 }] }
    for (const match of [{}, first, { tunnelKey: 5 }, { protocol: '802.1Q', vlanEtherType: 'ip' }])
      expect(isDoubtfulFilter(run, cleaned(match) as Change)).toBe(false)
    const second = { protocol: 'mpls_uc', mpls: [{ depth: 2, label: 5 }] }
    expect(isDoubtfulFilter(run, cleaned(second) as Change)).toBe(true)
  })
})
