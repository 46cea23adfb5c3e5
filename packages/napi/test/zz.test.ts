import { it } from 'vitest'
import { differential, mismatchText } from '../../conformance/src/differential.js'
import { napiDriver } from '../src/index.js'
it('x', async () => {
  const left = await napiDriver(), right = await napiDriver()
  const t = Date.now()
  const n = Number(process.env.N ?? 100)
  const r = await differential({ left, right, seed: Number(process.env.SEED ?? 1), programs: n, limit: 5, concurrency: Number(process.env.C ?? 4) })
  console.log(r.programs, 'programs', Date.now() - t, 'ms', JSON.stringify(r.requests, null, 1).replaceAll(/\{\n\s+|\n\s+\}/g, ' '))
  for (const m of r.mismatches) console.log(mismatchText(m, r.seed))
}, 600000)
