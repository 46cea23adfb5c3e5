/** A behaviour that every operation must have, applied to each of them. @module */
import { operations, type Result, type VnetError } from '@vnet/core'
import type { Context } from '../context.js'
import type { Suite } from '../suite.js'
import { prepare, sampleNeeds, samples } from './sample.js'
import type { Place, Sample } from './sample-form.js'

/** Registers one test for each operation. */
export function forEveryOperation(
  suite: Suite,
  body: (context: Context, sample: Sample, place: Place) => Promise<void>,
): void {
  for (const operation of operations) {
    const sample = samples[operation]
    suite.test(operation, [...sampleNeeds, ...sample.needs], async (context) => {
      await body(context, sample, await prepare(context))
    })
  }
}

/** `ok`, or the code of the failure. */
export function outcome(result: Result<unknown> | undefined): string {
  if (result === undefined) return 'no result'
  return result.ok ? 'ok' : ((result.error as VnetError).code ?? result.error.name)
}
