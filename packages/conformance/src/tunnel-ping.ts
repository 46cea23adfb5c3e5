/** Every kind of tunnel carries an echo request between two namespaces. @module */
import type { Capability, ChangeableProperty } from '@vnet/core'
import { expect } from 'vitest'
import type { PlacedNamespace } from './context.js'
import { eventually } from './expectation.js'
import type { Suite } from './suite.js'

/** One kind of tunnel: what it runs over, what it carries, and its options beside the ends. */
type Row = readonly [kind: ChangeableProperty, over: 4 | 6, carries: 4 | 6, options?: object]

const session = { ikey: 7, okey: 7 }
const rows: readonly Row[] = [
  ['gre', 4, 4],
  ['gre', 4, 6, { ...session, icsum: true, ocsum: true, iseq: true, oseq: true }],
  ['gretap', 4, 4],
  ['erspan', 4, 4, session],
  ['ip6gre', 6, 4],
  ['ip6gretap', 6, 6],
  ['ip6erspan', 6, 4, session],
  ['ipip', 4, 4],
  ['sit', 4, 6],
  ['ip6tnl', 6, 6],
  ['ip6tnl', 6, 4],
  ['geneve', 4, 4, { id: 42 }],
  ['geneve', 6, 4, { id: 42 }],
]

const outer = { 4: ['192.0.2.1', '192.0.2.2'], 6: ['2001:db8::1', '2001:db8::2'] } as const
const inner = { 4: ['10.1.0.1', '10.1.0.2'], 6: ['fd00:1::1', 'fd00:1::2'] } as const
const length = { 4: 24, 6: 64 } as const

/** Registers a ping through each kind of tunnel. */
export function tunnelPing(suite: Suite): void {
  for (const [kind, over, carries, options = {}] of rows) {
    const needs: readonly Capability[] = [`packets ${kind}` as Capability, 'link veth', `link ${kind}` as Capability]
    const title = `${kind} over IPv${over} carries IPv${carries}${Object.keys(options).length > 0 ? ', with options' : ''}`
    suite.test(title, needs, async ({ ns, another }) => {
      const there = await another()
      await ns.link.add({ kind: 'veth', name: 'v0', up: true, peer: { name: 'v1', namespace: there, up: true } })
      await end(ns, 'v0', 0)
      await end(there, 'v1', 1)
      const reply = await eventually(() => ns.ping({ address: inner[carries][1], timeout: 2 }))
      expect(reply.address).toBe(inner[carries][1])
      const statistics = (await there.link.get('t0', { statistics: true }))?.statistics
      expect(statistics?.rxPackets).toBeGreaterThan(0)
      expect(statistics?.txPackets).toBeGreaterThan(0)
    })

    async function end(ns: PlacedNamespace, under: string, side: 0 | 1): Promise<void> {
      const [local, remote] = [outer[over][side], outer[over][1 - side]]
      await ns.address.add({ link: under, address: `${local}/${length[over]}`, ...noDad(over) })
      const ends = kind === 'geneve' ? { remote } : { local, remote }
      await ns.link.add({ kind, name: 't0', up: true, [kind]: { ...ends, ...options } } as never)
      const address = `${inner[carries][side]}/${length[carries]}`
      await ns.address.add({ link: 't0', address, ...noDad(carries) })
    }
  }
}

const noDad = (version: 4 | 6) => (version === 6 ? { noDad: true } : {})
