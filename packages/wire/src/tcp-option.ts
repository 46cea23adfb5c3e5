/** Options of TCP: the common ones with names, all others as octets. @module */
import { none, unsigned } from './bounds.js'
import { setU16At, setU32At, u16At, u32At } from './octets.js'
import type { RawOption } from './option.js'

/** A range of sequence numbers that was received out of order. */
export interface SackBlock {
  /** First sequence number of the range. */
  readonly left: number
  /** Sequence number behind the range. */
  readonly right: number
}

/** An option of TCP. */
export type TcpOption =
  /** Ends the list; everything behind it is padding. */
  | { readonly kind: 'end'; readonly padding: Uint8Array }
  /** Stands between options, so that they begin where a word does. */
  | { readonly kind: 'nop' }
  /** Largest segment that the sender takes, octets (RFC 9293 § 3.7.1). */
  | { readonly kind: 'mss'; readonly size: number }
  /** The window counts in units of 2^shift octets, shift 0–14 (RFC 7323 § 2). */
  | { readonly kind: 'window-scale'; readonly shift: number }
  /** The sender understands selective acknowledgements (RFC 2018). */
  | { readonly kind: 'sack-permitted' }
  /** Ranges that were received out of order (RFC 2018). */
  | { readonly kind: 'sack'; readonly blocks: readonly SackBlock[] }
  /** The sender's clock, and the last of the peer's, in units of the clock's owner (RFC 7323 § 3). */
  | { readonly kind: 'timestamps'; readonly value: number; readonly echo: number }
  /** Any other option, and one of those above with an unusual length: its number and its octets. */
  | { readonly kind: 'other'; readonly type: number; readonly bytes: Uint8Array }

/** An option with a name of its raw form. */
export function namedTcpOption({ type, bytes }: RawOption): TcpOption {
  if (type === 0) return { kind: 'end', padding: bytes }
  if (type === 1) return { kind: 'nop' }
  if (type === 2 && bytes.length === 2) return { kind: 'mss', size: u16At(bytes, 0) }
  if (type === 3 && bytes.length === 1) return { kind: 'window-scale', shift: bytes[0] as number }
  if (type === 4 && bytes.length === 0) return { kind: 'sack-permitted' }
  if (type === 5 && bytes.length > 0 && bytes.length % 8 === 0) {
    const blocks = Array.from({ length: bytes.length / 8 }, (_, i) => ({
      left: u32At(bytes, i * 8),
      right: u32At(bytes, i * 8 + 4),
    }))
    return { kind: 'sack', blocks }
  }
  if (type === 8 && bytes.length === 8) return { kind: 'timestamps', value: u32At(bytes, 0), echo: u32At(bytes, 4) }
  return { kind: 'other', type, bytes }
}

/** The raw form of an option. @throws RangeError a number that does not fit */
export function rawTcpOption(option: TcpOption): RawOption {
  switch (option.kind) {
    case 'end':
      return { type: 0, bytes: option.padding }
    case 'nop':
      return { type: 1, bytes: none() }
    case 'mss': {
      const bytes = new Uint8Array(2)
      setU16At(bytes, 0, unsigned(option.size, 16, 'tcp.options.size'))
      return { type: 2, bytes }
    }
    case 'window-scale':
      return { type: 3, bytes: Uint8Array.of(unsigned(option.shift, 8, 'tcp.options.shift')) }
    case 'sack-permitted':
      return { type: 4, bytes: none() }
    case 'sack':
      return { type: 5, bytes: words(option.blocks.flatMap(({ left, right }) => [left, right])) }
    case 'timestamps':
      return { type: 8, bytes: words([option.value, option.echo]) }
    case 'other':
      return option
  }
}

function words(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4)
  values.forEach((value, i) => {
    setU32At(bytes, i * 4, unsigned(value, 32, 'tcp.options'))
  })
  return bytes
}
