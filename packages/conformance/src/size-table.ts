/** Size tables of disciplines (`tc qdisc add … stab`). @module */
import type { Capability, SizeTable } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails } from './expectation.js'
import { addEnds } from './shaping.js'
import type { Suite } from './suite.js'
import { addPair } from './surroundings.js'

const link = 'v0'
const needs: readonly Capability[] = ['link veth', 'qdisc tbf']
const tbf = { link, handle: '1:', kind: 'tbf', rate: 10_000_000, burst: 10_000, limit: 50_000 } as const

/** What is given, and what is told. */
const tables: readonly (readonly [given: SizeTable, told: SizeTable])[] = [
  [{ overhead: 24 }, { overhead: 24, linkLayer: 'ethernet', leastPacket: 0 }],
  [{ overhead: -4 }, { overhead: -4, linkLayer: 'ethernet', leastPacket: 0 }],
  [{ linkLayer: 'ethernet' }, { overhead: 0, linkLayer: 'ethernet', leastPacket: 0 }],
  [{ leastPacket: 64 }, { overhead: 0, linkLayer: 'ethernet', leastPacket: 64, mtu: 2047, size: 512 }],
  [
    { overhead: 24, linkLayer: 'atm', leastPacket: 96, mtu: 9000, size: 256 },
    { overhead: 24, linkLayer: 'atm', leastPacket: 96, mtu: 9000, size: 256 },
  ],
  // So large that entries hold the sizes in twos.
  [
    { linkLayer: 'atm', mtu: 100_000, size: 1 },
    { overhead: 0, linkLayer: 'atm', leastPacket: 0, mtu: 100_000, size: 1 },
  ],
]

/** Registers the tests. */
export function sizeTable(suite: Suite): void {
  suite.test('given, told, and taken away by a change that does not say it', needs, async ({ ns }) => {
    await addPair(ns)
    const told = async () => (await ns.qdisc.list({ link, kind: 'tbf' }))[0]
    for (const [given, expected] of tables) {
      await ns.qdisc.add({ ...tbf, sizeTable: given })
      expect((await told())?.sizeTable).toEqual(expected)
      await ns.qdisc.change(tbf)
      expect(await told()).not.toHaveProperty('sizeTable')
      await ns.qdisc.change({ ...tbf, sizeTable: given })
      expect((await told())?.sizeTable).toEqual(expected)
      await ns.qdisc.delete({ link })
    }
  })

  suite.test('taken back by a transaction', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ ...tbf, sizeTable: { overhead: 24, linkLayer: 'atm' } })
    const table = async () => (await ns.qdisc.list({ link, kind: 'tbf' }))[0]?.sizeTable
    const before = await table()
    const failing = ns.transaction(async (change) => {
      await change.qdisc.change({ ...tbf, sizeTable: { overhead: 1 } })
      await change.qdisc.delete({ link })
      throw new Error('enough')
    })
    await fails(failing, 'VNET_TRANSACTION')
    expect(await table()).toEqual(before)
  })

  suite.test('what packets count as', ['traffic control', 'link veth'], async ({ ns, host, defer }) => {
    await addEnds(ns, host, defer)
    await eventually(() => ns.ping({ address: '10.7.0.2' }))
    const counted = async (sizeTable: SizeTable) => {
      await ns.qdisc.set({ link, handle: '1:', kind: 'bfifo', limit: 1_000_000, sizeTable })
      await ns.ping({ address: '10.7.0.2', timeout: 10 })
      const [found] = await ns.qdisc.list({ link, kind: 'bfifo' })
      await ns.qdisc.delete({ link })
      const { bytes = 0, packets = 0 } = found?.statistics ?? {}
      expect(packets).toBeGreaterThan(0)
      return { bytes, packets }
    }
    const heavy = await counted({ overhead: 10_000 })
    expect(heavy.bytes / heavy.packets).toBeGreaterThan(10_000)
    const padded = await counted({ leastPacket: 2000 })
    expect(padded.bytes).toBe(padded.packets * 2000)
    const cells = await counted({ linkLayer: 'atm' })
    // The ping alone is 98 octets, which are three cells of 53.
    expect(cells.bytes).toBeGreaterThanOrEqual(159)
    expect(cells.bytes % 53).toBe(0)
  })
}
