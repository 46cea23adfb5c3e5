// The end of a run of the mock's tests outside of vitest: what failed, what was skipped and why, the count, VNET_REPORT.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * @param {readonly { name: string, state: 'passed' | 'failed' | 'skipped', why?: string }[]} all
 * @param {{ place: string, lacking: (why: string) => string | undefined }} where `place` names the run; `lacking` tells what a
 *   failed test asked for that is not there, so that it counts as skipped
 */
export function report(all, { place, lacking }) {
  const ends = all.map((end) => {
    const lack = end.state === 'failed' ? lacking(end.why ?? '') : undefined
    return lack ? { ...end, state: 'skipped', why: `lacks capability: ${lack}` } : end
  })
  const failed = ends.filter(({ state }) => state === 'failed')
  for (const { name, why } of failed) console.log(`FAILED ${name}\n${why}\n`)
  for (const { name, state, why } of ends)
    if (state === 'passed' && why !== undefined) console.log(`passed at the second try: ${name}\n${why}\n`)
  const reasons = new Map()
  for (const { state, why } of ends) if (state === 'skipped') reasons.set(why, (reasons.get(why) ?? 0) + 1)
  console.log('Skipped:')
  for (const [why, count] of [...reasons].sort((a, b) => b[1] - a[1]))
    console.log(`${String(count).padStart(7)}  ${why}`)
  const count = (/** @type {string} */ state) => ends.filter((end) => end.state === state).length
  const sum = { passed: count('passed'), failed: failed.length, skipped: count('skipped') }
  console.log(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
  const file = process.env.VNET_REPORT
  if (file) {
    mkdirSync(dirname(file), { recursive: true })
    const tests = Object.fromEntries(ends.map(({ name, state, why }) => [`${place}: ${name}`, { state, reason: why }]))
    writeFileSync(file, JSON.stringify({ ...sum, tier: place, tests }))
  }
  if (sum.failed > 0 || sum.passed === 0) process.exitCode = 1
}
