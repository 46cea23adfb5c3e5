/** A port of the spanning tree: the variables of IEEE 802.1D-2004 § 17.17 and 17.19, by their names there. @module */
import type { Bpdu } from '@vnet/wire'
import type { StpPortSettings } from './options.js'
import type { PriorityVector, StpTimes } from './priority.js'

/** What a port is for. */
export type StpRole = 'disabled' | 'root' | 'designated' | 'alternate' | 'backup'

/** What a port does with frames of stations. */
export type StpState = 'discarding' | 'learning' | 'forwarding'

/** How a received BPDU stands to what the port holds. */
export type ReceivedInfo = 'superior' | 'repeated' | 'inferior' | 'not-designated' | 'other'

/** Where a port's information comes from. */
export type InfoSource = 'disabled' | 'mine' | 'aged' | 'received'

/** The timers, in whole seconds that are left. */
export const timers = [
  'edgeDelayWhile',
  'fdWhile',
  'helloWhen',
  'mdelayWhile',
  'rbWhile',
  'rcvdInfoWhile',
  'rrWhile',
  'tcWhile',
] as const

/** Variables of a port. */
export class TreePort {
  readonly number: number
  settings: StpPortSettings

  agree = false
  agreed = false
  disputed = false
  forward = false
  forwarding = false
  infoIs: InfoSource = 'disabled'
  learn = false
  learning = false
  mcheck = false
  newInfo = false
  operEdge = false
  portEnabled = false
  proposed = false
  proposing = false
  rcvdBPDU = false
  rcvdMsg = false
  rcvdRSTP = false
  rcvdSTP = false
  rcvdTc = false
  rcvdTcAck = false
  rcvdTcn = false
  reRoot = false
  reselect = false
  role: StpRole = 'disabled'
  selected = false
  selectedRole: StpRole = 'disabled'
  sendRSTP = true
  sync = false
  synced = false
  tcAck = false
  tcProp = false
  txCount = 0
  updtInfo = false
  /** What arrived last. */
  message: Bpdu | undefined = undefined
  designatedPriority: PriorityVector
  designatedTimes: StpTimes
  portPriority: PriorityVector
  portTimes: StpTimes

  edgeDelayWhile = 0
  fdWhile = 0
  helloWhen = 0
  mdelayWhile = 0
  rbWhile = 0
  rcvdInfoWhile = 0
  rrWhile = 0
  tcWhile = 0

  /** States of the machines that have any which last. */
  migration: 'checking' | 'sensing' | 'selecting' = 'checking'
  topology: 'inactive' | 'learning' | 'active' = 'inactive'
  /** Whether the role's machine is past its entry: the port has stopped forwarding where its role demands that. */
  blocked = false

  /** A port that is not enabled. */
  constructor(number: number, settings: StpPortSettings, priority: PriorityVector, times: StpTimes) {
    this.number = number
    this.settings = settings
    this.designatedPriority = priority
    this.portPriority = priority
    this.designatedTimes = times
    this.portTimes = times
  }

  /** Priority and number, as BPDUs tell them. */
  get id(): number {
    return (this.settings.priority << 8) | (this.number & 0x0fff)
  }

  /** What the port does. */
  get state(): StpState {
    return this.forwarding ? 'forwarding' : this.learning ? 'learning' : 'discarding'
  }

  /** Seconds in listening and in learning: a hello time between bridges that speak RSTP (§ 17.20.5). */
  get forwardDelay(): number {
    return this.sendRSTP ? this.designatedTimes.helloTime : this.designatedTimes.forwardDelay
  }
}
