/** The same random networks with pings through them on the mock and on the kernel. `VNET_SEED` repeats one seed. */
import { mismatchText, trafficDifferential } from '@vnet/conformance'
import { expect, it } from 'vitest'
import { seedsOf, share, sides } from './sides.js'

const { VNET_NETWORKS, VNET_TIER } = process.env
/** By the first a change is judged by itself, at every run; that of the day is for what no run has met yet. */
const seeds = seedsOf(20_261_129)
/** In a guest kernel, which has bridges that tell VLANs apart, all of it takes longer. */
const programs = Number(VNET_NETWORKS ?? (VNET_TIER === 'uml' ? 12 : share(100)))

it.for(seeds)(
  `mock and kernel agree on ${programs} networks with pings, seed %s`,
  { timeout: 900_000 },
  async ([, seed], { skip }) => {
    const { mock, kernel } = await sides(seed, ['packets', 'sysctl', 'socket'], skip)
    const start = performance.now()
    const report = await trafficDifferential({ left: mock, right: kernel, programs, seed, limit: 3 })
    const seconds = ((performance.now() - start) / 1000).toFixed(0)
    console.log(
      `${report.programs} networks, seed ${seed}, ${seconds} s; pings: ${JSON.stringify(report.pings)}; learned: ${report.learned}; packets: ${report.packets}`,
    )
    for (const mismatch of report.mismatches) console.log(mismatchText(mismatch, seed))
    expect(report.mismatches.map((mismatch) => mismatch.differences)).toEqual([])
    expect(report.programs).toBe(programs)
    await Promise.all([mock.close(), kernel.close()])
    // Networks in which nobody, or everybody, is reached would prove little; of few that may be chance.
    if (programs < 50) return
    expect(report.pings.ok).toBeGreaterThan(programs / 2)
    expect(Object.keys(report.pings).length).toBeGreaterThan(2)
    expect(report.learned).toBeGreaterThan(programs / 10)
    expect(report.packets).toBeGreaterThan(programs * 3)
  },
)
