/** What an error says: the kernel's code, the operation, the subject, the kernel's sentence, a hint. @module */
import { isVnetError, type Namespace, VnetError } from '@vnet/core'
import { expect } from 'vitest'
import { failure } from './expectation.js'
import { olderThan } from './kernel-release.js'
import type { Suite } from './suite.js'
import { addSmallNetwork } from './surroundings.js'

interface Expected {
  readonly code: string
  readonly operation: string
  readonly subject: string
  readonly errno: number
  readonly detail?: string
}

type Row = readonly [title: string, act: (ns: Namespace) => Promise<unknown>, expected: Expected, since?: string]

const rows: readonly Row[] = [
  [
    'name taken',
    (ns) => ns.link.add({ kind: 'bridge', name: 'br0' }),
    { code: 'EEXIST', errno: 17, operation: 'link add', subject: 'br0' },
  ],
  [
    'unknown kind',
    (ns) => ns.link.add({ kind: 'warp', name: 'x' }),
    { code: 'EOPNOTSUPP', errno: 95, operation: 'link add', subject: 'x', detail: 'Unknown device type' },
  ],
  [
    'no such link',
    (ns) => ns.link.set('nope', { up: true }),
    { code: 'ENODEV', errno: 19, operation: 'link set', subject: 'nope' },
  ],
  [
    'no such link, by index',
    (ns) => ns.link.delete(4711),
    { code: 'ENODEV', errno: 19, operation: 'link delete', subject: '#4711' },
  ],
  [
    'MTU beyond the device',
    (ns) => ns.link.set('v0', { mtu: 65_536 }),
    { code: 'EINVAL', errno: 22, operation: 'link set', subject: 'v0', detail: 'mtu greater than device maximum' },
  ],
  [
    'bridge into bridge',
    async (ns) => {
      await ns.link.add({ kind: 'bridge', name: 'br1' })
      await ns.link.set('br1', { master: 'br0' })
    },
    { code: 'ELOOP', errno: 40, operation: 'link set', subject: 'br1', detail: 'Can not enslave a bridge to a bridge' },
  ],
  [
    'lo as a port',
    (ns) => ns.link.set('lo', { master: 'br0' }),
    { code: 'EINVAL', errno: 22, operation: 'link set', subject: 'lo' },
  ],
  [
    'address taken',
    (ns) => ns.address.add({ link: 'br0', address: '10.0.0.1/24' }),
    {
      code: 'EEXIST',
      errno: 17,
      operation: 'address add',
      subject: '10.0.0.1/24',
      detail: 'ipv4: Address already assigned',
    },
    '6.6',
  ],
  [
    'no such address',
    (ns) => ns.address.delete({ link: 'br0', address: '10.0.0.9/24' }),
    {
      code: 'EADDRNOTAVAIL',
      errno: 99,
      operation: 'address delete',
      subject: '10.0.0.9/24',
      detail: 'ipv4: Address not found',
    },
    '6.6',
  ],
  [
    'gateway out of reach',
    (ns) => ns.route.add({ destination: '10.9.0.0/16', via: '10.99.0.3' }),
    {
      code: 'ENETUNREACH',
      errno: 101,
      operation: 'route add',
      subject: '10.9.0.0/16',
      detail: 'Nexthop has invalid gateway',
    },
  ],
  [
    'no such route',
    (ns) => ns.route.delete({ destination: '10.9.0.0/16' }),
    { code: 'ESRCH', errno: 3, operation: 'route delete', subject: '10.9.0.0/16' },
  ],
]

/** Registers the tests of what errors say. */
export function error(suite: Suite): void {
  const needs = ['link bridge', 'link veth'] as const

  for (const [title, act, expected, since] of rows) {
    suite.test(title, needs, async ({ ns }) => {
      await addSmallNetwork(ns)
      const found = await failure(act(ns))
      // Older kernels give fewer sentences.
      const silent = found.detail === undefined && since !== undefined && olderThan(since)
      const detail = silent ? undefined : expected.detail
      expect(found).toMatchObject(detail === undefined ? { ...expected, detail: found.detail } : expected)
      expect(found.name).toBe('VnetError')
      expect(found.message).toMatch(new RegExp(`^${expected.operation} ${expected.subject}: .* \\(${expected.code}\\)`))
      expect(found.message.includes(detail ?? '')).toBe(true)
    })
  }

  suite.test('it is plain data for machines, and known by its brand', [], async ({ ns }) => {
    const found = await failure(ns.link.delete('nope'))
    expect(found).toBeInstanceOf(VnetError)
    expect(isVnetError(found)).toBe(true)
    expect(JSON.parse(JSON.stringify(found))).toMatchObject({
      code: 'ENODEV',
      operation: 'link delete',
      subject: 'nope',
      errno: 19,
    })
  })

  suite.test('failures without the kernel’s text carry a hint', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const silent = [
      ns.link.add({ kind: 'bridge', name: 'br0' }),
      ns.link.set('lo', { master: 'br0' }),
      ns.link.delete('lo'),
      ns.route.delete({ destination: '10.9.0.0/16' }),
    ]
    for (const act of silent) {
      const found = await failure(act)
      expect(found.detail ?? found.hint, found.message).toBeTypeOf('string')
    }
  })
}
