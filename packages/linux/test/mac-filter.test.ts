/** MAC filters with a kernel that answers as told: what is sent in one piece, what is removed, what is read twice. */
import { type CleanMacFilterSpec, openHost, type VnetError } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { linuxDriver } from '../src/driver.js'
import { readAttributes } from '../src/netlink/attribute-run.js'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import { ruleAttributes } from '../src/nftables/attributes.js'
import { commentOctets } from '../src/nftables/comment.js'
import * as k from '../src/nftables/constants.js'
import type { Expression } from '../src/nftables/expression.js'
import { type FilterRule, filterRule, type ReadRule, removal, replacement } from '../src/nftables/mac-filter-message.js'
import { typeOf } from '../src/nftables/message.js'
import { elementListAttributes } from '../src/nftables/set.js'
import {
  type Answer,
  done,
  message,
  type SentMessage,
  scriptedKernel,
  verdict,
} from '../src/testing/scripted-kernel.js'

const mac = (last: number) => Uint8Array.of(2, 0, 0, 0, 0, last)
const rule = (handle: number, set?: string): FilterRule => ({
  handle,
  link: 'p1',
  verdict: 'drop',
  counter: { packets: 0, bytes: 0 },
  ...(set === undefined ? {} : { set }),
})

/** Messages without the header of netlink: the number of nf_tables, and the octets behind `struct nfgenmsg`. */
function messagesOf(changes: ReturnType<typeof replacement>): { readonly type: number; readonly body: Uint8Array }[] {
  return changes.map(({ encode }) => {
    const to = new MessageWriter(65_536)
    encode(to)
    return { type: new Octets(to.bytes).u16(4) & 0xff, body: to.bytes.slice(20, to.length) }
  })
}

describe('the messages of a filter', () => {
  const spec: CleanMacFilterSpec = { link: 'p1', allow: [mac(1), mac(2)], deny: [mac(2)] }

  it('remove the old rules and make the new ones with their sets, in one piece', () => {
    const types = messagesOf(replacement(spec, [rule(4, '__set0'), rule(5)])).map(({ type }) => type)
    const listed = [k.NFT_MSG_NEWSET, k.NFT_MSG_NEWSETELEM, k.NFT_MSG_NEWRULE]
    const around = [k.NFT_MSG_NEWTABLE, k.NFT_MSG_NEWCHAIN, k.NFT_MSG_DELRULE, k.NFT_MSG_DELRULE]
    expect(types).toEqual([...around, ...listed, ...listed, k.NFT_MSG_NEWRULE])
  })

  it('are read back as what they were', () => {
    const rules = messagesOf(replacement(spec, []))
      .filter(({ type }) => type === k.NFT_MSG_NEWRULE)
      .map(({ body }, at) => {
        const { values } = readAttributes(ruleAttributes, new Octets(body), 0, body.length, 'rule')
        return filterRule({ ...(values as Omit<ReadRule, 'handle'>), handle: at })
      })
    const counter = { packets: 0, bytes: 0 }
    expect(rules).toEqual([
      { handle: 0, link: 'p1', set: '__set%d', verdict: 'drop', counter },
      { handle: 1, link: 'p1', set: '__set%d', verdict: 'accept', counter },
      { handle: 2, link: 'p1', verdict: 'drop', counter },
    ])
  })

  it('hold no more elements than a nest has room for', () => {
    const allow = Array.from({ length: 2500 }, (_, at) => Uint8Array.of(2, 0, 0, 0, at >> 8, at & 0xff))
    const parts = messagesOf(replacement({ link: 'p1', allow }, []))
      .filter(({ type }) => type === k.NFT_MSG_NEWSETELEM)
      .map(({ body }) => readAttributes(elementListAttributes, new Octets(body), 0, body.length, 'elements').values)
    expect(parts.map(({ keys }) => (keys as unknown[]).length)).toEqual([1024, 1024, 452])
    expect(parts.flatMap(({ keys }) => keys)).toEqual(allow)
    expect(new Set(parts.map(({ setId }) => setId)).size).toBe(1)
  })

  it('remove the chain with the last rule, and the table where nothing else is in it', () => {
    const rules = [rule(1, '__set0'), rule(2)]
    const types = (ofChain: number, ofTable: number) =>
      messagesOf(removal(rules, { ofChain, ofTable })).map(({ type }) => type)
    const both = [k.NFT_MSG_DELRULE, k.NFT_MSG_DELRULE]
    expect(types(3, 3)).toEqual(both)
    expect(types(2, 3)).toEqual([...both, k.NFT_MSG_DELCHAIN])
    expect(types(2, 2)).toEqual([...both, k.NFT_MSG_DELCHAIN, k.NFT_MSG_DELTABLE])
  })

  it('of others are no rules of a filter', () => {
    const own = (
      more: Partial<Record<number, Expression>>,
      without: readonly number[] = [],
      comment: string | undefined = 'vnet mac-filter',
    ) => {
      const name = new Uint8Array(16)
      name.set(new TextEncoder().encode('p1'))
      const list: Expression[] = [
        { name: 'meta', values: { to: 1, key: k.NFT_META_IIFNAME }, more: false },
        { name: 'cmp', values: { from: 1, operation: k.NFT_CMP_EQ, data: name }, more: false },
        { name: 'payload', values: { to: 1, base: k.NFT_PAYLOAD_LL_HEADER, offset: 6, length: 6 }, more: false },
        { name: 'lookup', values: { set: '__set0', from: 1 }, more: false },
        { name: 'counter', values: { packets: 3, bytes: 9 }, more: false },
        { name: 'immediate', values: { to: 0, data: { code: k.NF_DROP } }, more: false },
      ]
      return filterRule({
        handle: 7,
        expressions: list.map((one, at) => more[at] ?? one).filter((_, at) => !without.includes(at)),
        userdata: comment === '' ? undefined : commentOctets(comment),
      })
    }
    expect(own({})).toEqual({
      handle: 7,
      link: 'p1',
      set: '__set0',
      verdict: 'drop',
      counter: { packets: 3, bytes: 9 },
    })
    expect(own({}, [2, 3])).toMatchObject({ verdict: 'drop' })
    for (const comment of ['', 'vnet', 'mine'])
      expect(own({}, [], comment), `with the comment ${comment}`).toBeUndefined()
    for (const at of [0, 1, 4, 5]) expect(own({}, [at]), `without ${at}`).toBeUndefined()
    const others: readonly [number, Expression][] = [
      [0, { name: 'meta', values: { to: 1, key: k.NFT_META_OIFNAME }, more: false }],
      [1, { name: 'cmp', values: { from: 1, operation: k.NFT_CMP_NEQ, data: new Uint8Array(16) }, more: false }],
      [1, { name: 'cmp', values: { from: 1, operation: k.NFT_CMP_EQ, data: new Uint8Array(3) }, more: false }],
      [2, { name: 'payload', values: { to: 1, base: k.NFT_PAYLOAD_LL_HEADER, offset: 0, length: 6 }, more: false }],
      [3, { name: 'lookup', values: { set: '__set0', from: 1, flags: 1 }, more: false }],
      [3, { name: 'lookup', values: { set: 'guests', from: 1 }, more: false }],
      [3, { name: 'cmp', values: { from: 1, operation: k.NFT_CMP_EQ, data: mac(1) }, more: false }],
      [5, { name: 'immediate', values: { to: 0, data: { code: -3 } }, more: false }],
      [5, { name: 'immediate', values: { to: 1, data: mac(1) }, more: false }],
      [4, { name: 'counter', values: { packets: 3, bytes: 9 }, more: true }],
    ]
    for (const [at, expression] of others) expect(own({ [at]: expression }), `another ${at}`).toBeUndefined()
  })
})

