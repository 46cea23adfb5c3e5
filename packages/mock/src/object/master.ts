/** Masters and their ports (`do_set_master`). @module */
import type { LinkRef } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { refuse } from '../refusal.js'
import type { Device } from './device.js'

/** Gives a link a master, or releases it with `null`. A master it has is left first, also when the new one refuses. */
export function setMaster(kernel: Kernel, device: Device, ref: LinkRef | null): void {
  const master = ref === null ? undefined : device.namespace.find(ref)
  if (ref !== null && master === undefined) {
    // A name is looked up before the request is made; an index only by the kernel, which calls a wrong one invalid.
    if (typeof ref === 'string') refuse('ENODEV', undefined, { hint: `there is no link ${ref} in this namespace` })
    refuse('EINVAL', undefined, { attribute: 'spec.master' })
  }
  if (device.master !== undefined) {
    if (device.master === master) return
    device.master.kind?.release?.(kernel, device.master, device)
  }
  if (master === undefined) return
  if (master.kind?.enslave === undefined) {
    refuse('EOPNOTSUPP', undefined, {
      attribute: 'spec.master',
      hint: `${master.name} takes no ports: it is no bridge`,
    })
  }
  master.kind.enslave(kernel, master, device)
}
