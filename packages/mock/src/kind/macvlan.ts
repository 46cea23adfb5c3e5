/** macvlan and macvtap: links with a MAC of their own on a parent (`drivers/net/macvlan.c`, `macvtap.c`). @module */

import { type CleanLinkSpec, formatMac, isGroupMac, type MacvlanMode, type MacvlanOptions, parseMac } from '@vnet/core'
import type { Kernel, Notice } from '../kernel.js'
import { followLower, watchLink } from '../object/carrier.js'
import type { Device } from '../object/device.js'
import { dropEntry, withEntry } from '../object/empty.js'
import { addFilter, dropFilter } from '../object/filter.js'
import { deleteLinks } from '../object/link-delete.js'
import { setMtu } from '../object/link-setting.js'
import { setPromiscuity } from '../object/state.js'
import { syncUnicast } from '../object/unicast.js'
import { randomMac } from '../random.js'
import { quietly, refuse } from '../refusal.js'
import type { LinkKind } from './kind.js'
import { sendMacvlan, takeForMacvlan } from './macvlan-frame.js'
import { passAll, passUp, refuseReceiver, tapQueueLength } from './receive.js'
import { endPrograms } from './tap-link.js'

/** What a macvlan keeps. */
export interface MacvlanData {
  mode: MacvlanMode
  noPromiscuous: boolean
  noDestination: boolean
  queueLength: number
  cutoff: number
  macs: string[]
}

/** `ip link add link PARENT type macvlan`. */
export const macvlan: LinkKind = kind('macvlan', false)

/** `ip link add link PARENT type macvtap`. */
export const macvtap: LinkKind = kind('macvtap', true)

