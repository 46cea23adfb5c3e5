/** What tunnels do not take in, cannot send, and are told of their packets. @module */
import { expect } from 'vitest'
import { eventually, fails } from './expectation.js'
import { ipv4, ipv6, joined, put16, sum } from './frame.js'
import type { Suite } from './suite.js'
import {
  addTunnel,
  counters,
  echo,
  echoBetween,
  inner,
  isEcho,
  isReply,
  needsOf,
  protocols,
  pseudo6,
} from './tunnel-inside.js'
import { addUnderlay, gre, incoming, ip, other, outer, withTos } from './tunnel-underlay.js'

const { icmp: ICMP, ipip: IPIP, ipv6: IPV6, gre: GRE } = protocols
const session = { ikey: 7, okey: 7 }

/** Registers the tests. */
export function tunnelFault(suite: Suite): void {
  suite.test(
    'what does not fit: another key, an unexpected checksum, an old number',
    needsOf('gre'),
    async (context) => {
      const underlay = await addUnderlay(context)
      const { ns } = context
      await addTunnel(ns, { kind: 'gre', over: 4, carries: 4, options: { ...session, iseq: true } })
      const send = (options: { key?: number; sequence?: number }) =>
        underlay.write(incoming(4, GRE, gre(0x0800, echo(4), options)))
      await send({ key: 8, sequence: 1 })
      const error = await underlay.read(({ protocol, payload }) => protocol === ICMP && payload[0] === 3)
      expect(error.payload[1]).toBe(3)
      for (const sequence of [5, 4, 5, 6]) await send({ key: 7, sequence })
      await send({ key: 7 })
      await eventually(async () =>
        expect(await counters(ns)).toMatchObject({ rxPackets: 2, rxErrors: 3, rxFifoErrors: 3 }),
      )
      const summed = joined(Uint8Array.of(0xb0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 9), echo(4))
      put16(summed, 4, ~sum(summed) & 0xffff)
      await underlay.write(incoming(4, GRE, summed))
      await eventually(async () =>
        expect(await counters(ns)).toMatchObject({ rxPackets: 2, rxErrors: 4, rxCrcErrors: 1 }),
      )
    },
  )

  suite.test('notification of congestion goes in and comes out', needsOf('ipip'), async (context) => {
    const underlay = await addUnderlay(context)
    const { ns } = context
    await addTunnel(ns, { kind: 'ipip', over: 4, carries: 4 })
    // A packet that can say so comes out as congested, and its answer, which has the same class, goes as capable outside.
    await underlay.write(incoming(4, IPIP, withTos(echo(4), 2), 3))
    const answer = await underlay.read(({ protocol, payload }) => protocol === IPIP && isReply(payload, 4))
    expect([answer.tos, answer.payload[1]]).toEqual([2, 3])
    // One that cannot is dropped.
    await underlay.write(incoming(4, IPIP, echo(4), 3))
    await eventually(async () =>
      expect(await counters(ns)).toMatchObject({ rxPackets: 1, rxErrors: 1, rxFrameErrors: 1 }),
    )
  })

  suite.test(
    'no way to the far end, and a way that leads into the tunnel itself',
    needsOf('gre', 'ip6tnl'),
    async (context) => {
      await addUnderlay(context)
      const { ns } = context
      for (const [kind, over, remote] of [
        ['gre', 4, '198.51.100.1'],
        ['ip6tnl', 6, '2001:db8:1::1'],
      ] as const) {
        await ns.link.add({ kind, name: 't0', up: true, [kind]: { local: outer[over][0], remote } } as never)
        await ns.address.add({ link: 't0', address: `${inner[4][0]}/24` })
        await ns.ping({ address: inner[4][1], timeout: 0.1 }).catch(() => {})
        const before = await counters(ns)
        expect([kind, before.txPackets, before.txErrors]).toEqual([kind, 0, before.txCarrierErrors])
        expect(before.txCarrierErrors).toBeGreaterThan(0)
        await ns.route.add({ destination: over === 4 ? '198.51.100.0/24' : '2001:db8:1::/64', link: 't0' })
        await ns.ping({ address: inner[4][1], timeout: 0.1 }).catch(() => {})
        const after = await counters(ns)
        expect([kind, after.txPackets, after.txErrors]).toEqual([kind, 0, after.txCarrierErrors + after.collisions])
        expect(after.collisions).toBeGreaterThan(0)
        await ns.link.delete('t0')
      }
    },
  )

  suite.test(
    'tunnels that lead through each other: nine deep it ends, and is counted',
    needsOf('gre'),
    async (context) => {
      await addUnderlay(context)
      const { ns } = context
      for (const [name, remote] of [
        ['t0', '198.51.100.1'],
        ['t1', '198.51.100.129'],
      ] as const) {
        await ns.link.add({ kind: 'gre', name, up: true, gre: { local: outer[4][0], remote, pmtudisc: false } })
      }
      await ns.route.add({ destination: '198.51.100.0/25', link: 't1' })
      await ns.route.add({ destination: '198.51.100.128/25', link: 't0' })
      await ns.route.add({ destination: '10.1.0.0/24', link: 't0', source: outer[4][0] })
      await ns.ping({ address: inner[4][1], timeout: 0.2 }).catch(() => {})
      // Of each packet, the kernel's own too, every tunnel sends four and loses one: what is ten deep, or was around it.
      const [one, two] = [await counters(ns), await counters(ns, 't1')]
      expect(one.txDropped).toBeGreaterThan(0)
      expect([one.txPackets, two.txPackets, two.txDropped]).toEqual([
        4 * one.txDropped,
        4 * one.txDropped,
        one.txDropped,
      ])
    },
  )

  suite.test('a packet that is too long for the way is told back: EMSGSIZE', needsOf('gre'), async (context) => {
    await addUnderlay(context)
    const { ns } = context
    await addTunnel(ns, { kind: 'gre', over: 4, carries: 4 })
    await ns.link.set('t0', { mtu: 1500 })
    await fails(ns.ping({ address: inner[4][1], size: 1465, timeout: 5 }), 'EMSGSIZE')
    expect((await counters(ns)).txErrors).toBe(1)
  })

  suite.test(
    'an error about its packets is told to who sends the next one',
    needsOf('gre', 'ipip'),
    async (context) => {
      const underlay = await addUnderlay(context)
      const { ns } = context
      for (const [kind, protocol] of [
        ['gre', GRE],
        ['ipip', IPIP],
      ] as const) {
        await addTunnel(ns, { kind, over: 4, carries: 4 })
        const pinging = fails(ns.ping({ address: inner[4][1], timeout: 0.2 }), 'ETIMEDOUT')
        const sent = await underlay.read(
          (one) => one.protocol === protocol && isEcho(one.payload.subarray(kind === 'gre' ? 4 : 0), 4),
        )
        await pinging
        const quoted = ipv4(outer[4][0], outer[4][1], protocol, sent.payload)
        const unreachable = joined(Uint8Array.of(3, 1, 0, 0, 0, 0, 0, 0), quoted)
        put16(unreachable, 2, ~sum(unreachable) & 0xffff)
        await underlay.write(incoming(4, ICMP, unreachable))
        await eventually(async () => {
          await fails(ns.ping({ address: inner[4][1], timeout: 0.2 }), 'EHOSTUNREACH')
        }, 5)
        await ns.link.delete('t0')
      }
    },
  )

  suite.test(
    'what fits the way of the outer packets is learned from errors, and told',
    needsOf('gre'),
    async (context) => {
      const underlay = await addUnderlay(context)
      const { ns } = context
      await addTunnel(ns, { kind: 'gre', over: 4, carries: 4 })
      const ping = (size: number) => ns.ping({ address: inner[4][1], size, timeout: 0.5 })
      const pinging = fails(ping(900), 'ETIMEDOUT')
      const sent = await underlay.read((one) => one.protocol === GRE && isEcho(one.payload.subarray(4), 4))
      await pinging
      const quoted = ipv4(outer[4][0], outer[4][1], GRE, sent.payload).subarray(0, 500)
      const needed = joined(Uint8Array.of(3, 4, 0, 0, 0, 0, 0x03, 0x20), quoted)
      put16(needed, 2, ~sum(needed) & 0xffff)
      await underlay.write(incoming(4, ICMP, needed))
      // 800 octets less 20 and 4 of headers are left for a packet of 28 more than the data.
      await eventually(() => fails(ping(749), 'EMSGSIZE'), 5)
      await fails(ping(748), 'ETIMEDOUT')
    },
  )

  suite.test('sit finds the far end in an address of 6to4', needsOf('sit'), async (context) => {
    const underlay = await addUnderlay(context)
    const { ns } = context
    await ns.link.add({ kind: 'sit', name: 't0', up: true, sit: { local: outer[4][0] } })
    await ns.address.add({ link: 't0', address: '2002:c000:201::1/16', noDad: true })
    const pinging = fails(ns.ping({ address: '2002:c000:202::1', timeout: 0.5 }), 'ETIMEDOUT')
    const sent = await underlay.read(({ protocol, payload }) => protocol === IPV6 && isEcho(payload, 6))
    expect([sent.from, sent.to]).toEqual(outer[4])
    await pinging
    // One whose addresses inside and outside contradict each other was made up.
    const packet = echoBetween('2002:c000:203::1', '2002:c000:201::1')
    await underlay.write(incoming(4, IPV6, packet))
    await underlay.write(incoming(4, IPV6, packet, 0, other[4]))
    const answer = await underlay.read(({ protocol, payload }) => protocol === IPV6 && isReply(payload, 6))
    expect(answer.to).toBe(other[4])
    expect(await counters(ns)).toMatchObject({ rxPackets: 1, rxErrors: 1 })
  })

  suite.test('an error about a packet of an ip6tnl is told at once', needsOf('ip6tnl'), async (context) => {
    const underlay = await addUnderlay(context)
    const { ns } = context
    await addTunnel(ns, { kind: 'ip6tnl', over: 6, carries: 6, options: { encapLimit: null } })
    const pinging = fails(ns.ping({ address: inner[6][1], timeout: 5 }), 'EHOSTUNREACH')
    const sent = await underlay.read(({ protocol, payload }) => protocol === IPV6 && isEcho(payload, 6))
    const quoted = ipv6(ip(outer[6][0]), ip(outer[6][1]), IPV6, sent.payload)
    const unreachable = joined(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), quoted)
    put16(unreachable, 2, ~sum(joined(pseudo6(outer[6][1], outer[6][0], unreachable.length), unreachable)) & 0xffff)
    await underlay.write(incoming(6, 58, unreachable))
    await pinging
  })

  suite.test('vti without IPsec sends nothing, and says so', needsOf('vti'), async (context) => {
    await addUnderlay(context)
    const { ns } = context
    await addTunnel(ns, { kind: 'vti', over: 4, carries: 4 })
    await fails(ns.ping({ address: inner[4][1], timeout: 2 }), 'EHOSTUNREACH')
    const { txPackets, txErrors, txCarrierErrors } = await counters(ns)
    expect([txPackets, txErrors]).toEqual([0, txCarrierErrors])
    expect(txErrors).toBeGreaterThan(0)
  })
}
