import { appendFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { openHost } from '@vnet/core'
import { programArbitrary } from '../../conformance/src/arbitrary.js'
import { differences } from '../../conformance/src/random/difference.js'
import { codeOf, type Program } from '../../conformance/src/random/program.js'
import { openGround, runProgram, stateOf } from '../../conformance/src/random/run-program.js'
import { napiDriver } from '../../napi/src/index.js'
import { mockDriver } from '../src/index.js'
test('diff', async () => {
  const left = await napiDriver()
  const lacks = Object.entries(left.supports).filter(([, v]) => v !== true).map(([k]) => k) as never
  const right = mockDriver({ lacks })
  const hosts = [await openHost({ driver: left }), await openHost({ driver: right })] as const
  const seed = Number(process.env.SEED ?? 1)
  const all = fc.sample(programArbitrary(20), { seed, numRuns: Number(process.env.N ?? 100) }) as Program[]
  const log = (t: string) => appendFileSync(process.env.LOG ?? '/tmp/mock/zz.log', `${t}\n`)
  let same = 0
  for (const [n, program] of all.entries()) {
    const grounds = await Promise.all(hosts.map((host) => openGround(host, host.driver)))
    const [l, r] = grounds as [never, never]
    const [a, b] = await Promise.all([runProgram(l, program), runProgram(r, program)])
    const told = (o: object | undefined) => { const { detail: _, ...rest } = (o ?? {}) as { detail?: string }; return rest }
    let found = program.flatMap((step, i) => differences(told(a[i]), told(b[i])).map((line) => `${i} ${step.request.operation} ${line}`))
    if (found.length === 0) for (let p = 8; p < 600; p *= 2) {
      found = differences(await stateOf(l, false), await stateOf(r, false))
      if (found.length === 0) break
      await new Promise((res) => setTimeout(res, p))
    }
    if (found.length === 0) same++
    else { log(`--- ${n}\n${found.slice(0, 6).join('\n')}\n${codeOf(program)}`) }
    void Promise.all(grounds.map((g) => g.close()))
    if (n % 20 === 0) log(`at ${n}: same ${same}`)
  }
  log(`end: same ${same} of ${all.length}`)
}, 6_000_000)
