/** Translation with a kernel that answers as told: what is there in between, what is lacking, what is refused. */
import { openHost, type VnetError } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { linuxDriver } from '../src/driver.js'
import * as k from '../src/nftables/constants.js'
import { typeOf } from '../src/nftables/message.js'
import {
  type Answer,
  done,
  message,
  type SentMessage,
  scriptedKernel,
  verdict,
} from '../src/testing/scripted-kernel.js'

const [EPERM, EINVAL, ENOENT, EEXIST, EOPNOTSUPP, ERESTART] = [1, 22, 2, 17, 95, 85]

async function connect(script: (sent: SentMessage) => readonly Answer[]) {
  let started = false
  const kernel = scriptedKernel((sent) => (started ? script(sent) : [verdict(sent.sequence, EINVAL)]))
  const driver = await linuxDriver(kernel)
  started = true
  kernel.sent.length = 0
  return { host: await openHost({ driver }), kernel }
}

const generation = (sequence: number, number = 7): Answer[] => [
  message(typeOf(k.NFT_MSG_NEWGEN), 0, sequence, (to) => {
    to.zeros(4)
    to.u32beAttribute(1, number)
  }),
  verdict(sequence, 0),
]

/** A rule as the kernel tells it, of which vnet knows nothing but its place. */
const rule = (sequence: number, handle: number, more: Parameters<typeof message>[3] = () => {}) =>
  message(typeOf(k.NFT_MSG_NEWRULE), 0, sequence, (to) => {
    to.u32(2)
    to.textAttribute(1, 'vnet')
    to.textAttribute(2, 'postrouting')
    to.octetsAttribute(3, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, handle))
    const list = to.nest(4)
    const element = to.nest(1)
    to.textAttribute(1, 'masq')
    to.endNest(element)
    to.endNest(list)
    more(to)
  })

/** What the kernel says to each message by its type; nothing to others. */
const answering =
  (answers: Readonly<Record<number, (sent: SentMessage) => readonly Answer[]>>) =>
  (sent: SentMessage): readonly Answer[] => {
    if (sent.type === typeOf(k.NFT_MSG_GETGEN)) return generation(sent.sequence)
    return answers[sent.type]?.(sent) ?? []
  }

const failed = (promise: Promise<unknown>): Promise<VnetError> =>
  promise.then(
    () => Promise.reject(new Error('it succeeded')),
    (error) => error,
  )

const masquerade = { kind: 'masquerade' } as const

