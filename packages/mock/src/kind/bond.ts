/** Bonds: several links as one (`drivers/net/bonding`). The mock carries no packets, so asking by ARP and LACP change nothing. @module */
import { type BondOptions, formatMac } from '@vnet/core'
import type { Device } from '../object/device.js'
import { setMtu } from '../object/link-setting.js'
import { randomMac } from '../random.js'
import { bondOf, usesPrimary } from './bond-data.js'
import { changeBond, defaultBond } from './bond-option.js'
import { changeBondPort, describeBondPort, enslaveToBond, inspect, releaseFromBond } from './bond-port.js'
import type { LinkKind } from './kind.js'

/** Queues that the driver gives a bond (`BOND_DEFAULT_TX_QUEUES`). */
const queues = 16

/** `ip link add … type bond`. */
export const bond: LinkKind = {
  name: 'bond',
  immutable: true,
  filtersUnicast: true,
  make(kernel, device, spec) {
    const options: BondOptions = 'bond' in spec && spec.bond !== undefined ? spec.bond : {}
    device.bond = { options: defaultBond(), ports: [], active: undefined, primary: undefined, timer: undefined }
    device.isMaster = true
    device.canBroadcast = true
    device.multicast = true
    device.noQueue = true
    device.txQueues = queues
    device.rxQueues = queues
    device.tsoMaxSize = 65536
    device.mac ??= formatMac(randomMac(kernel.random))
    changeBond(kernel, device, options)
    device.carrier = false
  },
  change(kernel, device, change) {
    if (change.bond === undefined) return false
    changeBond(kernel, device, change.bond)
    return true
  },
  describe: (device) => ({ bond: stateOf(device) }),
  describePort: describeBondPort,
  enslave: enslaveToBond,
  release: releaseFromBond,
  changeBondPort,
  open: (kernel, device) => {
    // Looked at once the link is up.
    kernel.timers.at(kernel.now(), () => inspect(kernel, device))
  },
  stop(kernel, device) {
    const data = bondOf(device)
    kernel.timers.cancel(data.timer)
    data.timer = undefined
  },
  setMac(kernel, device, mac) {
    const { ports, options } = bondOf(device)
    device.mac = mac
    if (options.mode === 'active-backup' && options.failOverMac !== 'none') return
    for (const port of ports) {
      port.mac = mac
      kernel.notify('address', port)
    }
  },
  mtuChanged(kernel, device) {
    for (const port of bondOf(device).ports) setMtu(kernel, port, device.mtu)
  },
  dismantle(kernel, device) {
    for (const port of [...bondOf(device).ports]) releaseFromBond(kernel, device, port)
    return [device]
  },
}

function stateOf(device: Device) {
  const data = bondOf(device)
  const { options, ports, active } = data
  const { mode, adActorSystemPriority, adUserPortKey, adActorSystem, ...rest } = options
  const primary = ports.find((port) => port.name === data.primary)
  return {
    mode,
    ...rest,
    // Told in this mode only.
    ...(mode === '802.3ad' ? { adActorSystemPriority, adUserPortKey, adActorSystem } : {}),
    ...(usesPrimary(data) && active !== undefined ? { activeSlave: active.index } : {}),
    ...(primary === undefined ? {} : { primary: primary.index }),
  }
}
