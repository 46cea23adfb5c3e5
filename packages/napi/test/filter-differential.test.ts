/** The same random filters of captures on the mock and on the kernel, which keeps VLAN tags beside its frames. `VNET_SEED` repeats one seed. */
import { filterDifferential } from '@vnet/conformance'
import { expect, it } from 'vitest'
import { seedsOf, share, sides } from './sides.js'

const filters = Number(process.env.VNET_FILTERS ?? share(100))

it.for(seedsOf(20_261_130))(
  `mock and kernel record the same frames by ${filters} filters, seed %s`,
  { timeout: 600_000 },
  async ([, seed], { skip }) => {
    const { mock, kernel } = await sides(seed, ['tun port', 'capture', 'capture filter'], skip)
    const { mismatches, ...counts } = await filterDifferential({ left: mock, right: kernel, filters, seed })
    console.log(`seed ${seed}: ${JSON.stringify(counts)}`)
    expect(mismatches).toEqual([])
    // Most mean something, and say yes and no.
    expect(counts.taken).toBeGreaterThan(filters * 0.8)
    if (filters >= 50) expect(counts.recorded / counts.frames).toBeGreaterThan(0.1)
    if (filters >= 50) expect(counts.recorded / counts.frames).toBeLessThan(0.7)
    await Promise.all([mock.close(), kernel.close()])
  },
)
