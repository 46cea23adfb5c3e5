/** Requests about the identifiers of VXLANs (`vxlan_vnifilter_process`, `vxlan_vnifilter_dump`). @module */
import {
  type BridgeVni,
  type BridgeVniFilter,
  type CleanBridgeVniKey,
  type CleanBridgeVniSpec,
  formatIp,
  isMulticastIp,
} from '@vnet/core'
import { isZero } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { addVni, deleteVni, describeVni, sorted } from '../kind/vxlan-vni.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import type { Device } from './device.js'
import { linkOf } from './lookup.js'

/** Adds identifiers one by one; those before a refusal stay, as in the kernel. */
export function addBridgeVnis(kernel: Kernel, namespace: Namespace, spec: CleanBridgeVniSpec): undefined {
  const device = filteringVxlan(namespace, spec)
  const { remote } = spec
  if (remote !== undefined && isMulticastIp(remote) && device.lower === undefined) {
    refuse('EINVAL', 'Local interface required for multicast remote group', {
      attribute: 'spec.remote',
      hint: `${device.name} has no link that leads to the group`,
    })
  }
  const [first, last] = spec.vni
  const far = remote === undefined || isZero(remote) ? undefined : formatIp(remote)
  for (let vni = first; vni <= last; vni++) addVni(kernel, device, vni, far)
}

/** Removes identifiers one by one. */
export function deleteBridgeVnis(kernel: Kernel, namespace: Namespace, key: CleanBridgeVniKey): undefined {
  const device = filteringVxlan(namespace, key)
  const [first, last] = key.vni
  for (let vni = first; vni <= last; vni++) deleteVni(kernel, device, vni)
}

/** The identifiers that match, in the order of a dump. */
export function listBridgeVnis(namespace: Namespace, filter: BridgeVniFilter): BridgeVni[] {
  const only = filter.link === undefined ? undefined : linkOf(namespace, filter.link)
  return namespace
    .sorted()
    .filter((device) => device.vxlan !== undefined && (only === undefined || device === only))
    .flatMap((device) => sorted(device).map((record) => describeVni(device, record, filter.statistics === true)))
    .filter(({ vni }) => filter.vni === undefined || vni === filter.vni)
}

function filteringVxlan(namespace: Namespace, { link, vni: [, last] }: CleanBridgeVniKey): Device {
  const device = linkOf(namespace, link)
  if (device.vxlan === undefined)
    refuse('EINVAL', 'vxlan: The device is not a vxlan device', { attribute: 'spec.link' })
  if (!device.vxlan.options.vniFilter) {
    refuse('EOPNOTSUPP', undefined, {
      attribute: 'spec.link',
      hint: `${device.name} takes all identifiers: make it with external and vniFilter`,
    })
  }
  if (last === 0) refuse('EINVAL', 'vni start nor end found in vni entry', { attribute: 'spec.vni' })
  return device
}
