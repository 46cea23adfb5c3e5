/** Two links that are each other's cable: how they find each other, get carrier, and go (`drivers/net/veth.c`, `netkit.c`). @module */
import { setCarrier } from '../object/carrier.js'
import { refuse } from '../refusal.js'
import type { LinkKind } from './kind.js'

/** What the kinds of such links have in common. A new link has its other end, which came first, as `unborn`. */
export const pair: Required<Pick<LinkKind, 'registered' | 'open' | 'stop' | 'dismantle'>> = {
  registered(kernel, device) {
    const peer = device.unborn
    if (peer === undefined) return
    device.unborn = undefined
    device.peer = peer
    peer.peer = device
    setCarrier(kernel, device, false)
  },
  open(kernel, device) {
    const peer = device.peer
    if (peer === undefined) refuse('ENOTCONN')
    if (!peer.up) return
    setCarrier(kernel, device, true)
    setCarrier(kernel, peer, true)
  },
  stop(kernel, device) {
    setCarrier(kernel, device, false)
    if (device.peer !== undefined) setCarrier(kernel, device.peer, false)
  },
  dismantle(_kernel, device) {
    const peer = device.peer
    device.peer = undefined
    if (peer === undefined) return [device]
    peer.peer = undefined
    return [device, peer]
  },
}
