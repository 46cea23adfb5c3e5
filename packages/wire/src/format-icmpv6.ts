/** ICMPv6 and IGMP in a line. @module */
import { formatIp } from '@vnet/core'
import type { Icmpv6 } from './icmpv6.js'
import type { Igmp } from './igmp.js'
import { ipProtocols } from './ipv4.js'
import { u16At } from './octets.js'

/** An ICMPv6 message of `length` octets. */
export function formatIcmpv6(icmp: Icmpv6, length: number): string {
  return `ICMP6, ${words(icmp)}, length ${length}`
}

function words(icmp: Icmpv6): string {
  switch (icmp.kind) {
    case 'echo':
      return `echo ${icmp.type === 128 ? 'request' : 'reply'}, id ${icmp.identifier}, seq ${icmp.sequence}`
    case 'problem':
      return problem(icmp.type, icmp.code, icmp.parameter, icmp.quotation)
    case 'router-solicitation':
      return 'router solicitation'
    case 'router-advertisement':
      return 'router advertisement'
    case 'neighbour-solicitation':
      return `neighbor solicitation, who has ${icmp.target}`
    case 'neighbour-advertisement':
      return `neighbor advertisement, tgt is ${icmp.target}`
    case 'redirect':
      return `redirect, ${icmp.destination} to ${icmp.target}`
    case 'mld-query': {
      if (icmp.version2 === undefined)
        return `multicast listener query max resp delay: ${icmp.delay} addr: ${icmp.group}`
      return `multicast listener query v2${groupOf(icmp.group, '::', icmp.version2.sources.length)}`
    }
    case 'mld-report':
      return `multicast listener ${icmp.type === 131 ? 'report' : 'done'} max resp delay: ${icmp.delay ?? 0} addr: ${icmp.group}`
    case 'mld-report2':
      return `multicast listener report v2, ${icmp.records.length} group record(s)`
    case 'other':
      return `unknown icmp6 type (${icmp.type})`
  }
}

function groupOf(group: string, any: string, sources: number): string {
  return group === any ? '' : ` [gaddr ${group}${sources > 0 ? `, ${sources} source(s)` : ''}]`
}

function problem(type: number, code: number, parameter: number, quoted: Uint8Array): string {
  const destination = quoted.length >= 40 ? formatIp(quoted, 24, 16) : '[|ip6]'
  if (type === 2) return `packet too big, mtu ${parameter}`
  if (type === 3) return code === 1 ? 'time exceeded in-reassembly' : `time exceeded in-transit for ${destination}`
  if (type === 4) {
    const what = ['errorneous', 'next header', 'option'][code] ?? `code-#${code}`
    return `parameter problem, ${what} - octet ${parameter}`
  }
  const reasons = ['unreachable route', 'unreachable prohibited', 'beyond scope', 'unreachable address']
  if (code < 4) return `destination unreachable, ${reasons[code]} ${destination}`
  if (code !== 4) return `destination unreachable, unknown code (${code})`
  const protocol = quoted[6]
  const name = protocol === ipProtocols.tcp ? 'tcp' : protocol === ipProtocols.udp ? 'udp' : `protocol ${protocol}`
  const port = quoted.length >= 44 ? u16At(quoted, 42) : '?'
  return `destination unreachable, unreachable port, ${destination} ${name} port ${port}`
}

/** An IGMP message. */
export function formatIgmp(igmp: Igmp): string {
  switch (igmp.kind) {
    case 'query': {
      if (igmp.version3)
        return `igmp query v3${delay(igmp.code)}${groupOf(igmp.group, '0.0.0.0', igmp.version3.sources.length)}`
      const version = igmp.code === 0 ? 'v1' : `v2${delay(igmp.code)}`
      return `igmp query ${version}${groupOf(igmp.group, '0.0.0.0', 0)}`
    }
    case 'report':
      return `igmp ${igmp.type === 0x12 ? 'v1' : 'v2'} report ${igmp.group}`
    case 'leave':
      return `igmp leave ${igmp.group}`
    case 'report3':
      return `igmp v3 report, ${igmp.records.length} group record(s)`
    case 'other':
      return `igmp-${igmp.type}`
  }
}

/** The usual ten seconds go without saying. */
function delay(code: number): string {
  return code === 100 ? '' : ` [max resp time ${(code / 10).toFixed(1)}s]`
}
