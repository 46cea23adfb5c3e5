/** Tunnels over IP (`net/ipv4/ip_tunnel.c`, `net/ipv6/sit.c`, `ip6_tunnel.c`, `ip6_gre.c`, `ip6_vti.c`). @module */
import {
  type CleanLinkChange,
  type CleanLinkSpec,
  formatIp,
  formatMac,
  isMulticastIp,
  parseIp,
  remedyOf,
} from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { randomMac } from '../random.js'
import { refuse } from '../refusal.js'
import { sendThrough } from '../tunnel/send.js'
import type { LinkKind } from './kind.js'
import { firstMtu, lowerOf, mostMtu, ownMtu } from './tunnel-mtu.js'
import { changedSettings, newSettings, type TunnelSettings, type TunnelTraits, tunnelTraits } from './tunnel-option.js'

/** What a tunnel keeps. */
export interface TunnelData {
  options: TunnelSettings
  /** Where it was made: its outer packets go there, wherever the link is moved. */
  readonly home: Namespace
  /** Sequence numbers: of the next packet that is sent, and the least of the next that may come. */
  sent?: number
  expected?: number
  /** Errors about its packets that wait to be told, and kernel time of the last, seconds. */
  errors?: { readonly count: number; readonly at: number }
}

const dataOf = (device: Device): TunnelData => device.tunnel as TunnelData
const any = { 4: '0.0.0.0', 6: '::' } as const

function tunnelKind(traits: TunnelTraits): LinkKind {
  const { kind: name, version, type } = traits
  const frames = type === 'ether'
  const pathOf = (option: string) => `spec.${name}.${option}`
  return {
    name,
    ownMtu: true,
    make(kernel, device, spec, origin) {
      const given = optionsOf(spec, name)
      const options = newSettings(traits, { ...given, link: linkOf(origin, given.link, pathOf('link')) })
      device.tunnel = { options, home: origin }
      device.type = type === 'gre' && options.external === true ? 'none' : type
      device.tsoMaxSize = 65536
      device.minMtu = traits.minMtu
      device.maxMtu = traits.maxMtu
      if (frames) {
        device.canBroadcast = true
        device.multicast = true
      } else {
        device.macSet = false
        device.noArp = true
        device.noQueue = true
        setEnds(traits, device)
        device.permanentAddress = version === 6 ? chanceAddress(kernel) : (options.local as string | undefined)
      }
      refuseWrapping(kernel, traits, given)
      check(traits, options)
      refuseTaken(traits, device, options)
      device.mtu = ownMtu(origin, traits, options) ?? firstMtu(traits, options)
      if (spec.mtu !== undefined) setFirstMtu(traits, device, spec.mtu)
    },
    registered(_kernel, device) {
      dataOf(device).home.tunnels.add(device)
    },
    uninit(_kernel, device) {
      dataOf(device).home.tunnels.delete(device)
    },
    change(kernel, device, change) {
      const given = optionsOf(change, name)
      refuseWrapping(kernel, traits, given)
      const data = dataOf(device)
      const { link, ...others } = given
      const chosen = link === undefined ? {} : { link: linkOf(data.home, link, pathOf('link')) }
      changeTunnel(traits, device, changedSettings(data.options, { ...others, ...chosen }), change.mtu === undefined)
      return true
    },
    transmit: sendThrough,
    open(_kernel, device) {
      const { home, options } = dataOf(device)
      if (name !== 'gre' || !isGroup(options.remote) || lowerOf(home, version, options) !== undefined) return
      refuse('EADDRNOTAVAIL', undefined, {
        attribute: 'spec.up',
        hint: `no route leads to the group ${options.remote}`,
      })
    },
    describe: (device) => ({ [name]: { ...dataOf(device).options } }),
    checkMtu(_kernel, device, mtu) {
      const most = mostMtu(traits, dataOf(device).options)
      if (traits.maxMtu === 0 && (mtu < 68 || mtu > most)) {
        refuse('EINVAL', undefined, { attribute: 'spec.mtu', hint: `this tunnel takes an MTU of 68 to ${most}` })
      }
    },
  }
}

