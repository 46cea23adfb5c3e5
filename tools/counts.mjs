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
