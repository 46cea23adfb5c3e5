/** The kernel's spanning tree among bridges that are joined by veth pairs (IEEE 802.1D). @module */
import type { Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { eventually } from './expectation.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

/** The shortest times that the standard allows, seconds. */
const times = { stp: true, forwardDelay: 2, helloTime: 1, maxAge: 6 }

/** Registers the tests of spanning trees. */
export function bridgeStp(suite: Suite): void {
  const needs = ['link bridge', 'link veth'] as const

  suite.test('a ring elects one root, blocks one port, and heals when a link is cut', needs, async ({ ns }) => {
    for (const number of [1, 2, 3]) {
      const bridge = { ...times, priority: number * 0x1000 }
      await ns.link.add({ kind: 'bridge', name: `b${number}`, mac: mac(number), up: true, bridge })
    }
    await join(ns, 1, 2)
    await join(ns, 2, 3)
    await join(ns, 3, 1)
    // The root has the lowest identity; the link between the two others is the one too many, and of its ends the port of
    // the bridge with the higher identity gives way.
    await settled(ns, 'p32')
    const root = '1000.02:00:00:00:00:01'
    for (const name of ['b1', 'b2', 'b3']) expect((await ns.link.get(name))?.bridge).toMatchObject({ rootId: root })
    expect((await ns.link.get('b1'))?.bridge).toMatchObject({ rootPort: 0, rootPathCost: 0 })
    expect((await ns.link.get('b3'))?.bridge).toMatchObject({ rootPort: (await ns.link.get('p31'))?.port?.number })

    await ns.link.set('p13', { up: false })
    await settled(ns, undefined, ['p13', 'p31'])
    expect((await ns.link.get('b3'))?.bridge).toMatchObject({
      rootId: root,
      rootPort: (await ns.link.get('p32'))?.port?.number,
    })
    await ns.link.set('p13', { up: true })
    await settled(ns, 'p32')
  })

  suite.test('a port with guard is shut by the first BPDU', needs, async ({ ns }) => {
    for (const number of [1, 2]) {
      await ns.link.add({ kind: 'bridge', name: `b${number}`, mac: mac(number), up: true, bridge: times })
    }
    await join(ns, 1, 2, false)
    await ns.link.set('p21', { port: { guard: true } })
    for (const name of ['p12', 'p21']) await ns.link.set(name, { up: true })
    const state = async (name: string) => (await ns.link.get(name))?.port?.state
    await eventually(async () => expect([await state('p12'), await state('p21')]).toEqual(['forwarding', 'disabled']))
    // It stays shut until somebody opens it.
    await ns.link.set('p21', { port: { guard: false }, up: false })
    await ns.link.set('p21', { up: true })
    await eventually(async () => expect(await state('p21')).toBe('forwarding'))
  })
}

/** Joins two bridges by a pair: `p12` is the port of `b1` towards `b2`. */
async function join(ns: Namespace, one: number, other: number, up = true): Promise<void> {
  const peer = { name: `p${other}${one}`, up } as const
  await ns.link.add({ kind: 'veth', name: `p${one}${other}`, up, master: `b${one}`, peer })
  await ns.link.set(peer.name, { master: `b${other}` })
}

/** Waits until every port forwards, but the one that blocks and those that are off. */
async function settled(ns: Namespace, blocking: string | undefined, off: readonly string[] = []): Promise<void> {
  await eventually(async () => {
    const ports = (await ns.link.list()).filter((link) => link.port !== undefined && !off.includes(link.name))
    const others = ports.filter((link) => link.port?.state !== 'forwarding')
    expect(others.map((link) => `${link.name} ${link.port?.state}`)).toEqual(
      blocking === undefined ? [] : [`${blocking} blocking`],
    )
  }, 60)
}
