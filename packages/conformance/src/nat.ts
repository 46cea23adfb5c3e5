/** Rules of address translation: added, listed, deleted, flushed (`nft list table ip vnet`). @module */
import type { Namespace, NatRule, NatSpec } from '@vnet/core'
import { expect } from 'vitest'
import { fails, failure } from './expectation.js'
import type { Suite } from './suite.js'

const udp = { ipProtocol: 17 } as const

/** Rules as they are given, and what is told of them otherwise than it was given. */
const rules: readonly (readonly [spec: NatSpec, told?: object])[] = [
  [{ kind: 'masquerade' }, { family: 4, hook: 'postrouting' }],
  [{ kind: 'masquerade', family: 6 }, { hook: 'postrouting' }],
  [{ kind: 'masquerade', from: '172.17.0.0/16', exceptOutputLink: 'docker0', comment: 'as docker has it' }],
  [{ kind: 'masquerade', from: '10.1.2.0/23', to: '10.0.0.0/9', outputLink: 'a-link-of-15-oc' }],
  [{ kind: 'masquerade', from: '2001:db8:8::/45', to: '2001:db8::/32', comment: 'é'.repeat(63) }, { family: 6 }],
  [
    { kind: 'masquerade', from: '10.1.2.3', to: '0.0.0.0/0' },
    { from: '10.1.2.3/32', to: undefined },
  ],
  [{ kind: 'masquerade', except: ['10.0.0.0/8', '192.0.2.64/27', '192.0.2.1/32'] }],
  [{ kind: 'masquerade', except: [] }, { except: undefined }],
  [{ kind: 'masquerade', ...udp, ports: [1024, 2047], random: true }],
  [
    { kind: 'masquerade', ...udp, ports: 7, fullyRandom: true, persistent: false },
    { ports: [7, 7], persistent: undefined },
  ],
  [{ kind: 'snat', address: '192.0.2.1', ipProtocol: 1 }],
  [{ kind: 'snat', address: '192.0.2.1', lastAddress: '192.0.2.9', persistent: true, random: true, fullyRandom: true }],
  [{ kind: 'snat', address: '192.0.2.1', lastAddress: '192.0.2.1' }, { lastAddress: undefined }],
  [
    { kind: 'snat', address: '192.0.2.1', ...udp, sourcePorts: [1, 65_535], destinationPorts: 53, ports: [5, 6] },
    { destinationPorts: [53, 53] },
  ],
  [
    { kind: 'snat', address: '2001:db8::1', lastAddress: '2001:db8::ffff', ipProtocol: 132, ports: [9, 9] },
    { family: 6 },
  ],
  [{ kind: 'dnat', address: '172.17.0.2' }, { hook: 'prerouting' }],
  [
    {
      kind: 'dnat',
      address: '172.17.0.2',
      toLocal: true,
      exceptInputLink: 'docker0',
      ipProtocol: 6,
      destinationPorts: 8080,
      ports: 80,
    },
    { destinationPorts: [8080, 8080], ports: [80, 80] },
  ],
  [{ kind: 'dnat', address: '172.17.0.2', lastAddress: '172.17.0.9', inputLink: 'eth0', from: '10.0.0.0/8' }],
  [
    { kind: 'dnat', hook: 'output', address: '172.17.0.2', to: '192.0.2.1/32', outputLink: 'lo', toLocal: false },
    { toLocal: undefined },
  ],
  [{ kind: 'dnat', address: '2001:db8::2', ipProtocol: 33, destinationPorts: [1, 2], ports: [3, 4] }, { family: 6 }],
  [
    { kind: 'redirect', ...udp, destinationPorts: 53, ports: 5353 },
    { destinationPorts: [53, 53], ports: [5353, 5353] },
  ],
  [{ kind: 'redirect', hook: 'output', exceptOutputLink: 'wan', family: 6 }],
  [{ kind: 'redirect', ipProtocol: 136, sourcePorts: [5, 5], ports: [1, 9], random: true }],
]

/** What is told of a rule, without what is not there. */
const given = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))

const commentsOf = async (ns: Namespace, hook = 'postrouting'): Promise<(string | undefined)[]> =>
  (await ns.nat.list({ family: 4 })).filter((rule) => rule.hook === hook).map(({ comment }) => comment)

