/** Adds up a test run: counts, reasons of skips, and skips that give no good reason. */

/** What became of one test. */
export interface Outcome {
  /** The package that the test belongs to. */
  readonly project: string
  /** The package and the test's full name. */
  readonly place: string
  /** How it ended. `pending` did not run. */
  readonly state: 'passed' | 'failed' | 'skipped' | 'pending'
  /** Why it was skipped. */
  readonly reason: string | undefined
}

/** The result of a run. */
export interface Summary {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Skips that name no missing capability. */
  readonly unexplained: readonly string[]
  /** How many tests were skipped for each reason, in each package. */
  readonly reasons: Readonly<Record<string, number>>
  /** What to print, the counts last. */
  readonly lines: readonly string[]
}

/** A skip is in order when it says what the machine lacks. */
const explains = /lacks capability|missing capability|\bneeds /

/** With `VNET_KERNEL=required` these reasons are failures: the machine was promised to have a kernel to test on. */
const tier =
  /lacks capability: (?:admin|namespace anonymous)\b|needs (?:a kernel|CAP_SYS_ADMIN|Linux|the (?:napi|ffi) backend)/

/** Why a test was skipped, in words: its note, or what its name says in brackets (`… [needs a TUN device]`). */
export function reasonOf(mode: string | undefined, note: string | undefined, name: string): string {
  if (note !== undefined && note !== '') return note
  const bracketed = /\[(needs [^\]]+)\]/.exec(name)?.[1]
  if (bracketed !== undefined) return bracketed
  return mode === 'todo' ? 'todo' : 'no reason given'
}

/** Adds up. `broken` counts files that could not run and errors outside of tests. */
export function summaryOf(outcomes: readonly Outcome[], broken: number, kernelRequired: boolean): Summary {
  const count = (state: Outcome['state']) => outcomes.filter((outcome) => outcome.state === state).length
  const reasons: Record<string, number> = {}
  const unexplained: string[] = []
  for (const { project, place, state, reason = 'no reason given' } of outcomes) {
    if (state !== 'skipped') continue
    const key = `${project}: ${reason}`
    reasons[key] = (reasons[key] ?? 0) + 1
    if (!explains.test(reason) || (kernelRequired && tier.test(reason))) unexplained.push(`${place} (${reason})`)
  }
  const passed = count('passed')
  const failed = count('failed') + count('pending') + broken
  const skipped = count('skipped')
  const lines: string[] = []
  if (skipped > 0) {
    lines.push('', 'Skipped:')
    for (const [reason, number] of Object.entries(reasons).sort(([, a], [, b]) => b - a)) {
      lines.push(`  ${String(number).padStart(5)}  ${reason}`)
    }
  }
  if (unexplained.length > 0) {
    lines.push(
      '',
      kernelRequired ? 'Skipped although a kernel is required, or for no named lack:' : 'Skipped for no named lack:',
    )
    lines.push(...unexplained.map((place) => `  ${place}`))
  }
  lines.push('', `${passed} passed, ${failed + unexplained.length} failed, ${skipped - unexplained.length} skipped`)
  return {
    passed,
    failed: failed + unexplained.length,
    skipped: skipped - unexplained.length,
    unexplained,
    reasons,
    lines,
  }
}