describe('rules of translation', () => {
  it('are sent in one piece, with the table and the chain, for the generation that was read', async () => {
    const { host, kernel } = await connect(
      answering({ [typeOf(k.NFT_MSG_NEWRULE)]: ({ sequence: s }) => [rule(s, 3), verdict(s, 0)] }),
    )
    expect(await host.nat.add(masquerade)).toMatchObject({ kind: 'masquerade', handle: 3, hook: 'postrouting' })
    const types = [k.NFT_MSG_NEWTABLE, k.NFT_MSG_NEWCHAIN, k.NFT_MSG_NEWRULE].map(typeOf)
    const all = [typeOf(k.NFT_MSG_GETGEN), k.NFNL_MSG_BATCH_BEGIN, ...types, k.NFNL_MSG_BATCH_END]
    expect(kernel.sent.map(({ type }) => type)).toEqual(all)
    expect([...(kernel.sent[1]?.bytes.subarray(16) ?? [])]).toEqual([0, 0, 0, 10, 8, 0, 1, 0, 0, 0, 0, 7])
    await host.close()
  })

  it('are sent again while others change theirs; after twelve times that is told', async () => {
    let times = 0
    const { host } = await connect(
      answering({
        [k.NFNL_MSG_BATCH_BEGIN]: ({ sequence }) => (++times % 13 === 0 ? [] : [verdict(sequence, ERESTART)]),
        [typeOf(k.NFT_MSG_NEWRULE)]: ({ sequence: s }) => (times % 13 === 0 ? [rule(s, 3), verdict(s, 0)] : []),
      }),
    )
    const busy = await failed(host.nat.add(masquerade))
    expect(busy).toMatchObject({ code: 'EBUSY', operation: 'nat add' })
    expect(busy.hint).toContain('12')
    expect(times).toBe(12)
    expect(await host.nat.add(masquerade)).toMatchObject({ handle: 3 })
    await host.close()
  })

  it.each([
    ['no nf_tables', { [typeOf(k.NFT_MSG_GETGEN)]: EINVAL }],
    ['no nf_tables that take changes', { [k.NFNL_MSG_BATCH_BEGIN]: EOPNOTSUPP }],
    ['no chains of type nat', { [typeOf(k.NFT_MSG_NEWCHAIN)]: ENOENT, [typeOf(k.NFT_MSG_NEWRULE)]: ENOENT }],
    ['no masquerade', { [typeOf(k.NFT_MSG_NEWRULE)]: ENOENT }],
  ])('a kernel with %s: the capability, with what it needs', async (_, refused) => {
    const errors: Readonly<Record<number, number | undefined>> = refused
    const { host } = await connect(({ type, sequence }) => {
      const errno = errors[type]
      if (errno !== undefined) return [verdict(sequence, errno)]
      return type === typeOf(k.NFT_MSG_GETGEN) ? generation(sequence) : []
    })
    const error = await failed(host.nat.add(masquerade))
    expect(error).toMatchObject({ code: 'VNET_UNSUPPORTED', operation: 'nat add', subject: 'nat' })
    expect(error.hint).toContain('CONFIG_NF_TABLES')
    expect(error.hint).toContain('CONFIG_NFT_MASQ')
    await host.close()
  })

  it('a list of a kernel without nf_tables is the same error', async () => {
    const { host } = await connect(({ sequence }) => [verdict(sequence, EINVAL)])
    expect(await failed(host.nat.list())).toMatchObject({ code: 'VNET_UNSUPPORTED', operation: 'nat list' })
    expect(await failed(host.nat.flush())).toMatchObject({ code: 'VNET_UNSUPPORTED', operation: 'nat flush' })
    await host.close()
  })

  it.each([
    ['EPERM', k.NFNL_MSG_BATCH_BEGIN, EPERM, 'CAP_NET_ADMIN'],
    ['EEXIST', typeOf(k.NFT_MSG_NEWCHAIN), EEXIST, 'somebody else'],
  ])('%s is told with what to do, and the connection goes on', async (code, refused, errno, hint) => {
    let refuse = true
    const { host } = await connect(({ type, sequence: s }) => {
      if (type === typeOf(k.NFT_MSG_GETGEN)) return generation(s)
      if (refuse && type === refused) return [verdict(s, errno)]
      // What is right in itself is acknowledged, though nothing is carried out.
      if (type !== typeOf(k.NFT_MSG_NEWRULE)) return []
      return refuse ? (refused === k.NFNL_MSG_BATCH_BEGIN ? [] : [verdict(s, 0)]) : [rule(s, 3), verdict(s, 0)]
    })
    const error = await failed(host.nat.add(masquerade))
    expect(error).toMatchObject({ code, operation: 'nat add' })
    expect(error.hint).toContain(hint)
    refuse = false
    expect(await host.nat.add(masquerade)).toMatchObject({ handle: 3 })
    await host.close()
  })

  it('attributes without a name are kept, and a message that was cut is a decode error', async () => {
    let cut = false
    const { host } = await connect(({ type, sequence: s, bytes }) => {
      if (type !== typeOf(k.NFT_MSG_GETRULE) || bytes[16] !== k.NFPROTO_IPV4) return [done(s)]
      const told = rule(s, 3, (to) => (cut ? to.u32(0xff) : to.octetsAttribute(99, Uint8Array.of(1, 2))))
      return [told, done(s)]
    })
    expect(await host.nat.list()).toMatchObject([{ handle: 3, other: [{ type: 99, bytes: Uint8Array.of(1, 2) }] }])
    cut = true
    expect(await failed(host.nat.list())).toMatchObject({ code: 'VNET_DECODE', operation: 'nat list' })
    await host.close()
  })
})
