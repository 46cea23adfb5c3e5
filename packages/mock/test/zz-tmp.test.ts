import { test } from 'vitest'
import { differential, mismatchText } from '../../conformance/src/differential.js'
import { napiDriver } from '../../napi/src/index.js'
import { mockDriver } from '../src/index.js'

test('diff', async () => {
  const left = await napiDriver()
  const lacks = Object.entries(left.supports)
    .filter(([, v]) => v !== true)
    .map(([k]) => k) as never
  const right = mockDriver({ lacks })
  const r = await differential({
    left,
    right,
    seed: Number(process.env.SEED ?? 1),
    programs: Number(process.env.N ?? 300),
    limit: 8,
    concurrency: 4,
  })
  console.log(JSON.stringify(r.requests), r.programs)
  for (const m of r.mismatches) console.log(mismatchText(m, r.seed))
}, 600_000)
