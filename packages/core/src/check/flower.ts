/** Whether what a filter of `flower` is to match can be matched together. @module */
import { rangeFault, typeFault } from '../argument.js'
import type { Prefix } from '../ip.js'
import { filterProtocols, isVlanProtocol } from '../traffic/filter-protocol.js'
import { type FlowerMatch, flowerMacs, flowerNumbers } from '../traffic/flower.js'
import { behindTags, innermostProtocol } from '../traffic/flower-tag.js'
import { checkConnection } from './flower-connection.js'
import { checkTunnelOptions } from './flower-tunnel-options.js'

/** What it matches, with octets in place of text. */
export type CleanFlower = FlowerMatch<Prefix, Uint8Array, number> & { readonly protocol?: number }

const { ip, ipv6, arp, mpls_uc, mpls_mc, ppp_ses } = filterProtocols
const [tcp, l2tp, secured, cfm] = [6, 115, [50, 51], 0x8902]
const [ported, icmp] = [[6, 17, 132], { [ip]: 1, [ipv6]: 58 }]
const arpFields = ['arpOperation', 'arpSender', 'arpTarget', 'arpSenderMac', 'arpTargetMac'] as const
const portFields = ['sourcePort', 'sourcePorts', 'destinationPort', 'destinationPorts'] as const

/** Refuses fields that packets of this protocol do not have, which the kernel would pass over, and masks of nothing. */
export function checkFlower(clean: CleanFlower): void {
  const { ipProtocol } = clean
  const protocol = innermostProtocol(clean)
  const needs = (names: readonly (keyof FlowerMatch)[], met: boolean, field: string, hint: string) => {
    for (const name of names)
      if (clean[name] !== undefined && !met)
        throw typeFault(`spec.${field}`, 'a value that allows this', undefined, `${name} needs ${hint}`)
  }
  const isIp = protocol === ip || protocol === ipv6
  needs(['ipProtocol', 'from', 'to', 'tos', 'ttl'], isIp, 'protocol', 'protocol ip or ipv6')
  needs(['fragment', 'firstFragment'], isIp, 'protocol', 'protocol ip or ipv6')
  needs(portFields, ported.includes(ipProtocol ?? 0), 'ipProtocol', 'ipProtocol 6 (TCP), 17 (UDP) or 132 (SCTP)')
  needs(['tcpFlags'], ipProtocol === tcp, 'ipProtocol', 'ipProtocol 6 (TCP)')
  needs(
    ['icmpType', 'icmpCode'],
    ipProtocol !== undefined && ipProtocol === icmp[protocol ?? 0],
    'ipProtocol',
    'ipProtocol 1 over IPv4, 58 over IPv6',
  )
  needs(arpFields, protocol === arp, 'protocol', 'protocol arp')
  needs(['l2tpSession'], ipProtocol === l2tp, 'ipProtocol', 'ipProtocol 115 (L2TP)')
  needs(['spi'], secured.includes(ipProtocol ?? 0), 'ipProtocol', 'ipProtocol 50 (ESP) or 51 (AH)')
  needs(['cfmLevel', 'cfmOpcode'], protocol === cfm, 'protocol', 'protocol 0x8902')
  needs(['mpls'], protocol === mpls_uc || protocol === mpls_mc, 'protocol', 'protocol mpls_uc or mpls_mc')
  const { tags, type } = behindTags(clean)
  const isTagged = 'protocol 802.1Q or 802.1ad, or vlanCount'
  needs(['vlan', 'vlanPriority', 'vlanEtherType'], tags > 0, 'protocol', isTagged)
  needs(
    ['innerVlan', 'innerVlanPriority', 'innerVlanEtherType'],
    tags > 1,
    tags > 0 ? 'vlanEtherType' : 'protocol',
    'vlanEtherType 802.1Q or 802.1ad, or a vlanCount of 2',
  )
  needs(['pppoeSession', 'pppProtocol'], type === ppp_ses, 'protocol', 'protocol ppp_ses')
  checkTags(clean, tags)
  checkConnection(clean)
  checkLabels(clean)
  checkTunnelOptions(clean)
  for (const name of ['from', 'to', 'arpSender', 'arpTarget'] as const) {
    const size = protocol === ipv6 ? 16 : 4
    if (clean[name] !== undefined && clean[name].octets.length !== size)
      throw rangeFault(`spec.${name}`, 'is of the other version of IP than protocol', 'change one of the two')
  }
  const { tunnelFrom, tunnelTo } = clean
  if (tunnelFrom && tunnelTo && tunnelFrom.octets.length !== tunnelTo.octets.length)
    throw rangeFault('spec.tunnelTo', 'is of the other version of IP than tunnelFrom', 'change one of the two')
  checkMasks(clean)
  for (const side of ['source', 'destination'] as const) {
    const [first, last] = clean[`${side}Ports`] ?? [0, 1]
    if (first === last) throw rangeFault(`spec.${side}Ports`, `is ${first} alone`, `give ${side}Port for one port`)
    if (clean[`${side}Port`] !== undefined && clean[`${side}Ports`] !== undefined)
      throw rangeFault(`spec.${side}Ports`, `stands beside ${side}Port`, 'give one of the two')
  }
}

