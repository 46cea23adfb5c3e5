/** What tunnels put around packets, octet by octet, and what they take in: seen at a TAP that they go over. @module */
import type { Capability } from '@vnet/core'
import { expect } from 'vitest'
import { present } from './expectation.js'
import { hex, sum, u16 } from './frame.js'
import type { Suite } from './suite.js'
import { addTunnel, type Carried, echo, inner, isEcho, isReply, needsOf, protocols } from './tunnel-inside.js'
import { addUnderlay, gre, incoming, outer } from './tunnel-underlay.js'

const { ipip: IPIP, udp: UDP, ipv6: IPV6, gre: GRE, destinationOptions: DESTINATION_OPTIONS } = protocols

/** One tunnel: its options beside the ends, what it carries, and what is outside then. */
interface Row extends Carried {
  readonly outside: object
  /** Octets between the outer header and the packet, in hexadecimal; dots are any. */
  readonly header: string
}

const plain4 = { tos: 0, ttl: 64, df: true }
const session = { ikey: 7, okey: 7 }
const rows: readonly Row[] = [
  { kind: 'gre', over: 4, carries: 4, outside: { ...plain4, protocol: GRE }, header: '00000800' },
  { kind: 'gre', over: 4, carries: 6, outside: { ...plain4, protocol: GRE }, header: '000086dd' },
  {
    kind: 'gre',
    over: 4,
    carries: 4,
    options: { okey: 0x01020304, oseq: true, ttl: 9, tos: 0x10 },
    outside: { ...plain4, protocol: GRE, ttl: 9, tos: 0x10 },
    header: '3000080001020304000000..',
  },
  {
    kind: 'gre',
    over: 4,
    carries: 6,
    options: { pmtudisc: false, ...session },
    outside: { ...plain4, protocol: GRE, df: false },
    header: '200086dd00000007',
  },
  { kind: 'ipip', over: 4, carries: 4, outside: { ...plain4, protocol: IPIP }, header: '' },
  {
    kind: 'ipip',
    over: 4,
    carries: 4,
    options: { ttl: 3, tos: 1 },
    outside: { ...plain4, protocol: IPIP, ttl: 3 },
    header: '',
  },
  { kind: 'sit', over: 4, carries: 6, outside: { ...plain4, protocol: IPV6 }, header: '' },
  { kind: 'sit', over: 4, carries: 4, options: { tos: 8 }, outside: { ...plain4, protocol: IPIP, tos: 8 }, header: '' },
  {
    kind: 'ip6gre',
    over: 6,
    carries: 4,
    outside: { tos: 0, ttl: 64, protocol: DESTINATION_OPTIONS },
    header: '2f0004010401010000000800',
  },
  {
    kind: 'ip6gre',
    over: 6,
    carries: 6,
    options: { encapLimit: null, ttl: 5, tclass: 0x20, ...session },
    outside: { tos: 0x20, ttl: 5, protocol: GRE },
    header: '200086dd00000007',
  },
  {
    kind: 'ip6tnl',
    over: 6,
    carries: 6,
    outside: { tos: 0, ttl: 64, protocol: DESTINATION_OPTIONS },
    header: '2900040104010100',
  },
  {
    kind: 'ip6tnl',
    over: 6,
    carries: 4,
    options: { encapLimit: null, tclass: 0x30, ttl: 7 },
    outside: { tos: 0x30, ttl: 7, protocol: IPIP },
    header: '',
  },
  {
    kind: 'gre',
    over: 4,
    carries: 4,
    options: { encap: 'fou', encapSport: 5555, encapDport: 6666 },
    outside: { ...plain4, protocol: UDP },
    header: '15b31a0a....000000000800',
  },
  {
    kind: 'ipip',
    over: 4,
    carries: 4,
    options: { encap: 'gue', encapDport: 6080 },
    outside: { ...plain4, protocol: UDP },
    header: '....17c0....000000040000',
  },
]

