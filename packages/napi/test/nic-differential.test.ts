/** What drivers tell of links of every kind, alone and on each other: the mock tells the same as the kernel. */
import { release } from 'node:os'
import { kindBirths } from '@vnet/conformance'
import { type Host, type LinkSpec, type Namespace, type Nic, type OtherLinkSpec, openHost } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { sides } from './sides.js'

type AnySpec = LinkSpec | OtherLinkSpec

/** A link called `x0`, and what it stands on, which comes first. */
interface Scene {
  readonly title: string
  readonly links: readonly AnySpec[]
}

const veth = (name: string, more: object = {}): LinkSpec => ({
  kind: 'veth',
  name,
  peer: { name: `${name}p` },
  ...more,
})

/** What others stand on, under the name `b0`. */
const bases: Readonly<Record<string, readonly LinkSpec[]>> = {
  veth: [veth('b0')],
  dummy: [{ kind: 'dummy', name: 'b0' }],
  ifb: [{ kind: 'ifb', name: 'b0' }],
  tap: [{ kind: 'tap', name: 'b0' }],
  bridge: [{ kind: 'bridge', name: 'b0' }],
  'bridge of a veth': [{ kind: 'bridge', name: 'b0' }, veth('c0', { master: 'b0' })],
  bond: [{ kind: 'bond', name: 'b0' }],
  'bond of a veth': [{ kind: 'bond', name: 'b0' }, veth('c0', { master: 'b0' })],
  'bond of a dummy': [
    { kind: 'bond', name: 'b0' },
    { kind: 'dummy', name: 'c0', master: 'b0' },
  ],
  team: [{ kind: 'team', name: 'b0' }],
  'team of a dummy': [
    { kind: 'team', name: 'b0' },
    { kind: 'dummy', name: 'c0', master: 'b0' },
  ],
  'VLAN of a veth': [veth('c0'), { kind: 'vlan', name: 'b0', parent: 'c0', vlan: { id: 9 } }],
  'VLAN of a dummy': [
    { kind: 'dummy', name: 'c0' },
    { kind: 'vlan', name: 'b0', parent: 'c0', vlan: { id: 9 } },
  ],
  'macvlan of a veth': [veth('c0'), { kind: 'macvlan', name: 'b0', parent: 'c0', macvlan: { mode: 'bridge' } }],
  vxlan: [{ kind: 'vxlan', name: 'b0', vxlan: { id: 5, port: 4789 } }],
  geneve: [{ kind: 'geneve', name: 'b0', geneve: { id: 5, remote: '10.0.0.9' } }],
  gretap: [{ kind: 'gretap', name: 'b0', gretap: { local: '10.0.0.1', remote: '10.0.0.9' } }],
  macsec: [veth('c0'), { kind: 'macsec', name: 'b0', parent: 'c0' }],
}

const tops: Readonly<Record<string, LinkSpec>> = {
  VLAN: { kind: 'vlan', name: 'x0', parent: 'b0', vlan: { id: 5 } },
  macvlan: { kind: 'macvlan', name: 'x0', parent: 'b0', macvlan: { mode: 'bridge' } },
  macvtap: { kind: 'macvtap', name: 'x0', parent: 'b0', macvlan: { mode: 'bridge' } },
  ipvlan: { kind: 'ipvlan', name: 'x0', parent: 'b0' },
  MACsec: { kind: 'macsec', name: 'x0', parent: 'b0' },
}

const ends = { local: '10.0.0.1', remote: '10.0.0.9' }
const alone: Readonly<Record<string, AnySpec>> = {
  'veth with queues': veth('x0', { txQueues: 4, rxQueues: 3 }),
  'veth with queues to send': veth('x0', { txQueues: 4 }),
  'TAP of several queues': { kind: 'tap', name: 'x0', tun: { multiQueue: true } },
  'GRE with sequence numbers': { kind: 'gre', name: 'x0', gre: { ...ends, oseq: true, iseq: true } },
  'GRE with sums': { kind: 'gretap', name: 'x0', gretap: { ...ends, ocsum: true } },
  'GRE with a key': { kind: 'gre', name: 'x0', gre: { ...ends, ikey: 7, okey: 7 } },
  'external GRE': { kind: 'gretap', name: 'x0', gretap: { external: true } },
  netkit: { kind: 'netkit', name: 'x0' },
}

