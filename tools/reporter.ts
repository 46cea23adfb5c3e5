/** The last lines of a test run: why tests were skipped, and `N passed, N failed, N skipped`, which CI reads. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node'
import { reasonOf, summaryOf } from './summary.js'

/** What `tools/summary.ts` adds up. */
export default class SummaryReporter implements Reporter {
  #vitest: Vitest | undefined

  /** Called first. */
  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  /** Called last. */
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const pattern = this.#vitest?.config.testNamePattern
    const tests = modules
      .flatMap((module) => [...module.children.allTests()].map((test) => outcome(module, test)))
      .filter(({ name }) => pattern === undefined || pattern.test(name))
    const broken = modules.filter((module) => module.state() === 'failed' && module.errors().length > 0)
    const summary = summaryOf(tests, broken.length + errors.length, process.env.VNET_KERNEL === 'required')
    for (const line of summary.lines) this.#vitest?.logger.log(line)
    if (summary.failed > 0 || summary.unexplained.length > 0) process.exitCode = 1
    const report = process.env.VNET_REPORT
    if (report) {
      mkdirSync(dirname(report), { recursive: true })
      // Each test too: tools/capabilities.mjs looks for those that run nowhere.
      const states = Object.fromEntries(tests.map(({ place, state, reason }) => [place, { state, reason }]))
      writeFileSync(report, JSON.stringify({ ...summary, tier: process.env.VNET_TIER, tests: states }))
    }
  }
}

function outcome(module: TestModule, test: TestCase) {
  const result = test.result()
  const project = module.project.name
  const place = `${project}: ${test.fullName}`
  // As `-t` sees it: those that it has not chosen count as skipped.
  const name = test.fullName.replaceAll(' > ', ' ')
  if (result.state !== 'skipped') return { project, place, name, state: result.state, reason: undefined }
  return {
    project,
    place,
    name,
    state: result.state,
    reason: reasonOf(test.options.mode, result.note, test.name),
  }
}
