/** Bad input: refused with a typed error before anything has changed, with the same code on every backend. @module */
import { type Capability, isArgumentError, type LooseRequest } from '@vnet/core'
import { expect } from 'vitest'
import { badArguments } from './bad-argument.js'
import { failure } from './expectation.js'
import { stateAtRest } from './rest.js'
import { spyOn } from './spy.js'
import type { Suite } from './suite.js'
import { addSmallNetwork, mac } from './surroundings.js'

type Row = readonly [title: string, request: LooseRequest, code: string, subject: string, needs?: readonly Capability[]]

/** A tunnel that must not be made. */
const tunnelRow = (title: string, kind: string, options: object, code: string): Row => [
  `${kind}: ${title}`,
  { operation: 'link add', spec: { kind, name: 'x', [kind]: options } } as LooseRequest,
  code,
  'x',
  [`link ${kind}` as Capability],
]
const ends = { local: '10.0.0.1', remote: '10.0.0.2' }
const ends6 = { local: '2001:db8::1', remote: '2001:db8::2' }

const tunnelRows: readonly Row[] = [
  tunnelRow('a link that is not there', 'gre', { ...ends, link: 'nope' }, 'ENODEV'),
  tunnelRow('a link that is not there', 'ip6tnl', { ...ends6, link: 'nope' }, 'ENODEV'),
  tunnelRow('a group without a local address', 'gre', { remote: '239.1.1.1' }, 'EINVAL'),
  tunnelRow('a group as remote', 'geneve', { id: 1, remote: '239.1.1.1' }, 'EINVAL'),
  ...(['gre', 'ipip', 'sit'] as const).map(
    (kind): Row => [
      `${kind}: options of a tunnel for a bridge`,
      { operation: 'link set', spec: { link: 'br0', [kind]: { ttl: 5 } } } as LooseRequest,
      'EOPNOTSUPP',
      'br0',
      [`link ${kind}`],
    ],
  ),
]

/** What only the backend can know to be wrong. */
const rows: readonly Row[] = [
  ['MTU of 65,536 octets on a veth', { operation: 'link set', spec: { link: 'v0', mtu: 65_536 } }, 'EINVAL', 'v0'],
  ['MTU of 65,536 octets on a bridge', { operation: 'link set', spec: { link: 'br0', mtu: 65_536 } }, 'EINVAL', 'br0'],
  [
    'MTU of 65,536 octets on a new link',
    { operation: 'link add', spec: { kind: 'bridge', name: 'x', mtu: 65_536 } },
    'EINVAL',
    'x',
  ],
  ['an unknown kind', { operation: 'link add', spec: { kind: 'warp', name: 'x' } }, 'EOPNOTSUPP', 'x'],
  ['a name that is taken', { operation: 'link add', spec: { kind: 'bridge', name: 'v0' } }, 'EEXIST', 'v0'],
  [
    'a name of the peer that is taken',
    { operation: 'link add', spec: { kind: 'veth', name: 'x', peer: { name: 'v1' } } },
    'EEXIST',
    'x',
  ],
  ['a master that is not there', { operation: 'link set', spec: { link: 'v1', master: 'nope' } }, 'ENODEV', 'v1'],
  [
    'a parent that is not there',
    { operation: 'link add', spec: { kind: 'macvlan', name: 'x', parent: 'nope' } },
    'ENODEV',
    'x',
    ['link macvlan'],
  ],
  [
    'a namespace that vanished',
    { operation: 'link set', spec: { link: 'v1', namespace: 'vnet-test-vanished', up: false } },
    'ENOENT',
    'v1',
    ['namespace named'],
  ],
  [
    'a peer in a namespace that vanished',
    { operation: 'link add', spec: { kind: 'veth', name: 'x', peer: { namespace: 'vnet-test-vanished' } } },
    'ENOENT',
    'x',
    ['namespace named'],
  ],
  ...tunnelRows,
  ['deleting a link that is not there', { operation: 'link delete', spec: { link: 'nope' } }, 'ENODEV', 'nope'],
  [
    'deleting an address that is not there',
    { operation: 'address delete', spec: { link: 'br0', address: '10.0.0.9/24' } },
    'EADDRNOTAVAIL',
    '10.0.0.9/24',
  ],
  [
    'an address on a link that is not there',
    { operation: 'address add', spec: { link: 'nope', address: '10.0.0.9/24' } },
    'ENODEV',
    '10.0.0.9/24',
  ],
  [
    'a multicast address without joining',
    { operation: 'address add', spec: { link: 'br0', address: 'ff02::77/128' } },
    'EADDRNOTAVAIL',
    'ff02::77/128',
  ],
  [
    'deleting a route that is not there',
    { operation: 'route delete', spec: { destination: '10.9.0.0/16' } },
    'ESRCH',
    '10.9.0.0/16',
  ],
  [
    'a gateway that nothing reaches',
    { operation: 'route add', spec: { destination: '10.9.0.0/16', via: '10.99.0.1' } },
    'ENETUNREACH',
    '10.9.0.0/16',
  ],
  ['deleting a rule that is not there', { operation: 'rule delete', spec: { priority: 555 } }, 'ENOENT', '#555'],
  [
    'deleting a neighbour that is not there',
    { operation: 'neighbour delete', spec: { link: 'br0', address: '10.0.0.99' } },
    'ENOENT',
    '10.0.0.99',
  ],
  [
    'deleting an FDB entry that is not there',
    { operation: 'fdb delete', spec: { link: 'v0', mac: mac(0xdd), master: true } },
    'ENOENT',
    mac(0xdd),
  ],
  [
    'deleting a group that nobody entered',
    { operation: 'mdb delete', spec: { bridge: 'br0', port: 'v0', group: '239.9.9.9' } },
    'EINVAL',
    '239.9.9.9',
  ],
  [
    'a group at what is no port',
    { operation: 'mdb add', spec: { bridge: 'br0', port: 'v1', group: '239.9.9.9' } },
    'EINVAL',
    '239.9.9.9',
  ],
  [
    'a group of what is no bridge',
    { operation: 'mdb add', spec: { bridge: 'v0', port: 'v0', group: '239.9.9.9' } },
    'EOPNOTSUPP',
    '239.9.9.9',
  ],
  [
    'a group that this host joins for ever',
    { operation: 'mdb add', spec: { bridge: 'br0', port: 'br0', group: '239.9.9.9', state: 'permanent' } },
    'EINVAL',
    '239.9.9.9',
  ],
  [
    'deleting a namespace that is not there',
    { operation: 'namespace delete', spec: { name: 'vnet-test-vanished' } },
    'ENOENT',
    'vnet-test-vanished',
    ['namespace named'],
  ],
]

