/** Groups that a bond listens to are reported again when another port is used (`bond_resend_igmp_join_requests_delayed`). @module */
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { reportAgain } from '../object/membership.js'
import { tick } from '../object/membership-data.js'
import { bondOf } from './bond-data.js'

/** Seconds between two rounds. */
const interval = 0.2

/** Begins to report (`resendIgmp`). */
export function reportGroups(kernel: Kernel, master: Device): void {
  const { reports, options } = bondOf(master)
  if (!master.up || options.resendIgmp === 0) return
  reports.left = options.resendIgmp
  reports.next = kernel.now() + tick
  resumeReports(kernel, master)
}

/** Waits for the next round; also after a snapshot was loaded. */
export function resumeReports(kernel: Kernel, master: Device): void {
  const { reports } = bondOf(master)
  kernel.timers.cancel(reports.timer)
  reports.timer = undefined
  if (!master.up) reports.next = undefined
  if (reports.next === undefined) return
  reports.timer = kernel.timers.at(reports.next, () => {
    reportAbove(kernel, master)
    reports.next = --reports.left > 0 ? kernel.now() + interval : undefined
    resumeReports(kernel, master)
  })
}

/** Those of the bond itself, of VLANs on it, and of the bridge that it is a port of. */
function reportAbove(kernel: Kernel, device: Device): void {
  reportAgain(kernel, device)
  for (const upper of device.uppers) if (upper.vlan !== undefined) reportAbove(kernel, upper)
  if (device.master?.bridge !== undefined) reportAbove(kernel, device.master)
}
