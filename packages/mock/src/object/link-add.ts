/** `link add` (`rtnl_newlink_create`). @module */
import { type Capability, capabilityKinds, type CleanLinkSpec, type Link, remedyOf } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { kinds } from '../kind/kinds.js'
import type { Namespace } from '../namespace.js'
import { randomMac } from '../random.js'
import { refuse } from '../refusal.js'
import { formatMac } from '@vnet/core'
import { Device } from './device.js'
import { deleteLinks } from './link-delete.js'
import { checkMac, checkMtu, patternName } from './link-setting.js'
import { setMaster } from './master.js'
import { register } from './registration.js'
import { changeFlags } from './state.js'

/** What a new link and the other end of a new pair have in common. */
export type NewLink = Pick<
  CleanLinkSpec,
  'name' | 'index' | 'mtu' | 'mac' | 'txQueues' | 'rxQueues' | 'txQueueLength' | 'group' | 'alias'
>

/** Makes a link; returns how to describe it once all that follows from it has happened. */
export function addLink(kernel: Kernel, origin: Namespace, spec: CleanLinkSpec): () => Link {
  const existing =
    (spec.index === undefined ? undefined : origin.links.get(spec.index)) ??
    (spec.name === undefined ? undefined : origin.byName.get(spec.name))
  const kind = kindOf(kernel, spec.kind)
  // Linux looks for the name where the request is made before it looks where the link is to go.
  if (existing !== undefined) {
    refuse('EEXIST', undefined, {
      attribute: existing.index === spec.index ? 'spec.index' : 'spec.name',
      hint: `${existing.name} is there already, with index ${existing.index}`,
    })
  }
  const target = destination(kernel, origin, spec)
  const device = prepare(target, kind, spec)
  if (device.name === '') device.name = target.freeName(spec.kind)
  else if (device.name.includes('%')) device.name = patternName(device, device.name)
  kind.make(kernel, device, spec, origin)
  if (device.type === 'ether') device.mac ??= formatMac(randomMac(kernel.random))
  if (spec.mtu !== undefined && device.mtu !== spec.mtu) {
    checkMtu(device, spec.mtu)
    device.mtu = spec.mtu
  }
  register(kernel, device)
  kind.registered?.(kernel, device, spec, origin)
  try {
    configure(kernel, device, spec)
    if (spec.master !== undefined && spec.master !== null) setMaster(kernel, device, spec.master)
    if (spec.port !== undefined) changePort(kernel, device, spec.port)
    if (spec.carrier !== undefined) changeCarrier(kernel, device, spec.carrier)
  } catch (refusal) {
    deleteLinks(kernel, device.kind?.dismantle?.(kernel, device) ?? [device])
    throw refusal
  }
  return () => kernel.describe(device)
}

/** The kind of a word; refuses those that the mock does not have, or is told to lack. */
function kindOf(kernel: Kernel, word: string) {
  const kind = kinds.get(word)
  const known = (capabilityKinds as readonly string[]).includes(word)
  const capability = `link ${word}` as Capability
  if (kind === undefined || (known && !kernel.has(capability))) {
    refuse('EOPNOTSUPP', 'Unknown device type', {
      attribute: 'spec.kind',
      hint: known ? remedyOf(capability) : `no kernel module makes links of kind ${word}`,
    })
  }
  return kind
}

function destination(kernel: Kernel, origin: Namespace, spec: { readonly namespace?: CleanLinkSpec['namespace'] }) {
  if (spec.namespace === undefined) return origin
  return kernel.namespaces.find(spec.namespace) ?? refuse('ENOENT', undefined, { attribute: 'spec.namespace' })
}

/** The namespace that a part of a spec names. */
export { destination }

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
  if (spec.group !== undefined) device.group = spec.group
  return device
}

/** Applies what needs the registered link, and announces it (`rtnl_configure_link`). */
export function configure(kernel: Kernel, device: Device, spec: CleanLinkSpec): void {
  if (spec.txQueueLength !== undefined) device.txQueueLength = spec.txQueueLength
  if (spec.txQueues !== undefined) device.txQueues = spec.txQueues
  if (spec.rxQueues !== undefined) device.rxQueues = spec.rxQueues
  if (spec.alias !== undefined && spec.alias !== '') device.alias = spec.alias
  changeFlags(kernel, device, spec, true)
}

/** Options of a port; refuses where the link has no master with ports. */
export function changePort(kernel: Kernel, device: Device, options: NonNullable<CleanLinkSpec['port']>): void {
  const change = device.master?.kind?.changePort
  if (device.master === undefined || change === undefined) {
    refuse('EOPNOTSUPP', undefined, { attribute: 'spec.port', hint: 'the link is no port of a bridge; give it a master first' })
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
