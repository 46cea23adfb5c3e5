/** ifb, dummy and nlmon: links without options (`drivers/net/ifb.c`, `dummy.c`, `nlmon.c`). @module */
import { setCarrier } from '../object/carrier.js'
import { refuse } from '../refusal.js'
import { countReceived, countSent } from '../stack/counters.js'
import { deliverPast } from '../stack/deliver.js'
import { Frame } from '../stack/frame.js'
import { transmitPast } from '../stack/transmit.js'
import { RedirectedFrame } from '../traffic/classify/redirected-frame.js'
import type { LinkKind } from './kind.js'

/** `ip link add type ifb`. */
export const ifb: LinkKind = {
  name: 'ifb',
  fixedMac: 'an ifb keeps the MAC that it was made with',
  make(_kernel, device) {
    device.canBroadcast = true
    device.noArp = true
    device.minMtu = 0
    device.maxMtu = 0
    device.txQueueLength = 32
  },
  transmit(kernel, device, frame) {
    const { counters, namespace } = device
    countReceived(device, frame.octets.length)
    // Only what an action redirected to it comes out again: where it was taken.
    const origin = frame instanceof RedirectedFrame ? frame.origin : undefined
    if (origin === undefined) {
      counters.rxDropped++
      kernel.dropped(device, frame.octets, 'not-redirected')
    } else if (origin.device.removed || origin.device.namespace !== namespace) {
      counters.txDropped++
      kernel.dropped(device, frame.octets, 'link-down')
    } else {
      countSent(device, frame.octets.length)
      const plain = new Frame(frame.octets, frame.priority, frame.nextHop, undefined, frame.tunnel)
      if (origin.isIncoming) deliverPast(kernel, origin.device, plain, origin.type)
      else transmitPast(kernel, origin.device, plain)
    }
    return true
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
  transmit(_kernel, device, frame) {
    countSent(device, frame.octets.length)
    return true
  },
  setCarrier,
}

/** `ip link add type nlmon` (`drivers/net/nlmon.c`). */
export const nlmon: LinkKind = {
  name: 'nlmon',
  validate(spec) {
    if (spec.mac !== undefined) refuse('EINVAL', undefined, { attribute: 'spec.mac', hint: 'an nlmon has no MAC' })
  },
  make(_kernel, device) {
    device.type = 'netlink'
    device.mac = undefined
    device.broadcast = undefined
    device.noArp = true
    device.noQueue = true
    device.tsoMaxSize = 65536
    // NLMSG_GOODSIZE of a page of 4096 octets; the header of a message.
    device.mtu = 3776
    device.minMtu = 16
    device.maxMtu = 0
  },
}
