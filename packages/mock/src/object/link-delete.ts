/** `link delete`, and the end of a namespace (`unregister_netdevice_many`, `default_device_exit_batch`). @module */

import type { LinkRef } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import { dropAllQdiscs } from '../traffic/entry.js'
import type { Device } from './device.js'
import { emptyMap, emptySet } from './empty.js'
import { moveLink } from './link-move.js'
import { linkOf } from './lookup.js'
import { leave } from './registration.js'
import { shut } from './state.js'

/** Deletes a link, and those that cannot be without it. */
export function deleteLink(kernel: Kernel, namespace: Namespace, ref: LinkRef): undefined {
  const device = linkOf(namespace, ref)
  if (device.kind === undefined || device.kind.fromModule) {
    refuse('EOPNOTSUPP', undefined, { hint: `${device.name} was not made by anybody and cannot be deleted` })
  }
  deleteLinks(kernel, device.kind.dismantle?.(kernel, device) ?? [device])
  return undefined
}

/** Closes the links, then takes them out one by one. */
export function deleteLinks(kernel: Kernel, devices: readonly Device[]): void {
  const going = devices.filter((device) => !device.removed)
  for (const device of going) shut(kernel, device)
  for (const device of going) {
    leave(device)
    kernel.linkwatch.delete(device)
  }
  for (const device of going) {
    if (device.removed) continue
    device.removed = true
    device.qdisc = 'noop'
    dropAllQdiscs(device)
    device.namespace.actions.forgetLink(device.index)
    kernel.notify('unregister', device)
    device.kind?.tellEnd?.(device)
    if (!device.unheard) {
      device.namespace.tell('link', () => {
        const object = kernel.describe(device)
        return { kind: 'link delete', group: 'link', object }
      })
    }
    device.filters = emptyMap
    device.ownFilters = emptySet
    device.kind?.uninit?.(kernel, device)
  }
}

/** What nobody made outlives its namespace, under another name where its own is taken (`default_device_exit_net`). */
function goHome(kernel: Kernel, device: Device): void {
  const home = kernel.namespaces.initial
  const numbered = `dev${device.index}`
  device.altNames = device.altNames.filter((name) => !home.byName.has(name))
  moveLink(kernel, device, home, home.byName.has(numbered) ? home.freeName('dev') : numbered)
}

/** The end of a namespace: all its links vanish, with their peers elsewhere. Nobody is there to hear of its own. */
export function removeNamespace(kernel: Kernel, namespace: Namespace): void {
  for (const watcher of [...namespace.watchers]) watcher.queue.end()
  for (const device of namespace.sorted()) if (device.kind?.fromModule) goHome(kernel, device)
  const going = new Set<Device>()
  for (const device of namespace.sorted().reverse()) {
    if (device.kind === undefined || device.kind.fromModule) continue
    for (const other of device.kind.dismantle?.(kernel, device) ?? [device]) going.add(other)
  }
  deleteLinks(kernel, [...going])
  for (const device of namespace.sorted()) device.removed = true
  namespace.links.clear()
  namespace.byName.clear()
}
