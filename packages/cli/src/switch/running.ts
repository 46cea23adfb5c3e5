/** A switch that runs, as it is shown: its ports with what passed them, and its stations. @module */
import type { PortCounters } from '@vnet/core'
import type { Clock, FaultPort, MacEntry, Switch, SwitchCounters, SwitchPortState } from '@vnet/switch'
import type { OpenedPort } from './opened.js'
import type { SwitchPlan } from './plan.js'

/** A port that was added to the switch. */
export interface RunningPort {
  /** Its number in the switch. */
  readonly number: number
  readonly opened: OpenedPort
  /** What disturbs it. */
  readonly fault?: FaultPort
  /** What had passed it when it ended. */
  ended?: SwitchCounters
}

/** A port at present. */
export interface PortView {
  readonly running: RunningPort
  /** `undefined` where it has ended. */
  readonly state: SwitchPortState | undefined
  readonly counters: SwitchCounters
  readonly link: PortCounters
  /** Stations behind it. */
  readonly stations: number
}

/** A switch that runs. */
export class RunningSwitch {
  readonly plan: SwitchPlan
  readonly bridge: Switch
  readonly clock: Clock
  /** By number. */
  readonly ports = new Map<number, RunningPort>()
  /** When it began, seconds. */
  readonly begun: number

  constructor(plan: SwitchPlan, bridge: Switch, clock: Clock) {
    this.plan = plan
    this.bridge = bridge
    this.clock = clock
    this.begun = clock.now()
  }

  /** Name of a port. */
  name(number: number): string {
    return this.ports.get(number)?.opened.plan.name ?? `port ${number}`
  }

  /** The ports, also those that have ended, in order of number. */
  views(stations: readonly MacEntry[] = this.bridge.macs): readonly PortView[] {
    const behind = new Map<number, number>()
    for (const { port } of stations) behind.set(port, (behind.get(port) ?? 0) + 1)
    return [...this.ports.values()].map((running) => ({
      running,
      state: running.ended === undefined ? this.bridge.port(running.number) : undefined,
      counters: running.ended ?? this.bridge.counters(running.number),
      link: running.opened.port.counters,
      stations: behind.get(running.number) ?? 0,
    }))
  }
}

/** What was dropped at a port, by cause: by the switch, and by the TAP. */
export function dropsOf({ counters, link }: PortView): ReadonlyMap<string, number> {
  const drops = new Map<string, number>()
  for (const [cause, count] of [...Object.entries(counters.dropped), ...Object.entries(link.dropped)]) {
    if (count > 0) drops.set(cause, (drops.get(cause) ?? 0) + count)
  }
  return drops
}
