/** The same random programs on the mock and on the kernel: what keeps the mock honest. `VNET_SEED` repeats a run. */
import { cpus } from 'node:os'
import { differential, mismatchText } from '@vnet/conformance'
import { type Capability, capabilities } from '@vnet/core'
import { mockDriver } from '@vnet/mock'
import { expect, it } from 'vitest'
import { napiDriver } from '../src/index.js'

/** The same programs at every run, so that a change is judged by itself; VNET_SEED tries others. */
const seed = Number(process.env.VNET_SEED ?? 20_261_124)
const programs = Number(process.env.VNET_PROGRAMS ?? 1000)

/** What only real processes have; the mock is not asked for it here. */
const beside: readonly Capability[] = ['namespace pid', 'namespace fd', 'namespace exec', 'user namespace', 'packets']

it(`mock and kernel agree on ${programs} programs of 20 requests, seed ${seed}`, { timeout: 900_000 }, async ({
  skip,
}) => {
  const kernel = await napiDriver().catch((error: Error): never => skip(`lacks capability: admin (${error.message})`))
  for (const capability of ['admin', 'namespace anonymous'] as const) {
    const answer = kernel.supports[capability]
    if (answer !== true) skip(`lacks capability: ${capability} (${answer})`)
  }
  // The mock is made as small as this kernel, so that a kind that this one lacks fails on both alike.
  const lacks = capabilities.filter((name) => kernel.supports[name] !== true && !beside.includes(name))
  const mock = mockDriver({ lacks, seed, processors: cpus().length })
  const start = performance.now()
  const report = await differential({ left: mock, right: kernel, programs, length: 20, seed, limit: 3 })
  const seconds = ((performance.now() - start) / 1000).toFixed(0)
  const counts = Object.entries(report.requests).map(
    ([operation, { ok, failed }]) => `${operation} ${ok}/${ok + failed}`,
  )
  console.log(`${report.programs} programs, seed ${seed}, ${seconds} s; succeeded: ${counts.join(', ')}`)
  for (const mismatch of report.mismatches) console.log(mismatchText(mismatch, seed))
  expect(report.mismatches.map((mismatch) => mismatch.differences)).toEqual([])
  expect(report.programs).toBe(programs)
  // Programs that only fail would prove little: nearly every operation must have succeeded now and then.
  const never = Object.entries(report.requests).filter(([, { ok }]) => ok === 0)
  if (programs >= 100) expect(never.length, String(never.map(([operation]) => operation))).toBeLessThanOrEqual(2)
  await Promise.all([mock.close(), kernel.close()])
})
