/** UDP source ports of tunnels: one for each flow inside, so that routers spread them (`udp_flow_src_port`). @module */
import { flowHash } from '../stack/flow-hash.js'

/** Ports that sockets get by themselves (`net.ipv4.ip_local_port_range`). */
const usual = [32768, 60999] as const

/** The port of a packet or frame, from a range; from the usual one where that is empty. */
export function sourcePort(octets: Uint8Array, isFrame: boolean, range: readonly [number, number]): number {
  const [first, last] = range[0] >= range[1] ? usual : range
  const hash = flowHash(octets, isFrame)
  const spread = (hash ^ (hash << 16)) >>> 0
  return Math.floor((spread * (last - first)) / 0x1_0000_0000) + first
}
