/** What is planned, and what is refused before anything is made. @module */
import { formatPrefix, isArgumentError } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { createLab, type LabOptions } from '../src/index.js'
import { cablesBetween } from '../src/partition.js'
import { planOf } from '../src/plan.js'
import { Recent } from '../src/recent.js'

/** The addresses of each end, and the routes of each node. */
function planned(spec: LabOptions) {
  const { nodes, cables } = planOf(spec)
  const ends = cables.flatMap(({ ends }) => ends)
  return {
    addresses: ends.map(({ node, link, addresses }) => [node, link, ...addresses.map(formatPrefix)].join(' ')),
    routes: nodes.flatMap(({ name, routes }) => routes.map(({ destination, via }) => `${name} ${destination} ${via}`)),
  }
}

describe('addresses', () => {
  it('are handed out by network, around those that are given', () => {
    const { addresses } = planned({
      hosts: ['a', 'b', 'c', 'd'],
      switches: ['s', 't'],
      links: [
        ['a', 's'],
        ['s', 't'],
        ['t', 'b', { addresses: { b: '10.0.1.1/30' } }],
        ['c', 'd'],
        ['a', 'c', { addresses: { a: [] } }],
      ],
    })
    expect(addresses).toEqual([
      'a eth0 10.0.1.2/30 fd00::1/64',
      's eth0',
      's eth1',
      't eth0',
      't eth1',
      'b eth0 10.0.1.1/30',
      'c eth0 10.0.0.1/24 fd00:0:0:1::1/64',
      'd eth0 10.0.0.2/24 fd00:0:0:1::2/64',
      'a eth1',
      'c eth1 10.0.2.1/24 fd00:0:0:2::1/64',
    ])
  })

  it('are of the versions of IP that are wished', () => {
    expect(planned({ hosts: ['a', 'b'], links: [['a', 'b']], families: [6] }).addresses).toEqual([
      'a eth0 fd00::1/64',
      'b eth0 fd00::2/64',
    ])
  })
})

describe('routes', () => {
  const chain: LabOptions = {
    hosts: ['a', 'b'],
    routers: ['r', 'q'],
    links: [
      ['a', 'r'],
      ['r', 'q'],
      ['q', 'b'],
    ],
    families: [4],
  }

  it('lead hosts by their router and routers to each network', () => {
    expect(planned(chain).routes).toEqual([
      'a default 10.0.0.2',
      'b default 10.0.2.1',
      'r 10.0.2.0/24 10.0.1.2',
      'q 10.0.0.0/24 10.0.1.1',
    ])
  })

  it('take the way with the fewest routers', () => {
    const { routes } = planned({ ...chain, links: [...chain.links, ['a', 'q']] })
    expect(routes.filter((route) => route.startsWith('a '))).toEqual(['a default 10.0.0.2', 'a 10.0.2.0/24 10.0.3.2'])
  })

  it('lead through NAT boxes from inside alone', () => {
    const homes: LabOptions = {
      hosts: ['a', 'b', 'p'],
      routers: ['r'],
      nats: { one: 'symmetric', two: { outside: 'isp' } },
      switches: ['isp'],
      links: [
        ['a', 'one', { addresses: { a: '192.168.0.2/24' } }],
        ['two', 'isp'],
        ['b', 'r', { addresses: { b: '192.168.0.2/24' } }],
        ['r', 'two'],
        ['one', 'isp'],
        ['p', 'isp'],
      ],
    }
    expect(planned(homes)).toEqual({
      addresses: [
        'a eth0 192.168.0.2/24',
        'one eth0 192.168.0.1/24',
        'two eth0 10.0.0.1/24',
        'isp eth0',
        'b eth0 192.168.0.2/24',
        'r eth0 192.168.0.1/24',
        'r eth1 10.0.1.1/24',
        'two eth1 10.0.1.2/24',
        'one eth1 10.0.0.2/24',
        'isp eth1',
        'p eth0 10.0.0.3/24',
        'isp eth2',
      ],
      routes: [
        'a default 192.168.0.1',
        'b default 192.168.0.1',
        'r 10.0.0.0/24 10.0.1.2',
        'two 192.168.0.0/24 10.0.1.1',
      ],
    })
    expect(planOf(homes).nodes.flatMap(({ nat }) => (nat === undefined ? [] : [nat.address]))).toEqual([
      '10.0.0.2',
      '10.0.0.1',
    ])
    const both = planned({ ...homes, families: [4, 6] }).addresses.filter((line) => /^(one|two) /.test(line))
    expect(both.filter((line) => line.includes(':'))).toEqual([])
  })

  it('are none where that is wished', () => {
    expect(planned({ ...chain, routes: false }).routes).toEqual([])
  })
})

