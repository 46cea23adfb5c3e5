/** Whether what a filter of `flower` is to match can be matched together. @module */
import { rangeFault, typeFault } from '../argument.js'
import type { Prefix } from '../ip.js'
import { type FlowerMatch, flowerMacs, flowerNumbers } from '../traffic/flower.js'
import { filterProtocols } from '../traffic-filter.js'

/** What it matches, with octets in place of text. */
export type CleanFlower = FlowerMatch<Prefix, Uint8Array> & { readonly protocol?: number }

const { ip, ipv6, arp } = filterProtocols
const [tcp, ported, icmp] = [6, [6, 17, 132], { [ip]: 1, [ipv6]: 58 }]
const arpFields = ['arpOperation', 'arpSender', 'arpTarget', 'arpSenderMac', 'arpTargetMac'] as const
const portFields = ['sourcePort', 'sourcePorts', 'destinationPort', 'destinationPorts'] as const

/** Refuses fields that packets of this protocol do not have, which the kernel would pass over, and masks of nothing. */
export function checkFlower(clean: CleanFlower): void {
  const { protocol = filterProtocols.all, ipProtocol } = clean
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
    ipProtocol !== undefined && ipProtocol === icmp[protocol],
    'ipProtocol',
    'ipProtocol 1 over IPv4, 58 over IPv6',
  )
  needs(arpFields, protocol === arp, 'protocol', 'protocol arp')
  const tagged = protocol === filterProtocols['802.1Q'] || protocol === filterProtocols['802.1ad']
  needs(['vlan', 'vlanPriority'], tagged, 'protocol', 'protocol 802.1Q')
  for (const name of ['from', 'to', 'arpSender', 'arpTarget'] as const) {
    const size = protocol === ipv6 ? 16 : 4
    if (clean[name] !== undefined && clean[name].octets.length !== size)
      throw rangeFault(`spec.${name}`, 'is of the other version of IP than protocol', 'change one of the two')
  }
  checkMasks(clean)
  for (const side of ['source', 'destination'] as const) {
    const [first, last] = clean[`${side}Ports`] ?? [0, 1]
    if (first === last) throw rangeFault(`spec.${side}Ports`, `is ${first} alone`, `give ${side}Port for one port`)
    if (clean[`${side}Port`] !== undefined && clean[`${side}Ports`] !== undefined)
      throw rangeFault(`spec.${side}Ports`, `stands beside ${side}Port`, 'give one of the two')
  }
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
