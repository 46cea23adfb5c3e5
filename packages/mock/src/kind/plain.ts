/** ifb and dummy: links without options (`drivers/net/ifb.c`, `dummy.c`). @module */
import { setCarrier } from '../object/carrier.js'
import type { LinkKind } from './kind.js'

/** `ip link add type ifb`. */
export const ifb: LinkKind = {
  name: 'ifb',
  make(_kernel, device) {
    device.canBroadcast = true
    device.noArp = true
    device.minMtu = 0
    device.maxMtu = 0
    device.txQueueLength = 32
  },
}

/** `ip link add type dummy`. */
export const dummy: LinkKind = {
  name: 'dummy',
  make(_kernel, device) {
    device.canBroadcast = true
    device.noArp = true
    device.minMtu = 0
    device.maxMtu = 0
    device.noQueue = true
  },
  setCarrier,
}
