/** `link get` and `link list`. @module */
import type { Link, LinkFilter, LinkQuery } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { toldKind } from './link-description.js'
import { linkOf } from './lookup.js'

/** One link. */
export function getLink(kernel: Kernel, namespace: Namespace, query: LinkQuery): Link | undefined {
  const device = namespace.find(query.link)
  return device === undefined ? undefined : kernel.describe(device, query.statistics)
}

/** The links that match, in order of index. */
export function listLinks(kernel: Kernel, namespace: Namespace, filter: LinkFilter): Link[] {
  const master = filter.master === undefined ? undefined : linkOf(namespace, filter.master, 'spec.master')
  const links: Link[] = []
  for (const device of namespace.sorted()) {
    if (master !== undefined && device.master !== master) continue
    if (filter.up !== undefined && device.up !== filter.up) continue
    if (filter.group !== undefined && device.group !== filter.group) continue
    const kind = toldKind(device)
    if (filter.kind !== undefined && filter.kind !== kind) continue
    links.push(kernel.describe(device, filter.statistics))
  }
  return links
}
