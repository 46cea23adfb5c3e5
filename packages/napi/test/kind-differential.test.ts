/** The same random programs about every kind of link that the kernel has, on the mock and on the kernel. `VNET_SEED` tries others. */
import { expect, it } from 'vitest'
import { agreement } from './agreement.js'
import { share } from './sides.js'

/** The same programs at every run, so that a change is judged by itself; VNET_SEED tries others. */
const seed = Number(process.env.VNET_SEED ?? 20_261_129)
/** A guest kernel has more kinds, and less time. */
const programs = Number(process.env.VNET_PROGRAMS ?? (process.env.VNET_GUEST === undefined ? share(150) : 60))

it(`mock and kernel agree on ${programs} programs about kinds of link, seed ${seed}`, { timeout: 900_000 }, async ({
  skip,
}) => {
  const { requests } = await agreement({ subject: 'kinds', programs, seed, row: 1 }, skip)
  // Programs that only fail would prove little.
  const added = requests['link add']
  expect(added?.ok).toBeGreaterThan((added?.failed ?? 0) / 10)
})
