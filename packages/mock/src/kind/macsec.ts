/** MACsec links (`drivers/net/macsec.c`). Their keys and peers are in `macsec-keys.ts`. @module */

import type { MacsecOptions, MacsecState } from '@vnet/core'
import type { Kernel, Notice } from '../kernel.js'
import { followLower, watchLink } from '../object/carrier.js'
import type { Device } from '../object/device.js'
import { dropEntry, withEntry } from '../object/empty.js'
import { addFilter, dropFilter } from '../object/filter.js'
import { deleteLinks } from '../object/link-delete.js'
import { setMtu } from '../object/link-setting.js'
import { packed } from '../object/packed.js'
import { syncUnicast } from '../object/unicast.js'
import { quietly, refuse } from '../refusal.js'
import type { LinkKind } from './kind.js'
import { sendMacsec, takeForMacsec } from './macsec-frame.js'
import { noKeys } from './macsec-keys.js'
import { passAll, passUp, refuseReceiver } from './receive.js'

/** What a MACsec link keeps. */
export type MacsecData = { -readonly [O in keyof MacsecState]-?: NonNullable<MacsecState[O]> }

/** Octets of the tag before the frame, with the identifier (`macsec_extra_len`). */
const tag = 16
const dataOf = (device: Device): MacsecData => device.macsec as MacsecData
const mostOf = (device: Device): number => Math.max(0, (device.lower as Device).mtu - dataOf(device).icvLength - tag)
const macsecsOf = (lower: Device): Device[] => [...lower.uppers].filter((upper) => upper.macsec !== undefined)

/** `ip link add link PARENT type macsec`. */
export const macsec: LinkKind = {
  name: 'macsec',
  filtersUnicast: true,
  portCost: (device) => device.lower?.kind?.portCost?.(device.lower) ?? 100,
  make(_kernel, device, spec, origin) {
    if (spec.parent === undefined) refuse('EINVAL', undefined, { attribute: 'spec.parent' })
    const lower = origin.find(spec.parent) ?? refuse('ENODEV', undefined, { attribute: 'spec.parent' })
    if (lower.loopback || lower.type !== 'ether') {
      refuse('EINVAL', undefined, { attribute: 'spec.parent', hint: 'the parent must be an Ethernet link' })
    }
    if (macsecsOf(lower).length === 0) refuseReceiver(lower, 'spec.parent')
    const given: MacsecOptions = 'macsec' in spec && spec.macsec !== undefined ? spec.macsec : {}
    refuseOffload(given)
    const { port = 1, ...options } = given
    device.mac ??= lower.mac
    const sci = `${device.mac?.replaceAll(':', '')}${port.toString(16).padStart(4, '0')}`
    const wanted = { ...defaults, sci, ...options }
    device.macsec = packed({ ...wanted, sci: wanted.sci.toLowerCase() })
    device.macsecKeys = noKeys()
    followEncoding(device, given.encodingSa)
    if (macsecsOf(lower).some((other) => other.macsec?.sci === device.macsec?.sci)) {
      refuse('EBUSY', undefined, {
        attribute: 'spec.macsec.sci',
        hint: 'another MACsec link of the parent has this identifier',
      })
    }
    device.lower = lower
    device.canBroadcast = true
    device.multicast = true
    device.noQueue = true
    device.tsoMaxSize = 65536
    device.minMtu = 0
    device.mtu = mostOf(device)
    device.carrier = lower.carrier
  },
  registered(kernel, device) {
    const lower = device.lower as Device
    lower.uppers = withEntry(lower.uppers, device)
    kernel.tellLink(lower)
    followLower(kernel, device, lower)
    watchLink(kernel, device)
  },
  change(_kernel, device, change) {
    if (change.macsec === undefined) return false
    refuseOffload(change.macsec)
    Object.assign(
      dataOf(device),
      Object.fromEntries(Object.entries(change.macsec).filter(([, value]) => value !== undefined)),
    )
    followEncoding(device, change.macsec.encodingSa)
    return true
  },
  describe(device) {
    const { window, ...state } = dataOf(device)
    return { macsec: { ...state, ...(state.replayProtect ? { window } : {}) } }
  },
  transmit: sendMacsec,
  takeFrom: (kernel, _device, lower, frame) => takeForMacsec(kernel, lower, frame),
  receiveChanged: passUp,
  open(kernel, device) {
    const lower = device.lower as Device
    addFilter(lower, device.mac as string)
    syncUnicast(lower)
    passAll(kernel, device, true)
    followLower(kernel, device, lower)
  },
  stop(kernel, device) {
    const lower = device.lower as Device
    passAll(kernel, device, false)
    dropFilter(lower, device.mac as string)
    syncUnicast(lower)
  },
  checkMtu(_kernel, device, mtu) {
    if (mtu > mostOf(device)) {
      refuse('ERANGE', undefined, {
        attribute: 'spec.mtu',
        hint: `at most ${mostOf(device)}: frames get a tag and a check value`,
      })
    }
  },
  dismantle(kernel, device) {
    const lower = device.lower as Device
    if (dropEntry(lower.uppers, device) && !lower.removed) kernel.tellLink(lower)
    return [device]
  },
}

/** The mock has no hardware (`macsec_check_offload`). */
function refuseOffload({ offload = 'off' }: MacsecOptions): void {
  if (offload === 'off') return
  refuse('EOPNOTSUPP', undefined, {
    attribute: 'spec.macsec.offload',
    hint: 'the parent has no hardware that does the work',
  })
}

/** Another association sends: whether it is active counts (`macsec_changelink_common`). */
function followEncoding(device: Device, encodingSa: number | undefined): void {
  const keys = device.macsecKeys
  if (keys === undefined || encodingSa === undefined) return
  keys.operational = keys.associations.get(encodingSa)?.active === true
}

const defaults: Omit<MacsecData, 'sci'> = {
  cipher: 'gcm-aes-128',
  icvLength: 16,
  encodingSa: 0,
  encrypt: false,
  protect: true,
  sendSci: true,
  endStation: false,
  scb: false,
  replayProtect: false,
  window: 0,
  validate: 'strict',
  offload: 'off',
}

/** What MACsec links do when something happens to their parent (`macsec_notify`). */
export function macsecListener(kernel: Kernel, notice: Notice, lower: Device): void {
  if (lower.uppers.size === 0) return
  const uppers = macsecsOf(lower)
  if (notice === 'up' || notice === 'down' || notice === 'change') {
    for (const device of uppers) followLower(kernel, device, lower)
  } else if (notice === 'mtu') {
    for (const device of uppers) if (device.mtu > mostOf(device)) quietly(() => setMtu(kernel, device, mostOf(device)))
  } else if (notice === 'unregister' && lower.removed) {
    deleteLinks(
      kernel,
      uppers.flatMap((device) => device.kind?.dismantle?.(kernel, device) ?? [device]),
    )
  }
}
