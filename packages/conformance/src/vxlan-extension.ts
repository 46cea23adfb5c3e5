/** What newer VXLANs do with the header's bits that nobody uses, and with flow labels. @module */
import { isVnetError } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { ethernet, everybody, hex, ip6, ipv6, joined, u16, udpHeader } from './frame.js'
import { readOf, write } from './port-frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'
import { arrivals, frameOf } from './taps.js'
import { bridged } from './tunnel-bridged.js'
import { needsOf, protocols } from './tunnel-inside.js'
import { incoming, outer } from './tunnel-underlay.js'

const UDP = protocols.udp
const [near4, far4] = outer[4]
const [near6, far6] = outer[6]
const needs = ['link bridge', ...needsOf('vxlan')] as const

/** Registers the tests. */
export function vxlanExtension(suite: Suite): void {
  suite.test('vxlan: only bits that are reserved drop a packet', needs, async (context) => {
    const reservedBits = [0x8000_0000, 0x01] as const
    const vxlan = { id: 42, local: near4, remote: far4, reservedBits } as const
    const { underlay, tap } = await known(context, 'reservedBits (Linux 6.14)', { kind: 'vxlan', name: 't0', vxlan })
    for (const [number, first, last] of [
      // Free to use, and reserved in either word.
      [1, 0x0800_0000, 0],
      [2, 0x0840_0001, 0x80],
      [3, 0x8800_0000, 0],
      [4, 0x0800_0000, 0x01],
      [5, 0x7fff_ffff, 0xfe],
    ] as const) {
      const frame = frameOf({ to: everybody, from: mac(0x62), number })
      await underlay.write(incoming(4, UDP, packet(first, (42 << 8) | last, frame)))
    }
    const end = frameOf({ to: everybody, from: mac(0x62), number: 0xffff })
    await underlay.write(incoming(4, UDP, packet(0x0800_0000, 42 << 8, end)))
    expect(await arrivals(tap)).toEqual(['1', '2', '5'])
  })

  suite.test('vxlan: the flow label of the packet inside', needs, async (context) => {
    const vxlan = { id: 42, local: near6, remote: far6, flowLabel: 0x12345, flowLabelPolicy: 'inherit' } as const
    const { underlay, tap } = await known(context, 'flowLabelPolicy (Linux 6.8)', { kind: 'vxlan', name: 't0', vxlan })
    const labelOf = async (frame: Uint8Array) => {
      await write(tap.port, frame)
      const isOurs = (one: Uint8Array) => u16(one, 12) === 0x86dd && hex(one).endsWith(hex(frame))
      const sent = await readOf(underlay.port, isOurs)
      return (((sent[15] as number) & 15) << 16) | u16(sent, 16)
    }
    const inside = ipv6(ip6('fd00:1::1'), ip6('fd00:1::2'), 59, new Uint8Array(8))
    inside.set([0x60, 0x0a, 0xbc, 0xde])
    expect(await labelOf(ethernet(everybody, mac(0x99), 0x86dd, inside))).toBe(0xabcde)
    expect(await labelOf(frameOf({ to: everybody, from: mac(0x99), number: 1 }))).toBe(0)
    await context.ns.link.set('t0', { vxlan: { flowLabelPolicy: 'fixed' } })
    expect(await labelOf(ethernet(everybody, mac(0x99), 0x86dd, inside))).toBe(0x12345)
  })
}

/** A VXLAN with an option that this kernel knows. */
async function known(context: Context, option: string, spec: Parameters<typeof bridged>[1]) {
  try {
    return await bridged(context, spec)
  } catch (error) {
    if (isVnetError(error) && error.code === 'VNET_UNSUPPORTED')
      context.skip(`lacks capability: option vxlan.${option}`)
    throw error
  }
}

/** A datagram of VXLAN without a checksum, by the two words of its header. */
function packet(first: number, second: number, frame: Uint8Array): Uint8Array {
  const header = new Uint8Array(8)
  const view = new DataView(header.buffer)
  view.setUint32(0, first)
  view.setUint32(4, second)
  return joined(udpHeader(50_000, 4789, 16 + frame.length), header, frame)
}
