/** A bond looks at the carrier of its ports (`bond_mii_monitor`, `drivers/net/bonding/bond_main.c`). @module */
import type { Kernel } from '../kernel.js'
import { setCarrier } from '../object/carrier.js'
import type { Device } from '../object/device.js'
import { countNotices, selectActive, setActive } from './bond-active.js'
import { type BondData, type BondPort, bondOf } from './bond-data.js'
import { followAggregator, lacpLinkChanged } from './bond-lacp.js'

/** The port in use, and the carrier that follows. */
export function settle(kernel: Kernel, master: Device): void {
  const data = bondOf(master)
  if (data.options.mode === '802.3ad') {
    followAggregator(kernel, master, data)
    return
  }
  selectActive(kernel, master)
  if (data.options.mode === 'balance-rr') followFirst(kernel, master, data)
  const works = data.ports.some((port) => port.bondPort?.status === 'up')
  setCarrier(kernel, master, works)
}

/** Mode balance-rr knows a port in use as well, for reports of groups. */
function followFirst(kernel: Kernel, master: Device, { active, ports }: BondData): void {
  const works = (port: Device) => port.bondPort?.status === 'up'
  if (active === undefined || !works(active)) setActive(kernel, master, ports.find(works))
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
  if (data.notices > 0) due.push(kernel.now() + miimon / 1000)
  if (due.length === 0) return
  data.timer = kernel.timers.at(Math.min(...due), () => {
    for (const port of data.ports) {
      const before = port.bondPort?.status
      look(kernel, master, port)
      const isChanged = (before === 'up') !== (port.bondPort?.status === 'up')
      if (isChanged && data.options.mode === '802.3ad') lacpLinkChanged(kernel, master, port)
    }
    countNotices(kernel, master)
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
