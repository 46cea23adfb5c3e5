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

/**
 * The names, as `-t` of vitest compares them, of a package's tests that one run skipped and none passed.
 *
 * @param {readonly Report[]} reports @param {string} project
 */
export function unpassedIn(reports, project) {
  const ends = reports.flatMap(({ tests = {} }) => Object.entries(tests))
  const passed = new Set(ends.filter(([, { state }]) => state === 'passed').map(([place]) => place))
  const skipped = new Set(ends.filter(([, { state }]) => state === 'skipped').map(([place]) => place))
  const left = [...skipped].filter((place) => !passed.has(place) && place.startsWith(`${project}: `))
  return left.map((place) => place.slice(project.length + 2).replaceAll(' > ', ' '))
}
