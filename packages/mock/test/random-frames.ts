/** Frames by chance: most of them look like something, so that they get somewhere. @module */

const destinations = ['ffffffffffff', '0180c2000000', '0180c200000e', '01005e000001', '333300000001', '020000000001']
const types = [
  [0x81, 0x00],
  [0x88, 0xa8],
  [0x08, 0x00],
  [0x08, 0x06],
  [0x86, 0xdd],
  [0x00, 0x26],
  [0x88, 0xb5],
]
const bpdu = [0x42, 0x42, 0x03, 0, 0, 0, 0]

/** `count` frames; the same for the same seed. */
export function* randomFrames(seed: number, count: number): Generator<Uint8Array> {
  let state = seed
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 0x1_0000_0000) * below)
  }
  for (let i = 0; i < count; i++) {
    const octets = Uint8Array.from({ length: next(next(8) === 0 ? 1600 : 100) }, () => next(256))
    const set = (at: number, values: Iterable<number>) => {
      for (const value of values) if (at < octets.length) octets[at++] = value
    }
    if (next(4) > 0)
      set(0, (destinations[next(6)] as string).match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [])
    if (next(4) > 0) set(6, [2, 0, 0, 0, 0, next(8)])
    for (let at = 12; next(4) > 0 && at < 24; at += 4) set(at, types[next(types.length)] as number[])
    if (next(4) === 0) set(14, bpdu)
    yield octets
  }
}