function kind(name: string, hasTap: boolean): LinkKind {
  const made: LinkKind = {
    name,
    hasTap,
    filtersUnicast: true,
    portCost: (device) => device.lower?.kind?.portCost?.(device.lower) ?? 100,
    make(kernel, device, spec, origin) {
      // Until it has a parent, it has the limit of its kind.
      if (spec.mtu !== undefined && spec.mtu > device.maxMtu)
        refuse('EINVAL', 'mtu greater than device maximum', { attribute: 'spec.mtu' })
      if (spec.parent === undefined) refuse('EINVAL', undefined, { attribute: 'spec.parent' })
      const named = origin.find(spec.parent) ?? refuse('ENODEV', undefined, { attribute: 'spec.parent' })
      // On top of another macvlan means beside it.
      const lower = named.macvlan === undefined ? named : (named.lower as Device)
      const options = optionsOf(spec)
      if (spec.mtu !== undefined && spec.mtu > lower.mtu) refuse('EINVAL', undefined, { attribute: 'spec.mtu' })
      checkParent(lower, options)
      device.lower = lower
      device.canBroadcast = true
      device.multicast = true
      device.noQueue = !hasTap
      device.txQueueLength = hasTap ? tapQueueLength : 1000
      device.tsoMaxSize = lower.tsoMaxSize
      device.mtu = lower.mtu
      device.maxMtu = lower.maxMtu
      device.mac ??= options.mode === 'passthru' ? lower.mac : formatMac(randomMac(kernel.random))
      if (options.mode === 'passthru') device.mac = lower.mac
      device.macvlan = {
        mode: options.mode ?? 'vepa',
        noPromiscuous: options.noPromiscuous ?? false,
        noDestination: options.noDestination ?? false,
        queueLength: options.broadcastQueueLength ?? 1000,
        cutoff: options.broadcastCutoff ?? 1,
        macs: [...new Set((options.macs ?? []).map(canonical))],
      }
      device.carrier = lower.carrier
    },
    registered(kernel, device) {
      const lower = device.lower as Device
      lower.uppers = withEntry(lower.uppers, device)
      // Told of as well, for it got a link on top (`NETDEV_CHANGEUPPER`).
      kernel.tellLink(lower)
      followLower(kernel, device, lower)
      watchLink(kernel, device)
    },
    change(kernel, device, change) {
      if (change.macvlan === undefined) return false
      changeMacvlan(kernel, device, change.macvlan)
      return true
    },
    describe(device) {
      const data = device.macvlan as MacvlanData
      const lengths = siblings(device).map((other) => other.macvlan?.queueLength ?? 0)
      return {
        macvlan: {
          mode: data.mode,
          noPromiscuous: data.noPromiscuous,
          noDestination: data.noDestination,
          broadcastQueueLength: data.queueLength,
          broadcastQueueUsed: Math.max(data.queueLength, ...lengths),
          ...(data.cutoff === 1 ? {} : { broadcastCutoff: data.cutoff }),
          ...(data.mode === 'source' ? { macs: [...data.macs] } : {}),
        },
      }
    },
    receiveChanged: passUp,
    transmit: sendMacvlan,
    takeFrom: (kernel, _device, lower, frame) => takeForMacvlan(kernel, lower, frame),
    open(kernel, device) {
      const data = device.macvlan as MacvlanData
      const lower = device.lower as Device
      if (data.mode === 'passthru') {
        if (!data.noPromiscuous) setPromiscuity(kernel, lower, 1)
        return
      }
      if (isBusy(device, device.mac as string)) {
        refuse('EADDRINUSE', undefined, {
          attribute: 'spec.mac',
          hint: 'the parent or another macvlan on it has this MAC',
        })
      }
      addFilter(lower, device.mac as string)
      passAll(kernel, device, true)
      syncUnicast(lower)
    },
    stop(kernel, device) {
      passAll(kernel, device, false)
      const data = device.macvlan as MacvlanData
      const lower = device.lower as Device
      if (data.mode !== 'passthru') {
        dropFilter(lower, device.mac as string)
        syncUnicast(lower)
      } else if (!data.noPromiscuous) setPromiscuity(kernel, lower, -1)
    },
    setMac(kernel, device, mac) {
      // Then the parent hears of nothing either (`macvlan_set_mac_address`).
      if (mac === device.mac) return
      const lower = device.lower as Device
      if ((device.macvlan as MacvlanData).mode === 'passthru') {
        lower.mac = mac
        device.mac = mac
        kernel.notify('address', lower)
        return
      }
      if (isBusy(device, mac)) {
        refuse('EADDRINUSE', undefined, {
          attribute: 'spec.mac',
          hint: 'the parent or another macvlan on it has this MAC',
        })
      }
      if (device.up) {
        dropFilter(lower, device.mac as string)
        addFilter(lower, mac)
      }
      device.mac = mac
    },
    checkMtu(_kernel, device, mtu) {
      if (mtu > (device.lower as Device).mtu) {
        refuse('EINVAL', undefined, {
          attribute: 'spec.mtu',
          hint: `at most the parent's, ${(device.lower as Device).mtu}`,
        })
      }
    },
    dismantle(kernel, device) {
      leaveLower(kernel, device)
      return [device]
    },
    uninit: (_kernel, device) => endPrograms(device),
  }
  return made
}

/** Leaves the parent, which is told of as well. */
function leaveLower(kernel: Kernel, device: Device): void {
  const { lower } = device
  if (lower !== undefined && dropEntry(lower.uppers, device) && !lower.removed) kernel.tellLink(lower)
}

/** Whether a text is a MAC that a frame can come from (`is_valid_ether_addr`). */
const isUnicast = (mac: string): boolean => {
  const octets = parseMac(mac) ?? new Uint8Array(6)
  return !isGroupMac(octets) && octets.some((octet) => octet !== 0)
}

const canonical = (mac: string): string => formatMac(parseMac(mac) ?? new Uint8Array(6))

const optionsOf = (spec: CleanLinkSpec): MacvlanOptions =>
  'macvlan' in spec && spec.macvlan !== undefined ? spec.macvlan : {}

const siblings = (device: Device): Device[] =>
  [...(device.lower?.uppers ?? [])].filter((other) => other.macvlan !== undefined)

