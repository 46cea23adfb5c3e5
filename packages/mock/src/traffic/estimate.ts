/** What an estimator measures of a counter (`est_timer`, `net/core/gen_estimator.c`). Plain data: it goes into snapshots as it is. @module */
import { type Estimator, estimatorSteps } from '@vnet/core'

/** Octets and packets, counted from some beginning. */
interface Counted {
  readonly bytes: number
  readonly packets: number
}

/** An estimator at work (`struct net_rate_estimator`). */
export interface Estimate {
  /** Seconds between two looks. */
  readonly interval: number
  readonly weight: number
  /** Kernel time of the next look, seconds. */
  next: number
  /** What the last look saw. */
  bytes: number
  packets: number
  /** The averages, 256ths of octets and of packets a second. */
  byteRate: number
  packetRate: number
}

/** An estimator of a counter; one that takes the place of another goes on from what that measured. */
export function newEstimate(
  estimator: Estimator,
  { bytes, packets }: Counted,
  time: number,
  before?: Estimate,
): Estimate {
  const { interval: log = 0, weight = 1 } = estimatorSteps(estimator) ?? {}
  const interval = 2 ** log
  const { byteRate = 0, packetRate = 0 } = before ?? {}
  return { interval, weight, next: time + interval, bytes, packets, byteRate, packetRate }
}

/**
 * Makes up for the looks that fell due since the last packet: until then nothing came, so they need no timer. To be called
 * before a packet is counted, and before the rate is told.
 */
export function catchUp(estimate: Estimate, { bytes, packets }: Counted, time: number): void {
  while (estimate.next <= time) {
    const [octets, count] = [bytes - estimate.bytes, packets - estimate.packets]
    const byteRate = faded(estimate.byteRate, octets, estimate)
    const packetRate = faded(estimate.packetRate, count, estimate)
    // Where nothing comes and nothing fades any more, nothing ever changes.
    const rests = octets === 0 && byteRate === estimate.byteRate && packetRate === estimate.packetRate
    const looks = rests ? Math.floor((time - estimate.next) / estimate.interval) + 1 : 1
    Object.assign(estimate, { bytes, packets, byteRate, packetRate })
    estimate.next += looks * estimate.interval
  }
}

/** An average after one more look. */
function faded(average: number, count: number, { interval, weight }: Estimate): number {
  const share = 2 ** weight
  return average + Math.floor((count * 256) / interval / share) - Math.floor(average / share)
}

/** What it measured, as it is told. */
export const measured = ({
  byteRate,
  packetRate,
}: Estimate): { readonly rate: number; readonly packetRate: number } => ({
  rate: Math.floor(byteRate / 256) * 8,
  packetRate: Math.floor(packetRate / 256),
})
