/** ipvlan and ipvtap: links with IP addresses of their own and the MAC of a parent (`drivers/net/ipvlan`). @module */

import type { IpvlanOptions, IpvlanState } from '@vnet/core'
import type { Kernel, Notice } from '../kernel.js'
import { followLower, watchLink } from '../object/carrier.js'
import type { Device } from '../object/device.js'
import { dropEntry, withEntry } from '../object/empty.js'
import { deleteLinks } from '../object/link-delete.js'
import { changeFlags, setAllMulti } from '../object/state.js'
import { refuse } from '../refusal.js'
import { sendIpvlan, takeForIpvlan } from './ipvlan-frame.js'
import type { LinkKind } from './kind.js'
import { refuseReceiver, tapQueueLength } from './receive.js'
import { endPrograms } from './tap-link.js'

/** What the ipvlans of a parent share (`struct ipvl_port`). */
export interface IpvlanPort {
  mode: IpvlanState['mode']
  modeFlag: IpvlanState['modeFlag']
  /** The number that the next link gets. */
  nextId: number
}

/** `ip link add link PARENT type ipvlan`. */
export const ipvlan: LinkKind = kind('ipvlan', false)

/** `ip link add link PARENT type ipvtap`. */
export const ipvtap: LinkKind = kind('ipvtap', true)

/** Whether a link is an ipvlan or ipvtap. */
export const isIpvlan = (device: Device): boolean => device.kind === ipvlan || device.kind === ipvtap

/** The ipvlans of a parent. */
export const ipvlansOf = (lower: Device): Device[] => [...lower.uppers].filter(isIpvlan)

const portOf = (device: Device): IpvlanPort => (device.lower as Device).ipvlanPort as IpvlanPort

function kind(name: string, hasTap: boolean): LinkKind {
  return {
    name,
    hasTap,
    keepsFrames: !hasTap,
    noVlans: true,
    filtersUnicast: true,
    portCost: (device) => device.lower?.kind?.portCost?.(device.lower) ?? 100,
    make(_kernel, device, spec, origin) {
      if (spec.parent === undefined) refuse('EINVAL', undefined, { attribute: 'spec.parent' })
      const named = origin.find(spec.parent) ?? refuse('ENODEV', undefined, { attribute: 'spec.parent' })
      // On top of another ipvlan means beside it.
      const lower = isIpvlan(named) ? (named.lower as Device) : named
      if (lower.ipvlanPort === undefined) {
        const attribute = 'spec.parent'
        if (lower.loopback || lower.type !== 'ether') {
          refuse('EINVAL', undefined, { attribute, hint: 'the parent must be an Ethernet link, and not lo' })
        }
        refuseReceiver(lower, attribute)
      }
      device.lower = lower
      device.canBroadcast = true
      device.multicast = true
      device.noQueue = !hasTap
      device.txQueueLength = hasTap ? tapQueueLength : 1000
      device.tsoMaxSize = lower.tsoMaxSize
      device.mtu = lower.mtu
      device.mac = lower.mac
      device.permanentAddress = lower.mac
      device.carrier = lower.carrier
    },
    registered(kernel, device, spec) {
      const lower = device.lower as Device
      const options: IpvlanOptions = 'ipvlan' in spec && spec.ipvlan !== undefined ? spec.ipvlan : {}
      lower.ipvlanPort ??= { mode: 'l3', modeFlag: 'bridge', nextId: 1 }
      device.sharerId = lower.ipvlanPort.nextId++
      // The mode of all changes to what the newest says, and to the default where it says nothing.
      changePort(kernel, lower, { ...options, mode: options.mode ?? 'l3' })
      lower.uppers = withEntry(lower.uppers, device)
      kernel.tellLink(lower)
      followLower(kernel, device, lower)
      watchLink(kernel, device)
    },
    change(kernel, device, change) {
      if (change.ipvlan === undefined) return false
      changePort(kernel, device.lower as Device, change.ipvlan)
      return true
    },
    describe(device) {
      const { mode, modeFlag } = portOf(device)
      return { ipvlan: { mode, modeFlag } }
    },
    transmit: sendIpvlan,
    takeFrom: (kernel, _device, lower, frame, type) => takeForIpvlan(kernel, lower, frame, type),
    receiveChanged(kernel, device, what, on) {
      if (device.up && what === 'allMulti') setAllMulti(kernel, device.lower as Device, on ? 1 : -1)
    },
    open(_kernel, device) {
      device.noArp = portOf(device).mode !== 'l2'
    },
    fixedMac: 'an ipvlan has the MAC of its parent',
    dismantle(kernel, device) {
      const lower = device.lower as Device
      if (dropEntry(lower.uppers, device) && !lower.removed) kernel.tellLink(lower)
      return [device]
    },
    uninit(_kernel, device) {
      endPrograms(device)
      // Not before: that it goes is told with its mode.
      const lower = device.lower as Device
      if (ipvlansOf(lower).length === 0) lower.ipvlanPort = undefined
    },
  }
}

/** Changes what the ipvlans of a parent share; only `l2` has ARP (`ipvlan_set_port_mode`). */
function changePort(kernel: Kernel, lower: Device, options: IpvlanOptions): void {
  const port = lower.ipvlanPort as IpvlanPort
  const { mode, modeFlag } = options
  if (mode !== undefined && mode !== port.mode) {
    for (const device of ipvlansOf(lower)) changeFlags(kernel, device, { arp: mode === 'l2' })
    port.mode = mode
  }
  if (modeFlag !== undefined) port.modeFlag = modeFlag
}

/** What ipvlans do when something happens to their parent (`ipvlan_device_event`). */
export function ipvlanListener(kernel: Kernel, notice: Notice, lower: Device): void {
  if (lower.ipvlanPort === undefined) return
  const uppers = ipvlansOf(lower)
  if (notice === 'up' || notice === 'down' || notice === 'change') {
    for (const device of uppers) followLower(kernel, device, lower)
  } else if (notice === 'mtu') {
    // Nobody is told of it.
    for (const device of uppers) device.mtu = lower.mtu
  } else if (notice === 'address') {
    for (const device of uppers) {
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
