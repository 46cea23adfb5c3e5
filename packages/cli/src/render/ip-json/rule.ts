/** Rules in the shape of `ip -j rule show` (iproute2 6.1). @module */
import type { Rule } from '@vnet/core'
import type { Names } from '../../names.js'
import { hex, hexOctet, type JsonObject, ordered } from './object.js'

/** A rule as `ip -j rule show` writes it. */
export function ruleJson(rule: Rule, names: Names, detail: { readonly details?: boolean } = {}): JsonObject {
  const maker = names.maker(rule.protocol)
  const detached = (side: 'iif' | 'oif') => rule.flags.includes(`${side}_detached`)
  const table = rule.action === 'table' && rule.l3mdev !== true ? names.table(rule.table ?? 'main') : undefined
  return ordered([
    ['priority', rule.priority],
    rule.not === true && ['not', null],
    ...prefixEntries('src', rule.from, 'all'),
    ...prefixEntries('dst', rule.to),
    rule.tos !== undefined && rule.tos !== 0 && ['tos', hexOctet(rule.tos)],
    rule.mark !== undefined && ['fwmark', hex(rule.mark)],
    rule.markMask !== undefined && rule.markMask !== 0xffffffff && ['fwmask', hex(rule.markMask)],
    ['iif', rule.inputLink],
    detached('iif') && ['iif_detached', null],
    ['oif', rule.outputLink],
    detached('oif') && ['oif_detached', null],
    rule.l3mdev === true && ['l3mdev', null],
    ['uid_start', rule.uids?.[0]],
    ['uid_end', rule.uids?.[1]],
    rule.ipProtocol !== undefined && ['ipproto', names.ipProtocol(rule.ipProtocol)],
    ...portEntries('sport', rule.sourcePorts),
    ...portEntries('dport', rule.destinationPorts),
    ['tun_id', rule.tunnelId],
    ['table', table],
    ['suppress_prefixlen', rule.suppressPrefixLength],
    rule.suppressGroup !== undefined && ['suppress_ifgroup', names.group(rule.suppressGroup)],
    ['goto', rule.goto],
    rule.flags.includes('unresolved') && ['unresolved', null],
    rule.action === 'nop' && ['nop', null],
    ['action', ['blackhole', 'unreachable', 'prohibit'].includes(rule.action) ? rule.action : undefined],
    (detail.details === true || !unnamed.includes(maker)) && ['protocol', maker],
  ])
}

/** Makers that `ip` names only with details. */
const unnamed = ['kernel', 'unspec']

function prefixEntries(
  key: string,
  prefix: string | undefined,
  none?: string,
): readonly (readonly [string, unknown])[] {
  if (prefix === undefined || prefix === 'all') return none === undefined ? [] : [[key, none]]
  const [address, length] = prefix.split('/')
  const full = address?.includes(':') ? '128' : '32'
  if (length === undefined || length === full) return [[key, address]]
  if (length === '0' && none !== undefined) return [[key, none]]
  return [
    [key, address],
    [`${key}len`, Number(length)],
  ]
}

function portEntries(
  key: string,
  ports: readonly [number, number] | undefined,
): readonly (readonly [string, unknown])[] {
  if (ports === undefined) return []
  if (ports[0] === ports[1]) return [[key, ports[0]]]
  return [
    [`${key}_start`, ports[0]],
    [`${key}_end`, ports[1]],
  ]
}
