/** Mode 802.3ad: the state machines of the Link Aggregation Control Protocol (IEEE 802.1AX § 6.4; `drivers/net/bonding/bond_3ad.c`). @module */
import { macToNumber } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { speedOf } from '../nic/line.js'
import { setCarrier } from '../object/carrier.js'
import type { Device } from '../object/device.js'
import { Frame } from '../stack/frame.js'
import { transmit } from '../stack/transmit.js'
import {
  type Aggregator,
  activeAggregator,
  aggregatorOf,
  joinAggregator,
  lacpOf,
  newAggregator,
  selectAggregator,
  speedNumber,
  takeOverAggregator,
  workingPorts,
} from './bond-aggregator.js'
import { type BondData, bondOf } from './bond-data.js'
import { answerMarker, decodeLacp, encodeLacp, type LacpEnd, type LacpFrame, lacpState } from './bond-lacp-frame.js'

/** Seconds between two steps of the machines. */
const step = 0.1
/** Steps: of a partner that is to send often or seldom, until it counts as gone, until an aggregator is in use, and between two frames. */
const ticks = { fast: 10, slow: 300, short: 30, long: 900, wait: 20, select: 80, transmit: 3 } as const

/** What a port keeps (`struct port`). Counters of steps are 0 when they do not run. */
export interface LacpPort {
  readonly actor: LacpEnd
  partner: LacpEnd
  receive: 'initialize' | 'disabled' | 'expired' | 'off' | 'defaulted' | 'current'
  periodic: 'none' | 'fast' | 'slow' | 'transmit'
  mux: 'detached' | 'waiting' | 'attached' | 'working'
  receiveTimer: number
  periodicTimer: number
  muxTimer: number
  transmitTimer: number
  isNew: boolean
  isSelected: boolean
  isMatched: boolean
  isReady: boolean
  needsFrame: boolean
  /** Its link works, and is full duplex: the protocol runs. */
  isUsable: boolean
  isDuplex: boolean
  /** In use: frames of its aggregator leave by it. */
  isEnabled: boolean
  /** The aggregator that it brought, and the number of the one that it is in; 0 for none. */
  readonly own: Aggregator
  aggregator: number
}

const noPartner: LacpEnd = { systemPriority: 0xffff, system: 0, key: 1, portPriority: 0xff, port: 1, state: 1 }

/** A new port of a bond in this mode. */
export function newLacpPort(kernel: Kernel, master: Device, port: Device): LacpPort {
  const data = bondOf(master)
  if (data.ports.length === 0) data.lacp.selection = ticks.select
  const { lacpActive, lacpRate } = data.options
  const { active, fast, aggregation } = lacpState
  const last = data.ports.at(-1)
  const state: LacpPort = {
    actor: {
      systemPriority: 0,
      system: 0,
      key: 0,
      portPriority: 0xff,
      port: last === undefined ? 1 : lacpOf(last).actor.port + 1,
      state: (lacpActive ? active : 0) | aggregation | (lacpRate === 'fast' ? fast : 0),
    },
    partner: { ...noPartner },
    ...{ receive: 'initialize', periodic: 'none', mux: 'detached' },
    ...{ receiveTimer: 0, periodicTimer: 0, muxTimer: 0, transmitTimer: ticks.transmit },
    ...{ isNew: true, isSelected: false, isMatched: false, isReady: false, needsFrame: false },
    ...{ isUsable: true, isDuplex: false, isEnabled: false },
    own: newAggregator(++data.lacp.lastAggregator),
    aggregator: 0,
  }
  updateActor(master, data, port, state)
  runLacp(kernel, master)
  return state
}

/** What this end tells of itself: the bond's system, and a key of speed, duplex and what the user says. */
function updateActor(master: Device, data: BondData, port: Device, state: LacpPort): void {
  const { adActorSystem, adActorSystemPriority, adUserPortKey } = data.options
  const system = macToNumber(adActorSystem)
  const speed = port.bondPort?.status === 'up' ? speedOf(port) : undefined
  state.isDuplex = speed !== undefined
  const { actor } = state
  actor.system = system === 0 ? macToNumber(master.mac as string) : system
  actor.systemPriority = adActorSystemPriority
  actor.key = (adUserPortKey << 6) | (speedNumber(speed) << 1) | (state.isDuplex ? 1 : 0)
}

/** A port goes. */
export function leaveLacp(kernel: Kernel, master: Device, port: Device): void {
  const data = bondOf(master)
  takeOverAggregator(data, port)
  const left = data.ports.filter((one) => one !== port)
  selectAmong(kernel, master, { ...data, ports: left })
}

/** The link of a port works, or does no longer (`bond_3ad_handle_link_change`). */
export function lacpLinkChanged(kernel: Kernel, master: Device, port: Device): void {
  const data = bondOf(master)
  const state = lacpOf(port)
  state.isUsable = port.bondPort?.status === 'up'
  updateActor(master, data, port, state)
  selectAmong(kernel, master, data)
}

