/** VXLAN links (`drivers/net/vxlan/vxlan_core.c`; RFC 7348). @module */

import type { VxlanOptions, VxlanState } from '@vnet/core'
import type { Kernel, Notice } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { dropEntry, emptyMap, emptySet, withEntry } from '../object/empty.js'
import { deleteLinks } from '../object/link-delete.js'
import { isAbove } from '../object/stacking.js'
import { quietly, refuse } from '../refusal.js'
import { geneveListeners } from '../tunnel/geneve-receive.js'
import { joinTunnelGroup, leaveTunnelGroup } from '../tunnel/vxlan-group.js'
import { sendVxlan } from '../tunnel/vxlan-send.js'
import type { LinkKind } from './kind.js'
import { defaults, lookUp, receives, type Settings, validate, withText } from './vxlan-option.js'
import { reservedBits } from './vxlan-reserved.js'
import { ageVxlanRecord, dropRemote, putRemote, type VxlanRecord } from './vxlan-table.js'
import { dropVnis, followRemote, sorted, type VniRecord } from './vxlan-vni.js'

/** What a VXLAN keeps. */
export interface VxlanData {
  options: Settings
  /** Where it was made: its outer packets go there, wherever the link is moved. */
  readonly home: Namespace
  fdb: ReadonlyMap<string, VxlanRecord>
  /** With `vniFilter`: the identifiers that it receives. */
  vnis: ReadonlyMap<number, VniRecord>
  /** Groups that it listens to while it is up. */
  groups: ReadonlySet<string>
}

const zero = '00:00:00:00:00:00'

/** `ip link add … type vxlan`. */
export const vxlan: LinkKind = {
  name: 'vxlan',
  ownMtu: true,
  validate(spec) {
    if (spec.mtu !== undefined && (spec.mtu < 68 || spec.mtu > 65535)) {
      refuse('EINVAL', 'MTU must be between 68 and 65535', { attribute: 'spec.mtu' })
    }
  },
  portCost: (device) => device.lower?.kind?.portCost?.(device.lower) ?? 100,
  make(_kernel, device, spec, origin) {
    const given: VxlanOptions = 'vxlan' in spec && spec.vxlan !== undefined ? spec.vxlan : {}
    const options = { ...defaults(), ...withText(given) }
    if (options.external && given.learning === undefined) options.learning = false
    if (options.gpe && given.port === undefined) options.port = 4790
    options.reservedBits = reservedBits(options, given.reservedBits)
    device.canBroadcast = true
    device.multicast = true
    device.noQueue = true
    device.tsoMaxSize = 65536
    const lower = lookUp(origin, given.link)
    validate(device, options, lower, origin)
    device.lower = lower
    device.vxlan = { options, home: origin, fdb: emptyMap, vnis: emptyMap, groups: emptySet }
    const most = mostMtu(device)
    if (lower !== undefined) device.tsoMaxSize = lower.tsoMaxSize
    // More than fits into the lower link is cut down without a word.
    device.mtu = Math.min(spec.mtu ?? (lower === undefined ? 1500 : most), most)
  },
  registered(kernel, device) {
    if (device.lower !== undefined) {
      device.lower.carried = withEntry(device.lower.carried, device)
      kernel.tellLink(device.lower)
    }
    kernel.tellLink(device)
    device.announced = true
    const { options } = device.vxlan as VxlanData
    if (options.remote !== undefined) putDefault(kernel, device, options.remote)
  },
  change(kernel, device, change) {
    if (change.vxlan === undefined) return false
    changeVxlan(kernel, device, change.vxlan)
    return true
  },
  describe: (device) => ({ vxlan: describeVxlan(device) }),
  checkMtu(_kernel, device, mtu) {
    const most = mostMtu(device)
    if (device.lower !== undefined && mtu > most) {
      refuse('EINVAL', undefined, {
        attribute: 'spec.mtu',
        hint: `at most ${most}: that of ${device.lower.name} without the outer headers`,
      })
    }
  },
  transmit: sendVxlan,
  stop(kernel, device) {
    for (const group of (device.vxlan as VxlanData).groups) leaveTunnelGroup(kernel, device, group)
  },
  open(kernel, device) {
    refusePort(device)
    const { options, fdb } = device.vxlan as VxlanData
    for (const { remote } of [options, ...sorted(device)])
      if (remote !== undefined) joinTunnelGroup(kernel, device, remote)
    for (const record of fdb.values()) ageVxlanRecord(kernel, device, record)
  },
  dismantle(kernel, device) {
    for (const record of [...(device.vxlan as VxlanData).fdb.values()].reverse()) {
      dropRemote(kernel, device, record.mac, record.sourceVni, undefined)
    }
    leaveLower(kernel, device)
    return [device]
  },
  tellEnd: dropVnis,
}

/** Of those that listen to one port all must read packets the same way (`vxlan_sock_add`). */
function refusePort(device: Device): void {
  const { options, home } = device.vxlan as VxlanData
  const [other] = [...home.vxlans.readingOtherwise(options.port, receives(options))].filter(
    ({ up, vxlan }) => up && (vxlan?.options.external === true || vxlan?.options.family === options.family),
  )
  const [geneve] = geneveListeners(home, options.port, options.family)
  if (other === undefined && geneve === undefined) return
  refuse('EADDRINUSE', undefined, {
    attribute: 'spec.up',
    hint: `${(other ?? geneve)?.name} listens to UDP port ${options.port} already, and reads its packets another way`,
  })
}

/** The lower link is told of as well (`NETDEV_CHANGEUPPER`). */
function leaveLower(kernel: Kernel, device: Device): void {
  const { lower } = device
  if (lower !== undefined && dropEntry(lower.carried, device) && !lower.removed) kernel.tellLink(lower)
}

