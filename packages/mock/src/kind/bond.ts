/** Bonds: several links as one (`drivers/net/bonding`). @module */
import { type BondOptions, formatMac } from '@vnet/core'
import { macFromNumber } from '@vnet/wire'
import type { Device } from '../object/device.js'
import { setMtu } from '../object/link-setting.js'
import { randomMac } from '../random.js'
import { noCounters } from '../stack/counters.js'
import { activeAggregator } from './bond-aggregator.js'
import { startAsking } from './bond-arp.js'
import { newBalance } from './bond-balance.js'
import { bondOf, usesPrimary } from './bond-data.js'
import { countersOfBond, sendBond, takeForBond } from './bond-frame.js'
import { runLacp } from './bond-lacp.js'
import { takeMac, teachSwitches } from './bond-mac.js'
import { changeBond, defaultBond } from './bond-option.js'
import { changeBondPort, describeBondPort, enslaveToBond, releaseFromBond } from './bond-port.js'
import { inspect } from './bond-watch.js'
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
    device.bond = {
      options: defaultBond(),
      ports: [],
      active: undefined,
      primary: undefined,
      timer: undefined,
      asking: { timer: undefined, next: undefined, port: undefined },
      reports: { timer: undefined, next: undefined, left: 0 },
      teacher: { timer: undefined },
      counted: noCounters,
      sent: 0,
      notices: 0,
      lacp: { selection: 0, lastAggregator: 0, timer: undefined },
      balance: newBalance(),
    }
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
  transmit: sendBond,
  takeFrom: takeForBond,
  statistics: countersOfBond,
  open: (kernel, device) => {
    // Looked at once the link is up.
    kernel.timers.at(kernel.now(), () => {
      inspect(kernel, device)
      startAsking(kernel, device)
      teachSwitches(kernel, device)
      // Without waiting for more ports than there are.
      bondOf(device).lacp.selection = 1
      runLacp(kernel, device)
    })
  },
  stop(kernel, device) {
    const data = bondOf(device)
    kernel.timers.cancel(data.timer)
    kernel.timers.cancel(data.teacher.timer)
    kernel.timers.cancel(data.lacp.timer)
    data.timer = undefined
    data.lacp.timer = undefined
    data.teacher.timer = undefined
    data.notices = 0
    for (const waiting of [data.asking, data.reports]) {
      kernel.timers.cancel(waiting.timer)
      waiting.timer = undefined
      waiting.next = undefined
    }
  },
  setMac(kernel, device, mac) {
    const data = bondOf(device)
    const { ports, options, active } = data
    device.mac = mac
    if (options.mode === 'active-backup' && options.failOverMac !== 'none') return
    // Only the port in use has the bond's in mode balance-alb.
    const takers = options.mode === 'balance-alb' ? ports.filter((port) => port === active) : ports
    for (const port of takers) takeMac(kernel, port, mac)
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
  const aggregator = mode === '802.3ad' ? activeAggregator(data) : undefined
  const primary = ports.find((port) => port.name === data.primary)
  return {
    mode,
    ...rest,
    // Told in this mode only.
    ...(mode === '802.3ad' ? { adActorSystemPriority, adUserPortKey, adActorSystem } : {}),
    ...(aggregator === undefined
      ? {}
      : {
          adInfo: {
            aggregator: aggregator.id,
            ports: aggregator.ports.length,
            actorKey: aggregator.actorKey,
            partnerKey: aggregator.partnerKey,
            partnerMac: macFromNumber(aggregator.partnerSystem),
          },
        }),
    ...(usesPrimary(data) && active !== undefined ? { activeSlave: active.index } : {}),
    ...(primary === undefined ? {} : { primary: primary.index }),
  }
}
