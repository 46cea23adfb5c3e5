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

  /** No time of the kernel, and none of a frame that was met, is later: nanoseconds since 1970. */
  latest(now: number): bigint {
    const met = BigInt(this.seconds) * BigInt(second) + BigInt(this.nanoseconds)
    const time = BigInt(Math.round(now * 1e6)) * BigInt(finest)
    return met > time ? met : time
  }

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
