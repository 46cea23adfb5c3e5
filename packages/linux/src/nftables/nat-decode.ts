/** A rule of translation out of its expressions; one that vnet has no words for is of kind `other`. @module */
import { formatIp, formatPrefix, type IpFamily, type NatKind, type NatRule } from '@vnet/core'
import { Octets } from '../netlink/octets.js'
import * as k from './constants.js'
import type { Expression } from './expression.js'
import { maskOf, nameSize } from './match.js'
import { familyNumber } from './message.js'
import { addressOffsets, linkMatches, natFlags } from './nat-encode.js'

/** What the expressions say. */
export type NatMeaning = Omit<NatRule, 'family' | 'handle' | 'hook' | 'comment' | 'other'>
type Draft = { -readonly [K in keyof NatMeaning]?: NatMeaning[K] }
type Numbers = { readonly [name: string]: number | undefined }

/** The meaning of a rule's expressions. */
export function natMeaning(expressions: readonly Expression[], family: IpFamily): NatMeaning {
  const reading = new Reading(expressions, family)
  if (reading.all()) return reading.draft as NatMeaning
  const { packets, bytes } = reading.draft
  const counted = packets === undefined || bytes === undefined ? {} : { packets, bytes }
  return { kind: 'other', ...counted, expressions: expressions.map(({ name }) => name) }
}

/** A walk along the expressions. */
class Reading {
  readonly draft: Draft = {}
  private readonly expressions: readonly Expression[]
  private readonly family: IpFamily
  private at = 0

  constructor(expressions: readonly Expression[], family: IpFamily) {
    this.expressions = expressions
    this.family = family
  }

  /** Reads all; whether there are words for each of them. The walk goes on to the counter where there are none. */
  all(): boolean {
    let known = true
    while (this.at < this.expressions.length) {
      const here = this.at
      if (!this.one()) {
        known = false
        this.at = here + 1
      }
    }
    return known && this.draft.kind !== undefined
  }

  private one(): boolean {
    if (this.draft.kind !== undefined) return false
    const next = this.take()
    if (next === undefined || next.more) return false
    const values = next.values as Numbers
    if (next.name === 'counter') return this.counter(values)
    if (next.name === 'meta' && values.to === k.NFT_REG_1) return this.meta(values.key)
    if (next.name === 'payload' && values.to === k.NFT_REG_1) return this.payload(values)
    if (next.name === 'fib' && values.to === k.NFT_REG_1) return this.local(values)
    if (next.name === 'immediate' || next.name === 'masq' || next.name === 'redir') {
      this.at--
      return this.action()
    }
    return false
  }

  private take(name?: string): Expression | undefined {
    const next = this.expressions[this.at]
    if (name !== undefined && next?.name !== name) return undefined
    this.at++
    return next
  }

  /** What the register is compared with, by this operation. */
  private compared(operation: number, size: number): Uint8Array | undefined {
    const next = this.expressions[this.at]
    if (next?.name !== 'cmp' || next.more) return undefined
    const { from, operation: how, data } = next.values
    if (from !== k.NFT_REG_1 || how !== operation || octetsOf(data).length !== size) return undefined
    this.at++
    return octetsOf(data)
  }

  /** Sets what is not set yet: a rule that compares the same twice has no words. */
  private set<K extends keyof Draft>(property: K, value: Draft[K]): boolean {
    if (this.draft[property] !== undefined) return false
    this.draft[property] = value
    return true
  }

  private counter({ packets, bytes }: Numbers): boolean {
    return this.set('packets', packets) && this.set('bytes', bytes)
  }

  private meta(key: number | undefined): boolean {
    if (key === k.NFT_META_L4PROTO) {
      const octets = this.compared(k.NFT_CMP_EQ, 1)
      return octets !== undefined && this.set('ipProtocol', octets[0])
    }
    for (const { property, key: wanted, not } of linkMatches) {
      if (wanted !== key) continue
      const octets = this.compared(not ? k.NFT_CMP_NEQ : k.NFT_CMP_EQ, nameSize)
      if (octets !== undefined) return this.set(property, new Octets(octets).text(0, nameSize))
    }
    return false
  }

  private local({ result, flags }: Numbers): boolean {
    if (result !== k.NFT_FIB_RESULT_ADDRTYPE || flags !== k.NFTA_FIB_F_DADDR) return false
    const octets = this.compared(k.NFT_CMP_EQ, 4)
    return octets !== undefined && new Octets(octets).u32(0) === k.RTN_LOCAL && this.set('toLocal', true)
  }

