/** Rules of policy routing (`ip rule`). @module */
import type { Namespace, RuleSpec } from '@vnet/core'
import { expect } from 'vitest'
import { fails } from './expectation.js'
import type { Suite } from './suite.js'

/** Registers the tests of rules. */
export function rule(suite: Suite): void {
  const own = async (ns: Namespace, family: 4 | 6 = 4) => {
    const rules = await ns.rule.list({ family })
    return rules.filter((entry) => entry.priority !== 0 && entry.priority < 32_766)
  }

  suite.test('the rules that every namespace has', [], async ({ ns }) => {
    expect(await ns.rule.list({ family: 4 })).toMatchObject([
      { priority: 0, action: 'table', table: 'local', family: 4, protocol: 'kernel' },
      { priority: 32_766, action: 'table', table: 'main' },
      { priority: 32_767, action: 'table', table: 'default' },
    ])
    expect((await ns.rule.list({ family: 6 })).map((entry) => entry.table)).toEqual(['local', 'main'])
    expect(await ns.rule.list()).toHaveLength(5)
  })

  suite.test('every selector, one by one, and deleted by it', [], async ({ ns }) => {
    const selectors: RuleSpec[] = [
      { from: '10.0.0.0/8' },
      { to: '10.1.0.0/16' },
      { inputLink: 'not-there-yet' },
      { outputLink: 'not-there' },
      { mark: 1 },
      { mark: 5, markMask: 7 },
      { tos: 16 },
      { ipProtocol: 6 },
      { ipProtocol: 17, sourcePorts: [1000, 2000] },
      { ipProtocol: 6, destinationPorts: [80, 80] },
      // The one user that a user namespace of a rootless run has.
      { uids: [0, 0] },
      { from: '10.0.0.0/8', not: true },
      { suppressPrefixLength: 16 },
      { suppressGroup: 7 },
    ]
    for (const selector of selectors) {
      await ns.rule.add({ priority: 100, table: 77, ...selector })
      const told = JSON.stringify(selector)
      expect(await own(ns), told).toMatchObject([{ priority: 100, action: 'table', table: 77, ...selector }])
      await ns.rule.delete({ table: 77, ...selector })
      expect(await own(ns), told).toEqual([])
    }
  })

  suite.test('a mask that says all bits is not told', [], async ({ ns }) => {
    await ns.rule.add({ priority: 100, mark: 1, table: 77 })
    const [found] = await own(ns)
    expect(found?.markMask ?? 0xffffffff).toBe(0xffffffff)
  })

  suite.test('every action', [], async ({ ns }) => {
    await ns.rule.add({ priority: 100, action: 'goto', goto: 300 })
    expect((await own(ns))[0]?.flags).toContain('unresolved')
    await ns.rule.add({ priority: 200, action: 'nop' })
    await ns.rule.add({ priority: 300, action: 'blackhole', from: '10.0.0.0/8' })
    await ns.rule.add({ priority: 400, action: 'unreachable' })
    await ns.rule.add({ priority: 500, action: 'prohibit' })
    expect(await own(ns)).toMatchObject([
      { priority: 100, action: 'goto', goto: 300 },
      { priority: 200, action: 'nop' },
      { priority: 300, action: 'blackhole', from: '10.0.0.0/8' },
      { priority: 400, action: 'unreachable' },
      { priority: 500, action: 'prohibit' },
    ])
    expect((await own(ns))[0]?.flags).not.toContain('unresolved')
  })

  suite.test('without a priority it goes before the first', [], async ({ ns }) => {
    await ns.rule.add({ from: '10.0.0.0/8', table: 77 })
    await ns.rule.add({ from: '10.1.0.0/16', table: 77 })
    expect((await own(ns)).map((entry) => [entry.priority, entry.from])).toEqual([
      [32_764, '10.1.0.0/16'],
      [32_765, '10.0.0.0/8'],
    ])
  })

  suite.test('list is in order of priority; equals in order of making', [], async ({ ns }) => {
    await ns.rule.add({ priority: 300, mark: 1 })
    await ns.rule.add({ priority: 100, mark: 2 })
    await ns.rule.add({ priority: 300, mark: 3 })
    expect((await own(ns)).map((entry) => [entry.priority, entry.mark])).toEqual([
      [100, 2],
      [300, 1],
      [300, 3],
    ])
  })

  suite.test('IPv6', [], async ({ ns }) => {
    await ns.rule.add({ priority: 100, from: '2001:db8::/32', table: 77 })
    await ns.rule.add({ priority: 200, family: 6, mark: 1, table: 77 })
    expect(await own(ns, 6)).toMatchObject([
      { family: 6, from: '2001:db8::/32' },
      { family: 6, mark: 1 },
    ])
    expect(await own(ns)).toEqual([])
    await ns.rule.delete({ priority: 200, family: 6 })
    expect(await own(ns, 6)).toHaveLength(1)
  })

  suite.test('who made it', [], async ({ ns }) => {
    await ns.rule.add({ priority: 100, mark: 1 })
    await ns.rule.add({ priority: 101, mark: 1, protocol: 'static' })
    await ns.rule.add({ priority: 102, mark: 1, protocol: 99 })
    expect((await own(ns)).map((entry) => entry.protocol)).toEqual(['unspec', 'static', 'openr'])
  })

  suite.test('add twice is EEXIST, delete of what is not there ENOENT', [], async ({ ns }) => {
    await ns.rule.add({ priority: 100, from: '10.0.0.0/8', table: 77 })
    const error = await fails(ns.rule.add({ priority: 100, from: '10.0.0.0/8', table: 77 }), 'EEXIST')
    expect(error).toMatchObject({ operation: 'rule add' })
    expect(await fails(ns.rule.delete({ priority: 555 }), 'ENOENT')).toMatchObject({ operation: 'rule delete' })
    await fails(ns.rule.delete({ priority: 100, table: 78 }), 'ENOENT')
    expect(await own(ns)).toHaveLength(1)
  })

  suite.test('what makes two rules the same', [], async ({ ns }) => {
    const rule: RuleSpec = { priority: 100, to: '10.8.0.0/16', mark: 1, suppressPrefixLength: 16, table: 100 }
    await ns.rule.add(rule)
    const { to: _, ...toAny } = rule
    const same: RuleSpec[] = [toAny, { ...rule, not: true }]
    for (const spec of same) await fails(ns.rule.add(spec), 'EEXIST')
    const others: RuleSpec[] = [
      { ...rule, to: '10.9.0.0/16' },
      { ...rule, from: '10.0.0.0/8' },
      { ...rule, mark: 2 },
      { ...rule, suppressPrefixLength: 8 },
      { ...rule, protocol: 77 },
    ]
    for (const spec of others) await ns.rule.add(spec)
    expect(await own(ns)).toHaveLength(6)
    await ns.rule.add({ priority: 100, action: 'goto', goto: 300 })
    await fails(ns.rule.add({ priority: 100, action: 'goto', goto: 400 }), 'EEXIST')
  })

  suite.test('links by name; an alternative name that comes later does not count', [], async ({ ns }) => {
    const told = async () => (await own(ns)).map((entry) => entry.flags)
    await ns.rule.add({ priority: 100, inputLink: 'other' })
    expect(await told()).toEqual([['iif_detached']])
    await ns.link.set('lo', { addAltNames: ['other'] })
    expect(await told()).toEqual([['iif_detached']])
    await ns.rule.add({ priority: 200, outputLink: 'other' })
    expect(await told()).toEqual([['iif_detached'], []])
    await ns.link.set('lo', { deleteAltNames: ['other'] })
    expect(await told()).toEqual([['iif_detached'], []])
  })

  suite.test('delete takes the first that matches all that is given', [], async ({ ns }) => {
    await ns.rule.add({ priority: 100, mark: 1, table: 77 })
    await ns.rule.add({ priority: 200, mark: 1, table: 77 })
    await ns.rule.delete({ mark: 1, table: 77 })
    expect((await own(ns)).map((entry) => entry.priority)).toEqual([200])
  })
}