/** Registers the tests of bad input. */
export function badInput(suite: Suite): void {
  const needs = ['link bridge', 'link veth'] as const

  suite.group('refused by the backend', (inner) => {
    for (const [title, request, code, subject, more = []] of rows) {
      inner.test(title, [...needs, ...more], async ({ ns }) => {
        await addSmallNetwork(ns)
        const before = await stateAtRest(ns)
        const [result] = await ns.execute([request])
        const found = await failure(result?.ok === false ? Promise.reject(result.error) : Promise.resolve(result))
        expect({ code: found.code, operation: found.operation }).toEqual({ code, operation: request.operation })
        expect(found.subject).toBe(subject)
        expect(found.hint, 'a hint').toMatch(/\w/)
        expect(await stateAtRest(ns)).toEqual(before)
      })
    }
  })

  suite.group('refused by the client, before the backend is asked', (inner) => {
    inner.test('the table', needs, async ({ host }) => {
      const spy = spyOn(host.driver)
      await using ns = await spy.open()
      await addSmallNetwork(ns)
      const before = await stateAtRest(ns)
      const asked = spy.requests()
      const lacking: string[] = []
      for (const [title, operation, spec, name, attribute] of badArguments) {
        const call = ns.execute([{ operation, spec } as LooseRequest])
        const found: unknown = await call.then(
          () => 'no error',
          (error: unknown) => error,
        )
        if (!isArgumentError(found)) throw new Error(`${title}: expected a wrong argument, got ${String(found)}`)
        expect([title, found.name, found.operation, found.attribute]).toEqual([title, name, operation, attribute])
        if (!found.hint) lacking.push(`${title}: ${found.message}`)
        expect(found.code).toBe(name === 'TypeError' ? 'VNET_TYPE' : 'VNET_RANGE')
      }
      expect(lacking, 'wrong arguments without a hint').toEqual([])
      expect(spy.requests(), 'requests that reached the backend').toBe(asked)
      expect(await stateAtRest(ns)).toEqual(before)
    })

    inner.test('one malformed request stops the whole batch', ['link bridge'], async ({ ns }) => {
      const batch = ns.execute([
        { operation: 'link add', spec: { kind: 'bridge', name: 'good' } },
        { operation: 'link add', spec: { kind: 'bridge', name: 'a-name-that-is-too-long' } },
      ])
      await expect(batch).rejects.toBeInstanceOf(RangeError)
      expect(await ns.link.get('good')).toBeUndefined()
    })

    inner.test('namespaces', [], async ({ host }) => {
      for (const name of ['', '.', '..', 'a/b', 'x'.repeat(256), 7]) {
        await expect(host.namespace.add(name as string), JSON.stringify(name)).rejects.toSatisfy(isArgumentError)
        await expect(host.namespace.delete(name as string), JSON.stringify(name)).rejects.toSatisfy(isArgumentError)
      }
      for (const namespace of [undefined, 7, null, {}, { pid: -1 }, { fd: 1.5 }, '', { name: 'a/b' }]) {
        const opened = host.namespace.open(namespace as string)
        await expect(opened, JSON.stringify(namespace)).rejects.toSatisfy(isArgumentError)
      }
    })
  })
}
