/** Whose tunnel a packet came in by (`ip_tunnel_lookup`, `ip6gre_tunnel_lookup`, `ip6_tnl_lookup`, `ipip6_tunnel_lookup`). @module */
import { isMulticastIp } from '@vnet/core'
import { sameOctets } from '../bits.js'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { endOf, tunnelOf } from './end.js'

/** What tells tunnels apart. */
export interface Arrival {
  /** Source of the outer packet. */
  readonly remote: Uint8Array
  /** Its destination. */
  readonly local: Uint8Array
  /** Index of the link that it came in by. */
  readonly link: number
  /** Key of GRE; `undefined` where the packet has none, or the protocol. */
  readonly key?: number | undefined
}

/** The tunnel of some kinds that takes a packet: the more of its ends are known the better, then the one that goes by this link. */
export function findTunnel(home: Namespace, kinds: readonly string[], arrival: Arrival): Device | undefined {
  // The latest first, as in the kernel's lists.
  const candidates = [...home.tunnels]
    .reverse()
    .filter((device) => device.up && kinds.includes(device.kind?.name ?? ''))
  const ended = candidates.filter((device) => tunnelOf(device).options.external !== true)
  let next: Device | undefined
  for (const fits of passes(kinds, arrival)) {
    for (const device of ended) {
      if (!fits(device)) continue
      if ((tunnelOf(device).options.link ?? 0) === arrival.link) return device
      next ??= device
    }
  }
  return next ?? candidates.find((device) => tunnelOf(device).options.external === true)
}

function passes(kinds: readonly string[], { remote, local, key }: Arrival): readonly ((device: Device) => boolean)[] {
  const ends = (device: Device) => {
    const { options } = tunnelOf(device)
    return { near: endOf(options, 'local'), far: endOf(options, 'remote'), key: options.ikey as number | undefined }
  }
  const isKeyed = kinds.some((kind) => kind !== 'ipip' && kind !== 'sit' && kind !== 'ip6tnl')
  // Over IPv6 no key is a key of 0; over IPv4 it is none, but for a tunnel without ends.
  const hasKey = (theirs: number | undefined) =>
    !isKeyed || (remote.length === 4 ? theirs === key : (theirs ?? 0) === (key ?? 0))
  const toGroup = (far: Uint8Array | undefined) => isMulticastIp(local) && sameOctets(far, local)
  return [
    (device) => {
      const { near, far, key: theirs } = ends(device)
      return sameOctets(near, local) && sameOctets(far, remote) && hasKey(theirs)
    },
    (device) => {
      const { near, far, key: theirs } = ends(device)
      return near === undefined && sameOctets(far, remote) && hasKey(theirs)
    },
    (device) => {
      const { near, far, key: theirs } = ends(device)
      return ((sameOctets(near, local) && far === undefined) || toGroup(far)) && hasKey(theirs)
    },
    (device) => {
      const { near, far, key: theirs } = ends(device)
      return near === undefined && far === undefined && (!isKeyed || (theirs ?? 0) === (key ?? 0))
    },
  ]
}
