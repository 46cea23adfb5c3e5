/** Kinds without options of their own, and kinds that vnet has no name for: kept as raw attributes. @module */
import { expect } from 'vitest'
import { fails } from './expectation.js'
import type { Suite } from './suite.js'
import { mac, namesOf } from './surroundings.js'
import { startWatch } from './watcher.js'

/** It sends nothing, so it needs no ARP. */
const dummyFlags = ['BROADCAST', 'NOARP', 'UP', 'LOWER_UP']

/** Registers the tests of other kinds. */
export function otherKind(suite: Suite): void {
  for (const kind of ['ifb', 'dummy'] as const) {
    suite.test(`${kind}: made, read, deleted`, [`link ${kind}`], async ({ ns }) => {
      const made = await ns.link.add({ kind, name: 'x0', mac: mac(3), up: true })
      expect(made).toMatchObject({ name: 'x0', kind, mac: mac(3), up: true })
      expect(await ns.link.list({ kind })).toMatchObject([{ name: 'x0' }])
      await ns.link.delete('x0')
      expect(await namesOf(ns)).toEqual([])
    })
  }

  suite.test('ifb: its MAC stays as it was made', ['link ifb'], async ({ ns }) => {
    await ns.link.add({ kind: 'ifb', name: 'x0', mac: mac(3) })
    await fails(ns.link.set('x0', { mac: mac(4) }), 'EOPNOTSUPP')
    expect(await ns.link.get('x0')).toMatchObject({ mac: mac(3) })
  })

  suite.test(
    'ifb: no port of a bond, but of one whose ports keep their MACs',
    ['link ifb', 'link bond'],
    async ({ ns }) => {
      for (const name of ['x0', 'x1']) await ns.link.add({ kind: 'ifb', name })
      await ns.link.add({ kind: 'bond', name: 'b0' })
      await fails(ns.link.set('x0', { master: 'b0' }), 'EOPNOTSUPP')
      expect((await ns.link.get('x0'))?.master).toBeUndefined()
      await ns.link.add({ kind: 'bond', name: 'b1', bond: { mode: 'active-backup' } })
      for (const name of ['x0', 'x1']) await ns.link.set(name, { master: 'b1' })
      expect((await ns.link.get('b1'))?.bond).toMatchObject({ failOverMac: 'active' })
    },
  )

  suite.test('dummy: changed, and its carrier; watched; a name that is taken', ['link dummy'], async ({ ns }) => {
    await using watcher = await startWatch(ns, { groups: ['link'] })
    await ns.link.add({ kind: 'dummy', name: 'x0', mtu: 9000, txQueueLength: 7, up: true })
    expect(await ns.link.get('x0')).toMatchObject({ mtu: 9000, txQueueLength: 7, flags: dummyFlags })
    await ns.link.set('x0', { mtu: 1400, carrier: false, alias: 'a dummy' })
    expect(await ns.link.get('x0')).toMatchObject({ mtu: 1400, carrier: false, alias: 'a dummy' })
    await fails(ns.link.add({ kind: 'dummy', name: 'x0' }), 'EEXIST')
    await fails(ns.link.set('x0', { bridge: { stp: true } }), 'EOPNOTSUPP')
    await ns.link.delete('x0')
    const events = await watcher.until((event) => event.kind === 'link delete')
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'link set', object: expect.objectContaining({ name: 'x0', mtu: 1400 }) }),
    )
  })

  suite.test('nlmon: made, read, deleted; it has no MAC', ['link nlmon'], async ({ ns }) => {
    await fails(ns.link.add({ kind: 'nlmon', name: 'x0', mac: mac(3) }), 'EINVAL')
    const made = await ns.link.add({ kind: 'nlmon', name: 'x0', up: true })
    expect(made).toMatchObject({ kind: 'nlmon', type: 'netlink', mtu: 3776, minMtu: 16, up: true })
    expect(made.mac).toBeUndefined()
    expect(await ns.link.list({ kind: 'nlmon' })).toHaveLength(1)
    await ns.link.set('x0', { mtu: 65_536 })
    expect(await ns.link.get('x0')).toMatchObject({ mtu: 65_536 })
    await ns.link.delete('x0')
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test(
    'nlmon: a capture on it has the netlink messages of the namespace',
    ['link nlmon', 'link veth', 'capture', 'netlink'],
    async ({ ns }) => {
      await ns.link.add({ kind: 'nlmon', name: 'x0', up: true })
      await using capture = await ns.openCapture({ link: 'x0' })
      expect(capture.format).toBe('cooked')
      await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
      const batch = capture.createBatch()
      const told: string[] = []
      // The name stands in the message that made the link, 16 octets of cooked header and 16 of nlmsghdr behind the start.
      while (!told.some((text) => text.includes('v0\0'))) {
        const frames = await capture.read(batch)
        for (let i = 0; i < frames; i++) told.push(new TextDecoder('latin1').decode(batch.frame(i).subarray(32)))
      }
    },
  )
}
