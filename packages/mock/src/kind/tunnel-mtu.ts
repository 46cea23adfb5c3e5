/** The MTU of a tunnel: what is left of that of the link that its packets leave by (`ip_tunnel_bind_dev`, `ip6_tnl_link_config`). @module */
import { parseIp } from '@vnet/core'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { lookupRoute } from '../object/lookup-route.js'
import type { TunnelSettings, TunnelTraits } from './tunnel-option.js'

/** Octets that a driver keeps free for link-layer headers (`LL_MAX_HEADER`, as distributions build the kernel). */
const headRoom = 128

/** The link that the outer packets leave by, as far as it is known: by route to the far end, else the one that was chosen. */
export function lowerOf(home: Namespace, version: 4 | 6, options: TunnelSettings): Device | undefined {
  const { local, remote, link } = options
  const chosen = link === undefined ? undefined : home.links.get(link as number)
  // Over IPv6 each packet finds its own way unless both ends are known.
  if (typeof remote === 'string' && (version === 4 || local !== undefined)) {
    const found = lookupRoute(home, version, {
      to: parseIp(remote) as Uint8Array,
      from: typeof local === 'string' ? parseIp(local) : undefined,
      output: chosen,
      mark: options.fwmark as number | undefined,
    })
    if ('route' in found && found.hop?.device !== undefined) return found.hop.device
  } else if (version === 6) return undefined
  return chosen
}

/** The MTU that a tunnel gets by itself; `undefined` where it stays as it is for want of a lower link. */
export function ownMtu(home: Namespace, traits: TunnelTraits, options: TunnelSettings): number | undefined {
  const { version, kind } = traits
  const lower = lowerOf(home, version, options)
  const outer = version === 4 ? 20 : 40
  if (kind === 'vti6') return Math.max(68, lower === undefined ? 1500 - headRoom - outer : lower.mtu - outer)
  if (lower === undefined && (version === 6 || kind === 'sit')) return undefined
  const left = Math.min(lower?.mtu ?? 1500, 65535) - outer - traits.header(options)
  return Math.max(version === 6 || kind === 'sit' ? 1280 : 68, left)
}

/** The MTU of a new tunnel without a lower link. */
export function firstMtu(traits: TunnelTraits, options: TunnelSettings): number {
  // A sit does not count the wrapping in UDP here.
  return 1500 - (traits.version === 4 ? 20 : 40) - (traits.kind === 'sit' ? 0 : traits.header(options))
}

/** The largest MTU that can be set where the driver tells none: that of IP less the headers. */
export function mostMtu(traits: TunnelTraits, options: TunnelSettings): number {
  if (traits.version === 4) return 65535 - 20 - traits.header(options)
  return 65575 - (traits.type === 'ether' ? 14 : 0)
}
