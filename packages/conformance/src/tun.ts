/** Persistent TUN and TAP links (`ip tuntap add`). @module */
import type { Namespace, TunOptions } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails } from './expectation.js'
import type { Suite } from './suite.js'
import { addBridge, mac, namesOf } from './surroundings.js'

/** Registers the tests of TUN and TAP links. */
export function tun(suite: Suite): void {
  for (const kind of ['tun', 'tap'] as const) {
    suite.group(kind, (inner) => {
      const needs = [`link ${kind}`] as const

      inner.test('made, read, deleted', needs, async ({ ns }) => {
        const made = await ns.link.add({ kind, name: 't0', mtu: 1400 })
        expect(made).toMatchObject({ name: 't0', kind, mtu: 1400, tun: { persistent: true, multiQueue: false } })
        expect(made.type).toBe(kind === 'tun' ? 'none' : 'ether')
        expect(kind === 'tun' ? made.mac : made.mac?.length).toBe(kind === 'tun' ? undefined : 17)
        expect(await ns.link.list({ kind })).toMatchObject([{ name: 't0', kind }])
        await ns.link.delete('t0')
        expect(await namesOf(ns)).toEqual([])
      })

      const values: { readonly [O in keyof TunOptions]-?: readonly Required<TunOptions>[O][] } = {
        owner: [0],
        ownerGroup: [0],
        packetInformation: [true, false],
        vnetHeader: [true, false],
        multiQueue: [true, false],
      }
      for (const option of Object.keys(values) as (keyof TunOptions)[]) {
        inner.test(`option ${option}`, needs, async ({ ns }) => {
          for (const value of values[option]) {
            const made = await ns.link.add({ kind, name: 't0', tun: { [option]: value } })
            expect(made.tun?.[option], `${option}: ${value}`).toBe(value)
            await ns.link.delete('t0')
          }
        })
      }

      inner.test('a name that is taken fails and changes nothing', [...needs, 'link bridge'], async ({ ns }) => {
        await ns.link.add({ kind, name: 't0' })
        await addBridge(ns)
        await fails(ns.link.add({ kind, name: 't0' }), 'EEXIST')
        await fails(ns.link.add({ kind, name: 'br0' }), 'EEXIST')
        expect((await namesOf(ns)).sort()).toEqual(['br0', 't0'])
        expect((await ns.link.get('br0'))?.kind).toBe('bridge')
      })

      inner.test('settings of any link, given when it is made', needs, async ({ ns }) => {
        const spec = { name: 't0', alias: 'tunnel', group: 6, txQueueLength: 42, up: true }
        expect(await ns.link.add({ kind, ...spec })).toMatchObject(spec)
      })

      inner.test('nobody is attached: no carrier', needs, async ({ ns }) => {
        await ns.link.add({ kind, name: 't0', up: true })
        expect(await ns.link.get('t0')).toMatchObject({ up: true, carrier: false })
        // Running or not follows the carrier through a work queue.
        await eventually(async () => expect((await ns.link.get('t0'))?.flags).toContain('NO-CARRIER'))
      })

      inner.test('what making it answers is what it is afterwards', needs, async ({ ns }) => {
        for (const [index, spec] of [{}, { up: true }, { tun: { multiQueue: true } }].entries()) {
          const made = await ns.link.add({ kind, name: `t${index}`, ...spec })
          expect(made).toMatchObject({ carrier: false })
          if (made.tun?.multiQueue) expect(made.tun).toMatchObject({ queues: 0, disabledQueues: 0 })
          expect(await ns.link.get(made.index)).toEqual(made)
        }
      })
    })
  }

  suite.test(
    'a TAP is a port of a bridge, a TUN cannot be',
    ['link tap', 'link tun', 'link bridge'],
    async ({ ns }) => {
      const bridge = await addBridge(ns)
      const tap = await ns.link.add({ kind: 'tap', name: 'tap0', mac: mac(3), master: 'br0' })
      expect(tap).toMatchObject({ master: bridge.index, mac: mac(3) })
      await ns.link.add({ kind: 'tun', name: 'tun0' })
      await fails(ns.link.set('tun0', { master: 'br0' }), 'EINVAL')
    },
  )

  suite.test('lists tell TUN and TAP apart', ['link tap', 'link tun'], async ({ ns }) => {
    await ns.link.add({ kind: 'tap', name: 'tap0' })
    await ns.link.add({ kind: 'tun', name: 'tun0' })
    expect((await ns.link.list({ kind: 'tap' })).map((link) => link.name)).toEqual(['tap0'])
    expect((await ns.link.list({ kind: 'tun' })).map((link) => link.name)).toEqual(['tun0'])
  })

  suite.test(
    'IPv6 of a TUN begins anew in another namespace, and with an MTU that it needs',
    ['link tun'],
    async ({ ns, another }) => {
      const there = await another()
      const modeOf = async (place: Namespace) => (await place.link.get('t0'))?.addrGenMode
      // Without a MAC it has random addresses, once it was up; a kernel that is busy takes up to a second to see that nobody has it open.
      const add = async () => {
        await ns.link.add({ kind: 'tun', name: 't0', up: true })
        await eventually(async () => expect((await ns.link.get('t0'))?.operationalState).toBe('down'))
      }
      await add()
      expect(await modeOf(ns)).toBe(3)
      await ns.link.set('t0', { mtu: 1279 })
      expect(await modeOf(ns)).toBeUndefined()
      await ns.link.set('t0', { mtu: 1280 })
      expect(await modeOf(ns)).toBe(0)
      await ns.link.delete('t0')
      await add()
      await ns.link.set('t0', { namespace: there })
      expect(await modeOf(there)).toBe(0)
    },
  )

  suite.test('a TAP is made in another namespace', ['link tap'], async ({ ns, another }) => {
    const there = await another()
    await ns.link.add({ kind: 'tap', name: 'tap0', namespace: there })
    expect([await namesOf(ns), await namesOf(there)]).toEqual([[], ['tap0']])
  })
}