/** The options in a specification or a change. */
const optionsOf = (spec: CleanLinkSpec | CleanLinkChange, name: string): TunnelSettings =>
  (spec as unknown as Record<string, TunnelSettings | undefined>)[name] ?? {}

/** The index of the link to go by: a name must be there, an index is not looked at (`parms.link`). */
function linkOf(home: Namespace, ref: unknown, attribute: string): number | null | undefined {
  if (typeof ref !== 'string') return ref as number | null | undefined
  return (home.find(ref) ?? refuse('ENODEV', undefined, { attribute })).index
}

const isGroup = (address: unknown): boolean =>
  typeof address === 'string' && isMulticastIp(parseIp(address) as Uint8Array)

/** A link without frames has the ends for its addresses, and is point to point where they are known. */
function setEnds({ version }: TunnelTraits, device: Device): void {
  const { local, remote } = dataOf(device).options as { local?: string; remote?: string }
  const text = (address: string | undefined) => addressText(device, address ?? any[version])
  device.mac = text(local)
  device.broadcast = text(remote)
  device.pointToPoint = version === 4 ? remote !== undefined : local !== undefined && remote !== undefined
  if (version === 4) device.canBroadcast = isGroup(remote)
}

/** Six octets by chance where an IPv6 address is looked for (`ip6_tnl_dev_init`). */
function chanceAddress(kernel: Kernel): string {
  const octets = new Uint8Array(16)
  octets.set(randomMac(kernel.random))
  return formatIp(octets)
}

/** Of type `none` the ends are mere octets. */
function addressText(device: Device, address: string): string {
  const octets = parseIp(address) as Uint8Array
  return device.type === 'none' ? formatMac(octets) : formatIp(octets)
}

/** Wrappings in UDP that this kernel lacks (`ip_tunnel_encap_setup`). */
function refuseWrapping(kernel: Kernel, { kind }: TunnelTraits, { encap }: TunnelSettings): void {
  if (encap !== 'fou' && encap !== 'gue') return
  if (kernel.has('tunnel encap')) return
  refuse('EINVAL', undefined, { attribute: `spec.${kind}.encap`, hint: remedyOf('tunnel encap') })
}

/** What the drivers refuse of the options as a whole. */
function check({ kind }: TunnelTraits, options: TunnelSettings): void {
  if (kind === 'gre' && isGroup(options.remote) && options.local === undefined) {
    refuse('EINVAL', undefined, { attribute: 'spec.gre.local', hint: 'a tunnel to a group needs a local address' })
  }
  if (options.ignoreDf === true && options.pmtudisc === true) {
    refuse('EINVAL', undefined, {
      attribute: `spec.${kind}.ignoreDf`,
      hint: 'path MTU discovery does not fragment at all: switch one off first',
    })
  }
  if (kind !== 'sit') return
  const { sixrdPrefixLength, sixrdRelayPrefixLength } = options as { [name: string]: number }
  if ((sixrdPrefixLength as number) + 32 - (sixrdRelayPrefixLength as number) > 64) {
    refuse('EINVAL', undefined, {
      attribute: 'spec.sit.sixrdPrefixLength',
      hint: 'the network and what is left of an IPv4 address must fit into 64 bits',
    })
  }
  for (const [name, length] of [
    ['sixrdPrefix', sixrdPrefixLength],
    ['sixrdRelayPrefix', sixrdRelayPrefixLength],
  ] as const) {
    if (!hasHostBits(options[name] as string, length as number)) continue
    refuse('EINVAL', undefined, { attribute: `spec.sit.${name}`, hint: `only the first ${length} bits may be set` })
  }
}

function hasHostBits(network: string, length: number): boolean {
  const octets = parseIp(network) as Uint8Array
  return octets.some((octet, at) => (octet & (0xff >> Math.max(0, Math.min(8, length - at * 8)))) !== 0)
}

