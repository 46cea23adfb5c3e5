/** VLAN links, 802.1Q and 802.1ad (`net/8021q`). @module */

import type { VlanOptions } from '@vnet/core'
import type { Kernel, Notice } from '../kernel.js'
import { followLower, setCarrier, watchLink } from '../object/carrier.js'
import type { Device } from '../object/device.js'
import { dropEntry, withEntry } from '../object/empty.js'
import { addFilter, dropFilter } from '../object/filter.js'
import { deleteLinks } from '../object/link-delete.js'
import { setMtu } from '../object/link-setting.js'
import { changeFlags } from '../object/state.js'
import { syncUnicast } from '../object/unicast.js'
import { quietly, refuse } from '../refusal.js'
import { followPorts, isBound } from './bridge-binding.js'
import type { LinkKind } from './kind.js'
import { passAll, passUp } from './receive.js'
import { sendVlan, takeTagged } from './vlan-frame.js'

/** `ip link add link PARENT type vlan id ID`. */
export const vlan: LinkKind = {
  name: 'vlan',
  filtersUnicast: true,
  portCost: (device) => device.lower?.kind?.portCost?.(device.lower) ?? 100,
  make(_kernel, device, spec, origin) {
    const options = 'vlan' in spec ? spec.vlan : undefined
    if (options?.id === undefined) refuse('EINVAL', 'VLAN id not specified', { attribute: 'spec.vlan.id' })
    if (spec.parent === undefined) refuse('EINVAL', 'link not specified', { attribute: 'spec.parent' })
    const lower = origin.find(spec.parent) ?? refuse('ENODEV', 'link does not exist', { attribute: 'spec.parent' })
    if (lower.loopback || lower.type !== 'ether' || lower.kind?.noVlans) {
      const hint = `no VLANs stand on a link of kind ${lower.kind?.name ?? 'loopback'}`
      refuse('EOPNOTSUPP', 'VLANs not supported on device', { attribute: 'spec.parent', hint })
    }
    const protocol = options.protocol ?? '802.1Q'
    const taken = [...lower.uppers].some((other) => other.vlan?.id === options.id && other.vlan.protocol === protocol)
    if (taken) {
      refuse('EEXIST', 'VLAN device already exists', {
        attribute: 'spec.vlan.id',
        hint: `${lower.name} has a VLAN ${options.id} of ${protocol} already`,
      })
    }
    if (spec.mtu !== undefined && spec.mtu > lower.mtu) refuse('EINVAL', undefined, { attribute: 'spec.mtu' })
    device.lower = lower
    device.type = lower.type
    device.canBroadcast = lower.canBroadcast
    device.multicast = lower.multicast
    device.noArp = lower.noArp
    device.pointToPoint = lower.pointToPoint
    device.noQueue = true
    device.minMtu = 0
    device.mtu = lower.mtu
    device.tsoMaxSize = lower.tsoMaxSize
    device.mac ??= lower.mac
    device.carrier = false
    device.vlan = {
      id: options.id,
      protocol,
      reorderHeader: options.reorderHeader ?? true,
      gvrp: options.gvrp ?? false,
      mvrp: options.mvrp ?? false,
      looseBinding: options.looseBinding ?? false,
      bridgeBinding: options.bridgeBinding ?? false,
      ...maps(options, {}),
    }
  },
  registered(kernel, device) {
    const lower = device.lower as Device
    lower.uppers = withEntry(lower.uppers, device)
    addFilter(lower, registrationMac)
    // Told of as well, for it got a link on top (`NETDEV_CHANGEUPPER`).
    kernel.tellLink(lower)
    followCarrier(kernel, device, lower)
    watchLink(kernel, device)
  },
  change(_kernel, device, change) {
    if (change.vlan === undefined) return false
    const data = device.vlan as VlanOptions
    const { reorderHeader, gvrp, mvrp, looseBinding, bridgeBinding } = { ...data, ...change.vlan }
    device.vlan = {
      id: data.id,
      ...(data.protocol === undefined ? {} : { protocol: data.protocol }),
      ...(reorderHeader === undefined ? {} : { reorderHeader }),
      ...(gvrp === undefined ? {} : { gvrp }),
      ...(mvrp === undefined ? {} : { mvrp }),
      ...(looseBinding === undefined ? {} : { looseBinding }),
      ...(bridgeBinding === undefined ? {} : { bridgeBinding }),
      ...maps(change.vlan, data),
    }
    return true
  },
  receiveChanged: passUp,
  transmit: sendVlan,
  takeFrom: (kernel, device, _from, frame, type) => takeTagged(kernel, device, frame, type),
  describe: (device) => ({ vlan: { ...(device.vlan as VlanOptions) } }),
  open(kernel, device) {
    const lower = device.lower as Device
    if (!lower.up && !device.vlan?.looseBinding) {
      refuse('ENETDOWN', undefined, { attribute: 'spec.up', hint: `its parent ${lower.name} is down` })
    }
    if (device.mac !== undefined && device.mac !== lower.mac) {
      addFilter(lower, device.mac)
      syncUnicast(lower)
    }
    passAll(kernel, device, true)
    if (lower.bridge !== undefined && isBound(device)) followPorts(kernel, lower, device)
    else if (lower.carrier && !isBound(device)) setCarrier(kernel, device, true)
  },
  stop(kernel, device) {
    passAll(kernel, device, false)
    const lower = device.lower as Device
    if (device.mac !== undefined && device.mac !== lower.mac) {
      dropFilter(lower, device.mac)
      syncUnicast(lower)
    }
    if (!isBound(device)) setCarrier(kernel, device, false)
  },
  checkMtu(_kernel, device, mtu) {
    const most = (device.lower as Device).mtu
    if (mtu > most) refuse('ERANGE', undefined, { attribute: 'spec.mtu', hint: `at most the parent's, ${most}` })
  },
  dismantle(kernel, device) {
    leaveLower(kernel, device)
    return [device]
  },
}

