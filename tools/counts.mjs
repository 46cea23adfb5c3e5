// The counts of test runs, added up.

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

/** Adds up the reports of several runs, as tools/reporter.ts writes them. @param {readonly Counts[]} reports @returns {Counts} */
export function added(reports) {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const report of reports) {
    sum.passed += report.passed
    sum.failed += report.failed
    sum.skipped += report.skipped
  }
  return sum
}

/**
 * What each test of a run came to, as tools/reporter.ts writes it.
 *
 * @typedef {object} Report
 * @property {string=} tier
 * @property {Readonly<Record<string, { state: string }>>=} tests by package and full name
 */

/** The tests of a run that failed, each with its tier. @param {Report} report */
export function failedIn({ tier = 'none', tests = {} }) {
  const failed = Object.entries(tests).filter(([, { state }]) => state === 'failed')
  return failed.map(([place]) => `${tier}: ${place}`)
}

/** The names, as `-t` of vitest compares them, of a package's tests that a run skipped. @param {Report} report @param {string} project */
export function skippedIn({ tests = {} }, project) {
  const skipped = Object.entries(tests).filter(([, { state }]) => state === 'skipped')
  const places = skipped.map(([place]) => place).filter((place) => place.startsWith(`${project}: `))
  return places.map((place) => place.slice(project.length + 2).replaceAll(' > ', ' '))
}