/** Whether two tunnels would receive the same packets. */
function alike(traits: TunnelTraits, a: TunnelSettings, b: TunnelSettings): boolean {
  if (a.external === true || b.external === true) return a.external === b.external
  if (a.local !== b.local || a.remote !== b.remote) return false
  if (!traits.anyLink && (a.link ?? 0) !== (b.link ?? 0)) return false
  if (!traits.keyed) return true
  // Over IPv6 no key is a key of 0.
  return traits.version === 4 ? a.ikey === b.ikey : (a.ikey ?? 0) === (b.ikey ?? 0)
}

function refuseTaken(traits: TunnelTraits, device: Device, options: TunnelSettings): void {
  for (const other of dataOf(device).home.tunnels.like(options)) {
    const theirs = tunnelTraits.find(({ kind }) => kind === other.kind?.name)
    if (other === device || theirs?.table !== traits.table) continue
    // The external ones of a kind are counted apart.
    if (options.external === true && theirs.kind !== traits.kind) continue
    if (!alike(traits, options, dataOf(other).options)) continue
    refuse('EEXIST', undefined, {
      attribute: `spec.${traits.kind}.${options.external === true ? 'external' : 'remote'}`,
      hint: `${other.name} has these ends already`,
    })
  }
}

/** The MTU that was asked for with a new tunnel: over IPv4 cut to what fits, over IPv6 ignored where it does not. */
function setFirstMtu(traits: TunnelTraits, device: Device, mtu: number): void {
  if (traits.kind === 'sit' || traits.kind === 'vti6') {
    if (mtu < traits.minMtu) refuse('EINVAL', 'mtu less than device minimum', { attribute: 'spec.mtu' })
    if (mtu > traits.maxMtu) refuse('EINVAL', 'mtu greater than device maximum', { attribute: 'spec.mtu' })
    device.mtu = mtu
    return
  }
  const most = mostMtu(traits, dataOf(device).options)
  if (traits.version === 4) device.mtu = Math.max(68, Math.min(mtu, most))
  else if (mtu <= most) device.mtu = mtu
}

function changeTunnel(traits: TunnelTraits, device: Device, options: TunnelSettings, mayMtu: boolean): void {
  const { kind, version, type } = traits
  const data = dataOf(device)
  const before = data.options
  if (data.options.ignoreDf === true && options.pmtudisc === true) {
    refuse('EINVAL', undefined, { attribute: `spec.${kind}.pmtudisc`, hint: 'switch ignoreDf off first' })
  }
  check(traits, options)
  // The kernel looks for others only among the tunnels without frames here (`ip6gre_tunnel_locate`).
  if (version === 4 || type !== 'ether') refuseTaken(traits, device, options)
  const pointed = (options.remote !== undefined) !== (before.remote !== undefined)
  if (version === 4 && type !== 'ether' && (pointed || isGroup(options.remote) !== isGroup(before.remote))) {
    refuse('EINVAL', undefined, {
      attribute: `spec.${kind}.remote`,
      hint: 'a tunnel with a far end keeps one, and one without stays without: make it again',
    })
  }
  data.options = options
  data.home.tunnels.changed(device, before)
  if (type !== 'ether') setEnds(traits, device)
  if (!mayMtu) return
  const bound = version === 6 || options.link !== before.link || options.fwmark !== before.fwmark
  const left = bound ? ownMtu(data.home, traits, options) : undefined
  if (left !== undefined) device.mtu = left
  else if (version === 4 && kind !== 'sit') {
    device.mtu = Math.max(68, device.mtu + traits.header(before) - traits.header(options))
  }
}

/** The kinds. */
export const tunnels: readonly LinkKind[] = tunnelTraits.map(tunnelKind)

/** For a link without frames, the tunnel's own way to an identifier of its IPv6 addresses; see addrconf.ts. */
export function tunnelIsatap(device: Device): boolean {
  return device.kind?.name === 'sit' && dataOf(device).options.isatap === true
}
