/**
 * Frames of a bridge that are too long for what a VXLAN or GENEVE goes over: their sender is told, as if whom they are for had
 * told it (`skb_tunnel_check_pmtu`, `net/ipv4/ip_tunnel_core.c`). @module
 */
import type { LinkSpec } from '@vnet/core'
import { expect } from 'vitest'
import { ethernet, hex, ip6, ipv4, ipv6, joined, put16, sum, u16 } from './frame.js'
import { readOf, write } from './port-frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'
import { bridged } from './tunnel-bridged.js'
import { needsOf, pseudo6 } from './tunnel-inside.js'
import { outer } from './tunnel-underlay.js'

const needs = (kind: string) => ['link bridge', ...needsOf(kind)] as const
const [sender, receiver] = [mac(0x99), mac(0x98)]
const inside = { 4: ['10.1.0.1', '10.1.0.2'], 6: ['fd00:1::1', 'fd00:1::2'] } as const
/** What no protocol has that the test looks for. */
const PROTOCOL = 200

/** Registers the tests. */
export function tunnelTooLong(suite: Suite): void {
  for (const kind of ['vxlan', 'geneve'] as const) {
    for (const over of [4, 6] as const) {
      const room = over === 4 ? 1450 : 1430
      suite.test(`${kind} over IPv${over} tells who sends longer frames`, needs(kind), async (context) => {
        const { tap, underlay } = await bridged(context, specOf(kind, over))
        for (const version of [4, 6] as const) {
          const long = packet(version, room + 1)
          const type = version === 4 ? 0x0800 : 0x86dd
          await write(tap.port, ethernet(receiver, sender, type, long))
          const answer = await readOf(tap.port, (frame) => u16(frame, 12) === type && isError(frame.subarray(14)))
          expect(hex(answer)).toBe(hex(ethernet(sender, receiver, type, error(version, long, room))))
          // What fits is sent on.
          const whole = packet(version, room)
          await write(tap.port, ethernet(receiver, sender, type, whole))
          await underlay.read(({ payload }) => hex(payload).endsWith(hex(whole)))
        }
      })
    }

    suite.test(
      `${kind} tells nobody of frames that may be cut, have tags, or are errors`,
      needs(kind),
      async (context) => {
        const { ns } = context
        const { tap } = await bridged(context, specOf(kind, 4))
        const frame = (octets: Uint8Array, type = 0x0800) => ethernet(receiver, sender, type, octets)
        const silent = [
          frame(packet(4, 1451, { flags: 0 })),
          frame(packet(4, 1451, { flags: 0x6000 })),
          ...['127.0.0.9', '0.0.0.0', '255.255.255.255'].map((from) => frame(packet(4, 1451, { from }))),
          frame(joined(Uint8Array.of(0, 7, 8, 0), packet(4, 1451)), 0x8100),
          frame(packet(4, 1451, { protocol: 1, begin: [3, 1] })),
          ...['ff0e::1', '::'].map((from) => frame(packet(6, 1451, { from }), 0x86dd)),
          frame(packet(6, 1451, { protocol: 58, begin: [1, 0] }), 0x86dd),
          frame(packet(6, 1451, { protocol: 59 }), 0x86dd),
        ]
        for (const one of silent) await write(tap.port, one)
        const last = packet(4, 1500)
        await write(tap.port, frame(last))
        const answer = await readOf(tap.port, (one) => isError(one.subarray(14)))
        expect(hex(answer)).toBe(hex(ethernet(sender, receiver, 0x0800, error(4, last, 1450))))
        // Extension headers are not read where they are, so a later fragment counts as a packet.
        const piece = packet(6, 1451, { protocol: 44, begin: [6, 0, 0x10, 1] })
        await write(tap.port, frame(piece, 0x86dd))
        expect(hex(await readOf(tap.port, (one) => isError(one.subarray(14))))).toContain(hex(error(6, piece, 1450)))
        // Less than every host takes at once is not told.
        await ns.link.set('tap0', { mtu: 1300 })
        await write(tap.port, ethernet(receiver, sender, 0x86dd, packet(6, 1290)))
        await write(tap.port, frame(packet(4, 1251)))
        expect(hex(await readOf(tap.port, (one) => isError(one.subarray(14))))).toContain(
          hex(error(4, packet(4, 1251), 1250)),
        )
      },
    )
  }
}

function specOf(kind: 'vxlan' | 'geneve', over: 4 | 6): LinkSpec {
  const [local, remote] = outer[over]
  if (kind === 'vxlan') return { kind, name: 't0', mtu: 1500, vxlan: { id: 42, local, remote } } as LinkSpec
  return { kind, name: 't0', mtu: 1500, geneve: { id: 42, remote } } as LinkSpec
}

interface Odd {
  readonly from?: string
  readonly flags?: number
  readonly protocol?: number
  /** The first octets behind the header. */
  readonly begin?: readonly number[]
}

/** A packet of so many octets, which must not be cut. */
function packet(version: 4 | 6, length: number, { from, flags = 0x4000, protocol = PROTOCOL, begin = [] }: Odd = {}) {
  const [near, far] = inside[version]
  const payload = new Uint8Array(length - (version === 4 ? 20 : 40))
  payload.set(begin)
  if (version === 6) return ipv6(ip6(from ?? near), ip6(far), protocol, payload, 7)
  const octets = ipv4(from ?? near, far, protocol, payload, 7)
  put16(octets, 6, flags)
  put16(octets, 10, 0)
  put16(octets, 10, ~sum(octets.subarray(0, 20)) & 0xffff)
  return octets
}

/** What the sender of a packet is told: all that it says of hops is the packet's. */
function error(version: 4 | 6, about: Uint8Array, room: number): Uint8Array {
  const [to, from] = inside[version]
  const message = joined(new Uint8Array(8), about.subarray(0, version === 4 ? 548 : 1232))
  message.set(version === 4 ? [3, 4] : [2, 0])
  put16(message, 6, room)
  const pseudo = version === 4 ? new Uint8Array() : pseudo6(from, to, message.length)
  put16(message, 2, ~sum(joined(pseudo, message)) & 0xffff)
  if (version === 6) return ipv6(ip6(from), ip6(to), 58, message, 7)
  const octets = ipv4(from, to, 1, message, 7)
  put16(octets, 4, 0)
  put16(octets, 6, 0x4000)
  put16(octets, 10, 0)
  put16(octets, 10, ~sum(octets.subarray(0, 20)) & 0xffff)
  return octets
}

/** Whether a packet says that another was too long. */
const isError = (octets: Uint8Array): boolean =>
  octets[9] === 1 ? octets[20] === 3 && octets[21] === 4 : octets[6] === 58 && octets[40] === 2
