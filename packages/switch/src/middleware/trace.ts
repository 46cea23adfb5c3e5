/** One line a frame, as tcpdump prints it. @module */
import type { Port } from '@vnet/core'
import { type FormatOptions, formatFrame } from '@vnet/wire'
import type { Clock } from '../clock.js'
import { ObservedPort } from './observed-port.js'

/** How a port is traced. */
export interface TraceOptions extends FormatOptions {
  /** Takes each line, without a line feed. */
  readonly write: (line: string) => void
  /** Puts the time before each line, seconds with six digits. No time when absent. */
  readonly clock?: Clock
}

/**
 * A port around `port` that prints a line for each frame: `tap0 in IP 10.0.0.1 > 10.0.0.2: ICMP echo request, …`. Frames
 * that are written are printed when the port has taken them.
 */
export function trace(port: Port, options: TraceOptions): Port {
  const { write, clock, ...format } = options
  return new ObservedPort(port, (frame, direction) => {
    const time = clock === undefined ? '' : `${clock.now().toFixed(6)} `
    write(`${time}${port.name} ${direction} ${formatFrame(frame, format)}`)
  })
}
