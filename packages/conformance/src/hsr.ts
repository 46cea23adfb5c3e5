/** HSR and PRP links (`ip link add … type hsr slave1 … slave2 …`). @module */
import type { HsrOptions, Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, present } from './expectation.js'
import type { Suite } from './suite.js'
import { mac, namesOf } from './surroundings.js'

const needs = ['link hsr', 'link veth'] as const
const slaves = { slave1: 'v0', slave2: 'v1' } as const

/** Registers the tests of HSR and PRP links. */
export function hsr(suite: Suite): void {
  suite.test('made, read, listed, deleted: MAC and MTU of its links', needs, async ({ ns }) => {
    await addPairs(ns)
    const made = await ns.link.add({ kind: 'hsr', name: 'h0', hsr: slaves })
    const [v0, v1] = [present(await ns.link.get('v0')), present(await ns.link.get('v1'))]
    const state = { slave1: v0.index, slave2: v1.index, supervision: 0, supervisionAddress: '01:15:4e:00:01:00' }
    expect(made).toMatchObject({ kind: 'hsr', mac: mac(0x10), mtu: 1494, hsr: { ...state, protocol: 'hsr' } })
    expect(made.hsr?.sequenceNumber).toBeTypeOf('number')
    expect(v0).toMatchObject({ promiscuity: 1 })
    expect(await ns.link.list({ kind: 'hsr' })).toHaveLength(1)
    await ns.link.delete('h0')
    expect((await namesOf(ns)).sort()).toEqual(['p0', 'p1', 'v0', 'v1'])
    expect(await ns.link.get('v0')).toMatchObject({ promiscuity: 0 })
  })

  suite.test('supervision, version and protocol', needs, async ({ ns }) => {
    await addPairs(ns)
    const rows: [Partial<HsrOptions>, object][] = [
      [
        { supervision: 255, version: 1 },
        { supervision: 255, supervisionAddress: '01:15:4e:00:01:ff', protocol: 'hsr' },
      ],
      [
        { protocol: 'prp', supervision: 1 },
        { supervision: 1, protocol: 'prp' },
      ],
      [{ protocol: 'hsr', version: 0 }, { protocol: 'hsr' }],
    ]
    for (const [options, told] of rows) {
      const made = await ns.link.add({ kind: 'hsr', name: 'h0', hsr: { ...slaves, ...options } })
      expect(made.hsr).toMatchObject(told)
      await ns.link.delete('h0')
    }
  })

  suite.test('its MTU leaves room for the tag; its MAC is that of the first link', needs, async ({ ns }) => {
    await addPairs(ns)
    await ns.link.add({ kind: 'hsr', name: 'h0', hsr: slaves })
    await fails(ns.link.set('h0', { mtu: 1495 }), 'EINVAL')
    await ns.link.set('h0', { mtu: 1400 })
    await ns.link.set('v0', { mac: mac(0x77) })
    expect(await ns.link.get('h0')).toMatchObject({ mac: mac(0x77), mtu: 1400 })
  })

  suite.test('links that it cannot have, and nothing has changed', needs, async ({ ns }) => {
    await addPairs(ns)
    await ns.link.add({ kind: 'hsr', name: 'h0', hsr: slaves })
    const before = (await namesOf(ns)).sort()
    const tries: [HsrOptions, string][] = [
      [{ slave1: 'lo', slave2: 'p1' }, 'EINVAL'],
      [{ slave1: 'p0', slave2: 'lo' }, 'EINVAL'],
      [{ slave1: 'p0', slave2: 'h0' }, 'EINVAL'],
      [{ slave1: 'p0', slave2: 'v0' }, 'EINVAL'],
      [{ slave1: 'nope', slave2: 'p0' }, 'ENODEV'],
      [{ slave1: 'p0', slave2: 'nope' }, 'ENODEV'],
      [{ slave1: 'p0', slave2: 4711 }, 'EINVAL'],
    ]
    for (const [options, code] of tries) await fails(ns.link.add({ kind: 'hsr', name: 'h1', hsr: options }), code)
    expect((await namesOf(ns)).sort()).toEqual(before)
  })

  suite.test('gone with its last link', needs, async ({ ns }) => {
    await addPairs(ns)
    await ns.link.add({ kind: 'hsr', name: 'h0', hsr: slaves })
    await ns.link.delete('v0')
    const { hsr } = present(await ns.link.get('h0'))
    expect([hsr?.slave1, hsr?.slave2]).toEqual([undefined, present(await ns.link.get('v1')).index])
    await ns.link.delete('v1')
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test(
    'packets through a ring of two, also when one way is cut',
    ['packets any kind', ...needs],
    async ({ ns, another }) => {
      const far = await another()
      for (const i of [0, 1]) {
        await ns.link.add({ kind: 'veth', name: `v${i}`, up: true, peer: { name: `v${i}`, namespace: far, up: true } })
      }
      for (const [place, last] of [[ns, 1] as const, [far, 2] as const]) {
        await place.link.add({ kind: 'hsr', name: 'h0', up: true, hsr: { ...slaves, version: 1 } })
        await place.address.add({ link: 'h0', address: `10.0.0.${last}/24` })
      }
      const reached = () => eventually(() => ns.ping({ address: '10.0.0.2', timeout: 1 }))
      expect(await reached()).toMatchObject({ address: '10.0.0.2' })
      await ns.link.set('v0', { up: false })
      expect(await reached()).toMatchObject({ address: '10.0.0.2' })
    },
  )
}

/** Pairs `v0`–`p0` and `v1`–`p1`, with MACs 02:…:10 and 11 at the first ends. */
async function addPairs(ns: Namespace): Promise<void> {
  for (const i of [0, 1])
    await ns.link.add({ kind: 'veth', name: `v${i}`, mac: mac(0x10 + i), peer: { name: `p${i}` } })
}
