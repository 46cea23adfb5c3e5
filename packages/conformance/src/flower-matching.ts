/** Filters of `flower` as frames find them: which match. @module */
import type { Capability, FilterSpec } from '@vnet/core'
import { expect } from 'vitest'
import { refusalOf } from './expectation.js'
import { headerFrames, headerMatches } from './flower-frames.js'
import { tagFrames, tagMatches } from './flower-tag-frames.js'
import { ethernet, ipv4, ipv6, tcpHeader, udpHeader } from './frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'
import { frameOf } from './taps.js'
import { addLine, isNumber, LAST, lineNeeds, passing, upTo } from './traffic-line.js'

const needs: readonly Capability[] = [...lineNeeds, 'qdisc clsact', 'filter u32', 'filter flower', 'action gact']
const drop = [{ kind: 'gact', control: 'shot' }] as const

const udp = (from: string, to: string, source: number, destination: number): Uint8Array =>
  ethernet(mac(0x22), mac(0x11), 0x0800, ipv4(from, to, 17, udpHeader(source, destination, 8)))
const address6 = (last: number, net = 1): Uint8Array =>
  Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, net, 0, 0, 0, 0, 0, 0, 0, 0, 0, last)
const udp6 = (last: number, source: number): Uint8Array =>
  ethernet(mac(0x22), mac(0x11), 0x86dd, ipv6(address6(last), address6(9), 17, udpHeader(source, 7, 8)))

/** What fields of `flower` match of these frames, by their place. */
const frames: readonly Uint8Array[] = [
  udp('10.0.0.1', '10.9.0.1', 1000, 7),
  udp('10.0.0.2', '10.9.0.1', 1001, 53),
  udp('10.1.0.1', '10.9.1.1', 1000, 53),
  ethernet(mac(0x22), mac(0x12), 0x0800, ipv4('10.0.0.1', '10.9.0.1', 6, tcpHeader(1, 2))),
  udp6(1, 1000),
  udp6(2, 1001),
  frameOf({ to: mac(0x22), from: mac(0x11), number: 1, tags: [[0x8100, 0x6005]], size: 100 }),
  frameOf({ to: mac(0x22), from: mac(0x11), number: 2, tags: [[0x8100, 0x2005]], size: 100 }),
  frameOf({ to: mac(0x22), from: mac(0x11), number: 3, tags: [[0x8100, 0x6006]], size: 100 }),
]
const fields: readonly (readonly [title: string, match: Record<string, unknown>, matched: readonly number[]])[] = [
  ['nothing: all', {}, upTo(9)],
  ['a source MAC', { sourceMac: mac(0x12) }, [3]],
  ['a protocol', { protocol: 'ip' }, [0, 1, 2, 3]],
  ['a source prefix', { protocol: 'ip', from: '10.0.0.0/16' }, [0, 1, 3]],
  ['both prefixes', { protocol: 'ip', from: '10.0.0.0/8', to: '10.9.1.0/24' }, [2]],
  ['TCP', { protocol: 'ip', ipProtocol: 6 }, [3]],
  ['UDP from a port', { protocol: 'ip', ipProtocol: 17, sourcePort: 1000 }, [0, 2]],
  ['UDP to a port', { protocol: 'ip', ipProtocol: 17, destinationPort: 53 }, [1, 2]],
  ['an IPv6 address and a port', { protocol: 'ipv6', ipProtocol: 17, from: '2001:db8:1::1/128' }, [4]],
  ['an IPv6 port', { protocol: 'ipv6', ipProtocol: 17, sourcePort: 1001 }, [5]],
  ['a VLAN', { protocol: '802.1Q', vlan: 5 }, [6, 7]],
  ['a priority in a tag', { protocol: '802.1Q', vlanPriority: 3 }, [6, 8]],
  ['the link it came in by', { inputLink: 'in0' }, upTo(9)],
  ['another link', { inputLink: 'out0' }, []],
]

/** Registers a test for each match. */
export function flowerMatching(suite: Suite): void {
  suite.group('flower, by', (inner) => {
    const tables = [
      [frames, fields],
      [headerFrames, headerMatches],
      [tagFrames, tagMatches],
    ] as const
    for (const [sent, rows] of tables) {
      for (const [title, match, matched] of rows) {
        inner.test(title, needs, async (context) => {
          const line = await addLine(context)
          await context.ns.qdisc.add({ link: 'in0', kind: 'clsact' })
          const place = { link: 'in0', parent: 'ingress', priority: 2, kind: 'flower', actions: drop }
          // The frame that ends the test is let pass before.
          const last = { ...place, priority: 1, protocol: 0x88b5, kind: 'u32', keys: isNumber(LAST) }
          await context.ns.filter.add({ ...last, actions: [{ kind: 'gact', control: 'ok' }] } as FilterSpec)
          const refused = await refusalOf(context.ns.filter.add({ ...place, ...match } as FilterSpec))
          // Older kernels have not all fields, and connections only where they were built in.
          if (refused?.code === 'VNET_UNSUPPORTED' || refused?.detail?.startsWith('Conntrack'))
            return context.skip(
              `lacks capability: ${(refused.detail ?? refused.hint)?.replace(/^.*needs /, 'fields of ')}`,
            )
          if (refused !== undefined) throw refused
          const passed = (await passing(line, sent)).map((frame) =>
            sent.findIndex((one) => one.length <= frame.length && one.every((octet, at) => octet === frame[at])),
          )
          expect(passed).toEqual(upTo(sent.length).filter((at) => !matched.includes(at)))
        })
      }
    }
  })
}
