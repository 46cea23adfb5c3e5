/** How a server on a link is run. @module */
import type { CallOptions } from '@vnet/core'
import type { DhcpServerOptions, DhcpSubnet } from '../server/option.js'
import type { DhcpServerStep } from '../server/step.js'
import type { DhcpClock } from './clock.js'

/**
 * What {@link dhcpServer} takes. All is optional: without `subnets` it gives out the addresses of the network of the link's
 * first address; `probe` is `true` unless told otherwise.
 */
export interface DhcpServerRunOptions extends Partial<DhcpServerOptions>, CallOptions {
  /** How that network is served: its pools, all addresses when absent, and the rest. Excludes `subnets`. */
  readonly subnet?: Partial<DhcpSubnet>
  /** Where time comes from; the real clock when absent. On a mock with a clock of its own: that one. */
  readonly clock?: DhcpClock
  /** How long it waits for an answer of somebody who has an address, seconds. Default 0.5. */
  readonly probeTime?: number
  /**
   * Is told every step, after it was done. The next one waits until a promise that it returns has settled: so a lease can be on
   * disk (`bound`) before its client hears of it. It must not wait for `close`, which waits for it.
   */
  readonly onStep?: (step: DhcpServerStep) => void | Promise<void>
  /** Is told what could not be done; the server goes on, also where this throws, which the program hears as of any listener. */
  readonly onProblem?: (error: unknown) => void
}
