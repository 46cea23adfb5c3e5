/** A port of the switch from inside: what forwarding looks at, frame by frame. @module */
import { CounterCells } from './counters.js'
import type { PortSettings } from './port-options.js'
import type { TokenBucket } from './token-bucket.js'

/** Sorts of frames that are flooded: to all, to a group, to a station that is not known. */
export const sorts = { broadcast: 0, multicast: 1, unknown: 2 } as const

const none = new Int32Array(0)

/** A port of the switch. */
export class Lane {
  readonly number: number
  settings: PortSettings
  readonly counters = new CounterCells()
  /** Whether frames are taken and sent. */
  forwards = false
  /** Whether sources are learned. */
  learns = false
  /** The bpdu guard has shut the port. */
  guarded = false
  /** Until when entries of this port age fast, seconds (IEEE 802.1D-2004 § 17.19.1). */
  fastAgeingUntil = Number.NEGATIVE_INFINITY

  /** What follows is derived from the settings and states of all ports; `outdated` until it is. */
  outdated = true
  /** By number of a port: 1 where frames from here may go there, as far as states, isolation and direction allow. */
  reach = new Uint8Array(0)
  /** Ports that floods from here go to, by sort: see {@link sorts}. */
  floods: readonly [Int32Array, Int32Array, Int32Array] = [none, none, none]
  /** Limits of floods from here, by sort. */
  storms: readonly (TokenBucket | undefined)[] = [undefined, undefined, undefined]
  /** Whether a frame has to pass more checks than those that all frames pass. */
  careful = true
  /** Octets of the longest frame that may leave here. */
  longest = 0

  /** A port that is down. */
  constructor(number: number, settings: PortSettings) {
    this.number = number
    this.settings = settings
  }

  /** Derives what forwarding looks at from the settings and states of `all` ports. */
  update(all: readonly (Lane | undefined)[], vlanFiltering: boolean): void {
    const { settings } = this
    const { isolated, hairpin, allow, deny, storm, mtu } = settings
    this.outdated = false
    this.careful =
      this.number === 0 || vlanFiltering || !(this.forwards && this.learns) || allow !== undefined || deny !== undefined
    this.longest = Math.min(mtu + 18, 0x7fffffff)
    this.storms = [storm?.broadcast, storm?.multicast, storm?.unknown]
    const reached = all.filter(
      (to) => to?.forwards && !(isolated && to.settings.isolated) && (to !== this || hairpin),
    ) as Lane[]
    this.reach = new Uint8Array(all.length)
    for (const { number } of reached) this.reach[number] = 1
    const numbers = (wants: (to: PortSettings) => boolean, host: boolean) =>
      Int32Array.from(
        reached.filter(({ number, settings: to }) => wants(to) && (host || number !== 0)),
        ({ number }) => number,
      )
    this.floods = [
      numbers((to) => to.floodBroadcast, true),
      numbers((to) => to.floodMulticast, true),
      // The host is not asked about stations that are not known.
      numbers((to) => to.floodUnicast, false),
    ]
  }
}
