/** Estimators: how fast packets come on the average (`tc … estimator 1s 8s`; `struct tc_estimator`, attribute `TCA_RATE`). @module */
import type { Field } from '../field.js'

/**
 * How a rate is measured, as `estimator 1s 8s`: what passed in each interval counts with a weight that fades. What it measured
 * is told as `rate` and `packetRate` of the statistics. A change without one leaves it; it cannot be taken away.
 */
export interface Estimator {
  /** Time between two looks at the counters, milliseconds; rounded up to 250, 500, 1,000, 2,000, 4,000 or 8,000. */
  readonly interval: number
  /** Time after which a change has mostly come through, milliseconds; at least 1.45 times the interval. */
  readonly timeConstant: number
}

/** An estimator as the kernel takes it: the interval is 2^`interval` seconds, each counts for 1 / 2^`weight`. */
export interface EstimatorSteps {
  readonly interval: number
  readonly weight: number
}

/** The shortest interval, milliseconds, and how many there are, each twice as long as the one before. */
const [shortest, intervals] = [250, 6]
/** The least weight that the kernel takes is 1 / 2^30. */
const leastWeight = 30

/** The numbers for the kernel, as `tc` finds them; `undefined` for times that have none. */
export function estimatorSteps({ interval, timeConstant }: Estimator): EstimatorSteps | undefined {
  let step = 0
  while (step < intervals && interval > shortest * 2 ** step) step++
  let weight = 0
  while (weight <= leastWeight && interval / -Math.log1p(-(2 ** -(weight + 1))) <= timeConstant) weight++
  return step === intervals || weight === 0 || weight > leastWeight ? undefined : { interval: step - 2, weight }
}

/** The estimator as one option of a discipline, class or filter. */
export const estimatorField: Field = {
  type: 'record',
  about: 'measures the rate (tc: estimator)',
  fields: {
    interval: { type: 'milliseconds', min: 1, max: 8000, about: 'time between two looks', required: true },
    timeConstant: { type: 'milliseconds', min: 1, max: 2 ** 43, about: 'time that a change takes', required: true },
  },
}
