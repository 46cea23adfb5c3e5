/** ICMP in a line. @module */
import { formatIp } from '@vnet/core'
import type { Icmp, IcmpProblem } from './icmp.js'
import { ipProtocols, ipv4HeaderSizeAt } from './ipv4.js'
import { u16At } from './octets.js'

/** An ICMP message of `length` octets. */
export function formatIcmp(icmp: Icmp, length: number): string {
  return `ICMP ${words(icmp)}, length ${length}`
}

function words(icmp: Icmp): string {
  if (icmp.kind === 'echo') {
    return `echo ${icmp.type === 8 ? 'request' : 'reply'}, id ${icmp.identifier}, seq ${icmp.sequence}`
  }
  if (icmp.kind === 'problem') return problem(icmp)
  if ((icmp.type === 13 || icmp.type === 14) && icmp.bytes.length >= 4) {
    const name = icmp.type === 13 ? 'query' : 'reply'
    return `time stamp ${name} id ${u16At(icmp.bytes, 0)} seq ${u16At(icmp.bytes, 2)}`
  }
  return `type-#${icmp.type}`
}

function problem(icmp: IcmpProblem): string {
  const quoted = icmp.quotation
  const destination = quoted.length >= 20 ? formatIp(quoted, 16, 4) : '[|ip]'
  switch (icmp.type) {
    case 3:
      return unreachable(icmp, destination)
    case 4:
      return 'source quench'
    case 5: {
      const kinds = ['net', 'host', 'tos-net', 'tos-host']
      const router = [24, 16, 8, 0].map((shift) => (icmp.parameter >>> shift) & 255).join('.')
      return `redirect ${destination} to ${kinds[icmp.code] ?? `#${icmp.code}`} ${router}`
    }
    case 11:
      return icmp.code === 1 ? 'ip reassembly time exceeded' : 'time exceeded in-transit'
    default:
      return `parameter problem - octet ${icmp.parameter >>> 24}`
  }
}

function unreachable({ code, parameter, quotation }: IcmpProblem, destination: string): string {
  const header = quotation.length >= 20 ? ipv4HeaderSizeAt(quotation, 0) : 0
  const protocol = quotation[9]
  switch (code) {
    case 0:
      return `net ${destination} unreachable`
    case 1:
      return `host ${destination} unreachable`
    case 2:
      return `${destination} protocol ${protocol ?? '?'} unreachable`
    case 3: {
      const name = protocol === ipProtocols.tcp ? 'tcp' : protocol === ipProtocols.udp ? 'udp' : `protocol ${protocol}`
      const port = header >= 20 && quotation.length >= header + 4 ? u16At(quotation, header + 2) : '?'
      return `${destination} ${name} port ${port} unreachable`
    }
    case 4:
      return `${destination} unreachable - need to frag${(parameter & 0xffff) === 0 ? '' : ` (mtu ${parameter & 0xffff})`}`
    case 10:
      return `host ${destination} unreachable - admin prohibited`
    case 13:
      return `host ${destination} unreachable - admin prohibited filter`
    default:
      return `${destination} unreachable - #${code}`
  }
}
