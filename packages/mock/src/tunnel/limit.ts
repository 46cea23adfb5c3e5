/** The limit of how deep an IPv6 packet may be wrapped, which it brings along (RFC 2473 § 4.1.1). @module */
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import type { Load } from './over-ipv4.js'
import { limitAt, type Outer6 } from './over-ipv6.js'
import { reportLost } from './report.js'

/** Counts the limit of the packet down; `undefined` where it is used up, which its sender is told. */
export function countLimit(
  kernel: Kernel,
  device: Device,
  { frame, inner }: Pick<Load, 'frame' | 'inner'>,
  outer: Outer6,
): Outer6 | undefined {
  const at = inner.version === 6 ? limitAt(frame.octets, inner.at) : undefined
  if (at === undefined) return outer
  const limit = frame.octets[at] as number
  if (limit > 0) return { ...outer, limit: limit - 1 }
  reportLost(kernel, device, frame.octets.subarray(inner.at), { parameter: at - inner.at })
  return undefined
}
