import { type BridgeMstChange, cleanRequest } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import { bridgeMstCodecs, decodeBridgeMsts } from '../src/rtnetlink/bridge-mst.js'

const context = { linkIndex: () => 9, namespaceFd: () => 3, timerFrequency: () => 1e9 }
const hex = (bytes: Uint8Array) => [...bytes].map((octet) => octet.toString(16).padStart(2, '0')).join(' ')

/** `bridge` of iproute2 6.1, which made the recordings, knows no instances: these octets are written after `linux/if_bridge.h`. */
const entry = (msti: number, state: number) =>
  Uint8Array.of(20, 0, 1, 0x80, 6, 0, 1, 0, msti, 0, 0, 0, 5, 0, 2, 0, state, 0, 0, 0)
const nest = (type: number, flags: number, ...inside: readonly Uint8Array[]) => {
  const bytes = inside.flatMap((part) => [...part])
  return Uint8Array.of(bytes.length + 4, 0, type, flags, ...bytes)
}
const header = Uint8Array.of(7, 0, 0, 0, 9, 0, 0, 0, ...new Array<number>(8).fill(0))

describe('instances of the spanning tree', () => {
  it('a change is in the nests of a link of family AF_BRIDGE', () => {
    const to = new MessageWriter()
    const spec = { link: 'v0', msti: 2, state: 'forwarding' } as const
    bridgeMstCodecs['bridgeMst set'].encode(
      to,
      cleanRequest({ operation: 'bridgeMst set', spec }).spec as BridgeMstChange,
      context,
    )
    expect(new DataView(to.bytes.buffer).getUint16(4, true)).toBe(19)
    expect(hex(to.bytes.slice(16, to.length))).toBe(
      hex(Uint8Array.of(...header, ...nest(26, 0, nest(6, 0, entry(2, 3))))),
    )
  })

  it('a list asks for instances, of all ports', () => {
    const to = new MessageWriter()
    bridgeMstCodecs['bridgeMst list'].encode(to, {}, context)
    const asked = Uint8Array.of(7, ...new Array<number>(15).fill(0), 8, 0, 29, 0, 0x80, 0, 0, 0)
    expect(hex(to.bytes.slice(16, to.length))).toBe(hex(asked))
  })

  it('each instance of an answer is one; a link of another family has none', () => {
    const answer = Uint8Array.of(...header, ...nest(26, 0, nest(6, 0x80, entry(0, 3), entry(2, 4))))
    expect(decodeBridgeMsts(new Octets(answer), 0, answer.length)).toEqual([
      { link: 9, msti: 0, state: 'forwarding' },
      { link: 9, msti: 2, state: 'blocking' },
    ])
    const other = Uint8Array.of(0, ...answer.slice(1))
    expect(decodeBridgeMsts(new Octets(other), 0, other.length)).toEqual([])
    expect(() => decodeBridgeMsts(new Octets(answer), 0, answer.length - 4)).toThrow()
    expect(() => decodeBridgeMsts(new Octets(answer), 0, 12)).toThrow('needs 16')
  })
})
