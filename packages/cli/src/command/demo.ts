/** `vnet demo`: builds a docker-style network on the kernel, pings through it, shows it, and removes it. @module */
import { constants } from 'node:os'
import { type Host, VnetError } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { withExample } from '../define.js'
import type { DemoPlace, Tell } from '../demo/event.js'
import { jsonReport, textReport } from '../demo/report.js'
import { INNER, runRootless } from '../demo/rootless.js'
import { runDemo } from '../demo/run.js'
import { collect, declare, flag, whole } from '../parameter.js'
import { UsageError } from '../usage.js'

const parameters = [
  flag('here', 'build in the current namespace instead of one of its own'),
  whole('count', 'echo requests for each way; default 3'),
]

/** Declares `demo`. */
export function defineDemo(demo: Command, context: Context): void {
  declare(withExample(demo, 'vnet demo --driver ffi'), parameters)
  demo.action(async (given: Record<string, unknown>) => {
    const { here = false, count = 3 } = collect(parameters, given) as { here?: boolean; count?: number }
    if (count < 1) throw new UsageError('--count takes a number from 1')
    const isMock = (context.settings.driver ?? context.terminal.env.VNET_DRIVER) === 'mock'
    // On the mock "a namespace of its own" is a kernel of its own.
    const outcome = await context.withHost((host) => onHost(context, host, here, count), { forgetful: isMock && !here })
    context.status = outcome === 'rootless' ? await runRootless(wordsOf(context, count), context.terminal) : outcome
  })
}

/** Runs the demo here, or says that it needs namespaces in which root is not needed. */
async function onHost(context: Context, host: Host, here: boolean, count: number): Promise<number | 'rootless'> {
  const { admin } = host.supports
  const apart = host.supports['namespace anonymous']
  const inner = context.terminal.env[INNER] === '1'
  if (admin !== true || apart !== true) {
    if (!here && !inner && context.settings.namespace === undefined) return 'rootless'
    const detail = admin !== true ? admin : (apart as string)
    throw new VnetError({ code: 'EPERM', operation: 'demo', detail, hint: 'run as root, or leave out --here' })
  }
  const place: DemoPlace = here ? 'here' : inner ? 'rootless' : 'own'
  const tell = context.settings.json ? jsonReport(context.terminal) : textReport(context.terminal, context.palette)
  return interruptible(tell, async (signal) => {
    const left = await runDemo(host, { place, count, signal, tell })
    return left === 0 ? 0 : 1
  })
}

/** The first signal stops the demo, which then removes everything; the second ends the process at once. */
async function interruptible(tell: Tell, body: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const ending = new AbortController()
  let by: NodeJS.Signals | undefined
  const stop = (signal: NodeJS.Signals) => {
    const status = 128 + constants.signals[signal]
    if (by !== undefined) process.exit(status)
    by = signal
    tell({ event: 'interrupted', signal })
    ending.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    const status = await body(ending.signal)
    return by === undefined ? status : 128 + constants.signals[by]
  } catch (error) {
    // Being stopped is no failure of its own; what went wrong while removing has been told.
    if (by !== undefined && ending.signal.aborted && (error as Error).name === 'AbortError') {
      return 128 + constants.signals[by]
    }
    throw error
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}

/** The command line of the inner run. */
function wordsOf({ settings, palette }: Context, count: number): readonly string[] {
  // Whether colours are used was decided by looking at this terminal.
  const color = settings.color === 'auto' ? (palette.bold('x') === 'x' ? 'never' : 'always') : settings.color
  return [
    ...(settings.driver === undefined ? [] : ['--driver', settings.driver]),
    ...(settings.json ? ['--json'] : []),
    ...['--color', color, 'demo', '--count', String(count)],
  ]
}
