/** When captures met frames: the kernel's time, and never the same twice, so that those of several captures can be put in order. @module */

/** Nanoseconds of a second, and of the microsecond, which is as fine as a double tells the time of this century. */
const second = 1_000_000_000
const finest = 1000

/** The time of the frame that was met last. */
export class FrameTime {
  /** Seconds. */
  seconds = 0
  /** Nanoseconds of the second. */
  nanoseconds = 0

  /** One more frame is met, at a kernel time in seconds; a nanosecond after the last one where that is not later. */
  advance(now: number): void {
    const seconds = Math.floor(now)
    const nanoseconds = Math.min(second / finest - 1, Math.round(((now - seconds) * second) / finest)) * finest
    if (seconds > this.seconds || (seconds === this.seconds && nanoseconds > this.nanoseconds)) {
      this.seconds = seconds
      this.nanoseconds = nanoseconds
    } else if (++this.nanoseconds === second) {
      this.seconds++
      this.nanoseconds = 0
    }
  }
}
