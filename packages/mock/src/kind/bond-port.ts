/** Ports of bonds: how they come and go, and which is in use (`drivers/net/bonding/bond_main.c`). @module */
import type { BondPortOptions, Link } from '@vnet/core'
import { formatMac, parseMac } from '@vnet/core'
import type { Kernel, Notice } from '../kernel.js'
import { setCarrier } from '../object/carrier.js'
import type { Device } from '../object/device.js'
import { setMtu } from '../object/link-setting.js'
import { isAbove } from '../object/stacking.js'
import { changeFlags } from '../object/state.js'
import { randomMac } from '../random.js'
import { quietly, refuse } from '../refusal.js'
import { type BondPort, bondOf, usesPrimary } from './bond-data.js'
import { refuseTaken } from './receive.js'

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
  if (port.type !== 'ether') {
    refuse('EOPNOTSUPP', undefined, { attribute, hint: 'only Ethernet links are ports of a bond here' })
  }
  if (isAbove(port, master)) refuse('EBUSY', undefined, { attribute, hint: `${port.name} lies above ${master.name}` })
  if (data.ports.length === 0 && !master.macSet) takeMac(kernel, master, port.mac as string)
  const made: BondPort = {
    status: 'up',
    due: 0,
    failures: 0,
    permanentMac: port.mac as string,
    originalMtu: port.mtu,
    queueId: 0,
    priority: 0,
  }
  if (port.mtu !== master.mtu) setMtu(kernel, port, master.mtu)
  const ownMac = data.options.mode === 'active-backup' && data.options.failOverMac !== 'none'
  if (!ownMac && port.mac !== master.mac) takeMac(kernel, port, master.mac as string)
  port.isSlave = true
  changeFlags(kernel, port, { up: true })
  const { miimon, arpInterval } = data.options
  if ((miimon > 0 || arpInterval > 0) && !port.carrier) made.status = 'down'
  port.bondPort = made
  port.master = master
  data.ports.push(port)
  adjustLimits(master)
  kernel.tellLink(port)
  settle(kernel, master)
}

/** Releases a port: it gets its own MAC and MTU back, and goes down. */
export function releaseFromBond(kernel: Kernel, master: Device, port: Device): void {
  const data = bondOf(master)
  const { permanentMac, originalMtu } = port.bondPort as BondPort
  data.ports.splice(data.ports.indexOf(port), 1)
  port.master = undefined
  port.bondPort = undefined
  if (data.active === port) data.active = undefined
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

function takeMac(kernel: Kernel, device: Device, mac: string, set = device.macSet): void {
  device.mac = formatMac(parseMac(mac) as Uint8Array)
  device.macSet = set
  kernel.notify('address', device)
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
  const { status, failures, permanentMac, queueId, priority } = port.bondPort as BondPort
  const data = bondOf(port.master as Device)
  const { mode } = data.options
  const backup = mode === '802.3ad' || (mode === 'active-backup' && data.active !== port)
  return {
    bondPort: {
      state: backup ? 'backup' : 'active',
      miiStatus: status,
      linkFailures: failures,
      permanentMac,
      queueId,
      priority,
    },
  }
}

/** The port in use, and the carrier that follows. */
function settle(kernel: Kernel, master: Device): void {
  if (usesPrimary(bondOf(master))) selectActive(kernel, master)
  const { ports, options } = bondOf(master)
  // Whether an aggregator works is known to those who exchange LACP frames only.
  const works = options.mode !== '802.3ad' && ports.some((port) => port.bondPort?.status === 'up')
  setCarrier(kernel, master, works)
}

/** Chooses the port in use (`bond_find_best_slave`). */
export function selectActive(kernel: Kernel, master: Device): void {
  const data = bondOf(master)
  if (!usesPrimary(data)) return
  const working = data.ports.filter((port) => port.bondPort?.status === 'up')
  const current = data.active !== undefined && working.includes(data.active) ? data.active : undefined
  const priorityOf = (port: Device) => port.bondPort?.priority ?? 0
  let wanted = working.find((port) => port.name === data.primary)
  if (wanted === undefined) {
    const [first] = working
    const start = current ?? first
    wanted = start && working.reduce((best, port) => (priorityOf(port) > priorityOf(best) ? port : best), start)
  }
  // Links of the mock are all as fast, so none is better than the one in use.
  const stays = data.options.primaryReselect !== 'always'
  const chosen = current !== undefined && stays ? current : wanted
  if (chosen !== data.active) setActive(kernel, master, chosen)
}

/** Puts a port into use. */
export function setActive(kernel: Kernel, master: Device, port: Device | undefined): void {
  const data = bondOf(master)
  data.active = port
  const { mode, failOverMac } = data.options
  if (port !== undefined && mode === 'active-backup' && failOverMac === 'active')
    takeMac(kernel, master, port.mac as string)
}

/** Looks at the carrier of the ports soon, if the bond does that at all. */
export function inspect(kernel: Kernel, master: Device): void {
  const data = bondOf(master)
  kernel.timers.cancel(data.timer)
  data.timer = undefined
  const { miimon } = data.options
  if (!master.up || miimon === 0) return
  const due = data.ports.flatMap((port) => {
    const { status, due } = port.bondPort as BondPort
    if (status === 'fail' || status === 'back') return [due]
    return port.carrier === (status === 'up') ? [] : [kernel.now() + miimon / 1000]
  })
  if (due.length === 0) return
  data.timer = kernel.timers.at(Math.min(...due), () => {
    for (const port of data.ports) look(kernel, master, port)
    settle(kernel, master)
    inspect(kernel, master)
  })
}

/** One look at one port (`bond_miimon_inspect`). */
function look(kernel: Kernel, master: Device, port: Device): void {
  const { updelay, downdelay } = bondOf(master).options
  const state = port.bondPort as BondPort
  const good = port.carrier && port.up
  const now = kernel.now()
  if (state.status === 'up' || state.status === 'back') {
    if (good) {
      if (state.status === 'back' && state.due <= now) state.status = 'up'
      return
    }
    if (state.status === 'back') {
      state.status = 'down'
      return
    }
    if (downdelay > 0) {
      state.status = 'fail'
      state.due = now + downdelay / 1000
      return
    }
  } else if (good) {
    state.status = state.status === 'fail' || updelay === 0 ? 'up' : 'back'
    state.due = now + updelay / 1000
    return
  } else if (state.status === 'down' || state.due > now) return
  state.status = 'down'
  state.failures++
}

/** What bonds do when something happens to a port (`bond_slave_netdev_event`). */
export function bondListener(kernel: Kernel, notice: Notice, device: Device): void {
  const { master } = device
  if (master?.bond === undefined || device.bondPort === undefined) return
  if (notice === 'unregister') releaseFromBond(kernel, master, device)
  else if (notice === 'change' || notice === 'up' || notice === 'down') inspect(kernel, master)
}