function selectAmong(kernel: Kernel, master: Device, data: BondData): void {
  selectAggregator(data, (port) => enable(kernel, port, false))
  const active = activeAggregator(data)
  // Where nobody answers all ports are used as they are.
  if (active?.partnerSystem === 0) for (const port of active.ports) enable(kernel, port, true)
  followAggregator(kernel, master, data)
}

/** The bond has carrier while enough ports of its aggregator work (`bond_3ad_set_carrier`). */
export function followAggregator(kernel: Kernel, master: Device, data: BondData): void {
  const active = activeAggregator(data)
  setCarrier(kernel, master, active !== undefined && workingPorts(active) >= Math.max(1, data.options.minLinks))
}

function enable(kernel: Kernel, port: Device, on: boolean): void {
  const state = lacpOf(port)
  const isEnabled = on && port.up && port.carrier && port.bondPort?.status === 'up'
  if (state.isEnabled === isEnabled) return
  state.isEnabled = isEnabled
  if (port.master !== undefined) kernel.tellLink(port)
}

/** Runs the machines while the bond is up; also after a snapshot was loaded. */
export function runLacp(kernel: Kernel, master: Device): void {
  const data = bondOf(master)
  kernel.timers.cancel(data.lacp.timer)
  data.lacp.timer = undefined
  if (!master.up || data.options.mode !== '802.3ad') return
  data.lacp.timer = kernel.timers.at(kernel.now() + step, () => {
    runOnce(kernel, master, data)
    runLacp(kernel, master)
  })
}

function runOnce(kernel: Kernel, master: Device, data: BondData): void {
  if (data.lacp.selection > 0 && --data.lacp.selection === 0) selectAmong(kernel, master, data)
  for (const port of [...data.ports]) {
    const state = lacpOf(port)
    receive(state, undefined)
    repeat(state, data)
    if (!state.isSelected) select(kernel, master, data, port)
    join(kernel, data, port, state)
    send(kernel, port, state)
    state.isNew = false
  }
}

/** A frame of the protocol came in at a port; `false` for any other. */
export function hearLacp(kernel: Kernel, port: Device, octets: Uint8Array): boolean {
  const frame = decodeLacp(octets)
  if (frame !== undefined) receive(lacpOf(port), frame)
  const answer = frame === undefined ? answerMarker(port.bondPort?.permanentMac as string, octets) : undefined
  if (answer !== undefined) transmit(kernel, port, new Frame(answer))
  return frame !== undefined || answer !== undefined
}

/** The receive machine (§ 6.4.12). */
function receive(state: LacpPort, frame: LacpFrame | undefined): void {
  const before = state.receive
  const knows = state.receive === 'expired' || state.receive === 'defaulted' || state.receive === 'current'
  if (state.isNew) state.receive = 'initialize'
  else if (!state.isUsable) state.receive = 'disabled'
  else if (frame !== undefined && knows) {
    state.receiveTimer = 0
    state.receive = 'current'
  } else if (state.receiveTimer > 0 && --state.receiveTimer === 0) {
    if (state.receive === 'expired') state.receive = 'defaulted'
    else if (state.receive === 'current') state.receive = 'expired'
  } else if (state.receive === 'disabled') state.receive = state.isDuplex ? 'expired' : 'off'
  if (state.receive !== before || frame !== undefined || state.isNew) enterReceive(state, frame)
}

function enterReceive(state: LacpPort, frame: LacpFrame | undefined): void {
  const { actor } = state
  const { expired, defaulted, synchronization, fast, aggregation } = lacpState
  const forget = () => {
    state.partner = { ...noPartner }
    actor.state |= defaulted
  }
  switch (state.receive) {
    case 'initialize':
      state.isSelected = false
      forget()
      actor.state &= ~expired
      state.receive = 'disabled'
      state.isMatched = false
      break
    case 'disabled':
      state.isMatched = false
      break
    case 'off':
      state.isSelected = false
      forget()
      state.partner.state &= ~aggregation
      state.isMatched = true
      actor.state &= ~expired
      break
    case 'expired':
      state.isMatched = false
      state.partner.state = (state.partner.state & ~synchronization) | fast
      state.receiveTimer = ticks.short
      actor.state |= expired
      break
    case 'defaulted':
      if (!isSameEnd(state.partner, noPartner)) state.isSelected = false
      forget()
      state.isMatched = true
      actor.state &= ~expired
      break
    case 'current':
      if (frame !== undefined) record(state, frame)
  }
}

/** Whether two ends are one, and aggregate alike. */
const isSameEnd = (a: LacpEnd, b: LacpEnd, bits: number = lacpState.aggregation): boolean =>
  a.port === b.port &&
  a.portPriority === b.portPriority &&
  a.system === b.system &&
  a.systemPriority === b.systemPriority &&
  a.key === b.key &&
  (a.state & bits) === (b.state & bits)

