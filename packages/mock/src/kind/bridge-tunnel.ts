/** VLANs of a port that are mapped to tunnels: a tag becomes an identifier, and back (`net/bridge/br_vlan_tunnel.c`). @module */
import { isTaggedAt } from '@vnet/wire'
import { Frame } from '../stack/frame.js'
import { mappedTunnel } from '../stack/tunnel-info.js'
import type { BridgeData, BridgePort } from './bridge-data.js'
import { leaving, type VlanFrame } from './bridge-frame.js'
import { tagTypeOf, withTag } from './vlan-frame.js'

/** The frame in the VLAN of the tunnel that it came by; as it is where there is none (`br_handle_ingress_vlan_tunnel`). */
export function fromTunnel({ options }: BridgeData, port: BridgePort, frame: Frame): Frame {
  const { tunnel } = frame
  if (!port.options.vlanTunnel || !options.vlanFiltering || tunnel === undefined || isTaggedAt(frame.octets, 0))
    return frame
  for (const [vlan, record] of port.vlans) {
    if (record.tunnel !== tunnel.key) continue
    const { octets, priority } = withTag(frame, vlan, tagTypeOf(options.vlanProtocol))
    return new Frame(octets, priority)
  }
  return frame
}

/** The form in which a frame leaves by a port (`br_handle_egress_vlan_tunnel`); `undefined` where its VLAN is not there. */
export function leavingPort(bridge: BridgeData, port: BridgePort, inside: VlanFrame): Frame | undefined {
  const out = leaving(bridge, port, inside)
  const record = port.vlans.get(inside.vlan)
  if (!port.options.vlanTunnel || record?.tunnel === undefined || record.untagged) return out
  const { octets, priority } = inside.plain
  return new Frame(octets, priority, undefined, undefined, mappedTunnel(record.tunnel))
}
