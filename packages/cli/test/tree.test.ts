/** The tree: what is below what, and which namespace a number means. */
import type { Address } from '@vnet/core'
import { type Reading, resolveNumbers } from '@vnet/explain'
import { describe, expect, it } from 'vitest'
import { treeJson, treeText } from '../src/render/tree.js'
import { paletteFor } from '../src/terminal.js'
import { treeOf } from '../src/tree.js'
import { testLink } from './names.js'
import { testTerminal } from './recorder.js'

const plain = paletteFor(testTerminal(), 'never')
const address = (link: number, text: string): Address => ({
  link,
  family: 4,
  address: text.split('/')[0] as string,
  prefixLength: Number(text.split('/')[1]),
  scope: 'global',
  flags: ['permanent'],
  validLifetime: Number.POSITIVE_INFINITY,
  preferredLifetime: Number.POSITIVE_INFINITY,
  other: [],
})
const veth = (index: number, name: string, parent: number, linkNamespaceId: number, more = {}) =>
  testLink({ index, name, kind: 'veth', up: true, operationalState: 'up', parent, linkNamespaceId, ...more })
const lo = testLink({
  index: 1,
  name: 'lo',
  type: 'loopback',
  up: true,
  operationalState: 'unknown',
  mac: '00:00:00:00:00:00',
})

/** A docker-like host with two containers whose namespaces have no name. */
const lab: readonly Reading[] = [
  {
    name: 'host',
    links: [
      lo,
      testLink({
        index: 2,
        name: 'docker0',
        kind: 'bridge',
        up: true,
        operationalState: 'up',
        mac: '02:42:ac:11:00:01',
      }),
      veth(3, 'veth1', 2, 0, { master: 2 }),
      veth(4, 'veth2', 2, 1, { master: 2 }),
      testLink({ index: 5, name: 'mv0', kind: 'macvlan', parent: 2 }),
    ],
    addresses: [address(1, '127.0.0.1/8'), address(2, '172.17.0.1/16')],
    numbers: new Map(),
  },
  { name: 'one', links: [lo, veth(2, 'eth0', 3, 0)], addresses: [address(2, '172.17.0.2/16')], numbers: new Map() },
  { name: 'two', links: [lo, veth(2, 'eth0', 4, 0)], addresses: [address(2, '172.17.0.3/16')], numbers: new Map() },
]

describe('tree', () => {
  it('puts aliases below their link, before its ports', () => {
    const readings = structuredClone(lab.slice(0, 1)) as Reading[]
    const [reading] = readings
    const more = [
      { ...address(2, '172.18.0.1/16'), label: 'docker0:web' },
      { ...address(1, '10.0.0.1/8'), label: 'lo:1' },
    ]
    const tree = treeOf(
      resolveNumbers([{ ...(reading as Reading), addresses: [...(reading as Reading).addresses, ...more] }]),
    )
    expect(treeText(tree, plain)).toBe(
      [
        'host',
        '├─ lo  loopback  unknown  127.0.0.1/8',
        '│  └─ lo:1  alias  up  10.0.0.1/8',
        '└─ docker0  bridge  up  02:42:ac:11:00:01  172.17.0.1/16',
        '   ├─ docker0:web  alias  up  172.18.0.1/16',
        '   ├─ veth1  veth  up  ↔ if2',
        '   ├─ veth2  veth  up  ↔ if2',
        '   └─ mv0  macvlan  down',
        '',
      ].join('\n'),
    )
    expect(treeJson(tree)[0]?.links).toMatchObject([
      { name: 'lo', aliases: [{ name: 'lo:1', address: '10.0.0.1/8' }] },
      {
        name: 'docker0',
        addresses: ['172.17.0.1/16', '172.18.0.1/16'],
        aliases: [{ name: 'docker0:web', address: '172.18.0.1/16' }],
      },
    ])
  })

  it('puts ports below their master and finds the other ends by the pairs themselves', () => {
    expect(treeText(treeOf(resolveNumbers(lab)), plain)).toBe(
      [
        'host',
        '├─ lo  loopback  unknown  127.0.0.1/8',
        '└─ docker0  bridge  up  02:42:ac:11:00:01  172.17.0.1/16',
        '   ├─ veth1  veth  up  ↔ eth0 in one',
        '   ├─ veth2  veth  up  ↔ eth0 in two',
        '   └─ mv0  macvlan  down',
        'one',
        '├─ lo  loopback  unknown',
        '└─ eth0  veth  up  ↔ veth1 in host  172.17.0.2/16',
        'two',
        '├─ lo  loopback  unknown',
        '└─ eth0  veth  up  ↔ veth2 in host  172.17.0.3/16',
        '',
      ].join('\n'),
    )
  })

  it('is the same as data', () => {
    const [host, one] = treeJson(treeOf(resolveNumbers(lab))) as unknown as {
      namespace: string
      links: Record<string, unknown>[]
    }[]
    expect(host?.namespace).toBe('host')
    expect(host?.links.map(({ name }) => name)).toEqual(['lo', 'docker0'])
    expect(host?.links[1]).toMatchObject({
      kind: 'bridge',
      addresses: ['172.17.0.1/16'],
      ports: [
        { name: 'veth1', peer: { namespace: 'one', name: 'eth0' } },
        { name: 'veth2', peer: { namespace: 'two', name: 'eth0' } },
      ],
      children: [{ name: 'mv0', up: false }],
    })
    expect(one?.links[1]).toMatchObject({ name: 'eth0', peer: { namespace: 'host', name: 'veth1' } })
  })

  it('takes the number that the namespace itself gave, where it tells', () => {
    const numbers = new Map([[0, 2]])
    const [host] = treeOf(resolveNumbers([{ ...(lab[0] as Reading), numbers }, ...lab.slice(1)]))
    expect(host?.links[1]?.ports[0]?.far).toEqual({ namespace: 'two', name: 'eth0' })
  })

  it('does not guess: two namespaces that could both have the other end, or none', () => {
    const twins: readonly Reading[] = [
      { name: 'host', links: [veth(3, 'v', 2, 0)], addresses: [], numbers: new Map() },
      { name: 'a', links: [veth(2, 'eth0', 3, 0)], addresses: [], numbers: new Map() },
      { name: 'b', links: [veth(2, 'eth0', 3, 0)], addresses: [], numbers: new Map() },
    ]
    expect(treeOf(twins)[0]?.links[0]?.far).toEqual({ name: 'if2' })
    expect(treeText(treeOf(twins.slice(0, 1)), plain)).toBe('host\n└─ v  veth  up  ↔ if2\n')
  })

  it('shows pairs within a namespace and survives a circle', () => {
    const links = [
      testLink({ index: 1, name: 'a', kind: 'veth', parent: 2 }),
      testLink({ index: 2, name: 'b', kind: 'veth', parent: 1 }),
      testLink({ index: 3, name: 'c', kind: 'macvlan', parent: 4 }),
      testLink({ index: 4, name: 'd', kind: 'macvlan', parent: 3 }),
      testLink({ index: 5, name: 'e', kind: 'vlan', parent: 5, linkNamespaceId: 7 }),
    ]
    const text = treeText(treeOf([{ name: 'host', links, addresses: [], numbers: new Map() }]), plain)
    expect(text).toBe(
      [
        'host',
        '├─ a  veth  down  ↔ b',
        '├─ b  veth  down  ↔ a',
        '├─ e  vlan  down  on if5',
        '└─ c  macvlan  down',
        '   └─ d  macvlan  down',
        '',
      ].join('\n'),
    )
  })
})