/** Registers the tests. */
export function nat(suite: Suite): void {
  suite.test('each field of each kind is told as it was given, and nothing else', ['nat'], async ({ ns }) => {
    for (const [spec, told = {}] of rules) {
      const text = JSON.stringify(spec)
      const made = await ns.nat.add(spec)
      const hook = spec.kind === 'masquerade' || spec.kind === 'snat' ? 'postrouting' : 'prerouting'
      const counted = { handle: made.handle, packets: 0, bytes: 0, other: [] }
      expect(made, text).toEqual(given({ family: 4, hook, ...spec, ...told, ...counted }))
      expect(await ns.nat.list(), text).toEqual([made])
      await ns.nat.delete(made)
      expect(await ns.nat.list(), text).toEqual([])
    }
  })

  suite.test('the list: IPv4 first, hook by hook, in the order in which rules act', ['nat'], async ({ ns }) => {
    const add = (comment: string, more: object = {}) => ns.nat.add({ kind: 'masquerade', comment, ...more } as NatSpec)
    await add('six', { family: 6 })
    await add('b')
    await add('d')
    await add('out', { kind: 'redirect', hook: 'output' })
    await add('in', { kind: 'redirect' })
    await add('a', { index: 0 })
    await add('c', { index: 2 })
    await add('e', { index: 4 })
    const all = await ns.nat.list()
    expect(all.map(({ comment }) => comment)).toEqual(['in', 'out', 'a', 'b', 'c', 'd', 'e', 'six'])
    expect(await ns.nat.list({ family: 6 })).toEqual(all.slice(-1))
    const handles = all.slice(0, -1).map(({ handle }) => handle)
    expect(new Set(handles).size).toBe(handles.length)
    const beyond = await failure(add('f', { index: 6 }))
    expect(beyond).toMatchObject({ code: 'ENOENT', operation: 'nat add', attribute: 'spec.index' })
    expect(beyond.hint).toContain('0 to 5')
    expect(await ns.nat.list()).toEqual(all)
  })

  suite.test('a rule is deleted by its handle; the others stay', ['nat'], async (context) => {
    const { ns } = context
    const other = await context.another()
    const made: NatRule[] = []
    for (const comment of ['a', 'b', 'c']) made.push(await ns.nat.add({ kind: 'masquerade', comment }))
    const [, second] = made as [NatRule, NatRule, NatRule]
    expect(await other.nat.list()).toEqual([])
    await fails(other.nat.delete(second), 'ENOENT')
    await ns.nat.delete({ handle: second.handle })
    expect(await commentsOf(ns)).toEqual(['a', 'c'])
    const gone = await fails(ns.nat.delete(second), 'ENOENT')
    expect(gone).toMatchObject({ operation: 'nat delete', subject: `#${second.handle}`, attribute: 'spec.handle' })
    expect(gone.hint).toContain('vnet nat list')
    await fails(ns.nat.delete({ family: 6, handle: (made[0] as NatRule).handle }), 'ENOENT')
    expect((await ns.nat.add({ kind: 'masquerade' })).handle).toBeGreaterThan((made[2] as NatRule).handle)
  })

  suite.test('flush empties one version of IP, or both', ['nat'], async ({ ns }) => {
    const fill = async () => {
      for (const family of [4, 6] as const) {
        await ns.nat.add({ kind: 'masquerade', family })
        await ns.nat.add({ kind: 'redirect', hook: 'output', family })
      }
    }
    await fill()
    await ns.nat.flush({ family: 4 })
    expect((await ns.nat.list()).map(({ family }) => family)).toEqual([6, 6])
    await ns.nat.flush()
    expect(await ns.nat.list()).toEqual([])
    await ns.nat.flush()
    await fill()
    expect(await ns.nat.list()).toHaveLength(4)
  })

  suite.test('many at once, each with a handle of its own', ['nat'], async ({ ns }) => {
    const specs = Array.from({ length: 30 }, (_, at): NatSpec => ({ kind: 'masquerade', from: `10.0.${at}.0/24` }))
    const made = await Promise.all(specs.map((spec) => ns.nat.add(spec)))
    const listed = await ns.nat.list()
    expect(listed.map(({ from }) => from)).toEqual(specs.map(({ from }) => from))
    expect(listed).toEqual(made)
    const results = await ns.execute(made.map(({ handle }) => ({ operation: 'nat delete', spec: { handle } }) as const))
    expect(results.every(({ ok }) => ok)).toBe(true)
    expect(await ns.nat.list()).toEqual([])
  })

  suite.test('a transaction that fails leaves the rules in their order', ['nat'], async ({ ns }) => {
    const comments = ['a', 'b', 'c', 'd']
    for (const comment of comments) await ns.nat.add({ kind: 'masquerade', comment })
    await ns.nat.add({ kind: 'dnat', address: '10.0.0.1', hook: 'output', comment: 'o' })
    const [a, b, , d] = (await ns.nat.list()).filter(({ hook }) => hook === 'postrouting') as [
      NatRule,
      NatRule,
      NatRule,
      NatRule,
    ]
    const undone = ns.transaction(async (transaction) => {
      await transaction.nat.add({ kind: 'masquerade', comment: 'new', index: 0 })
      for (const rule of [a, b, d]) await transaction.nat.delete(rule)
      expect(await commentsOf(ns)).toEqual(['new', 'c'])
      await transaction.nat.flush()
      throw new Error('enough')
    })
    await fails(undone, 'VNET_TRANSACTION')
    expect(await commentsOf(ns)).toEqual(comments)
    expect(await commentsOf(ns, 'output')).toEqual(['o'])
  })
}
