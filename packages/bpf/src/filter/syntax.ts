/** What a filter expression says, as a tree (pcap-filter(7)). Types only. @module */
import type { Operation } from '../instruction.js'
import type { LlcType, ProtocolWord } from './word.js'

/** Which of two addresses or ports. */
export type Direction = 'src' | 'dst' | 'or' | 'and'
/** What an identity is the name of. */
export type IdentityType = 'host' | 'net' | 'port' | 'portrange' | 'proto' | 'protochain' | 'gateway'

/** What stands before an identity, or is taken from the one before: `tcp dst port`. */
export interface Qualifiers {
  readonly protocol?: ProtocolWord
  readonly direction?: Direction
  readonly type?: IdentityType
}

/** What a primitive compares with. */
export type Identity =
  | { readonly kind: 'number'; readonly value: number }
  /** An IPv4 address or the first octets of one. `length` or `mask` where they are written. */
  | { readonly kind: 'ipv4'; readonly text: string; readonly length?: number; readonly mask?: string }
  | { readonly kind: 'ipv6'; readonly text: string; readonly octets: Uint8Array; readonly length?: number }
  | { readonly kind: 'mac'; readonly octets: Uint8Array }
  | { readonly kind: 'name'; readonly text: string }

/** A comparison of numbers. */
export type Relation = '=' | '!=' | '<' | '<=' | '>' | '>='

/** A number that is computed. `at`: where in the text. */
export type Arithmetic =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'length' }
  | {
      readonly kind: 'load'
      readonly protocol: ProtocolWord
      readonly index: Arithmetic
      readonly size: number
      readonly at: number
    }
  | {
      readonly kind: 'binary'
      readonly operation: Operation
      readonly left: Arithmetic
      readonly right: Arithmetic
      readonly at: number
    }
  | { readonly kind: 'negative'; readonly of: Arithmetic }

/** A header that what follows is behind. */
export type Layer = 'vlan' | 'mpls' | 'pppoed' | 'pppoes' | 'geneve'

/** What holds or not. */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'identity'; readonly what: Identity; readonly qualifiers: Qualifiers; readonly at: number }
  | { readonly kind: 'protocol'; readonly protocol: ProtocolWord; readonly at: number }
  | {
      readonly kind: 'relation'
      readonly relation: Relation
      readonly left: Arithmetic
      readonly right: Arithmetic
      readonly at: number
    }
  | { readonly kind: 'broadcast' | 'multicast'; readonly protocol?: ProtocolWord; readonly at: number }
  | { readonly kind: 'less' | 'greater'; readonly octets: number }
  | { readonly kind: 'byte'; readonly offset: number; readonly operator: string; readonly value: number }
  | { readonly kind: 'inbound' | 'outbound' }
  | { readonly kind: 'ifindex'; readonly index: number }
  | { readonly kind: 'layer'; readonly layer: Layer; readonly number?: number; readonly at: number }
  | { readonly kind: 'llc'; readonly type?: LlcType; readonly at: number }
