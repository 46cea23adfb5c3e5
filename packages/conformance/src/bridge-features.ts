/** What a bridge can do by itself depends on its ports, and is told when it changes (`netdev_update_features`). @module */
import type { DriverEvent } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { present } from './expectation.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

const needs = ['link bridge', 'link veth', 'link tap', 'link macvlan', 'nic features'] as const

/** Registers the test. */
export function bridgeFeatures(suite: Suite): void {
  suite.test('a bridge tells of itself where a port changes what it can do, and only there', needs, async (context) => {
    const { ns } = context
    await ns.link.add({ kind: 'bridge', name: 'br0', mac: mac(0xb0) })
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    await ns.link.add({ kind: 'veth', name: 'v2', peer: { name: 'v3' } })
    await ns.link.add({ kind: 'tap', name: 't0' })
    await ns.link.add({ kind: 'macvlan', name: 'm0', parent: 'v3' })
    const events = await toldOf(context, 'br0')
    const steps = [
      ['v0', 'br0'],
      ['v2', 'br0'],
      ['t0', 'br0'],
      ['m0', 'br0'],
      ['t0', null],
      ['m0', null],
      ['v2', null],
      ['v0', null],
      ['t0', 'br0'],
      ['v0', 'br0'],
      ['t0', null],
      ['v0', null],
    ] as const
    for (const [port, master] of steps) {
      const before = await activeOf(context)
      await ns.link.set(port, { master })
      const changed = (await activeOf(context)) !== before
      expect([port, master, await events()]).toEqual([port, master, changed ? 1 : 0])
    }
  })
}

/** The features in use, in one text. */
async function activeOf({ ns }: Context): Promise<string> {
  const features = present((await ns.nic.get('br0'))?.features)
  return features
    .filter(({ active }) => active)
    .map(({ name }) => name)
    .join(' ')
}

/** How often a link was told of since the last time. */
async function toldOf({ driver, ns, defer }: Context, name: string): Promise<() => Promise<number>> {
  const connection = await driver.connect(ns.ref)
  defer(() => connection.close())
  const { index } = present(await ns.link.get(name))
  const watch = await connection.watch(['link', 'rule'])
  const isMark = (event: DriverEvent, kind: string) =>
    event.kind === kind && 'object' in event && 'priority' in event.object && event.object.priority === 31_000
  return async () => {
    let count = 0
    await ns.rule.add({ priority: 31_000, table: 'main' })
    await ns.rule.delete({ priority: 31_000 })
    for (;;) {
      const { value } = await watch.next()
      const event = value as DriverEvent
      if (isMark(event, 'rule delete')) return count
      if (event.kind === 'link set' && event.object.index === index) count++
    }
  }
}
