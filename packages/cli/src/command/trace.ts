/** `vnet trace`: the routers on the way to a host, as traceroute. @module */
import { isTimeExceeded, pingProblemText, type TraceHop, type TraceProbe, type TraceSpec } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { takes, withExample } from '../define.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { milliseconds } from '../render/time.js'

const parameters: readonly take.Parameter[] = [
  take.whole('maxHops', 'routers that are looked for; default 30', { short: 'm' }),
  take.whole('probes', 'requests for each; default 3', { short: 'q' }),
  take.whole('size', 'octets after the ICMP header; default 32', { short: 's' }),
  take.duration('timeout', 'how long to wait for each answer; default 1', { short: 'W' }),
]

/** Declares `trace`. */
export function defineTrace(trace: Command, context: Context): void {
  takes(withExample(trace, 'vnet --namespace blue trace 10.0.2.1'), '<address>', 'the host at the end of the way')
  take.declare(trace, parameters)
  trace.action(async (address: string, given: Record<string, unknown>) => {
    const spec: TraceSpec = { address, ...take.collect(parameters, given) }
    await context.withHost(
      async (host) => {
        const hops: TraceHop[] = []
        for await (const hop of host.trace(spec)) {
          hops.push(hop)
          if (!context.settings.json) context.terminal.out(hopText(hop))
        }
        if (context.settings.json) printJson(context, hops)
      },
      { reading: true },
    )
  })
}

/** One line: who was met, how long each request took, and what was wrong, once. */
function hopText({ ttl, probes }: TraceHop): string {
  const words: string[] = []
  let last: string | undefined
  for (const { from, time } of probes) {
    if (from !== undefined && from !== last) words.push(from)
    last = from ?? last
    words.push(time === undefined ? '*' : milliseconds(time))
  }
  const wrong = new Set(probes.flatMap(wordsOf))
  return `${String(ttl).padStart(2)}  ${[...words, ...[...wrong].map((text) => `(${text})`)].join('  ')}\n`
}

function wordsOf({ problem }: TraceProbe): readonly string[] {
  return problem === undefined || isTimeExceeded(problem) ? [] : [pingProblemText(problem)]
}
