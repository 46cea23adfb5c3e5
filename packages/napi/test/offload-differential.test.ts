/** The same frames with random virtio headers into TUNs and TAPs of the mock and of the kernel. `VNET_SEED` repeats one seed. */
import { release } from 'node:os'
import { offloadDifferential } from '@vnet/conformance'
import { expect, it } from 'vitest'
import { seedsOf, share, sides } from './sides.js'

const frames = Number(process.env.VNET_HEADERS ?? share(1000))

it.for(seedsOf(20_261_130))(
  `mock and kernel agree on ${frames} frames with virtio headers each way, seed %s`,
  { timeout: 600_000 },
  async ([, seed], { skip }) => {
    // Kernels before let a header begin its checksum where TCP and UDP do not, and take fewer segments of UDP.
    const [major = 0, minor = 0] = release().split('.').map(Number.parseFloat)
    if (major < 6 || (major === 6 && minor < 12)) skip('lacks capability: tun offload (that of Linux 6.12)')
    const { mock, kernel } = await sides(seed, ['tun offload', 'sysctl', 'link bridge'], skip)
    const { outcomes, mismatches } = await offloadDifferential({ left: mock, right: kernel, frames, seed, limit: 3 })
    console.log(`seed ${seed}: ${JSON.stringify(outcomes)}`)
    for (const { way, number, given, differences } of mismatches)
      console.log([`${way}, ${number}: ${given}`, ...differences.map((line) => line.slice(0, 600))].join('\n  '))
    expect(mismatches.map(({ way, number }) => `${way}, ${number}`)).toEqual([])
    // Frames of which none, or all, came through would prove little.
    if (frames >= 100)
      for (const words of ['refused', 'nothing arrived', 'one arrived', 'several arrived'])
        expect(outcomes[words] ?? 0).toBeGreaterThan(frames / 20)
    await Promise.all([mock.close(), kernel.close()])
  },
)