describe('what is refused', () => {
  const wrong: [what: string, options: object, attribute: string][] = [
    ['an unknown property', { links: [], host: ['a'] }, 'host'],
    ['no cables', { hosts: ['a'] }, 'links'],
    ['a cable to nowhere', { hosts: ['a'], links: [['a', 'b']] }, 'links[0][1]'],
    ['a cable with one end', { hosts: ['a'], links: [['a']] }, 'links[0]'],
    ['a cable to itself', { hosts: ['a'], links: [['a', 'a']] }, 'links[0]'],
    ['a name twice', { hosts: ['a'], routers: ['a'], links: [] }, 'routers[0]'],
    ['a name with a slash', { hosts: ['a/b'], links: [] }, 'hosts[0]'],
    ['an unknown option', { hosts: ['a', 'b'], links: [['a', 'b', { loss: 1 }]] }, 'links[0][2].loss'],
    [
      'an address of another',
      { hosts: ['a', 'b', 'c'], links: [['a', 'b', { addresses: { c: [] } }]] },
      'links[0][2].addresses.c',
    ],
    [
      'an address of a switch',
      { hosts: ['a'], switches: ['s'], links: [['a', 's', { addresses: { s: [] } }]] },
      'links[0][2].addresses.s',
    ],
    [
      'no address',
      { hosts: ['a', 'b'], links: [['a', 'b', { addresses: { a: '10.0.0.1' } }]] },
      'links[0][2].addresses.a[0]',
    ],
    [
      'a network that is full',
      { hosts: ['a', 'b'], links: [['a', 'b', { addresses: { a: '10.0.0.1/32' } }]] },
      'links',
    ],
    ['a version of IP that there is not', { hosts: ['a'], links: [], families: [4, 5] }, 'families[1]'],
    ['a clock that there is not', { hosts: ['a'], links: [], clock: 'slow' }, 'clock'],
    ['names on the mock', { driver: 'mock', hosts: ['a'], links: [], named: true }, 'named'],
    ['a seed on a kernel', { driver: 'napi', hosts: ['a'], links: [], seed: 1 }, 'seed'],
    ['a clock on a kernel', { driver: 'ffi', hosts: ['a'], links: [], clock: 'real' }, 'clock'],
  ]
  const nat = (nats: object, addresses: object = {}): object => ({
    hosts: ['a', 'p'],
    nats: { home: nats },
    links: [
      ['a', 'home'],
      ['home', 'p', { addresses }],
    ],
  })
  wrong.push(
    ['a type of NAT that there is not', { ...nat({}), nats: { home: 'cone' } }, 'nats.home'],
    ['an unknown option of a NAT box', nat({ kind: 'symmetric' }), 'nats.home.kind'],
    ['a behaviour that there is not', nat({ filtering: 'none' }), 'nats.home.filtering'],
    ['ports the wrong way round', nat({ ports: [9, 8] }), 'nats.home.ports'],
    ['a port beyond the last', nat({ ports: [1, 65_536] }), 'nats.home.ports'],
    ['a lifetime of nothing', nat({ lifetimes: { udp: 0 } }), 'nats.home.lifetimes.udp'],
    ['a lifetime of what has none', nat({ lifetimes: { gre: 1 } }), 'nats.home.lifetimes.gre'],
    ['a seed that is no number', nat({ seed: 'x' }), 'nats.home.seed'],
    ['an outside that is not there', nat({ outside: 'q' }), 'nats.home.outside'],
    ['a NAT box with one side', { hosts: ['a'], nats: { home: {} }, links: [['a', 'home']] }, 'nats.home'],
    ['a NAT box without an address outside', nat({}, { home: [] }), 'nats.home'],
    ['a NAT box of IPv6', nat({}, { home: ['10.9.0.1/24', 'fd00::1/64'] }), 'nats.home'],
    ['a NAT box in a network of IPv6', { ...nat({}), families: [6] }, 'nats.home'],
  )
  it.each(wrong)('%s', async (_, options, attribute) => {
    const error = await createLab({ driver: 'mock', ...options } as LabOptions).catch((thrown: unknown) => thrown)
    expect(isArgumentError(error) && [error.operation, error.attribute]).toEqual(['lab create', attribute])
    expect((error as { hint?: string }).hint).toMatch(/./)
  })
})

it('the backend is that of the environment', async () => {
  const before = process.env.VNET_DRIVER
  process.env.VNET_DRIVER = 'napi'
  try {
    await expect(createLab({ hosts: ['a'], links: [], seed: 1 })).rejects.toThrow('the backend napi does not take it')
  } finally {
    if (before === undefined) delete process.env.VNET_DRIVER
    else process.env.VNET_DRIVER = before
  }
})

describe('a partition', () => {
  const { cables } = planOf({
    hosts: ['a', 'b', 'c', 'd'],
    switches: ['s', 't'],
    links: [
      ['a', 's'],
      ['b', 's'],
      ['s', 't'],
      ['c', 't'],
      ['d', 't'],
    ],
  })
  const cut = (...groups: string[][]) =>
    cablesBetween(cables, groups).map(({ ends }) => ends.map(({ node }) => node).join())

  it('cuts between the groups', () => {
    expect(cut(['a', 'b'], ['c', 'd'])).toEqual(['s,t'])
    expect(cut(['a'], ['b', 'c', 'd'])).toEqual(['a,s'])
    expect(cut(['b'], ['a', 'c'], ['d'])).toEqual(['b,s', 'd,t'])
    expect(cut(['a', 'b', 'c'], ['d'])).toEqual(['d,t'])
    expect(cut(['a'], ['c'], ['d'])).toEqual(['s,t', 'd,t'])
    expect(cut([])).toEqual([])
  })

  it('tears no group apart', () => {
    expect(() => cut(['a', 'c'], ['b', 'd'])).toThrow(
      'lab partition: groups[1]: b and d meet only at nodes of another group',
    )
    expect(() => cut(['a'], ['a'])).toThrow('groups[1]: a is in two groups')
  })
})

it('the last things are kept, as many as there is room for', () => {
  const recent = new Recent<number>(4, 10, (size) => size)
  for (let i = 1; i <= 50; i++) recent.add(i % 4)
  expect(recent.list()).toEqual([3, 0, 1, 2])
  expect(recent.forgotten).toBe(46)
  recent.add(9)
  expect(recent.list()).toEqual([9])
})
