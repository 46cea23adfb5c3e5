/** Ports of bonds: how they come and go, and which is in use (`drivers/net/bonding/bond_main.c`). @module */
import type { BondPortOptions, Link } from '@vnet/core'
import { formatMac } from '@vnet/core'
import type { Kernel, Notice } from '../kernel.js'
import type { Device } from '../object/device.js'
import { setMtu } from '../object/link-setting.js'
import { tick } from '../object/membership-data.js'
import { isAbove } from '../object/stacking.js'
import { changeFlags } from '../object/state.js'
import { randomMac } from '../random.js'
import { quietly, refuse } from '../refusal.js'
import { noCounters, sumOf } from '../stack/counters.js'
import { selectActive } from './bond-active.js'
import { moveClients } from './bond-alb.js'
import { forgetFlows } from './bond-balance.js'
import { type BondPort, bondOf, isBalanced, isInUse, sinceJoined, usesPrimary } from './bond-data.js'
import { leaveLacp, newLacpPort } from './bond-lacp.js'
import { swapMacs, takeMac, takeOwnMac } from './bond-mac.js'
import { inspect, settle } from './bond-watch.js'
import { refuseTaken } from './receive.js'

/** Kernel time that is long ago, seconds. */
const never = -1e9
/** Targets of either version of IP (`BOND_MAX_ARP_TARGETS`). */
const mostTargets = 16

/** Makes a link a port: it gets the bond's MAC and MTU, and goes up. */
export function enslaveToBond(kernel: Kernel, master: Device, port: Device): void {
  const data = bondOf(master)
  const attribute = 'spec.master'
  if (port === master) refuse('EPERM', 'Cannot enslave bond to itself.', { attribute })
  if (port.isMaster && port.bond === undefined) {
    refuse('EPERM', 'Device type (master device) cannot be enslaved.', {
      attribute,
      hint: `${port.name} takes ports itself`,
    })
  }
  refuseTaken(port, attribute)
  if (port.up) {
    refuse('EPERM', 'Device can not be enslaved while up', { attribute, hint: `set ${port.name} down first` })
  }
  // It has a MAC of zeros, which the bond cannot take.
  if (port.loopback) refuse('EADDRNOTAVAIL', undefined, { attribute, hint: 'lo cannot be a port' })
  if (port.type !== 'ether' || port.kind?.keepsFrames) {
    refuse('EOPNOTSUPP', undefined, { attribute, hint: 'only Ethernet links that take a MAC are ports of a bond' })
  }
  if (isAbove(port, master)) refuse('EBUSY', undefined, { attribute, hint: `${port.name} lies above ${master.name}` })
  const isFixed = port.kind?.fixedMac !== undefined
  if (isFixed && data.options.mode === 'active-backup' && data.options.failOverMac !== 'active') {
    if (data.ports.length > 0)
      refuseMac(port, 'Slave device does not support setting the MAC address, but fail_over_mac is not set to active')
    data.options.failOverMac = 'active'
  }
  const takesItsMac = data.ports.length === 0 && !master.macSet
  if (takesItsMac) takeMac(kernel, master, port.mac as string)
  // As if it had last been heard of an interval ago.
  const silent = kernel.now() - data.options.arpInterval / 1000 - tick
  const made: BondPort = {
    status: 'up',
    due: 0,
    failures: 0,
    permanentMac: port.mac as string,
    originalMtu: port.mtu,
    before: { ...(port.counted ?? noCounters) },
    lacp: undefined,
    queueId: 0,
    priority: 0,
    lastSent: silent,
    lastReceived: silent,
    lastUp: never,
    answers: new Array(mostTargets).fill(silent),
  }
  if (port.mtu !== master.mtu) setMtu(kernel, port, master.mtu)
  const ownMac = data.options.mode === 'active-backup' && data.options.failOverMac !== 'none'
  if (isFixed && !ownMac) {
    setMtu(kernel, port, made.originalMtu)
    if (takesItsMac) takeMac(kernel, master, formatMac(randomMac(kernel.random)), false)
    refuseMac(port)
  }
  if (!ownMac && port.mac !== master.mac) takeMac(kernel, port, master.mac as string)
  port.isSlave = true
  changeFlags(kernel, port, { up: true })
  const { miimon, arpInterval } = data.options
  if ((miimon > 0 || arpInterval > 0) && !port.carrier) made.status = 'down'
  if (made.status === 'up') made.lastUp = kernel.now()
  port.bondPort = made
  port.master = master
  if (data.options.mode === '802.3ad') made.lacp = newLacpPort(kernel, master, port)
  data.ports.push(port)
  if (data.options.mode === 'balance-rr' && made.status === 'up') data.active ??= port
  if (isBalanced(data)) takeOwnMac(kernel, master, port, made.permanentMac)
  adjustLimits(master)
  kernel.tellLink(port)
  settle(kernel, master)
}