/** What a partner tells is kept; what it has wrong of this end is told again. */
function record(state: LacpPort, { actor, partner }: LacpFrame): void {
  const { active, fast, synchronization, aggregation, defaulted, expired } = lacpState
  // A frame of this bond itself: two of its ports are joined.
  if (actor.system === state.actor.system) return
  if (!isSameEnd(actor, state.partner)) state.isSelected = false
  if (!isSameEnd(partner, state.actor, active | fast | synchronization | aggregation)) state.needsFrame = true
  state.isMatched = isSameEnd(partner, state.actor) || (actor.state & aggregation) === 0
  state.partner = { ...actor }
  if (!state.isMatched) state.partner.state &= ~synchronization
  state.receiveTimer = (state.actor.state & fast) === 0 ? ticks.long : ticks.short
  state.actor.state &= ~(defaulted | expired)
}

/** The periodic machine (§ 6.4.13): as often as the partner wants. */
function repeat(state: LacpPort, data: BondData): void {
  const { active, fast } = lacpState
  const before = state.periodic
  const isActive = ((state.actor.state | state.partner.state) & active) !== 0
  const wantsFast = (state.partner.state & fast) !== 0
  if (state.isNew || !state.isDuplex || !state.isUsable || !isActive || !data.options.lacpActive)
    state.periodic = 'none'
  else if (state.periodicTimer > 0) {
    if (--state.periodicTimer === 0) state.periodic = 'transmit'
    else if (state.periodic === 'fast' && !wantsFast) state.periodic = 'slow'
    else if (state.periodic === 'slow' && wantsFast) {
      state.periodicTimer = 0
      state.periodic = 'transmit'
    }
  } else if (state.periodic === 'none') state.periodic = 'fast'
  else if (state.periodic === 'transmit') state.periodic = wantsFast ? 'fast' : 'slow'
  if (state.periodic === before) return
  if (state.periodic === 'transmit') state.needsFrame = true
  else state.periodicTimer = state.periodic === 'none' ? 0 : ticks[state.periodic] - 1
}

/** The selection logic (§ 6.4.14). */
function select(kernel: Kernel, master: Device, data: BondData, port: Device): void {
  joinAggregator(data, port)
  selectAmong(kernel, master, data)
  if (!aggregatorOf(data, port)?.isActive) lacpOf(port).actor.state &= ~lacpState.synchronization
}

/** The multiplexer machine, collecting and distributing in one step (§ 6.4.15). */
function join(kernel: Kernel, data: BondData, port: Device, state: LacpPort): void {
  const before = state.mux
  const { synchronization, collecting, distributing } = lacpState
  const aggregator = aggregatorOf(data, port)
  const isInSync = (state.partner.state & synchronization) !== 0
  if (state.isNew) state.mux = 'detached'
  else if (state.mux === 'detached') {
    if (state.isSelected) state.mux = 'waiting'
  } else if (state.mux === 'waiting') {
    if (state.muxTimer > 0 && --state.muxTimer === 0) state.isReady = true
    if (!state.isSelected) state.mux = 'detached'
    else if (state.muxTimer === 0 && aggregator?.ports.every((one) => lacpOf(one).isReady)) state.mux = 'attached'
  } else if (state.mux === 'attached') {
    if (!state.isSelected) state.mux = 'detached'
    else if (isInSync && data.lacp.selection === 0) {
      if (aggregator?.isActive) state.mux = 'working'
    } else if (aggregator?.isActive) state.actor.state |= synchronization
  } else if (!state.isSelected || !isInSync || (state.actor.state & synchronization) === 0) state.mux = 'attached'
  else if (aggregator?.isActive) enable(kernel, port, true)
  if (state.mux === before) return
  if (state.mux === 'waiting') {
    state.muxTimer = ticks.wait
    return
  }
  state.needsFrame = true
  if (state.mux === 'working') {
    state.actor.state |= synchronization | collecting | distributing
    if (aggregator?.isActive) enable(kernel, port, true)
    return
  }
  state.actor.state &= ~(synchronization | collecting | distributing)
  if (state.mux === 'detached') state.isReady = false
  else if (aggregator?.isActive) state.actor.state |= synchronization
  if (aggregator !== undefined && aggregator.partnerSystem !== 0) enable(kernel, port, false)
}

/** The transmit machine (§ 6.4.16): three frames a second at most. */
function send(kernel: Kernel, port: Device, state: LacpPort): void {
  if (--state.transmitTimer > 0) return
  state.transmitTimer = ticks.transmit
  if (!state.needsFrame || !state.isDuplex) return
  const source = port.bondPort?.permanentMac as string
  if (transmit(kernel, port, new Frame(encodeLacp(source, state)))) state.needsFrame = false
}