/** The largest packet that fits into the lower link with the outer headers. */
function mostMtu(device: Device): number {
  if (device.lower === undefined) return 65535
  const { family } = (device.vxlan as VxlanData).options
  return Math.max(68, device.lower.mtu - (family === 6 ? 70 : 50))
}

/** Options that the kernel refuses to change, with its sentence; the others can be changed. */
const fixed: { readonly [O in keyof VxlanOptions]?: string } = {
  ttlInherit: 'vxlan: cannot change TTL_INHERIT flag',
  proxy: 'vxlan: cannot change PROXY flag',
  rsc: 'vxlan: cannot change RSC flag',
  l2Miss: 'vxlan: cannot change L2MISS flag',
  l3Miss: 'vxlan: cannot change L3MISS flag',
  maxEntries: 'Cannot change limit',
  external: 'vxlan: cannot change COLLECT_METADATA flag',
  portRange: 'Cannot change port range',
  port: 'Cannot change port',
  udpChecksum: 'Cannot change UDP_CSUM flag',
  udpZeroChecksum6Tx: 'vxlan: cannot change UDP_ZERO_CSUM6_TX flag',
  udpZeroChecksum6Rx: 'vxlan: cannot change UDP_ZERO_CSUM6_RX flag',
  remoteChecksumTx: 'vxlan: cannot change REMCSUM_TX flag',
  remoteChecksumRx: 'vxlan: cannot change REMCSUM_RX flag',
  remoteChecksumNoPartial: 'vxlan: cannot change REMCSUM_NOPARTIAL flag',
  reservedBits: 'Cannot change reserved_bits',
  gbp: 'vxlan: cannot change GBP flag',
  gpe: 'vxlan: cannot change GPE flag',
  vniFilter: 'vxlan: cannot change VNIFILTER flag',
}

function changeVxlan(kernel: Kernel, device: Device, change: VxlanOptions): void {
  const data = device.vxlan as VxlanData
  const no = (detail: string, field: string): never =>
    refuse('EOPNOTSUPP', detail, { attribute: `spec.vxlan.${field}` })
  if (change.id !== undefined && change.id !== data.options.id) no('Cannot change VNI', 'id')
  for (const [name, what] of [['remote', 'group'] as const, ['local', 'local'] as const]) {
    const text = change[name]
    if (text === undefined || (text.includes(':') ? 6 : 4) === data.options.family) continue
    no(
      what === 'group'
        ? 'New group address family does not match old group'
        : 'New local address family does not match old',
      name,
    )
  }
  for (const [name, detail] of Object.entries(fixed))
    if (change[name as keyof VxlanOptions] !== undefined) no(detail, name)
  const options = {
    ...data.options,
    ...withText(change),
    family: data.options.family,
    // A slip of the kernel: they become those of a link without extensions.
    reservedBits: reservedBits(defaults(), undefined),
  }
  const lower = change.link === undefined ? device.lower : lookUp(data.home, change.link)
  validate(device, options, lower, data.home)
  if (lower !== undefined && lower !== device.lower && isAbove(lower, device)) {
    refuse('EBUSY', undefined, { attribute: 'spec.vxlan.link', hint: `${lower.name} lies above this link` })
  }
  const old = data.options.remote
  const moved = options.remote !== old || lower !== device.lower
  if (moved && options.remote !== undefined) putDefault(kernel, device, options.remote, lower)
  if (moved && old !== undefined) {
    const remote = { address: old, port: data.options.port, vni: data.options.id, via: device.lower }
    quietly(() => dropRemote(kernel, device, zero, data.options.id, remote))
  }
  if (moved) followRemote(kernel, device, old, options.remote)
  if (lower !== device.lower) {
    if (device.lower !== undefined) dropEntry(device.lower.carried, device)
    if (lower !== undefined) lower.carried = withEntry(lower.carried, device)
    device.lower = lower
  }
  data.options = options
  if (change.ageing !== undefined) for (const record of data.fdb.values()) ageVxlanRecord(kernel, device, record)
}

/** Where frames of unknown destination go: an entry of the all-zero MAC. */
function putDefault(kernel: Kernel, device: Device, address: string, via = device.lower): void {
  const { options } = device.vxlan as VxlanData
  const remote = { address, port: options.port, vni: options.id, via }
  const entry = { state: 'permanent', externallyLearned: false, router: false } as const
  putRemote(kernel, device, zero, options.id, remote, entry, 'append')
}

function describeVxlan(device: Device): VxlanState {
  const { remote, local, family: _, vniFilter, ...options } = (device.vxlan as VxlanData).options
  return {
    ...options,
    ...(remote === undefined ? {} : { remote }),
    ...(local === undefined ? {} : { local }),
    ...(device.lower === undefined ? {} : { link: device.lower.index }),
    // Told only when it is set.
    ...(vniFilter ? { vniFilter } : {}),
  }
}

/** VXLANs vanish with the link that their packets leave by, also when it only moves elsewhere (`vxlan_handle_lowerdev_unregister`). */
export function vxlanListener(kernel: Kernel, notice: Notice, device: Device): void {
  if (device.vxlan !== undefined) {
    if (notice === 'register') device.vxlan.home.vxlans.add(device)
    else if (notice === 'unregister' && device.removed) device.vxlan.home.vxlans.delete(device)
  }
  if (notice === 'unregister' && device.carried.size > 0)
    deleteLinks(
      kernel,
      [...device.carried].flatMap((other) => other.kind?.dismantle?.(kernel, other) ?? [other]),
    )
}
