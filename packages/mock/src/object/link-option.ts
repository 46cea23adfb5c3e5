/** Options that need the link's master or its driver: those of a port, and the carrier. @module */
import type { BondPortOptions, CleanLinkSpec } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { refuse } from '../refusal.js'
import type { Device } from './device.js'

/** Options of a port; refuses where the link has no master with ports. */
export function changePort(kernel: Kernel, device: Device, options: NonNullable<CleanLinkSpec['port']>): void {
  const change = device.master?.kind?.changePort
  if (device.master === undefined || change === undefined) {
    refuse('EOPNOTSUPP', undefined, {
      attribute: 'spec.port',
      hint: 'the link is no port of a bridge; give it a master first',
    })
  }
  change(kernel, device.master, device, options)
}

/** Options of a port of a bond; refuses where the link has no such master. */
export function changeBondPort(kernel: Kernel, device: Device, options: BondPortOptions): void {
  const change = device.master?.kind?.changeBondPort
  if (device.master === undefined || change === undefined) {
    refuse('EOPNOTSUPP', undefined, {
      attribute: 'spec.bondPort',
      hint: 'the link is no port of a bond; give it a master first',
    })
  }
  change(kernel, device.master, device, options)
}

/** Carrier, for the kinds that let it be set. */
export function changeCarrier(kernel: Kernel, device: Device, carrier: boolean): void {
  if (device.kind?.setCarrier === undefined) {
    refuse('EOPNOTSUPP', undefined, {
      attribute: 'spec.carrier',
      hint: 'the carrier can be set of dummy, TUN and TAP links only; others follow their peer or parent',
    })
  }
  device.kind.setCarrier(kernel, device, carrier)
}