/** Tags by EtherType and by number have to agree; the kernel would keep what no packet has. */
function checkTags({ protocol, vlanCount, innerVlanEtherType }: CleanFlower, tags: number): void {
  const isOther = protocol !== undefined && protocol !== filterProtocols.all && !isVlanProtocol(protocol)
  if (vlanCount !== undefined && (vlanCount < tags || (vlanCount > 0 && isOther)))
    throw rangeFault('spec.vlanCount', `${vlanCount} tags, of which the protocols say others`, 'change one of the two')
  if (vlanCount !== undefined && vlanCount > 1 && tags < 2)
    throw rangeFault('spec.vlanEtherType', `is no tag, of which there are ${vlanCount}`, 'change one of the two')
  if (innerVlanEtherType !== undefined && isVlanProtocol(innerVlanEtherType))
    throw rangeFault(
      'spec.innerVlanEtherType',
      'is a third tag',
      'the kernel looks behind all; give what is behind them',
    )
}

/** Each entry of a stack of labels is said once. */
function checkLabels({ mpls }: CleanFlower): void {
  if (mpls === undefined) return
  if (mpls.length === 0) throw rangeFault('spec.mpls', 'has no entries', 'leave it out')
  for (const [index, { depth }] of mpls.entries())
    if (mpls.findIndex((one) => one.depth === depth) !== index)
      throw rangeFault(`spec.mpls.${index}.depth`, `${depth} is there already`, 'give each entry once')
}

/** A mask belongs to a value, which has no bits outside of it: they could never match. */
function checkMasks(clean: CleanFlower): void {
  for (const name of Object.keys(flowerNumbers) as (keyof typeof flowerNumbers)[]) {
    const mask = clean[`${name}Mask`]
    if (mask === undefined) continue
    const value = clean[name]
    if (value === undefined)
      throw typeFault(`spec.${name}`, 'a value', undefined, `${name}Mask says which of its bits count`)
    if ((value & ~mask) !== 0) throw outside(name)
  }
  for (const name of flowerMacs) {
    const mask = clean[`${name}Mask`]
    if (mask === undefined) continue
    const value = clean[name]
    if (value === undefined)
      throw typeFault(`spec.${name}`, 'a MAC', undefined, `${name}Mask says which of its bits count`)
    if (value.some((octet, at) => (octet & ~(mask[at] as number)) !== 0)) throw outside(name)
    if (mask.every((octet) => octet === 0))
      throw rangeFault(`spec.${name}Mask`, 'has no bits', `leave out ${name} and its mask`)
  }
}

const outside = (name: string) =>
  rangeFault(`spec.${name}`, `has bits that ${name}Mask leaves out`, 'they could never match')