/** Whether the parent, or an open link on it, has this MAC (`macvlan_addr_busy`). */
function isBusy(device: Device, mac: string): boolean {
  return (
    device.lower?.mac === mac || siblings(device).some((other) => other !== device && other.up && other.mac === mac)
  )
}

function checkParent(lower: Device, options: MacvlanOptions): void {
  const attribute = 'spec.parent'
  if (lower.loopback || lower.type !== 'ether') {
    refuse('EINVAL', undefined, { attribute, hint: 'the parent must be an Ethernet link' })
  }
  const others = [...lower.uppers].filter((other) => other.macvlan !== undefined)
  if (others.length === 0) refuseReceiver(lower, attribute)
  const passthru = others.some((other) => other.macvlan?.mode === 'passthru')
  if (passthru || (options.mode === 'passthru' && others.length > 0)) {
    refuse('EINVAL', undefined, { attribute, hint: 'mode passthru takes the parent whole' })
  }
}

function changeMacvlan(kernel: Kernel, device: Device, change: MacvlanOptions): void {
  const data = device.macvlan as MacvlanData
  for (const name of ['addMac', 'deleteMac'] as const) {
    const given = change[name]
    if (given !== undefined && !isUnicast(given))
      refuse('EADDRNOTAVAIL', undefined, { attribute: `spec.macvlan.${name}` })
  }
  if (change.mode !== undefined && (change.mode === 'passthru') !== (data.mode === 'passthru')) {
    refuse('EINVAL', undefined, {
      attribute: 'spec.macvlan.mode',
      hint: 'mode passthru can neither be set nor left once the link is made',
    })
  }
  if (change.noPromiscuous !== undefined && change.noPromiscuous !== data.noPromiscuous) {
    if (data.mode === 'passthru' && device.up) {
      setPromiscuity(kernel, device.lower as Device, change.noPromiscuous ? -1 : 1)
    }
    data.noPromiscuous = change.noPromiscuous
  }
  if (change.noDestination !== undefined) data.noDestination = change.noDestination
  if (change.mode !== undefined && change.mode !== data.mode) {
    if (data.mode === 'source') data.macs = []
    data.mode = change.mode
  }
  const { macs, addMac, deleteMac } = change
  if ((macs ?? addMac ?? deleteMac) !== undefined && data.mode !== 'source') {
    refuse('EINVAL', undefined, {
      attribute: 'spec.macvlan.macs',
      hint: 'only a macvlan of mode source has a list of MACs',
    })
  }
  if (macs !== undefined) data.macs = [...new Set(macs.map(canonical))]
  if (addMac !== undefined) data.macs = [...new Set([...data.macs, canonical(addMac)])]
  if (deleteMac !== undefined) data.macs = data.macs.filter((one) => one !== canonical(deleteMac))
  if (change.broadcastQueueLength !== undefined) data.queueLength = change.broadcastQueueLength
  if (change.broadcastCutoff !== undefined) {
    for (const other of siblings(device)) (other.macvlan as MacvlanData).cutoff = change.broadcastCutoff
  }
}

/** What macvlans do when something happens to their parent (`macvlan_device_event`). */
export function macvlanListener(kernel: Kernel, notice: Notice, lower: Device): void {
  if (lower.uppers.size === 0) return
  const uppers = [...lower.uppers].filter((other) => other.macvlan !== undefined)
  if (notice === 'up' || notice === 'down' || notice === 'change') {
    for (const device of uppers) followLower(kernel, device, lower)
  } else if (notice === 'mtu') {
    for (const device of uppers) if (device.mtu > lower.mtu) quietly(() => setMtu(kernel, device, lower.mtu))
  } else if (notice === 'address') {
    for (const device of uppers) {
      // Nobody is told of it.
      if (device.macvlan?.mode === 'passthru') device.mac = lower.mac
    }
  } else if (notice === 'unregister' && lower.removed) {
    deleteLinks(
      kernel,
      uppers.flatMap((device) => device.kind?.dismantle?.(kernel, device) ?? [device]),
    )
  }
}
