/** A port of the switch from inside: what forwarding looks at, frame by frame. @module */
import { CounterCells } from './counters.js'
import type { PortSettings } from './port-options.js'

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

  /** Frames that go out here, as numbers in the batch that was forwarded last. */
  slots = new Uint16Array(64)
  /** Whether each of them goes out with a tag. */
  tagged = new Uint8Array(64)
  /** How many they are. */
  count = 0

  /** A port that is down. */
  constructor(number: number, settings: PortSettings) {
    this.number = number
    this.settings = settings
  }

  /** Makes room for a batch. */
  reserve(frames: number): void {
    if (this.slots.length >= frames) return
    this.slots = new Uint16Array(frames)
    this.tagged = new Uint8Array(frames)
  }
}
