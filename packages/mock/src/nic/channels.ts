/** Queues of drivers, as `ethtool -l` tells them (`get_channels`). @module */
import type { NicChannels } from '@vnet/core'
import type { Device } from '../object/device.js'

/** The queues; `undefined` where the driver tells none. */
export function channelsOf(device: Device): NicChannels | undefined {
  const { txQueues, rxQueues, usesAllQueues: all } = device
  switch (device.kind?.name) {
    case 'veth':
      // One is in use of those that it was not asked for (`veth_init_queues`).
      return {
        rx: { now: all?.rx ? rxQueues : 1, most: rxQueues },
        tx: { now: all?.tx ? txQueues : 1, most: txQueues },
      }
    case 'tun':
      return { combined: { now: device.tunQueues?.attached.length ?? 0, most: txQueues } }
    default:
      return undefined
  }
}
