/** How a client on a link is run. @module */
import type { CallOptions } from '@vnet/core'
import type { DhcpClientOptions } from '../client/option.js'
import type { DhcpClientStep } from '../client/step.js'
import type { DhcpClock } from './clock.js'

/** What {@link dhcpClient} takes. All is optional; the MAC is that of the link. */
export interface DhcpClientRunOptions extends Partial<DhcpClientOptions>, CallOptions {
  /** Where time comes from; the real clock when absent. On a mock with a clock of its own: that one. */
  readonly clock?: DhcpClock
  /** Whether the lease's address, routes and MTU are set on the link. Default `true`; else it is only told. */
  readonly configure?: boolean
  /** Metric of the routes, so that those of several links do not collide. Default 0. */
  readonly metric?: number
  /** Whether the lease's MTU is set. Default `true`. */
  readonly mtu?: boolean
  /**
   * Is told every step, after it was done. The next one waits until a promise that it returns has settled. It must not wait for
   * `close`, which waits for it.
   */
  readonly onStep?: (step: DhcpClientStep) => void | Promise<void>
  /** Is told what could not be done; the client goes on, also where this throws, which the program hears as of any listener. */
  readonly onProblem?: (error: unknown) => void
}
