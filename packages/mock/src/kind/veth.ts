/** veth pairs: each end is the other's cable (`drivers/net/veth.c`). @module */
import type { CleanLinkSpec, NamespaceRef, VethPeer } from '@vnet/core'
import { formatMac } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { setCarrier, stateChange } from '../object/carrier.js'
import type { Device } from '../object/device.js'
import { checkMac } from '../object/link-setting.js'
import { configure, destination, prepare } from '../object/new-link.js'
import { register } from '../object/registration.js'
import { changeFlags } from '../object/state.js'
import { randomMac } from '../random.js'
import { refuse } from '../refusal.js'
import { countReceived, countSent } from '../stack/counters.js'
import { isForwardable, unforwardable } from '../stack/forwardable.js'
import { Frame } from '../stack/frame.js'
import type { LinkKind } from './kind.js'
import { pair } from './pair.js'

type Peer = VethPeer<Uint8Array, NamespaceRef>

const peerOf = (spec: CleanLinkSpec): Peer | undefined =>
  spec.kind === 'veth' && 'peer' in spec ? (spec.peer as Peer) : undefined

/** `ip link add … type veth peer …`. */
export const veth: LinkKind = {
  name: 'veth',
  ...pair,
  portCost: () => 2,
  validate(spec) {
    const peer = peerOf(spec)
    checkMtu(spec.mtu, 'spec.mtu')
    if (peer?.mac !== undefined) checkMac(peer.mac, 'spec.peer.mac')
    checkMtu(peer?.mtu, 'spec.peer.mtu')
  },
  make(kernel, device, spec, origin) {
    const peerSpec = peerOf(spec) ?? {}
    setUp(kernel, device, spec.mac, spec)
    const target = peerSpec.namespace === undefined ? origin : destination(kernel, origin, peerSpec)
    const peer = prepare(target, veth, { ...peerSpec, name: peerSpec.name ?? 'veth%d' })
    setUp(kernel, peer, peerSpec.mac, spec)
    if (peerSpec.mtu !== undefined) peer.mtu = peerSpec.mtu
    if (peerSpec.name !== undefined && target.byName.has(peerSpec.name)) {
      refuse('EEXIST', undefined, { attribute: 'spec.peer.name', hint: `there is a link ${peerSpec.name} already` })
    }
    // The other end comes first: it takes the lower index and the first free name.
    register(kernel, peer)
    setCarrier(kernel, peer, false)
    configure(kernel, peer, { kind: 'veth', ...peerSpec, up: false } as CleanLinkSpec)
    device.unborn = peer
  },
  finish(kernel, device, spec) {
    const { up, alias } = peerOf(spec) ?? {}
    const { peer } = device
    if (peer === undefined) return
    // Linux opens no end before both are there, and takes an alias from a change only; what asked for it comes back to it.
    if (alias) peer.alias = alias
    if (up) changeFlags(kernel, peer, { up: true })
    if (alias) stateChange(kernel, peer)
  },
  transmit(kernel, device, frame) {
    const { octets, priority, tunnel } = frame
    const { peer } = device
    // A cable carries neither a priority nor what lay beside it.
    const out = priority === 0 && tunnel === undefined ? frame : new Frame(octets)
    if (peer !== undefined && !isForwardable(peer, octets.length)) {
      peer.counters.rxDropped++
      kernel.dropped(peer, octets, unforwardable(peer))
    } else if (peer !== undefined && kernel.backlog.add(peer, out)) {
      countSent(device, octets.length)
      countReceived(peer, octets.length)
      return true
    }
    device.counters.txDropped++
    return false
  },
}

/** `asked` is what the whole pair was asked for: its peer uses all of its queues where the first end was given a number. */
function setUp(kernel: Kernel, device: Device, mac: Uint8Array | undefined, asked: CleanLinkSpec): void {
  device.canBroadcast = true
  device.multicast = true
  device.noQueue = true
  // A queue a processor (`veth_get_num_queues`).
  device.txQueues = kernel.processors
  device.rxQueues = kernel.processors
  const usesAll = { tx: asked.txQueues !== undefined, rx: asked.rxQueues !== undefined }
  if (usesAll.tx || usesAll.rx) device.usesAllQueues = usesAll
  device.mac = formatMac(mac ?? randomMac(kernel.random))
}

function checkMtu(mtu: number | undefined, attribute: string): void {
  // Checked before the link is there, without the kernel's usual sentence (`veth_validate`).
  if (mtu !== undefined && (mtu < 68 || mtu > 65535)) {
    refuse('EINVAL', undefined, { attribute, hint: 'the MTU of a veth is 68–65535' })
  }
}
