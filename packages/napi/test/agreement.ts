/** One run of random programs on the mock and on the kernel, which must agree. @module */
import { appendFile } from 'node:fs/promises'
import { type DifferentialReport, differential, mismatchText, type ProgramSubject } from '@vnet/conformance'
import { expect } from 'vitest'
import { sides } from './sides.js'

/** What a run is about. */
export interface Agreement {
  readonly subject: ProgramSubject
  readonly programs: number
  readonly seed: number
  /**
   * Programs in the same namespaces, each where the one before has ended: what only comes about after a while is met, and the
   * kernel waits less, for with each link deleted it waits for a grace period of RCU.
   */
  readonly row: number
}

/** What has run in this process. */
const all = { programs: 0, once: 0 }

/**
 * How many of so many programs may differ once and never again. On a machine that stands still now and then, timers and workers of the
 * kernel come after requests that they are before everywhere else.
 */
export function mostOnce(programs: number): number {
  return Math.max(1, Math.floor((2 * programs) / 10_000))
}

/** Runs so many programs of 20 requests, prints what came of them and what differs, and demands that nothing does but {@link mostOnce}. */
export async function agreement(wanted: Agreement, skip: (why: string) => never): Promise<DifferentialReport> {
  const { subject, programs, seed, row } = wanted
  const { mock, kernel } = await sides(seed, [], skip)
  const start = performance.now()
  const report = await differential({ left: mock, right: kernel, programs, length: 20, row, subject, seed, limit: 3 })
  const seconds = ((performance.now() - start) / 1000).toFixed(0)
  const counts = Object.entries(report.requests).map(
    ([operation, { ok, failed }]) => `${operation} ${ok}/${ok + failed}`,
  )
  console.log(
    `${report.programs} programs about ${subject}, seed ${seed}, ${seconds} s; succeeded: ${counts.join(', ')}`,
  )
  const texts = [
    ...report.notRepeated.map((mismatch) => `not repeated: about ${subject}, ${mismatchText(mismatch, seed)}`),
    ...report.mismatches.map((mismatch) => `about ${subject}, ${mismatchText(mismatch, seed)}`),
  ]
  for (const text of texts) console.log(text)
  // For who runs several such processes, and tells at the end what came of all (tools/programs.mjs).
  const { VNET_MISMATCHES } = process.env
  if (VNET_MISMATCHES !== undefined && texts.length > 0)
    await appendFile(VNET_MISMATCHES, texts.map((text) => `${text}\n${again(wanted)}\n\n`).join(''))
  await Promise.all([mock.close(), kernel.close()])
  expect(report.mismatches.map((mismatch) => mismatch.differences)).toEqual([])
  expect(report.programs).toBe(programs)
  all.programs += report.programs
  all.once += report.notRepeated.length
  expect(all.once, 'programs that differed once').toBeLessThanOrEqual(mostOnce(all.programs))
  return report
}

/** The command that runs the same programs again. */
function again({ subject, programs, seed, row }: Agreement): string {
  const settings = `VNET_SUBJECT=${subject} VNET_ROW=${row} VNET_PROGRAMS=${programs} VNET_SEED=${seed}`
  return `again: ${settings} npm test -- --project napi packages/napi/test/differential.test.ts`
}
