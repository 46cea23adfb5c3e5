/** Kinds whose options vnet does not name: told as a capability, so each can be made. @module */
import type { Link, OtherLinkSpec, RawAttribute } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, present } from './expectation.js'
import type { Suite } from './suite.js'
import { addPair, mac, namesOf } from './surroundings.js'

/** Registers a test for each of these kinds. */
export function anyKind(suite: Suite): void {
  for (const kind of ['netkit'] as const) {
    suite.test(`${kind}: made, read, deleted`, [`link ${kind}`, 'link veth'], async ({ ns }) => {
      await addPair(ns)
      const before = await namesOf(ns)
      const made = await ns.link.add({ kind, name: 'x0' })
      expect(made).toMatchObject({ name: 'x0', kind })
      expect(await ns.link.list({ kind })).toContainEqual(expect.objectContaining({ name: 'x0', index: made.index }))
      await ns.link.delete('x0')
      expect(await namesOf(ns)).toEqual(before)
    })
  }

  suite.test('netkit: both ends by their raw options; one goes with the other', ['link netkit'], async ({ ns }) => {
    const near = await ns.link.add(netkit([word(policy, drop), word(mode, l2), peerNamed('x1')], mac(3)))
    const far = present(await ns.link.get('x1'))
    expect(near).toMatchObject({ kind: 'netkit', mac: mac(3), parent: far.index, carrier: false, mtu: 1500 })
    expect(far).toMatchObject({ kind: 'netkit', parent: near.index, up: false })
    expect(near.flags).not.toContain('NOARP')
    const told = (link: Link) => optionsIn(link, [primary, policy, peerPolicy, mode])
    expect([near, far].map(told)).toEqual([
      [1, drop, pass, l2],
      [0, pass, drop, l2],
    ])
    await ns.link.set('x1', { up: true, mac: mac(4) })
    expect(await ns.link.get('x0')).toMatchObject({ carrier: false })
    await ns.link.set('x0', { up: true })
    for (const name of ['x0', 'x1'])
      await eventually(async () => expect(await ns.link.get(name)).toMatchObject({ carrier: true }))
    await ns.link.delete('x1')
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test(
    'netkit without headers: no MAC, and packets; a policy cuts it',
    ['link netkit', 'packets'],
    async (context) => {
      const { ns, another } = context
      const there = await another()
      for (const [name, peer, policies] of [
        ['x0', 'x1', []],
        ['y0', 'y1', [word(policy, drop)]],
      ] as const) {
        await ns.link.add({ ...netkit([...policies, peerNamed(peer)]), name, up: true } as OtherLinkSpec)
        await ns.link.set(peer, { namespace: there.ref })
        await there.link.set(peer, { up: true })
      }
      const x0 = present(await ns.link.get('x0'))
      expect(x0).toMatchObject({ mac: '00:00:00:00:00:00' })
      expect(x0.flags).toContain('NOARP')
      await fails(ns.link.set('x0', { mac: mac(5) }), 'EOPNOTSUPP')
      for (const [near, far, net] of [
        ['x0', 'x1', 1],
        ['y0', 'y1', 2],
      ] as const) {
        await ns.address.add({ link: near, address: `10.0.${net}.1/24` })
        await there.address.add({ link: far, address: `10.0.${net}.2/24` })
      }
      expect(await eventually(() => ns.ping({ address: '10.0.1.2', timeout: 1 }))).toMatchObject({
        address: '10.0.1.2',
      })
      await fails(ns.ping({ address: '10.0.2.2', timeout: 0.3 }), ['ETIMEDOUT', 'ENOBUFS'])
      const statistics = async (name: string) => (await ns.link.get(name, { statistics: true }))?.statistics
      expect((await statistics('y0'))?.txDropped).toBeGreaterThan(0)
      expect((await statistics('y0'))?.txPackets).toBe(0)
      expect((await statistics('x0'))?.rxPackets).toBeGreaterThan(0)
    },
  )

  suite.test('netkit: what is refused, and nothing is left', ['link netkit'], async ({ ns }) => {
    await fails(ns.link.add(netkit([], mac(3))), 'EOPNOTSUPP')
    await fails(ns.link.add(netkit([word(mode, 2)])), 'EINVAL')
    await fails(ns.link.add(netkit([word(policy, 7)])), 'EINVAL')
    await fails(ns.link.add(netkit([word(peerPolicy, 1)])), 'EINVAL')
    await fails(ns.link.add(netkit([{ type: primary, bytes: Uint8Array.of(1) }])), 'EINVAL')
    await fails(ns.link.add(netkit([{ type: mode, bytes: new Uint8Array(2) }])), 'ERANGE')
    await fails(ns.link.add({ ...netkit([]), mtu: 70_000 }), 'EINVAL')
    expect(await namesOf(ns)).toEqual([])
  })
}

/** Attributes of netkit (`IFLA_NETKIT_*`), policies and modes (`NETKIT_*`). */
const [peerInfo, primary, policy, peerPolicy, mode] = [1, 2, 3, 4, 5]
const [pass, drop] = [0, 2]
const l2 = 0

const word = (type: number, value: number): RawAttribute => ({ type, bytes: octetsOf(Uint32Array.of(value)) })

const octetsOf = ({ buffer }: Uint16Array | Uint32Array): Uint8Array => new Uint8Array(buffer as ArrayBuffer)

/** A name for the peer: 16 octets of `struct ifinfomsg`, and `IFLA_IFNAME`. */
function peerNamed(name: string): RawAttribute {
  const text = new TextEncoder().encode(`${name}\0`)
  const bytes = new Uint8Array(16 + 4 + Math.ceil(text.length / 4) * 4)
  bytes.set(octetsOf(Uint16Array.of(4 + text.length, 3)), 16)
  bytes.set(text, 20)
  return { type: peerInfo, bytes }
}

const netkit = (data: readonly RawAttribute[], address?: string): OtherLinkSpec => ({
  kind: 'netkit',
  name: 'x0',
  data,
  ...(address === undefined ? {} : { mac: address }),
})

/** The first octet of each of these options. */
const optionsIn = ({ data = [] }: Link, types: readonly number[]) =>
  types.map((type) => data.find((one) => one.type === type)?.bytes[0])