const grounds = ['g0', 'g1', 'g2', 'g3'].map((name, i) => veth(name, { peer: { name: `h${i}` } }))

const scenes: readonly Scene[] = [
  ...Object.entries(kindBirths).map(([title, spec]) => ({ title, links: [...grounds, { ...spec, name: 'x0' }] })),
  ...Object.entries(alone).map(([title, spec]) => ({ title, links: [spec] })),
  ...Object.entries(bases).flatMap(([base, links]) =>
    Object.entries(tops).map(([top, spec]) => ({ title: `${top} on a ${base}`, links: [...links, spec] })),
  ),
  ...(['bridge', 'bond', 'team'] as const).flatMap((kind) =>
    Object.entries(bases).map(([base, links]) => ({
      title: `${kind} with a port, a ${base}`,
      links: [{ kind, name: 'x0' }, ...links.map((spec) => (spec.name === 'b0' ? { ...spec, master: 'x0' } : spec))],
    })),
  ),
]

/** Newer kernels know more: these TUNs cut for tunnels since Linux 6.17. */
const newer: ReadonlySet<string> = new Set(['tx-udp_tnl-segmentation', 'tx-udp_tnl-csum-segmentation'])

/** What drivers tell, without what each link has for itself; a version only where it is that of the driver. */
function told({ name, driver, version, firmware, busAddress, port, speed, duplex, ...more }: Nic, known: Set<string>) {
  const { autonegotiation, channels, rings, features = [], privateFlags } = more
  const listed = features.filter((one) => known.has(one.name) && !(driver === 'tun' && newer.has(one.name)))
  const own = version === release() ? undefined : version
  const words = { name, driver, version: own, firmware, busAddress, port, speed, duplex, autonegotiation }
  // The carrier is a state, which follows in the kernel's own time; random programs compare it.
  return { ...words, channels, rings, privateFlags, features: listed }
}

/** Builds a scene, and tells of each link in it; or which step failed, and how. */
async function outcome(ns: Namespace, links: readonly AnySpec[]): Promise<readonly Nic[] | string> {
  for (const [i, spec] of links.entries()) {
    const code = await ns.link.add(spec).then(
      () => undefined,
      (error: { code?: string }) => error.code,
    )
    if (code !== undefined) return `${i}: ${code}`
  }
  return ns.nic.list({ physical: false })
}

async function wipe(ns: Namespace): Promise<void> {
  for (const { name } of await ns.link.list()) {
    if (name !== 'lo' && (await ns.link.get(name)) !== undefined) await ns.link.delete(name).catch(() => {})
  }
}

describe('drivers tell the same on the mock and on the kernel', () => {
  it('of each kind, alone and on another', { timeout: 600_000 }, async ({ skip }) => {
    const { mock, kernel } = await sides(1, ['nic', 'nic features', 'link veth'], skip)
    const [major = 0, minor = 0] = release().split('.').map(Number.parseFloat)
    if (major < 6 || (major === 6 && minor < 12)) skip('lacks capability: nic features (those of Linux 6.12)')
    await using left = await openHost({ driver: mock })
    await using right = await openHost({ driver: kernel })
    let compared = 0
    for (const { title, links } of scenes) {
      if (!links.every(({ kind }) => isThere(right, kind))) continue
      await using a = await left.namespace.add()
      await using b = await right.namespace.add()
      const [ours, theirs] = [await outcome(a, links), await outcome(b, links)]
      if (typeof ours === 'string' || typeof theirs === 'string') {
        expect(ours, title).toBe(theirs)
        continue
      }
      const theirNames = namesOf(theirs)
      const known = new Set([...namesOf(ours)].filter((name) => theirNames.has(name)))
      const find = (list: readonly Nic[], name: string | undefined) => list.find((one) => one.name === name) as Nic
      for (const one of ours) {
        compared++
        expect(told(one, known), `${title}: ${one.name}`).toEqual(told(find(theirs, one.name), known))
      }
      await wipe(b)
    }
    expect(compared).toBeGreaterThan(100)
  })
})

const isThere = (host: Host, kind: string): boolean =>
  (host.supports as Readonly<Record<string, true | string>>)[`link ${kind}`] === true
const namesOf = (nics: readonly Nic[]): Set<string> =>
  new Set(nics.flatMap(({ features = [] }) => features.map(({ name }) => name)))
