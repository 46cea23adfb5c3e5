/** Traces the way to a host: one echo request after another, each with one hop more. @module */
import { checkArgument } from '../check/request.js'
import { traceSpec } from '../check/trace.js'
import type { CallOptions } from '../driver.js'
import { isVnetError } from '../error.js'
import { isTimeExceeded, pingProblemOf } from '../ping-problem.js'
import type { TraceHop, TraceProbe, TraceSpec } from '../trace.js'
import type { Call } from './objects.js'

/** One step after another, until the host answers, somebody says that there is no way, or there are no more hops. */
export async function* trace(
  call: Call,
  given: TraceSpec | string,
  options?: CallOptions,
): AsyncGenerator<TraceHop, undefined, undefined> {
  const wanted = typeof given === 'string' ? { address: given } : given
  const { maxHops, probes: count, ...ping } = checkArgument('trace', traceSpec, wanted, 'spec')
  let sequence = 0
  for (let ttl = 1; ttl <= maxHops; ttl++) {
    const probes: TraceProbe[] = []
    let reached = false
    for (let i = 0; i < count; i++) {
      sequence = (sequence + 1) & 0xffff
      try {
        const { address, time } = await call('ping', { ...ping, ttl, sequence }, options)
        probes.push({ from: address, time })
        reached = true
      } catch (error) {
        probes.push(probeOf(error))
      }
    }
    yield { ttl, probes, reached }
    if (reached || probes.some(({ problem }) => problem !== undefined && !isTimeExceeded(problem))) return
  }
}

/** What an error says of the way; one of this host itself is thrown on. */
function probeOf(error: unknown): TraceProbe {
  const problem = pingProblemOf(error)
  if (problem !== undefined) return { from: problem.from, time: problem.time, problem }
  if (isVnetError(error) && error.code === 'ETIMEDOUT') return {}
  throw error
}
