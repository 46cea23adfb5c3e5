/** A rule of translation as expressions, in the order in which `nft` writes them. @module */
import type { CleanNatSpec, IpFamily, Prefix } from '@vnet/core'
import * as k from './constants.js'
import type { Expression } from './expression.js'
import { expression, matchLink, matchLocal, matchPorts, matchPrefix, matchProtocol, portOctets } from './match.js'
import { familyNumber } from './message.js'

/** Where source and destination stand in the IP header. */
export const addressOffsets: Readonly<Record<IpFamily, { readonly from: number; readonly to: number }>> = {
  4: { from: 12, to: 16 },
  6: { from: 8, to: 24 },
}

/** The names that links are matched by: ours, the kernel's key, and whether all others are meant. */
export const linkMatches = [
  { property: 'inputLink', key: k.NFT_META_IIFNAME, not: false },
  { property: 'exceptInputLink', key: k.NFT_META_IIFNAME, not: true },
  { property: 'outputLink', key: k.NFT_META_OIFNAME, not: false },
  { property: 'exceptOutputLink', key: k.NFT_META_OIFNAME, not: true },
] as const

/** How ports are chosen: ours, and the kernel's bit. */
export const natFlags = [
  ['random', k.NF_NAT_RANGE_PROTO_RANDOM],
  ['persistent', k.NF_NAT_RANGE_PERSISTENT],
  ['fullyRandom', k.NF_NAT_RANGE_PROTO_RANDOM_FULLY],
] as const

/** What a rule of any kind may have. */
type Loose = {
  readonly [property in (typeof linkMatches)[number]['property']]?: string
} & {
  readonly toLocal?: boolean
  readonly address?: Uint8Array
  readonly lastAddress?: Uint8Array
}

/** The expressions of a rule: what a packet must match, a counter, and what becomes of it. */
export function natExpressions(spec: CleanNatSpec): Expression[] {
  const loose = spec as CleanNatSpec & Loose
  const { family, from, to, except = [], ipProtocol, sourcePorts, destinationPorts } = spec
  const offset = addressOffsets[family]
  const matches: Expression[] = []
  if (loose.toLocal) matches.push(...matchLocal())
  for (const { property, key, not } of linkMatches) {
    const name = loose[property]
    if (name !== undefined) matches.push(...matchLink(key, name, not))
  }
  const address = (at: number, prefix: Prefix, not = false) => matches.push(...matchPrefix(at, prefix, not))
  if (from !== undefined) address(offset.from, from)
  if (to !== undefined) address(offset.to, to)
  for (const prefix of except) address(offset.to, prefix, true)
  if (ipProtocol !== undefined) matches.push(...matchProtocol(ipProtocol))
  if (sourcePorts !== undefined) matches.push(...matchPorts(0, sourcePorts))
  if (destinationPorts !== undefined) matches.push(...matchPorts(2, destinationPorts))
  return [...matches, expression('counter', {}), ...action(loose)]
}

/** Loads what the action takes into registers, each its own, and names them. */
function action(spec: CleanNatSpec & Loose): Expression[] {
  const loads: Expression[] = []
  const values: Record<string, number> = {}
  const register = (name: string, data: Uint8Array): void => {
    const to = k.NFT_REG_1 + loads.length
    loads.push(expression('immediate', { to, data }))
    values[name] = to
  }
  if (spec.address !== undefined) register('address', spec.address)
  if (spec.lastAddress !== undefined) register('lastAddress', spec.lastAddress)
  let flags = 0
  if (spec.ports !== undefined) {
    const [first, last] = spec.ports
    register('port', portOctets(first))
    if (last !== first) register('lastPort', portOctets(last))
    flags |= k.NF_NAT_RANGE_PROTO_SPECIFIED
  }
  for (const [property, bit] of natFlags) if (spec[property]) flags |= bit
  if (flags !== 0) values.flags = flags
  if (spec.kind === 'masquerade') return [...loads, expression('masq', values)]
  if (spec.kind === 'redirect') return [...loads, expression('redir', values)]
  const type = spec.kind === 'snat' ? k.NFT_NAT_SNAT : k.NFT_NAT_DNAT
  return [...loads, expression('nat', { type, family: familyNumber(spec.family), ...values })]
}
