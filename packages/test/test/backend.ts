/** The backends on which a test of labs runs: the mock always, a kernel where namespaces may be made. @module */
import { type Capability, openHost } from '@vnet/core'
import type { LabOptions } from '../src/index.js'

/** How many times longer things may take: emulated kernels are slow. */
export const patience = Number(process.env.VNET_PATIENCE ?? 1)

/** A backend, and why it cannot be used here. */
export interface Backend {
  readonly driver: NonNullable<LabOptions['driver']>
  readonly reason: string | undefined
}

const needed = ['admin', 'namespace anonymous', 'link veth', 'link bridge', 'capture'] as const

/** The mock and both bindings. Not in the process's own network: the tests make namespaces only. */
export const backends: readonly Backend[] = await Promise.all(
  (['mock', 'napi', 'ffi'] as const).map(async (driver) => ({ driver, reason: await reasonOf(driver) })),
)

/** Why a backend cannot be used: for want of what every lab needs, or of something more. */
export async function reasonOf(
  driver: 'mock' | 'napi' | 'ffi',
  more: readonly Capability[] = [],
): Promise<string | undefined> {
  if (driver !== 'mock' && (process.env.VNET_TIER ?? 'none') === 'none')
    return 'lacks capability: admin (no kernel is to be used)'
  try {
    await using host = await openHost({ driver })
    for (const capability of [...needed, ...more]) {
      const answer = host.supports[capability]
      if (answer !== true) return `lacks capability: ${capability} (${answer})`
    }
    return undefined
  } catch (error) {
    return `lacks capability: admin (${(error as Error).message})`
  }
}
