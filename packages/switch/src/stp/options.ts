/** Options of the spanning tree, of a bridge and of its ports (IEEE 802.1D-2004 § 17.13, 17.14). @module */
import { check } from '../check.js'

/** How the switch takes part in the spanning tree. All is optional. */
export interface StpOptions {
  /** `rstp` (the default; falls back by itself at ports where the other side speaks STP), or `stp` for STP alone. */
  readonly version?: 'rstp' | 'stp'
  /** Priority of the bridge, 0–65535; the lowest becomes root. 32,768 when absent. */
  readonly priority?: number
  /** Seconds between two BPDUs when this bridge is root, 1–10. Default 2. */
  readonly helloTime?: number
  /** Seconds until what was heard is forgotten, 6–40, at most 2 × (forward delay − 1). Default 20. */
  readonly maxAge?: number
  /** Seconds in each of the states listening and learning, 4–30. Default 15. */
  readonly forwardDelay?: number
  /** BPDUs that a port sends within a second at most, 1–10. Default 6. */
  readonly transmitHoldCount?: number
}

/** How a port takes part in the spanning tree. All is optional. */
export interface StpPortOptions {
  /** Cost of the way over this port, 1–200,000,000. Default 20,000, that of 1 Gbit/s; see {@link pathCost}. */
  readonly cost?: number
  /** Priority of the port, 0–240 in steps of 16; the lowest is preferred. Default 128. */
  readonly priority?: number
  /** A host is at the other end: forwards at once, until a BPDU arrives (`AdminEdge`). Default `false`. */
  readonly edge?: boolean
  /** Finds out by itself that a host is there: no BPDU for three seconds (`AutoEdge`). Default `true`. */
  readonly autoEdge?: boolean
  /** One other bridge at most is there, so that ports may be agreed on (`operPointToPointMAC`). Default `true`. */
  readonly pointToPoint?: boolean
  /** Shuts the port when a BPDU arrives; setting `up` opens it again. Default `false`. */
  readonly bpduGuard?: boolean
  /** Neither sends BPDUs nor hears any; the port forwards. Loops over it do not end. Default `false`. */
  readonly bpduFilter?: boolean
}

/** Options with what is absent filled in. */
export type StpSettings = Required<StpOptions>
/** Options with what is absent filled in. */
export type StpPortSettings = Required<StpPortOptions>

/**
 * The cost that IEEE 802.1D-2004 table 17-3 recommends: 20,000 for 1 Gbit/s.
 *
 * @param speed Megabits a second, above 0.
 */
export function pathCost(speed: number): number {
  check.from(Number.MIN_VALUE, Number.MAX_VALUE)(speed, 'speed')
  return Math.max(1, Math.min(200_000_000, Math.round(20_000_000 / speed)))
}

/** @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for options that are not allowed (§ 17.14) */
export function stpSettings(options: StpOptions): StpSettings {
  const settings: StpSettings = {
    version: 'rstp',
    priority: 32_768,
    helloTime: 2,
    maxAge: 20,
    forwardDelay: 15,
    transmitHoldCount: 6,
  }
  check.into(settings, options, 'stp', {
    version: check.word('rstp', 'stp'),
    priority: check.whole(0, 65_535),
    helloTime: check.whole(1, 10),
    maxAge: check.whole(6, 40),
    forwardDelay: check.whole(4, 30),
    transmitHoldCount: check.whole(1, 10),
  })
  const { helloTime, maxAge, forwardDelay } = settings
  if (2 * (forwardDelay - 1) < maxAge) check.refuse('stp.maxAge', `${maxAge} is above 2 × (forwardDelay − 1)`)
  if (maxAge < 2 * (helloTime + 1)) check.refuse('stp.maxAge', `${maxAge} is below 2 × (helloTime + 1)`)
  return settings
}

/** @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for options that are not allowed */
export function stpPortSettings(options: StpPortOptions): StpPortSettings {
  const settings: StpPortSettings = {
    cost: 20_000,
    priority: 128,
    edge: false,
    autoEdge: true,
    pointToPoint: true,
    bpduGuard: false,
    bpduFilter: false,
  }
  check.into(settings, options, 'stp', {
    cost: check.whole(1, 200_000_000),
    priority: check.whole(0, 240),
    edge: check.boolean,
    autoEdge: check.boolean,
    pointToPoint: check.boolean,
    bpduGuard: check.boolean,
    bpduFilter: check.boolean,
  })
  if (settings.priority % 16 !== 0) check.refuse('stp.priority', `${settings.priority} is no multiple of 16`)
  return settings
}
