/** Tests of ports: `port 53`, `tcp src portrange 1024-2047`. @module */
import type { BpfInstruction } from '@vnet/core'
import { directed } from './address.js'
import { all, any, between, type Condition, equal } from './condition.js'
import { FilterError } from './error.js'
import type { Layout } from './layout.js'
import { serviceOf } from './name.js'
import { isFirstFragment, isIp } from './protocol.js'
import type { Qualifiers } from './syntax.js'
import type { ProtocolWord } from './word.js'

/** Protocols that have ports, in the order in which they are asked for. */
const transports = { sctp: 132, tcp: 6, udp: 17 } as const
type Transport = keyof typeof transports

/** Ports from one to another, and the transport where the name of a port tells. */
export interface Ports {
  readonly first: number
  readonly last: number
  readonly transport?: Transport
}

/** Ports that are written as a name, or as two of them with a dash between. */
export function namedPorts(name: string, { type, protocol }: Qualifiers, at: number): Ports {
  const whole = servicePort(name)
  if (type === 'port' || whole !== undefined) {
    if (whole === undefined) throw unknown('port', name, at)
    return ofTransport({ ...whole, last: whole.first }, name, protocol, at)
  }
  // Names of ports have dashes themselves.
  for (let dash = name.indexOf('-'); dash >= 0; dash = name.indexOf('-', dash + 1)) {
    const [first, last] = [servicePort(name.slice(0, dash)), servicePort(name.slice(dash + 1))]
    if (first === undefined || last === undefined) continue
    const common = first.transport === last.transport ? first.transport : undefined
    const range = { first: first.first, last: last.first, ...(common === undefined ? {} : { transport: common }) }
    return ofTransport(range, name, protocol, at)
  }
  throw unknown('port in range', name, at)
}

/** Ports by number. */
export function numberedPorts(number: number, at: number): Ports {
  return { first: checked(number, at), last: number }
}

function servicePort(name: string): { readonly first: number; readonly transport?: Transport } | undefined {
  if (/^[0-9]+$/.test(name)) return { first: Number(name) }
  const service = serviceOf(name)
  if (service === undefined) return undefined
  const { port, ...transport } = service
  return { first: port, ...transport }
}

function ofTransport(ports: Ports, name: string, protocol: ProtocolWord | undefined, at: number): Ports {
  const { transport } = ports
  checked(ports.first, at)
  checked(ports.last, at)
  if (transport !== undefined && protocol !== undefined && transport !== protocol) {
    throw new FilterError(`port '${name}' is ${transport}`, at)
  }
  return ports
}

function checked(port: number, at: number): number {
  if (port > 0xffff) throw new FilterError(`illegal port number ${port} > 65535`, at)
  return port
}

const unknown = (what: string, name: string, at: number) =>
  new FilterError(`unknown ${what} '${name}'`, at, 'only the names of well-known ports are known: give its number')

/** Whether a packet has one of some ports. Fragments have none, but for the first. */
export function hasPorts(layout: Layout, ports: Ports, qualifiers: Qualifiers, at: number): Condition {
  const { protocol, direction } = qualifiers
  if (protocol !== undefined && !(protocol in transports)) {
    throw new FilterError(
      `illegal qualifier of '${qualifiers.type}'`,
      at,
      `ports are of tcp, udp and sctp: ${protocol} and ${qualifiers.type} …`,
    )
  }
  const only = (protocol ?? ports.transport) as Transport | undefined
  const numbers = only === undefined ? Object.values(transports) : [transports[only]]
  const [first, last] = ports.first <= ports.last ? [ports.first, ports.last] : [ports.last, ports.first]
  const isPort = (code: readonly BpfInstruction[]) =>
    qualifiers.type === 'port' ? equal(code, first) : between(code, first, last)
  const version6 = any(
    ...numbers.map((number) =>
      all(
        equal(layout.inPacket(6, 1), number),
        directed(direction, (source) => isPort(layout.behindIpv6(source ? 0 : 2, 2))),
      ),
    ),
  )
  const version4 = any(
    ...numbers.map((number) =>
      all(
        equal(layout.inPacket(9, 1), number),
        isFirstFragment(layout),
        directed(direction, (source) => isPort(layout.behindIpv4(source ? 0 : 2, 2))),
      ),
    ),
  )
  return any(all(isIp(layout, 'ip6', at), version6), all(isIp(layout, 'ip', at), version4))
}
