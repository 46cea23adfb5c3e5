/** A link on its way to another namespace (`dev_change_net_namespace`). @module */

import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import { dropAllQdiscs } from '../traffic/entry.js'
import type { Device } from './device.js'
import { emptyMap, emptySet } from './empty.js'
import { enter, leave } from './registration.js'
import { shut } from './state.js'

/** Moves a link. It goes down, loses master, addresses and routes, and keeps its index where that is free. */
export function moveLink(kernel: Kernel, device: Device, target: Namespace, name: string | undefined): void {
  const source = device.namespace
  if (source === target) return
  if (device.loopback || device.kind?.immutable) {
    refuse('EINVAL', 'The interface netns is immutable', {
      attribute: 'spec.namespace',
      hint: `${device.name} belongs to its namespace and cannot be moved`,
    })
  }
  const newName = nameThere(device, target, name)
  for (const altName of device.altNames) {
    if (target.byName.has(altName)) {
      refuse('EEXIST', `An interface with the altname ${altName} exists in the target netns`, {
        attribute: 'spec.namespace',
      })
    }
  }
  const index = target.links.has(device.index) ? target.freeIndex() : device.index
  shut(kernel, device)
  leave(device)
  device.qdisc = 'noop'
  dropAllQdiscs(device)
  source.actions.forgetLink(device.index)
  kernel.notify('unregister', device)
  kernel.namespaces.idOf(source, target)
  kernel.tellLink(device, 'link delete')
  device.filters = emptyMap
  device.ownFilters = emptySet
  device.namespace = target
  device.index = index
  device.name = newName
  enter(device)
  kernel.notify('register', device)
  kernel.tellLink(device)
}

function nameThere(device: Device, target: Namespace, wished: string | undefined): string {
  if (!target.byName.has(device.name)) return device.name
  if (wished === undefined) {
    refuse('EEXIST', 'An interface with the same name exists in the target netns', {
      attribute: 'spec.namespace',
      hint: `give a new name along: the target has a ${device.name} already`,
    })
  }
  if (target.byName.has(wished)) {
    refuse('EEXIST', `Unable to use '${wished}' for the new interface name in the target netns`, {
      attribute: 'spec.name',
    })
  }
  return wished
}
