/** What a bridge can do by itself changes with its ports, which is told (`netdev_update_features` in `br_add_if`, `br_del_if`). @module */
import type { Kernel } from '../kernel.js'
import { activeFeatures } from '../nic/features.js'
import type { Device } from '../object/device.js'
import type { BridgeData } from './bridge-data.js'

/** Ports that a new one is compared with before all of them are asked. */
const few = 4

/** A port is about to come or to go; returns what tells of the bridge then, where it can do more or less. */
export function watchFeatures(kernel: Kernel, bridge: Device, port: Device): () => void {
  const { ports } = bridge.bridge as BridgeData
  const own = activeFeatures(port)
  // Where another is like it, it makes no difference; so the ports of a large bridge are not asked each time.
  const others = ports.slice(0, few + 1).filter((other) => other !== port)
  if (others.some((other) => activeFeatures(other) === own)) return () => {}
  const before = activeFeatures(bridge)
  return () => {
    if (activeFeatures(bridge) !== before) kernel.tellLink(bridge)
  }
}
