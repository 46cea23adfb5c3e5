/** What a new link is given before and after its kind is asked; also for the other end of a new pair. @module */
import { type CleanLinkSpec, formatMac } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { Device } from './device.js'
import { checkMac } from './link-setting.js'
import { namespaceOf } from './lookup.js'
import { changeFlags } from './state.js'

/** What a new link and the other end of a new pair have in common. */
export type NewLink = Pick<
  CleanLinkSpec,
  'name' | 'index' | 'mtu' | 'mac' | 'txQueues' | 'rxQueues' | 'txQueueLength' | 'group'
>

/** The namespace that a part of a spec names. */
export function destination(
  kernel: Kernel,
  origin: Namespace,
  spec: { readonly namespace?: CleanLinkSpec['namespace'] },
) {
  if (spec.namespace === undefined) return origin
  return namespaceOf(kernel, spec.namespace, 'spec.namespace')
}

/** A link with the settings that are known before its kind is asked. */
export function prepare(namespace: Namespace, kind: Device['kind'], spec: NewLink): Device {
  const device = new Device(namespace, kind)
  device.name = spec.name ?? ''
  device.index = spec.index ?? 0
  if (spec.mac !== undefined) {
    checkMac(spec.mac)
    device.mac = formatMac(spec.mac)
    device.macSet = true
  }
  device.broadcast = 'ff:ff:ff:ff:ff:ff'
  if (spec.group !== undefined && !kind?.bare) device.group = spec.group
  return device
}

/** Applies what needs the registered link, and announces it (`rtnl_configure_link`). */
export function configure(kernel: Kernel, device: Device, spec: CleanLinkSpec): void {
  if (spec.txQueueLength !== undefined) device.txQueueLength = spec.txQueueLength
  if (spec.txQueues !== undefined) device.txQueues = spec.txQueues
  if (spec.rxQueues !== undefined) device.rxQueues = spec.rxQueues
  changeFlags(kernel, device, spec, !device.announced)
}
