/** What a MAC filter lets in at a port of a bridge: before anything is learned, at the hook that is the first (`NF_BR_PRE_ROUTING`). @module */
import { ethernetHeaderSize, isTaggedAt, macAt, vlanTagSize } from '@vnet/wire'
import type { Device } from '../object/device.js'

/** Whether the port's filter lets a frame in; it is counted. */
export function letsIn({ name, namespace }: Device, octets: Uint8Array): boolean {
  if (namespace.macFilters.size === 0) return true
  const filter = namespace.macFilters.get(name)
  if (filter === undefined) return true
  const source = macAt(octets, 6)
  const isIn = !filter.deny?.has(source) && (filter.allow === undefined || filter.allow.has(source))
  const counter = isIn ? filter.passed : filter.dropped
  counter.packets++
  // Linux takes a tag off a frame before the bridge has it.
  counter.bytes += octets.length - ethernetHeaderSize - (isTaggedAt(octets, 0) ? vlanTagSize : 0)
  return isIn
}
