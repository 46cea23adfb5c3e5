/** Entering a link into a namespace and taking it out (`register_netdevice`, `unregister_netdevice`). @module */
import type { Kernel } from '../kernel.js'
import { refuse } from '../refusal.js'
import { refreshOperationalState } from './carrier.js'
import type { Device } from './device.js'
import { patternName } from './link-setting.js'

/** Enters a link, which has its name and perhaps an index wished for, and tells those who keep something for each link. */
export function register(kernel: Kernel, device: Device): void {
  const { namespace } = device
  if (device.name.includes('%')) device.name = patternName(device, device.name)
  if (namespace.byName.has(device.name)) refuse('EEXIST', undefined, { attribute: 'spec.name' })
  if (device.index === 0) device.index = namespace.freeIndex()
  else if (namespace.links.has(device.index)) refuse('EBUSY', undefined, { attribute: 'spec.index' })
  enter(device)
  kernel.notify('register', device)
  // A link without carrier has an operational state from the start, others only once it changes (`linkwatch_init_dev`).
  if (!device.carrier) refreshOperationalState(device)
}

/** Puts a link into the tables of its namespace. */
export function enter(device: Device): void {
  const { namespace } = device
  namespace.links.set(device.index, device)
  namespace.enterName(device.name, device)
  for (const name of device.altNames) namespace.enterName(name, device)
}

/** Takes a link out of the tables of its namespace. */
export function leave(device: Device): void {
  const { namespace } = device
  namespace.links.delete(device.index)
  namespace.removeName(device.name)
  for (const name of device.altNames) namespace.removeName(name)
}
