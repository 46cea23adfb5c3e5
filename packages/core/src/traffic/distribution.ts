/** Curves of delay as tables: the deviations that chance picks from, one as likely as the other (`NETEM_DIST_SCALE`). @module */
import type { NetemDistribution } from './netem.js'

/** A deviation of one jitter. */
const SCALE = 8192
/** Entries of a table; the kernel takes up to 16,384. */
const SIZE = 4096

type Curve = (share: number) => number

/** For each curve the deviation below which a share of all delays lies; mean 0, standard deviation 1. */
const curves: { readonly [D in Exclude<NetemDistribution, 'uniform'>]: Curve } = {
  normal,
  pareto,
  paretonormal: (share) => 0.25 * normal(share) + 0.75 * pareto(share),
}

const made = new Map<NetemDistribution, Int16Array>()

/**
 * The table of a curve (`TCA_NETEM_DELAY_DIST`): deviations from the mean, 8,192 for that of one jitter, each as likely as
 * the others; `undefined` for `uniform`, which needs none.
 */
export function distributionTable(name: NetemDistribution): Int16Array | undefined {
  if (name === 'uniform') return undefined
  let table = made.get(name)
  if (table === undefined) {
    table = Int16Array.from({ length: SIZE }, (_, i) => {
      const deviation = Math.round(curves[name]((i + 0.5) / SIZE) * SCALE)
      return Math.max(-32768, Math.min(32767, deviation))
    })
    made.set(name, table)
  }
  return table
}

/** Pareto's with exponent 3 (mean 3/2, variance 3/4), moved to mean 0 and deviation 1. */
function pareto(share: number): number {
  return ((1 - share) ** (-1 / 3) - 1.5) / Math.sqrt(0.75)
}

/** The normal one, found by halving the interval in which its share lies. */
function normal(share: number): number {
  let low = -8
  let high = 8
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2
    if (below(middle) < share) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Share of a normal curve below `x`, by its series (Abramowitz and Stegun, 26.2.10). */
function below(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; n < 200 && Math.abs(term) > 1e-17; n++) {
    term *= (-x * x * (2 * n - 1)) / (2 * n * (2 * n + 1))
    sum += term
  }
  return 0.5 + sum / Math.sqrt(2 * Math.PI)
}
