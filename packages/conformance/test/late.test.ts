import type { Link, Namespace } from '@vnet/core'
import { expect, it } from 'vitest'
import { areLate, isOfTimer } from '../src/random/late.js'

const links = [
  { index: 2, name: 'l0', kind: 'bridge', flags: ['NO-CARRIER'] },
  { index: 3, name: 'l1', kind: 'vxlan', flags: [], vxlan: { link: 2 } },
  { index: 4, name: 'l2', kind: 'veth', flags: [], parent: 3 },
] as unknown as Link[]
const there = { link: { list: async () => links } } as unknown as Namespace
const mock = { a: there, b: there }

const neighbour = (link: string, state: string) =>
  `a.neighbour[4 ${link} 10.9.9.9 02:00:00:00:00:a3]: {"address":"10.9.9.9","link":"${link}","state":"${state}"} | (missing)`
const cost = (link: string) => `b.link[${link}].port.cost: 100 | 2`

it('a neighbour on a link that lost its carrier, and the cost of a port on a bridge, may be late', async () => {
  expect(await areLate([neighbour('l0', 'reachable'), neighbour('l0', 'noarp'), cost('l1')], mock)).toBe(true)
})

it.for([
  neighbour('l1', 'reachable'),
  neighbour('l0', 'permanent'),
  neighbour('l7', 'reachable'),
  cost('l2'),
  'a.neighbour[4 l0 10.9.9.9]: (missing) | {"state":"reachable"}',
  'a.link[l0].mtu: 1500 | 1400',
])('what differs else is not late: %s', async (line) => {
  expect(await areLate([line], mock)).toBe(false)
  expect(await areLate([cost('l1'), line], mock)).toBe(false)
})

it.for([
  ['a event mdbRouter l1: set | (missing)', true],
  ['b event (missing) | mdbRouter l1: set delete', true],
  ['a event mdb l1 239.1.1.1: set | (missing)', false],
  ['a order after link l0: set: mdbRouter l1: set | (nothing)', false],
] as const)('what a timer tells may come yet, and nothing else: %s', ([line, expected]) => {
  expect(isOfTimer(line)).toBe(expected)
})
