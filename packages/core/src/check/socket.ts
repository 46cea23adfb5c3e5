/** Checks of sockets: their options, and what their methods take. @module */
import { named, rangeFault, typeFault } from '../argument.js'
import { isMulticastIp } from '../ip.js'
import type { LinkRef } from '../link.js'
import type {
  CleanGroupLink,
  CleanSocketAddress,
  CleanSocketSettings,
  SocketAddress,
  SocketKind,
  SocketOptions,
  SocketSettings,
  SocketSpec,
} from '../socket.js'
import { type Checks, objectOf } from './object.js'
import { boolean, type Check, ipAddress, linkRef, wholeNumber, word } from './scalar.js'

/** All kinds. */
export const socketKinds: readonly SocketKind[] = ['udp4', 'udp6', 'icmp4', 'icmp6', 'raw4', 'raw6', 'packet']

/** The version of IP that a kind has. */
export const familyOfSocket = (kind: SocketKind): 4 | 6 | undefined =>
  kind === 'packet' ? undefined : kind.endsWith('4') ? 4 : 6

/** A link, or an address of one. */
const groupLink: Check<CleanGroupLink> = (value, path) => {
  if (typeof value !== 'object' || value === null) return linkRef(value, path)
  const address = objectOf({ address: ipAddress }, ['address'])(value, path).address as Uint8Array
  if (address.length !== 4)
    throw rangeFault(`${path}.address`, 'links are found by addresses of IPv4 only', 'name the link, or give its index')
  return address
}

const settings: Checks = {
  broadcast: boolean,
  hops: wholeNumber(1, 255, 'hops'),
  multicastHops: wholeNumber(0, 255, 'hops'),
  multicastLoop: boolean,
  multicastLink: groupLink,
}

const options = objectOf(
  {
    ...settings,
    kind: word(socketKinds),
    protocol: wholeNumber(0, 65_535),
    link: linkRef,
    reuseAddress: boolean,
    ipv6Only: boolean,
    header: boolean,
    receiveBuffer: wholeNumber(2048, 2 ** 30, 'octets'),
  },
  ['kind'],
)

/** Properties that belong to some kinds only. */
const belongs: { readonly [property: string]: (kind: SocketKind) => boolean } = {
  protocol: (kind) => kind.startsWith('raw') || kind === 'packet',
  ipv6Only: (kind) => kind === 'udp6',
  header: (kind) => kind === 'raw4',
  reuseAddress: (kind) => kind.startsWith('udp'),
  ...Object.fromEntries(Object.keys(settings).map((name) => [name, (kind: SocketKind) => kind !== 'packet'])),
  broadcast: (kind) => familyOfSocket(kind) === 4 || kind === 'udp6',
}

/** What a driver receives of what a user wrote. */
export function socketSpec(given: SocketOptions): SocketSpec {
  return named('socket open', (given as { kind?: unknown } | null | undefined)?.kind, () => {
    const spec = options(given, 'options') as unknown as SocketSpec
    for (const property of Object.keys(spec)) foreign(spec.kind, property, 'options')
    const isRaw = spec.kind.startsWith('raw')
    if (isRaw && spec.protocol === undefined)
      throw rangeFault(
        'options.protocol',
        'a raw socket needs its protocol',
        'give a number: 1 is ICMP, 58 ICMPv6, 89 OSPF',
      )
    if (isRaw && (spec.protocol as number) > 255)
      throw rangeFault('options.protocol', 'protocols of IP go from 0 to 255', 'give a number from 0 to 255')
    return spec
  })
}

function foreign(kind: SocketKind, property: string, path: string): void {
  if (belongs[property]?.(kind) === false)
    throw rangeFault(`${path}.${property}`, `a ${kind} socket has none`, 'leave it out')
}

/** Settings as a driver takes them. */
export function socketSettings(kind: SocketKind, given: SocketSettings): CleanSocketSettings {
  return named('socket set', kind, () => {
    const clean = objectOf(settings)(given, 'change') as CleanSocketSettings
    for (const property of Object.keys(clean)) foreign(kind, property, 'change')
    return clean
  })
}

const addressFields = objectOf({ address: ipAddress, port: wholeNumber(0, 65_535), link: linkRef })

/** An address as a driver takes it; of a socket that is to be bound the address may be any. */
export function socketAddress(
  action: 'bind' | 'connect' | 'send',
  kind: SocketKind,
  given: SocketAddress,
): CleanSocketAddress {
  return named(`socket ${action}`, kind, () => {
    const clean = addressFields(given, 'address') as { address?: Uint8Array; port?: number; link?: LinkRef }
    const family = familyOfSocket(kind)
    if (family === undefined)
      throw rangeFault('address', 'a packet socket has links, not addresses', 'give the link when it is opened')
    if (clean.address === undefined && action !== 'bind')
      throw rangeFault('address.address', 'somebody must be meant', 'give an IP address')
    const octets = clean.address ?? new Uint8Array(family === 4 ? 4 : 16)
    if ((octets.length === 4) !== (family === 4))
      throw rangeFault('address.address', `a ${kind} socket has addresses of IPv${family}`, `give one of IPv${family}`)
    if (clean.link !== undefined && family === 4)
      throw rangeFault('address.link', 'addresses of IPv4 belong to no link', 'leave it out')
    if (kind.startsWith('raw') && (clean.port ?? 0) !== 0)
      throw rangeFault('address.port', `a ${kind} socket has no ports`, 'leave it out')
    return { octets, port: clean.port ?? 0, ...(clean.link === undefined ? {} : { link: clean.link }) }
  })
}

/** The link that a packet socket sends by, where it is said. */
export function socketLink(kind: SocketKind, given: SocketAddress): LinkRef | undefined {
  return named('socket send', kind, () => objectOf({ link: linkRef })(given, 'to').link as LinkRef | undefined)
}

/** A group that a socket joins or leaves. */
export function socketGroup(
  action: 'join' | 'leave',
  kind: SocketKind,
  group: unknown,
  link: unknown,
): { readonly octets: Uint8Array; readonly link: CleanGroupLink | undefined } {
  return named(`socket ${action}`, kind, () => {
    const octets = ipAddress(group, 'group')
    const family = familyOfSocket(kind)
    if (family === undefined || (octets.length === 4) !== (family === 4))
      throw rangeFault('group', `a ${kind} socket has no such groups`, 'open a socket of the other version of IP')
    if (!isMulticastIp(octets))
      throw rangeFault('group', 'it is no group', 'groups are those of 224.0.0.0/4 and of ff00::/8')
    return { octets, link: link === undefined ? undefined : groupLink(link, 'link') }
  })
}

/** Octets to send. */
export function socketData(kind: SocketKind, data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data
  return named('socket send', kind, () => {
    throw typeFault('data', 'a Uint8Array', data, 'text becomes one through TextEncoder')
  })
}