function refuseMac(port: Device, words?: string): never {
  refuse('EOPNOTSUPP', words, {
    attribute: 'spec.master',
    hint: `${port.kind?.fixedMac}: let bond.failOverMac be active`,
  })
}

/** Releases a port: it gets its own MAC and MTU back, and goes down. */
export function releaseFromBond(kernel: Kernel, master: Device, port: Device): void {
  const data = bondOf(master)
  const { permanentMac, originalMtu } = port.bondPort as BondPort
  if (data.options.mode === '802.3ad') leaveLacp(kernel, master, port)
  if (isBalanced(data)) leaveBalance(kernel, master, port, permanentMac)
  data.ports.splice(data.ports.indexOf(port), 1)
  data.counted = sumOf(data.counted, sinceJoined(port))
  port.master = undefined
  port.bondPort = undefined
  if (data.active === port) data.active = undefined
  if (data.asking.port === port) data.asking.port = undefined
  settle(kernel, master)
  if (data.ports.length === 0 && !master.removed) takeMac(kernel, master, formatMac(randomMac(kernel.random)), false)
  changeFlags(kernel, port, { up: false })
  port.isSlave = false
  if (port.removed) return
  if (port.mac !== permanentMac) takeMac(kernel, port, permanentMac)
  quietly(() => setMtu(kernel, port, originalMtu))
  adjustLimits(master)
  kernel.tellLink(port)
}

/** A port goes: its flows and clients take others, and who uses its MAC gives it back (`alb_change_hw_addr_on_detach`). */
function leaveBalance(kernel: Kernel, master: Device, port: Device, permanentMac: string): void {
  const data = bondOf(master)
  forgetFlows(data, port)
  const user = data.ports.find((other) => other !== port && other.mac === permanentMac)
  if (user !== undefined && permanentMac !== master.mac) swapMacs(kernel, master, port, user)
  if (data.options.mode === 'balance-alb') moveClients(kernel, master, port)
}

function adjustLimits(master: Device): void {
  master.tsoMaxSize = Math.min(524280, ...bondOf(master).ports.map((port) => port.tsoMaxSize))
}

/** Options of a port (`bond_slave_changelink`). */
export function changeBondPort(kernel: Kernel, master: Device, port: Device, options: BondPortOptions): void {
  const data = bondOf(master)
  const state = port.bondPort as BondPort
  const { queueId, priority } = options
  if (queueId !== undefined) {
    const taken = data.ports.some((other) => other !== port && queueId > 0 && other.bondPort?.queueId === queueId)
    if (taken || queueId > master.txQueues) {
      const hint = taken ? 'another port has this queue' : `the bond has ${master.txQueues} queues`
      refuse('EPERM', undefined, { attribute: 'spec.bondPort.queueId', hint })
    }
    state.queueId = queueId
  }
  if (priority === undefined) return
  if (!usesPrimary(data)) {
    refuse('EACCES', 'option not supported in mode', {
      attribute: 'spec.bondPort.priority',
      hint: 'it is for modes with one port in use: active-backup, balance-tlb, balance-alb',
    })
  }
  state.priority = priority
  selectActive(kernel, master)
}

/** What a port tells. */
export function describeBondPort(port: Device): Partial<Link> {
  const { status, failures, permanentMac, queueId, priority, lacp } = port.bondPort as BondPort
  const data = bondOf(port.master as Device)
  return {
    bondPort: {
      state: isInUse(data, port) ? 'active' : 'backup',
      miiStatus: status,
      linkFailures: failures,
      permanentMac,
      queueId,
      priority,
      ...(lacp === undefined || lacp.aggregator === 0
        ? {}
        : { aggregator: lacp.aggregator, actorPortState: lacp.actor.state, partnerPortState: lacp.partner.state }),
    },
  }
}

/** What bonds do when something happens to a port (`bond_slave_netdev_event`). */
export function bondListener(kernel: Kernel, notice: Notice, device: Device): void {
  const { master } = device
  if (master?.bond === undefined || device.bondPort === undefined) return
  if (notice === 'unregister') releaseFromBond(kernel, master, device)
  else if (notice === 'change' || notice === 'up' || notice === 'down') inspect(kernel, master)
}
