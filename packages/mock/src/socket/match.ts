/** Which sockets a packet is for (`compute_score`, `__udp_is_mcast_sock`, `raw_v4_match`). @module */
import { isZero, sameOctets } from '../bits.js'
import type { Device } from '../object/device.js'
import { vrfOf } from '../object/vrf-table.js'
import type { InetSocket } from './inet.js'

/** Whom a packet is from and for. */
export interface Flow {
  readonly device: Device
  /** The port by which it came to a VRF. */
  readonly port?: Device | undefined
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly fromPort: number
}

/** Whether a socket hears a packet. */
export function hears(socket: InetSocket, { device, port, from, to, fromPort }: Flow): boolean {
  const { local, remote } = socket
  if (!speaks(socket, to.length)) return false
  if (!isZero(local) && !sameOctets(local, to)) return false
  if (remote !== undefined && !isZero(remote.octets) && !sameOctets(remote.octets, from)) return false
  if (remote !== undefined && remote.port !== 0 && remote.port !== fromPort) return false
  return isOfLink(socket, device, port)
}

/**
 * Whether what comes by a link is a socket's: by the one that it is bound to, or by any; of what comes by a port of a VRF only for who is
 * bound to that, unless others may have it, too (`inet_bound_dev_eq`, `raw_sk_bound_dev_eq`).
 */
function isOfLink({ device: own, kind }: InetSocket, device: Device, port: Device | undefined): boolean {
  const vrf = vrfOf(device)
  if (own !== undefined) return own === device || own === port || own === vrf
  if (vrf === undefined) return true
  const { globals } = device.namespace.sysctls
  if (kind.startsWith('udp')) return globals['ipv4.udp_l3mdev_accept'] === 1
  return !kind.startsWith('raw') || globals['ipv4.raw_l3mdev_accept'] === 1
}

/** Whether it has the version of IP of an address of so many octets. */
function speaks({ family, local, ipv6Only }: InetSocket, size: number): boolean {
  if (size === 16) return family === 6 && local.length === 16
  return family === 4 || local.length === 4 || (!ipv6Only && isZero(local))
}

/** The one that a packet for this host is for: the most particular, of equals the one that came last. */
export function nearestOf(sockets: readonly InetSocket[], flow: Flow): InetSocket | undefined {
  let best: InetSocket | undefined
  let most = -1
  for (const socket of sockets) {
    if (!hears(socket, flow)) continue
    const { local, remote, device, family } = socket
    const score =
      (isZero(local) ? 0 : 64) +
      (family === (flow.to.length === 4 ? 4 : 6) ? 1 : 0) +
      (remote === undefined ? 0 : 4 + (remote.port === 0 ? 0 : 4)) +
      (device === undefined ? 0 : 4)
    if (score > most) {
      best = socket
      most = score
    }
  }
  return best
}
