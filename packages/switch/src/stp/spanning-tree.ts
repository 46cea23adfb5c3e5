/** A bridge of the spanning tree as one machine: time and BPDUs go in, BPDUs and states come out (IEEE 802.1D-2004 § 17). @module */
import type { Bpdu, BpduSpec, BridgeId } from '@vnet/wire'
import type { StpPortSettings, StpSettings } from './options.js'
import {
  bridgeDetectionMachine,
  disabled,
  informationMachine,
  migrationMachine,
  receiveMachine,
} from './port-information.js'
import type { PriorityVector, StpTimes } from './priority.js'
import { roleSelectionMachine } from './role-selection.js'
import { initRole, roleTransitionMachine } from './role-transition.js'
import { initTopology, stateTransitionMachine, topologyMachine } from './topology-change.js'
import { transmitMachine } from './transmit.js'
import { MIGRATE_TIME, type Tree } from './tree.js'
import { TreePort, timers } from './tree-port.js'

/** What the tree tells and asks of the bridge around it. */
export interface TreeOutlet {
  /** Sends a BPDU at a port. */
  send(port: number, bpdu: BpduSpec): void
  /** Forgets what was learned at a port: at once (RSTP), or by fast ageing (STP, § 17.19.1). */
  flush(port: number, rapid: boolean): void
  /** A port's role or state is another one. */
  changed(port: TreePort): void
  /** A port found a change of the topology. */
  detected(port: number): void
}

/** After so many seconds without a BPDU nothing changes any more: all timers have run out. */
const LONGEST = 128

/** More steps than any settling takes; one more would mean that the machines go round in circles. */
const MOST_STEPS = 10_000

/** The machines of one bridge. */
export class SpanningTree implements Tree {
  readonly settings: StpSettings
  readonly id: BridgeId
  readonly times: StpTimes
  rootPriority: PriorityVector
  rootTimes: StpTimes
  rootPort = 0
  readonly #ports = new Map<number, TreePort>()
  readonly #outlet: TreeOutlet
  #clock: number | undefined

  /** A bridge without ports, root of its own tree. */
  constructor(settings: StpSettings, mac: string, outlet: TreeOutlet) {
    this.settings = settings
    this.id = { priority: settings.priority, mac }
    const { maxAge, helloTime, forwardDelay } = settings
    this.times = { messageAge: 0, maxAge, helloTime, forwardDelay }
    this.rootTimes = this.times
    this.rootPriority = { root: this.id, cost: 0, bridge: this.id, port: 0 }
    this.#outlet = outlet
  }

  get ports(): Iterable<TreePort> {
    return this.#ports.values()
  }

  get rapid(): boolean {
    return this.settings.version === 'rstp'
  }

  /** The variables of a port. */
  port(number: number): TreePort | undefined {
    return this.#ports.get(number)
  }

  /** When time matters next, seconds; `undefined` where there is no port that could change or send. */
  get deadline(): number | undefined {
    if (this.#clock === undefined) return undefined
    for (const port of this.#ports.values()) if (port.portEnabled) return this.#clock + 1
    return undefined
  }

  /** Adds a port that is not enabled yet. */
  add(number: number, settings: StpPortSettings): void {
    const port = new TreePort(number, settings, this.rootPriority, this.times)
    port.designatedPriority = { ...this.rootPriority, bridge: this.id, port: port.id }
    port.portPriority = port.designatedPriority
    this.#ports.set(number, port)
    // What all machines do at their start (BEGIN).
    port.edgeDelayWhile = MIGRATE_TIME
    port.mdelayWhile = MIGRATE_TIME
    port.sendRSTP = this.rapid
    port.operEdge = settings.edge
    disabled(port)
    initRole(port)
    initTopology(this, port)
    this.run()
  }

  /** Takes a port out. */
  remove(number: number): void {
    this.enable(number, false)
    this.#ports.delete(number)
    for (const port of this.#ports.values()) port.reselect = true
    this.run()
  }

  /** Says whether a port can send and receive. */
  enable(number: number, enabled: boolean): void {
    const port = this.#ports.get(number)
    if (port === undefined || port.portEnabled === enabled) return
    port.portEnabled = enabled
    if (enabled) {
      port.newInfo = true
      port.txCount = 0
      port.helloWhen = 0
    }
    this.run()
  }

  /** Other settings of a port: roles are chosen anew. */
  configure(number: number, settings: StpPortSettings): void {
    const port = this.#ports.get(number)
    if (port === undefined) return
    const turned = port.settings.edge !== settings.edge
    port.settings = settings
    // At an enabled port the machine has no way to an edge but the automatic one; a manager's word counts at once.
    if (turned) port.operEdge = settings.edge
    port.reselect = true
    port.selected = false
    this.run()
  }

  /** A BPDU has arrived. */
  receive(number: number, bpdu: Bpdu): void {
    const port = this.#ports.get(number)
    if (port === undefined) return
    port.message = bpdu
    port.rcvdBPDU = true
    this.run()
  }

  /** Tries RSTP again at a port that fell back to STP (`mcheck`, § 17.19.13). */
  check(number: number): void {
    const port = this.#ports.get(number)
    if (port === undefined || !this.rapid) return
    port.mcheck = true
    this.run()
  }

  /** It is `now`, in seconds: all timers lose the whole seconds that have passed (§ 17.22). */
  advance(now: number): void {
    if (this.#clock === undefined || now < this.#clock) this.#clock = now
    const passed = Math.floor(now - this.#clock)
    if (passed < 1) return
    this.#clock += passed
    for (let i = Math.min(passed, LONGEST); i > 0; i--) {
      for (const port of this.#ports.values()) {
        for (const timer of timers) if (port[timer] > 0) port[timer]--
        if (port.txCount > 0) port.txCount--
      }
      // Who slept does not send now what was to be sent then.
      this.run(i === 1)
    }
  }

  send(port: TreePort, bpdu: BpduSpec): void {
    this.#outlet.send(port.number, bpdu)
  }

  flush(port: TreePort): void {
    // An edge port has no bridge behind it, so nothing moved there (§ 17.31 does not flush it either).
    this.#outlet.flush(port.number, this.rapid)
  }

  detected(port: TreePort): void {
    this.#outlet.detected(port.number)
  }

  /** Lets the machines run until none of them moves. */
  run(transmits = true): void {
    for (let step = 0; step < MOST_STEPS; step++) {
      let moved = false
      for (const port of this.#ports.values()) {
        if (receiveMachine(port)) moved = true
        if (migrationMachine(this, port)) moved = true
        if (bridgeDetectionMachine(port)) moved = true
        if (informationMachine(this, port)) moved = true
      }
      if (roleSelectionMachine(this)) moved = true
      for (const port of this.#ports.values()) {
        const { role, state } = port
        if (roleTransitionMachine(this, port)) moved = true
        if (stateTransitionMachine(port)) moved = true
        if (topologyMachine(this, port)) moved = true
        if (role !== port.role || state !== port.state) this.#outlet.changed(port)
      }
      if (!moved && !(transmits && this.#transmit())) return
    }
    throw new Error('the spanning tree does not settle')
  }

  /** Sends only what has settled, so that one BPDU tells everything. */
  #transmit(): boolean {
    let moved = false
    for (const port of this.#ports.values()) if (transmitMachine(this, port)) moved = true
    return moved
  }
}
