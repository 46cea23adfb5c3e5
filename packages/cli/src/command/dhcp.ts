/** `vnet dhcp`: a client on a link, and a server. @module */
import { VnetError } from '@vnet/core'
import type { DhcpClientRunOptions, DhcpLease, RunningDhcpClient } from '@vnet/dhcp'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, withExample } from '../define.js'
import { LeaseFile, readLeases } from '../dhcp/lease-file.js'
import { type ServeChoice, serveParameters, serverOptions } from '../dhcp/serve-parameter.js'
import { failureOf, failureText } from '../failure.js'
import { interruptibleByReader } from '../interrupt.js'
import * as take from '../parameter.js'
import { clientTold, serverTold, type Told } from '../render/dhcp.js'
import { UsageError } from '../usage.js'

const parameters: readonly take.Parameter[] = [
  take.link('on', 'the link'),
  take.flag('once', 'end with the first lease, which stays set until its time is over'),
  take.duration('timeout', 'how long to wait for the first lease; for ever when absent', { short: 'W' }),
  take.flag('keep', 'leave the address when stopped, instead of giving it back'),
  take.text('hostName', 'name', 'the name of this host'),
  take.text('vendorClass', 'text', 'what this client is'),
  take.text('requestedAddress', 'address', 'the address that is wished for', { flag: 'request' }),
  take.whole('leaseTime', 'for how long it is wished for, seconds'),
  take.flag('broadcast', 'servers are to answer to all'),
  take.duration('offerWait', 'how long to wait for further offers; default 0'),
  take.whole('probes', 'how often to ask if somebody has the address; default 3'),
  take.whole('metric', 'metric of the routes'),
  take.toggle('mtu', 'set the MTU that is told; default'),
  take.toggle('configure', 'set what is told; else it is only shown'),
]

interface Choice extends DhcpClientRunOptions {
  readonly on?: string | number
  readonly once?: boolean
  readonly timeout?: number
  readonly keep?: boolean
}

/** Declares `dhcp`. */
export function defineDhcp(dhcp: Command, context: Context): void {
  withExample(dhcp, 'vnet --namespace blue dhcp --on eth0 --once')
  // What stands behind `serve` is its own.
  dhcp.enablePositionalOptions()
  take.declare(dhcp, parameters)
  dhcp.action(async (given: Record<string, unknown>) => {
    const { on, once, timeout, keep, ...options } = take.collect(parameters, given) as Choice
    const link = needed(on)
    await interruptibleByReader((signal) =>
      context.withHost(async (host) => {
        const { dhcpClient } = await import('@vnet/dhcp')
        const client = await dhcpClient(host, link, {
          ...options,
          onStep: (step) => print(context, clientTold(step, String(link))),
          onProblem: (error) => void complain(context, error),
        })
        let isKept = keep === true
        try {
          const lease = await firstLease(client, signal, timeout, String(link))
          if (lease === undefined) return
          if (once === true) isKept = true
          else await ended(client.closed, signal)
        } finally {
          await client.close({ release: !isKept })
        }
      }),
    )
  })

  const example = 'vnet dhcp serve --on docker0 --pool 172.17.0.100-172.17.0.199 --router 172.17.0.1'
  const serve = define(dhcp, 'serve', 'give out addresses on a link', example)
  take.declare(serve, serveParameters)
  serve.action(async (given: Record<string, unknown>) => {
    const choice = take.collect(serveParameters, given) as ServeChoice
    const link = needed(choice.on)
    await interruptibleByReader((signal) =>
      context.withHost(async (host) => {
        const { dhcpServer } = await import('@vnet/dhcp')
        const onProblem = (error: unknown) => void complain(context, error)
        const file = choice.leases === undefined ? undefined : new LeaseFile(choice.leases, onProblem)
        const bindings = choice.leases === undefined ? [] : await readLeases(choice.leases)
        const server = await dhcpServer(host, link, {
          ...serverOptions(choice),
          bindings,
          onStep: async (step) => {
            print(context, serverTold(step, String(link)))
            if (!('binding' in step || step.kind === 'conflict')) return
            const saved = file?.save(() => server.bindings)
            // A client may use its lease from its answer on, so the file knows of it by then; an offer binds nobody.
            if (step.kind !== 'offered') await saved
          },
          onProblem,
        })
        try {
          const { address } = server
          const json = { kind: 'ready', link, address, leases: bindings.length }
          print(context, { text: `listening on ${link} as ${address}`, json })
          await ended(server.closed, signal)
        } finally {
          await server.close()
          await file?.saved()
        }
      }),
    )
  })
}

function needed(on: string | number | undefined): string | number {
  if (on !== undefined) return on
  throw new UsageError('--on is needed: the link', 'such as vnet dhcp --on eth0')
}

/** The first lease; nothing where it was stopped before. */
async function firstLease(
  client: RunningDhcpClient,
  signal: AbortSignal,
  timeout: number | undefined,
  link: string,
): Promise<DhcpLease | undefined> {
  const over = timeout === undefined ? [] : [AbortSignal.timeout(timeout * 1000)]
  try {
    return await client.bound({ signal: AbortSignal.any([signal, ...over]) })
  } catch (error) {
    if (signal.aborted) return undefined
    if (over[0]?.aborted !== true) throw error
    const hint = 'no server answers there: `vnet capture` shows what is asked, `vnet dhcp serve` is one'
    throw new VnetError({ code: 'ETIMEDOUT', operation: 'dhcp client', subject: link, hint })
  }
}

/** Waits until it is stopped, or has ended by itself, which is a failure. */
async function ended(closed: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const stopped = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  const error = await Promise.race([closed, stopped])
  if (error !== undefined) throw error
}

function print({ terminal, settings }: Context, told: Told | undefined): void {
  if (told === undefined) return
  if (settings.json) terminal.out(`${JSON.stringify({ time: new Date().toISOString(), ...told.json })}\n`)
  else if (told.text !== '') terminal.out(`${told.text}\n`)
}

/** What could not be done, while it goes on. */
async function complain({ terminal, settings }: Context, error: unknown): Promise<void> {
  const failure = await failureOf(error)
  if (failure !== undefined) terminal.err(settings.json ? `${JSON.stringify(failure.json)}\n` : failureText(failure))
}
