/** What is explained is what happens, in random networks on the mock. `VNET_SEED` tries others, `VNET_NETWORKS` more. @module */
import { chanceOf, codeOf, networkProgram, type Program, shrink } from '@vnet/conformance'
import { expect, test } from 'vitest'
import { type Answer, answersIn } from './network.js'
import { troubled } from './trouble.js'

/** The same networks at every run, so that a change is judged by itself. */
const seed = Number(process.env.VNET_SEED ?? 20_261_129)
const networks = Number(process.env.VNET_NETWORKS ?? 40)

test(`${networks} networks are explained as they are, seed ${seed}`, { timeout: 600_000 }, async () => {
  const causes = new Map<string, number>()
  for (let number = 0; number < networks; number++) {
    const chance = chanceOf(seed, number)
    const program = troubled(networkProgram(chance, { vlans: true }), chance)
    const answers = await answersIn(program, seed)
    for (const { told } of answers) {
      const cause = told.stop?.cause ?? 'reached'
      causes.set(cause, (causes.get(cause) ?? 0) + 1)
    }
    if (answers.some(isWrong)) expect.fail(await storyOf(program, answers.filter(isWrong)))
  }
  // Networks in which nobody, or everybody, is reached would prove little.
  const pings = [...causes.values()].reduce((sum, count) => sum + count)
  const reached = causes.get('reached') ?? 0
  expect(reached).toBeGreaterThan(pings / 4)
  expect(reached).toBeLessThan((pings * 3) / 4)
  expect(causes.size).toBeGreaterThan(5)
})

const isWrong = ({ told, code }: Answer): boolean => told.reached !== (code === 'ok')

const sortOf = ({ told, code }: Answer): string => `${told.stop?.cause} ${code}`

/** The network made as short as it can be while it is wrong in the same way, and what was said of it. */
async function storyOf(program: Program, wrong: readonly Answer[]): Promise<string> {
  const sorts = new Set(wrong.map(sortOf))
  const wrongIn = async (shorter: Program) =>
    (await answersIn(shorter, seed)).filter((answer) => isWrong(answer) && sorts.has(sortOf(answer)))
  const short = await shrink(program, async (shorter) => (await wrongIn(shorter).catch(() => [])).length > 0, 120)
  const lines = (await wrongIn(short)).map(
    ({ asked, told, code }) => `${JSON.stringify(asked)}: ${code}\n${told.line}\n${JSON.stringify(told, undefined, 1)}`,
  )
  return [codeOf(short), ...lines.slice(0, 2)].join('\n')
}
