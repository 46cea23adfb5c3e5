/** The two sides of a differential test, and the seeds that it tries. @module */
import { cpus } from 'node:os'
import { type Capability, capabilities, type Driver } from '@vnet/core'
import { mockDriver } from '@vnet/mock'
import { napiDriver } from '../src/index.js'

/** What only real processes have; the mock is not asked for it here. */
const beside: readonly Capability[] = ['namespace pid', 'namespace fd', 'namespace exec', 'user namespace', 'packets']

/**
 * Seeds by the words of test names, which stay the same each day: VNET_SEED, else those of a change and that of the day (UTC). With
 * VNET_SHARE its number stands before those of eight digits: each of several processes has seeds of its own (tools/programs.mjs).
 */
export function seedsOf(...usual: readonly number[]): readonly (readonly [words: string, seed: number])[] {
  const { VNET_SEED, VNET_SHARE } = process.env
  if (VNET_SEED !== undefined) return [[VNET_SEED, Number(VNET_SEED)]]
  const share = Number(VNET_SHARE ?? 0)
  const own = (seed: number) => share * 100_000_000 + seed
  const day = own(Number(new Date().toISOString().slice(0, 10).replaceAll('-', '')))
  const words = share === 0 ? 'of the day' : `of the day, share ${share}`
  return [...usual.map((seed) => [String(own(seed)), own(seed)] as const), [words, day]]
}

/** How many of so many programs: a user's namespace, where all is the same but for its rights, has a tenth. */
export function share(programs: number): number {
  return process.env.VNET_TIER === 'rootless' ? programs / 10 : programs
}

/** The kernel, and the mock as small as this kernel, so that what this one lacks fails on both alike. */
export async function sides(
  seed: number,
  needs: readonly Capability[],
  skip: (why: string) => never,
): Promise<{ readonly mock: Driver; readonly kernel: Driver }> {
  const kernel = await napiDriver().catch((error: Error): never => skip(`lacks capability: admin (${error.message})`))
  for (const capability of ['admin', 'namespace anonymous', ...needs] as const) {
    const answer = kernel.supports[capability]
    if (answer !== true) skip(`lacks capability: ${capability} (${answer})`)
  }
  const lacks = capabilities.filter((name) => kernel.supports[name] !== true && !beside.includes(name))
  return { mock: mockDriver({ lacks, seed, processors: cpus().length }), kernel }
}