const [EINVAL, ENOENT, EOPNOTSUPP] = [22, 2, 95]

async function connect(script: (sent: SentMessage) => readonly Answer[]) {
  let started = false
  const kernel = scriptedKernel((sent) => (started ? script(sent) : [verdict(sent.sequence, EINVAL)]))
  const driver = await linuxDriver(kernel)
  started = true
  kernel.sent.length = 0
  return { host: await openHost({ driver }), kernel }
}

const generation = (sequence: number, number: number): Answer[] => [
  message(typeOf(k.NFT_MSG_NEWGEN), 0, sequence, (to) => {
    to.zeros(4)
    to.u32beAttribute(1, number)
  }),
  verdict(sequence, 0),
]

const failed = (promise: Promise<unknown>): Promise<VnetError> =>
  promise.then(
    () => Promise.reject(new Error('it succeeded')),
    (error) => error,
  )

describe('a kernel', () => {
  it.each([
    ['without nf_tables', { [typeOf(k.NFT_MSG_GETGEN)]: EINVAL }],
    [
      'without the family bridge',
      { [typeOf(k.NFT_MSG_NEWTABLE)]: EOPNOTSUPP, [typeOf(k.NFT_MSG_NEWRULE)]: EOPNOTSUPP },
    ],
    ['without chains of type filter', { [typeOf(k.NFT_MSG_NEWCHAIN)]: ENOENT, [typeOf(k.NFT_MSG_NEWRULE)]: ENOENT }],
  ])('%s: the capability, with what it needs', async (_, refused) => {
    const errors: Readonly<Record<number, number | undefined>> = refused
    const { host } = await connect(({ type, sequence }) => {
      const errno = errors[type]
      if (errno !== undefined) return [verdict(sequence, errno)]
      if (type === typeOf(k.NFT_MSG_GETGEN)) return generation(sequence, 1)
      return type === typeOf(k.NFT_MSG_GETRULE) ? [done(sequence)] : []
    })
    const error = await failed(host.macFilter.set({ link: 'p1', deny: ['02:00:00:00:00:01'] }))
    expect(error).toMatchObject({ code: 'VNET_UNSUPPORTED', operation: 'macFilter set', subject: 'mac filter' })
    expect(error.hint).toContain('CONFIG_NF_TABLES_BRIDGE')
    await host.close()
  })

  it('whose rules change while they are read is asked again; after twelve times that is told', async () => {
    let [number, lists] = [0, 0]
    const { host } = await connect(({ type, sequence }) => {
      if (type === typeOf(k.NFT_MSG_GETRULE)) {
        lists++
        return [done(sequence)]
      }
      return generation(sequence, number < 5 || lists > 3 ? ++number : number)
    })
    expect(await host.macFilter.list()).toEqual([])
    expect(lists).toBe(3)
    const busy = await failed(host.macFilter.list())
    expect(busy).toMatchObject({ code: 'EBUSY', operation: 'macFilter list' })
    expect(lists).toBe(15)
    await host.close()
  })
})
