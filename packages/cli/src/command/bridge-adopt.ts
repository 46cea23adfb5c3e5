/** `vnet bridge adopt` and `vnet bridge release`: a NIC becomes a port of a bridge that takes over all it has, and the way back. @module */
import type { BridgeMove, Host } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes } from '../define.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { sessionPeer } from '../session.js'

const force = take.flag(
  'force',
  'do it although your session comes this way, a spanning tree will be silent, or a route leads by a nexthop object',
)
const adoption: readonly take.Parameter[] = [
  take.link('bridge', 'one that is there, or the name of one that is made; br0 when absent, which must not be there'),
  force,
]
const liberation: readonly take.Parameter[] = [
  take.flag('deleteBridge', 'delete the bridge too, which must have no other port'),
  force,
]

/** Declares the two verbs. */
export function defineBridgeAdopt(bridge: Command, context: Context): void {
  const carryOut = (
    verb: string,
    about: string,
    parameters: readonly take.Parameter[],
    run: (host: Host, spec: { readonly link: string | number }) => Promise<BridgeMove>,
  ) => {
    const command = define(bridge, verb, about, `vnet bridge ${verb} eth0`)
    takes(command, '<link>', 'the NIC', 'link')
    take.declare(command, parameters)
    command.action(async (word: string, given: Record<string, unknown>) => {
      const spec = { link: take.linkRef(word), ...take.collect(parameters, given) }
      await context.withHost(async (host) => {
        const moved = await run(host, { ...spec, ...sessionOf(host, context.terminal.env) })
        if (context.settings.json) printJson(context, [moved])
      })
    })
  }
  carryOut('adopt', 'make a NIC a port, and give its addresses and routes to the bridge', adoption, (host, spec) =>
    host.bridge.adopt(spec),
  )
  carryOut('release', 'give a NIC back what its bridge took over, and take it out', liberation, (host, spec) =>
    host.bridge.release(spec),
  )
}

/** The session that would end: on the kernel, that of a peer who is reached through the namespace of the process. */
function sessionOf(
  { driver, ref }: Host,
  env: Readonly<Record<string, string | undefined>>,
): { readonly session?: string } {
  const session = driver.name === 'mock' || ref !== undefined ? undefined : sessionPeer(env)
  return session === undefined ? {} : { session }
}
