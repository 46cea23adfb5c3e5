/** The port of a bond that is in use, in modes with one (`bond_select_active_slave`, `bond_change_active_slave`). @module */
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { announceAddresses } from '../stack/announce.js'
import { forgetFlows } from './bond-balance.js'
import { type BondData, bondOf, isBalanced, usesPrimary } from './bond-data.js'
import { followActive, swapForActive } from './bond-mac.js'
import { reportGroups } from './bond-report.js'

/** Chooses the port in use (`bond_find_best_slave`). */
export function selectActive(kernel: Kernel, master: Device): void {
  const data = bondOf(master)
  if (!usesPrimary(data)) return
  const working = data.ports.filter((port) => port.bondPort?.status === 'up')
  const current = data.active !== undefined && working.includes(data.active) ? data.active : undefined
  const priorityOf = (port: Device) => port.bondPort?.priority ?? 0
  let wanted = working.find((port) => port.name === data.primary)
  if (wanted === undefined) {
    const [first] = working
    const start = current ?? first
    wanted = start && working.reduce((best, port) => (priorityOf(port) > priorityOf(best) ? port : best), start)
  }
  // Links of the mock are all as fast, so none is better than the one in use.
  const stays = data.options.primaryReselect !== 'always'
  const chosen = current !== undefined && stays ? current : wanted
  if (chosen !== data.active) setActive(kernel, master, chosen)
}

/** Puts a port into use: MACs move, flows are spread anew, and the neighbours are told. */
export function setActive(kernel: Kernel, master: Device, port: Device | undefined): void {
  const data = bondOf(master)
  const before = data.active
  data.active = port
  if (port === undefined || port === before) return
  if (isBalanced(data)) {
    for (const one of [before, port]) if (one !== undefined) forgetFlows(data, one)
    swapForActive(kernel, master, before, port)
  }
  if (port.bondPort !== undefined) port.bondPort.lastUp = kernel.now()
  reportGroups(kernel, master)
  if (data.options.mode !== 'active-backup') return
  followActive(kernel, master, before, port)
  if (!master.up) return
  data.notices = data.options.peerNotifications * noticeGap(data)
  noticePeers(kernel, master)
}

/** Looks at the carrier from one announcement to the next. */
const noticeGap = ({ options: { peerNotifyDelay, miimon } }: BondData): number =>
  miimon === 0 ? 1 : Math.max(1, Math.floor(peerNotifyDelay / miimon))

/** Announces the bond's addresses where that is due, and counts down (`bond_should_notify_peers`). */
export function noticePeers(kernel: Kernel, master: Device): void {
  const data = bondOf(master)
  if (data.notices === 0) return
  const isDue = data.notices % noticeGap(data) === 0
  if (isDue && data.active !== undefined && master.carrier && master.active) {
    data.notices--
    announceWithVlans(kernel, master)
  }
}

/** The bond's own addresses, and those of VLANs on it (`vlan_device_event`). */
function announceWithVlans(kernel: Kernel, device: Device): void {
  announceAddresses(kernel, device)
  for (const upper of device.uppers) if (upper.vlan !== undefined) announceWithVlans(kernel, upper)
}

/** One look at the carrier has passed: what is still to be announced comes nearer. */
export function countNotices(kernel: Kernel, master: Device): void {
  const data = bondOf(master)
  if (data.notices === 0) return
  const before = data.notices
  noticePeers(kernel, master)
  if (data.notices === before) data.notices--
}
