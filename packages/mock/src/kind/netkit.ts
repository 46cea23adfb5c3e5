/** netkit pairs: cables that a policy may cut, with Ethernet headers or without a meaning of them (`drivers/net/netkit.c`). @module */
import { formatMac, type RawAttribute } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { setCarrier } from '../object/carrier.js'
import type { Device } from '../object/device.js'
import { checkMtu } from '../object/link-setting.js'
import { configure, prepare } from '../object/new-link.js'
import { register } from '../object/registration.js'
import { randomMac } from '../random.js'
import { refuse } from '../refusal.js'
import { countReceived, countSent } from '../stack/counters.js'
import { Frame } from '../stack/frame.js'
import type { LinkKind } from './kind.js'
import { type NetkitData, readNetkit, tellNetkit } from './netkit-attributes.js'
import { pair } from './pair.js'

/** The MAC of a link whose headers have no meaning. */
const noMac = '00:00:00:00:00:00'

/** `ip link add … type netkit`. */
export const netkit: LinkKind = {
  name: 'netkit',
  ...pair,
  make(kernel, device, spec, origin) {
    const data = 'data' in spec ? (spec.data as readonly RawAttribute[] | undefined) : undefined
    const { mode, policy, peerPolicy, peerName } = readNetkit(data ?? [])
    if (mode === 'l3' && spec.mac !== undefined) {
      refuse('EOPNOTSUPP', undefined, { attribute: 'spec.mac', hint: 'a netkit without Ethernet headers has no MAC' })
    }
    // What is refused later would leave the peer behind.
    if (spec.mtu !== undefined) checkMtu(device, spec.mtu)
    if (spec.name === undefined) device.name = 'nk%d'
    const peer = prepare(origin, netkit, { name: peerName ?? 'nk%d' })
    setUp(kernel, peer, { mode, policy: peerPolicy, isPrimary: false })
    if (peerName !== undefined && origin.byName.has(peerName)) {
      refuse('EEXIST', undefined, { attribute: 'spec.data', hint: `there is a link ${peerName} already` })
    }
    // The other end comes first: it takes the lower index and the first free name.
    register(kernel, peer)
    setCarrier(kernel, peer, false)
    configure(kernel, peer, { kind: 'netkit' })
    setUp(kernel, device, { mode, policy, isPrimary: true })
    device.unborn = peer
  },
  setMac(_kernel, device, mac) {
    if (device.netkit?.mode === 'l3') refuse('EOPNOTSUPP', undefined, { attribute: 'spec.mac' })
    device.mac = mac
  },
  describe: ({ netkit: own, peer }) => ({ data: tellNetkit(own as NetkitData, peer?.netkit) }),
  transmit(kernel, device, { octets }) {
    const { peer } = device
    const isCut = device.netkit?.policy !== 'pass'
    // Neither a length nor a priority is looked at.
    if (isCut || !peer?.up) kernel.dropped(device, octets, isCut ? 'not-carried' : 'link-down')
    else if (kernel.backlog.add(peer, new Frame(octets))) {
      countSent(device, octets.length)
      countReceived(peer, octets.length)
      return true
    }
    device.counters.txDropped++
    return false
  },
}

function setUp(kernel: Kernel, device: Device, data: NetkitData): void {
  device.netkit = data
  device.canBroadcast = true
  device.multicast = true
  device.noArp = data.mode === 'l3'
  device.noQueue = true
  device.mac = data.mode === 'l3' ? noMac : (device.mac ?? formatMac(randomMac(kernel.random)))
}
