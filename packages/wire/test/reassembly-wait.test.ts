/** What waits for the rest of its fragments can be told apart, counted and given up. */
import { describe, expect, it } from 'vitest'
import { encodeFrame, fragmentsOf, Reassembly } from '../src/index.js'

/** The fragments of a packet. */
function pieces(identification: number): Uint8Array[] {
  const frame = encodeFrame([
    { layer: 'ethernet', destination: '02:00:00:00:00:01', source: '02:00:00:00:00:02' },
    { layer: 'ipv4', source: '10.0.0.2', destination: '10.0.0.1', identification },
    { layer: 'icmp', kind: 'echo', type: 8, identifier: 1, sequence: 1, data: new Uint8Array(3000) },
  ])
  return fragmentsOf(frame, 1500, 0)
}

describe('Reassembly', () => {
  it('keeps the same object for a packet as long as it waits', () => {
    const reassembly = new Reassembly()
    const [first, second, third] = pieces(1) as [Uint8Array, Uint8Array, Uint8Array]
    expect(reassembly.waiting(first)).toBeUndefined()
    reassembly.add(second)
    const waits = reassembly.waiting(first)
    expect(waits).toBeDefined()
    reassembly.add(first)
    expect(reassembly.waiting(third)).toBe(waits)
    expect(reassembly.add(third)).toBeDefined()
    expect(reassembly.waiting(first)).toBeUndefined()
  })

  it('gives up a packet, and gives its first fragment back where that is there', () => {
    const reassembly = new Reassembly()
    const [first, second, third] = pieces(1) as [Uint8Array, Uint8Array, Uint8Array]
    reassembly.add(second)
    expect(reassembly.discard(third)).toBeUndefined()
    expect(reassembly.waiting(second)).toBeUndefined()
    reassembly.add(second)
    reassembly.add(first)
    expect(reassembly.discard(third)).toEqual(first)
    expect(reassembly.add(third)).toBeUndefined()
    expect(reassembly.discard(new Uint8Array(60))).toBeUndefined()
  })

  it('keeps as many packets as it is told', () => {
    const reassembly = new Reassembly(2)
    const firsts = [1, 2, 3].map((number) => pieces(number)[0] as Uint8Array)
    for (const first of firsts) reassembly.add(first)
    expect(firsts.map((first) => reassembly.waiting(first) !== undefined)).toEqual([false, true, true])
  })
})