/** The group of GVRP and MVRP, to which a link with VLANs listens (`garp_init_applicant`, `mrp_init_applicant`). */
const registrationMac = '01:80:c2:00:00:21'

/** Takes over the carrier of the parent, or of the ports of a bridge; bound to a bridge that is none it keeps what it has (`vlan_stacked_transfer_operstate`). */
function followCarrier(kernel: Kernel, device: Device, lower: Device): void {
  if (!isBound(device)) followLower(kernel, device, lower)
  else if (lower.bridge !== undefined) followPorts(kernel, lower, device)
}

/** Leaves the parent, which is told of as well. */
function leaveLower(kernel: Kernel, device: Device): void {
  const { lower } = device
  if (lower === undefined || !dropEntry(lower.uppers, device)) return
  dropFilter(lower, registrationMac)
  if (!lower.removed) kernel.tellLink(lower)
}

/** The priority maps after a change; a mapping to 0 is no mapping, and empty maps are not told. */
function maps(
  change: Partial<VlanOptions>,
  before: Partial<VlanOptions>,
): Pick<VlanOptions, 'ingressQos' | 'egressQos'> {
  const merge = (name: 'ingressQos' | 'egressQos') =>
    Object.fromEntries(Object.entries({ ...before[name], ...change[name] }).filter(([, to]) => to !== 0))
  const ingressQos = merge('ingressQos')
  const egressQos = merge('egressQos')
  return {
    ...(Object.keys(ingressQos).length === 0 ? {} : { ingressQos }),
    ...(Object.keys(egressQos).length === 0 ? {} : { egressQos }),
  }
}

/** What VLANs do when something happens to their parent (`vlan_device_event`). */
export function vlanListener(kernel: Kernel, notice: Notice, lower: Device): void {
  if (lower.uppers.size === 0) return
  const uppers = [...lower.uppers].filter((other) => other.vlan !== undefined)
  if (notice === 'change') for (const device of uppers) followCarrier(kernel, device, lower)
  else if (notice === 'up' || notice === 'down') {
    for (const device of uppers) {
      // One that is down does not hear that its parent goes down, and keeps its carrier.
      if (notice === 'down' && !device.up) continue
      if (!device.vlan?.looseBinding) quietly(() => changeFlags(kernel, device, { up: notice === 'up' }))
      // The ports of a bridge that goes down are heard of by themselves.
      if (notice === 'up' || !isBound(device)) followCarrier(kernel, device, lower)
    }
  } else if (notice === 'mtu') {
    for (const device of uppers) if (device.mtu > lower.mtu) quietly(() => setMtu(kernel, device, lower.mtu))
  } else if (notice === 'address') {
    for (const device of uppers) {
      if (device.macSet || device.mac === lower.mac) continue
      device.mac = lower.mac
      kernel.notify('address', device)
    }
  } else if (notice === 'unregister' && lower.removed) {
    deleteLinks(
      kernel,
      uppers.flatMap((device) => device.kind?.dismantle?.(kernel, device) ?? [device]),
    )
  }
}
