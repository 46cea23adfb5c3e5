/** `link add` (`rtnl_newlink_create`). @module */
import {
  type Capability,
  type CleanLinkChange,
  type CleanLinkSpec,
  capabilityKinds,
  formatMac,
  type Link,
  remedyOf,
} from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { kinds } from '../kind/kinds.js'
import type { Namespace } from '../namespace.js'
import { randomMac } from '../random.js'
import { refuse } from '../refusal.js'
import { runLinkwatch } from './carrier.js'
import type { Device } from './device.js'
import { deleteLinks } from './link-delete.js'
import { setLink } from './link-set.js'
import { checkMac, checkMtu } from './link-setting.js'
import { checkNames } from './lookup.js'
import { setMaster } from './master.js'
import { configure, destination, prepare } from './new-link.js'
import { register } from './registration.js'

/** Makes a link; returns how to describe it once all that follows from it has happened. */
export function addLink(kernel: Kernel, origin: Namespace, spec: CleanLinkSpec): () => Link {
  const target = destination(kernel, origin, spec)
  const known = kinds.get(spec.kind)
  if (!known?.bare) {
    checkNames(origin, target, spec)
    if (known !== undefined && spec.mac !== undefined) checkMac(spec.mac)
    known?.validate?.(spec)
  }
  // Where the link is to go; Linux before 6.15 looked where the request is made.
  const existing =
    (spec.index === undefined ? undefined : target.links.get(spec.index)) ??
    (spec.name === undefined ? undefined : target.byName.get(spec.name))
  if (existing !== undefined) {
    refuse('EEXIST', undefined, {
      attribute: existing.index === spec.index ? 'spec.index' : 'spec.name',
      hint: `${existing.name} is there already, with index ${existing.index}`,
    })
  }
  const kind = kindOf(kernel, spec.kind)
  const device = prepare(target, kind, { ...spec, name: spec.name ?? `${spec.kind}%d` })
  kind.make(kernel, device, spec, origin)
  if (device.type === 'ether') device.mac ??= formatMac(randomMac(kernel.random))
  if (spec.mtu !== undefined && device.mtu !== spec.mtu && !kind.bare && !kind.ownMtu) {
    checkMtu(device, spec.mtu)
    device.mtu = spec.mtu
  }
  try {
    register(kernel, device)
  } catch (refusal) {
    if (device.unborn !== undefined) deleteLinks(kernel, [device.unborn])
    throw refusal
  }
  try {
    // Nobody has heard of it yet, so nobody hears of its end either (`RTNL_LINK_INITIALIZING`).
    device.unheard = !kind.bare
    kind.registered?.(kernel, device, spec, origin)
    if (kind.bare) {
      kernel.tellLink(device)
      setLink(kernel, target, changeOf(device, spec))
      // Linux hears that the link came up before its maker lets go of it.
      runLinkwatch(kernel, true)
    } else {
      configure(kernel, device, spec)
      device.unheard = false
      if (spec.master !== undefined && spec.master !== null) setMaster(kernel, device, spec.master)
    }
    kind.finish?.(kernel, device, spec)
    // What the kernel takes from a change only.
    const { alias, carrier, port } = spec
    const later = given({ alias: alias === '' ? undefined : alias, carrier, port })
    if (later.length > 0) setLink(kernel, target, { link: device.index, ...Object.fromEntries(later) })
  } catch (refusal) {
    deleteLinks(kernel, device.kind?.dismantle?.(kernel, device) ?? [device])
    throw refusal
  }
  return () => {
    // Read again after its maker let go of it, when the loss of the carrier is known.
    if (kind.bare) runLinkwatch(kernel)
    return kernel.describe(device)
  }
}

/** What a link that was made bare is told afterwards. */
function changeOf(device: Device, spec: CleanLinkSpec): CleanLinkChange {
  const { up, mtu, mac, master, group, txQueueLength, promiscuous, allMulticast, arp, multicast } = spec
  const change = {
    ...{ up, mtu, mac, master: master ?? undefined, group, txQueueLength },
    ...{ promiscuous, allMulticast, arp, multicast },
  }
  return { link: device.index, ...Object.fromEntries(given(change)) }
}

const given = (change: object) => Object.entries(change).filter(([, value]) => value !== undefined)

/** The kind of a word; refuses those that the mock does not have, or is told to lack. */
function kindOf(kernel: Kernel, word: string) {
  const kind = kinds.get(word)
  const known = (capabilityKinds as readonly string[]).includes(word)
  const capability = `link ${word}` as Capability
  if (kind === undefined || kind.fromModule || (known && !kernel.has(capability))) {
    refuse('EOPNOTSUPP', 'Unknown device type', {
      attribute: 'spec.kind',
      hint: known ? remedyOf(capability) : `no kernel module makes links of kind ${word}`,
    })
  }
  return kind
}