/** Registers the tests. */
export function tunnelFrames(suite: Suite): void {
  for (const [i, row] of rows.entries()) {
    const encap: readonly Capability[] = 'encap' in (row.options ?? {}) ? ['tunnel encap'] : []
    const needs = [...needsOf(row.kind), ...encap]
    suite.test(`${row.kind} puts around a packet what it should (${i + 1})`, needs, async (context) => {
      const underlay = await addUnderlay(context)
      const { ns } = context
      await addTunnel(ns, row)
      const pinging = ns.ping({ address: inner[row.carries][1], timeout: 1 }).catch((error: unknown) => error)
      const { payload, ...outside } = await underlay.read(({ payload: whole }) =>
        isEcho(inside(whole, row), row.carries),
      )
      const [from, to] = outer[row.over]
      expect(outside).toEqual({ from, to, ...row.outside })
      expect(hex(payload.subarray(0, row.header.length / 2))).toMatch(new RegExp(`^${row.header}$`))
      await pinging
      const { statistics } = present(await ns.link.get('t0', { statistics: true }))
      expect(statistics?.txBytes).toBeGreaterThanOrEqual(inside(payload, row).length)
      expect(statistics).toMatchObject({ txErrors: 0, txDropped: 0 })
    })
  }

  suite.test('gre with a checksum: over all that it carries', needsOf('gre'), async (context) => {
    const underlay = await addUnderlay(context)
    await addTunnel(context.ns, { kind: 'gre', over: 4, carries: 4, options: { ocsum: true } })
    const pinging = context.ns.ping({ address: inner[4][1], timeout: 1 }).catch((error: unknown) => error)
    const { payload } = await underlay.read(
      ({ protocol, payload: whole }) => protocol === GRE && isEcho(whole.subarray(8), 4),
    )
    expect([hex(payload.subarray(0, 4)), sum(payload), u16(payload, 6)]).toEqual(['80000800', 0xffff, 0])
    await pinging
  })

  suite.test('sequence numbers count up from 0', needsOf('gre'), async (context) => {
    const underlay = await addUnderlay(context)
    await addTunnel(context.ns, { kind: 'gre', over: 4, carries: 4, options: { oseq: true } })
    // The kernel may send something of its own as well.
    let number = 0
    for (let echoes = 0; echoes < 3; ) {
      const pinging = context.ns.ping({ address: inner[4][1], timeout: 0.1 }).catch((error: unknown) => error)
      for (let isSeen = false; !isSeen; number++) {
        const { payload } = await underlay.read(({ protocol }) => protocol === GRE)
        expect(hex(payload.subarray(4, 8))).toBe(number.toString(16).padStart(8, '0'))
        isSeen = isEcho(payload.subarray(8), 4)
      }
      echoes++
      await pinging
    }
  })

  suite.test(
    'a packet that comes in is answered through the tunnel, and counted',
    needsOf('gre', 'ipip', 'sit', 'ip6tnl'),
    async (context) => {
      const underlay = await addUnderlay(context)
      const { ns } = context
      for (const [kind, over, carries, protocol] of [
        ['gre', 4, 4, GRE],
        ['ipip', 4, 4, IPIP],
        ['sit', 4, 6, IPV6],
        ['ip6tnl', 6, 4, IPIP],
      ] as const) {
        await addTunnel(ns, { kind, over, carries, options: kind === 'ip6tnl' ? { encapLimit: null } : {} })
        const packet = echo(carries)
        const frame = incoming(over, protocol, kind === 'gre' ? gre(0x0800, packet) : packet)
        let sent = 0
        const send = async () => {
          sent++
          await underlay.write(frame)
        }
        await send()
        // A network that has just come may lose the first.
        const again = setInterval(() => void send(), 5000)
        const answer = await underlay
          .read((one) => one.protocol === protocol && isReply(one.payload.subarray(kind === 'gre' ? 4 : 0), carries))
          .finally(() => clearInterval(again))
        expect([kind, answer.to]).toEqual([kind, outer[over][1]])
        const {
          rxPackets = 0,
          rxBytes,
          rxErrors,
        } = present(await ns.link.get('t0', { statistics: true })).statistics ?? {}
        expect(rxPackets, kind).toBeGreaterThan(0)
        expect(rxPackets, kind).toBeLessThanOrEqual(sent)
        expect([kind, rxBytes, rxErrors]).toEqual([kind, rxPackets * packet.length, 0])
        await ns.link.delete('t0')
      }
    },
  )
}

const inside = (payload: Uint8Array, { header }: Row): Uint8Array => payload.subarray(header.length / 2)
