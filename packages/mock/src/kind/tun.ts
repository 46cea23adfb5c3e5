/** TUN and TAP links (`drivers/net/tun.c`); persistent as `ip tuntap add` makes them. @module */
import type { TunOptions } from '@vnet/core'
import { setCarrier } from '../object/carrier.js'
import { refuse } from '../refusal.js'
import type { LinkKind } from './kind.js'
import { queueOfTun, sendTun } from './tun-frame.js'

/** Most queues of one link (`MAX_TAP_QUEUES`). */
export const mostQueues = 256

/** TUN (layer 3) and TAP (layer 2). */
export const tun: LinkKind = {
  name: 'tun',
  bare: true,
  word: (device) => (device.type === 'none' ? 'tun' : 'tap'),
  portCost: () => 2,
  make(_kernel, device, spec) {
    const options: TunOptions = 'tun' in spec && spec.tun !== undefined ? spec.tun : {}
    if (spec.txQueues !== undefined || spec.rxQueues !== undefined || spec.parent !== undefined) {
      refuse('EINVAL', `a ${spec.kind} link does not take it`, {
        attribute:
          spec.parent !== undefined ? 'spec.parent' : spec.txQueues !== undefined ? 'spec.txQueues' : 'spec.rxQueues',
        hint: 'use tun.multiQueue for several queues',
      })
    }
    const multiQueue = options.multiQueue ?? false
    device.tsoMaxSize = 65536
    device.mac = undefined
    device.macSet = false
    device.multicast = true
    device.txQueues = multiQueue ? mostQueues : 1
    device.rxQueues = device.txQueues
    if (spec.kind === 'tun') {
      device.type = 'none'
      device.broadcast = undefined
      device.pointToPoint = true
      device.noArp = true
      device.txQueueLength = 500
    } else {
      device.canBroadcast = true
      device.maxMtu = 65521
    }
    device.tun = {
      ...(options.owner === undefined ? {} : { owner: options.owner }),
      ...(options.ownerGroup === undefined ? {} : { ownerGroup: options.ownerGroup }),
      packetInformation: options.packetInformation ?? false,
      vnetHeader: options.vnetHeader ?? false,
      multiQueue,
      persistent: true,
      // Who makes it is attached meanwhile.
      ...(multiQueue ? { queues: 1, disabledQueues: 0 } : {}),
    }
  },
  finish(kernel, device) {
    if (device.tun?.multiQueue) device.tun = { ...device.tun, queues: 0 }
    setCarrier(kernel, device, false)
  },
  describe: (device) => ({ tun: { ...device.tun } }),
  setCarrier(kernel, device, carrier) {
    if (carrier && !device.tunQueues?.attached.length) {
      refuse('EPERM', undefined, { attribute: 'spec.carrier', hint: 'a program must be attached to the link first' })
    }
    setCarrier(kernel, device, carrier)
  },
  transmit: sendTun,
  queueOf: queueOfTun,
  uninit(_kernel, device) {
    const { tunQueues } = device
    device.tunQueues = undefined
    for (const queue of [...(tunQueues?.attached ?? []), ...(tunQueues?.disabled ?? [])]) queue.lose()
  },
}