  private payload({ base, offset, length = 0 }: Numbers): boolean {
    if (base === k.NFT_PAYLOAD_TRANSPORT_HEADER) {
      if (length !== 2 || (offset !== 0 && offset !== 2)) return false
      const ports = this.ports()
      return ports !== undefined && this.set(offset === 0 ? 'sourcePorts' : 'destinationPorts', ports)
    }
    const offsets = addressOffsets[this.family]
    const size = this.family === 4 ? 4 : 16
    if (base !== k.NFT_PAYLOAD_NETWORK_HEADER || length > size) return false
    const bits = this.mask(length) ?? length * 8
    const same = this.compared(k.NFT_CMP_EQ, length)
    const octets = same ?? this.compared(k.NFT_CMP_NEQ, length)
    if (octets === undefined) return false
    const whole = new Uint8Array(size)
    whole.set(octets)
    const prefix = formatPrefix({ octets: whole, length: bits })
    if (same !== undefined) {
      if (offset === offsets.from) return this.set('from', prefix)
      return offset === offsets.to && this.set('to', prefix)
    }
    if (offset !== offsets.to) return false
    this.draft.except = [...(this.draft.except ?? []), prefix]
    return true
  }

  /** How many bits a mask leaves, where one follows that leaves the first ones. */
  private mask(size: number): number | undefined {
    const next = this.expressions[this.at]
    if (next?.name !== 'bitwise' || next.more) return undefined
    const { from, to, length, mask, xor, operation = 0 } = next.values
    if (from !== k.NFT_REG_1 || to !== k.NFT_REG_1 || length !== size || operation !== 0) return undefined
    const kept = octetsOf(mask)
    if (kept.length !== size || octetsOf(xor).some((octet) => octet !== 0)) return undefined
    const bits = kept.reduce((sum, octet) => sum + octet.toString(2).replaceAll('0', '').length, 0)
    if (maskOf(bits, size).some((octet, at) => octet !== kept[at])) return undefined
    this.at++
    return bits
  }

  private ports(): readonly [number, number] | undefined {
    const one = this.compared(k.NFT_CMP_EQ, 2)
    if (one !== undefined) return [portOf(one), portOf(one)]
    const first = this.compared(k.NFT_CMP_GTE, 2)
    const last = this.compared(k.NFT_CMP_LTE, 2)
    return first === undefined || last === undefined ? undefined : [portOf(first), portOf(last)]
  }

  private action(): boolean {
    const registers = new Map<number, Uint8Array>()
    for (let next = this.take('immediate'); next !== undefined; next = this.take('immediate')) {
      registers.set(next.values.to as number, octetsOf(next.values.data))
    }
    const act = this.take()
    if (act === undefined || act.more) return false
    const values = act.values as Numbers
    const kind = kindOf(act.name, values)
    if (kind === undefined) return false
    if (act.name === 'nat' && values.family !== familyNumber(this.family)) return false
    const size = this.family === 4 ? 4 : 16
    const load = (name: string, octets: number): Uint8Array | undefined => {
      const register = values[name]
      const data = register === undefined ? undefined : registers.get(register)
      return data?.length === octets ? data : undefined
    }
    const [address, lastAddress] = [load('address', size), load('lastAddress', size)]
    const [port, lastPort] = [load('port', 2), load('lastPort', 2)]
    if ((kind === 'snat' || kind === 'dnat') && address === undefined) return false
    // What is named and was not loaded comes from elsewhere: a map, say.
    const named = ['address', 'lastAddress', 'port', 'lastPort'].filter((name) => values[name] !== undefined)
    const loaded = [address, lastAddress, port, lastPort].filter((data) => data !== undefined)
    if (named.length !== loaded.length || !this.flags(values.flags ?? 0)) return false
    if (address !== undefined) this.draft.address = formatIp(address)
    // The kernel tells the first again where there is no last.
    if (lastAddress !== undefined && formatIp(lastAddress) !== this.draft.address)
      this.draft.lastAddress = formatIp(lastAddress)
    if (port !== undefined) this.draft.ports = [portOf(port), portOf(lastPort ?? port)]
    this.draft.kind = kind
    return true
  }

  private flags(bits: number): boolean {
    let rest = bits & ~(k.NF_NAT_RANGE_MAP_IPS | k.NF_NAT_RANGE_PROTO_SPECIFIED)
    for (const [property, bit] of natFlags) {
      if (rest & bit) this.draft[property] = true
      rest &= ~bit
    }
    return rest === 0
  }
}

function kindOf(name: string, { type }: Numbers): NatKind | undefined {
  if (name === 'masq') return 'masquerade'
  if (name === 'redir') return 'redirect'
  if (name !== 'nat') return undefined
  return type === k.NFT_NAT_SNAT ? 'snat' : type === k.NFT_NAT_DNAT ? 'dnat' : undefined
}

/** Octets that may be missing. */
const octetsOf = (value: unknown): Uint8Array => (value ?? new Uint8Array(0)) as Uint8Array

const portOf = (octets: Uint8Array): number => ((octets[0] as number) << 8) | (octets[1] as number)
