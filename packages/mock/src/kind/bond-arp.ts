/** A bond that asks by ARP whether its ports work (`bond_loadbalance_arp_mon`, `bond_activebackup_arp_mon`, `drivers/net/bonding/bond_main.c`). @module */
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { noticePeers } from './bond-active.js'
import { probeTargets } from './bond-arp-probe.js'
import { type BondData, type BondPort, bondOf, isInUse } from './bond-data.js'
import { settle } from './bond-watch.js'

const stateOf = (port: Device): BondPort => port.bondPort as BondPort
const isUp = (port: Device): boolean => port.up && port.carrier

/** Begins to ask at once, or ends it where the bond is not to ask. */
export function startAsking(kernel: Kernel, master: Device): void {
  const { asking } = bondOf(master)
  asking.next = kernel.now()
  asking.port = undefined
  resumeAsking(kernel, master)
}

/** Waits for the next question; also after a snapshot was loaded. */
export function resumeAsking(kernel: Kernel, master: Device): void {
  const { asking, options } = bondOf(master)
  kernel.timers.cancel(asking.timer)
  asking.timer = undefined
  if (!master.up || options.arpInterval === 0) asking.next = undefined
  if (asking.next === undefined) return
  asking.timer = kernel.timers.at(asking.next, () => {
    ask(kernel, master)
    asking.next = kernel.now() + options.arpInterval / 1000
    resumeAsking(kernel, master)
  })
}

function ask(kernel: Kernel, master: Device): void {
  const data = bondOf(master)
  if (data.ports.length === 0) return
  noticePeers(kernel, master)
  if (data.options.mode === 'active-backup') askForOne(kernel, master, data)
  else askForAll(kernel, master, data)
}

/** Whether something was at most so many intervals ago, and a half (`bond_time_in_interval`). */
export function isRecent(kernel: Kernel, { options }: BondData, last: number, intervals: number): boolean {
  const since = (kernel.now() - last) / (options.arpInterval / 1000)
  return since >= -1 && since <= intervals + 0.5
}

/** When a port was last answered: by the target that is silent the longest, where all must answer (`slave_last_rx`). */
export function lastAnswer({ options }: BondData, { lastReceived, answers }: BondPort): number {
  if (options.arpAllTargets === 'any') return lastReceived
  const others = options.arpIpTargets.slice(1).map((_, at) => answers[at + 1] as number)
  return Math.min(answers[0] as number, ...others)
}

/** Modes that use all ports: each works that sends and hears. */
function askForAll(kernel: Kernel, master: Device, data: BondData): void {
  let isChanged = false
  for (const port of data.ports) {
    const state = stateOf(port)
    const intervals = state.status === 'up' ? data.options.arpMissedMax : 1
    const works = [state.lastSent, state.lastReceived].every((last) => isRecent(kernel, data, last, intervals))
    if (works !== (state.status === 'up')) {
      isChanged = true
      if (works) state.status = 'up'
      else giveUp(state)
    }
    if (isUp(port)) probeTargets(kernel, master, port)
  }
  if (isChanged) settle(kernel, master)
}

function giveUp(state: BondPort): void {
  state.status = 'down'
  state.failures++
}

/** Mode active-backup: the port in use asks; where there is none, one after the other does. */
function askForOne(kernel: Kernel, master: Device, data: BondData): void {
  const changes = data.ports.flatMap((port) => {
    const status = statusOf(kernel, data, port)
    return status === undefined ? [] : [{ port, status }]
  })
  for (const { port, status } of changes) {
    const state = stateOf(port)
    if (status === 'down') giveUp(state)
    else state.status = status
    if (status === 'up' || port === data.active || data.active !== undefined) data.asking.port = undefined
  }
  if (changes.length > 0) settle(kernel, master)
  if (data.active !== undefined) probeTargets(kernel, master, data.active)
  else askByNext(kernel, master, data)
}

/** What has become of a port; `undefined` where it is as it was (`bond_ab_arp_inspect`). */
function statusOf(kernel: Kernel, data: BondData, port: Device): 'up' | 'down' | 'fail' | undefined {
  const state = stateOf(port)
  const { arpMissedMax } = data.options
  const isFresh = (last: number, intervals: number) => isRecent(kernel, data, last, intervals)
  const answered = lastAnswer(data, state)
  if (state.status !== 'up') {
    if (isFresh(answered, 1)) return port === data.active ? undefined : 'up'
    return state.status === 'back' ? 'fail' : undefined
  }
  // A port that has just come is given time.
  if (isFresh(state.lastUp, 2)) return undefined
  if (!isInUse(data, port)) {
    return data.asking.port === undefined && !isFresh(answered, arpMissedMax + 1) ? 'down' : undefined
  }
  return isFresh(state.lastSent, arpMissedMax) && isFresh(answered, arpMissedMax) ? undefined : 'down'
}

/** No port is in use: the one behind that which asked last is tried (`bond_ab_arp_probe`). */
function askByNext(kernel: Kernel, master: Device, data: BondData): void {
  const { ports, asking } = data
  const at = asking.port === undefined ? 0 : ports.indexOf(asking.port)
  for (const port of ports) if (!isUp(port) && stateOf(port).status === 'up') giveUp(stateOf(port))
  const port = ports.slice(at + 1).find(isUp) ?? ports.slice(0, at + 1).find(isUp)
  if (port === undefined) return
  stateOf(port).status = 'back'
  asking.port = port
  probeTargets(kernel, master, port)
  stateOf(port).lastUp = kernel.now()
}
