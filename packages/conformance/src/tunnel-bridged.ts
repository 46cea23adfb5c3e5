/** A tunnel that carries frames between a bridge and a TAP that it goes over. @module */
import type { LinkSpec } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually } from './expectation.js'
import { addBridge } from './surroundings.js'
import { addTap, type Tap } from './taps.js'
import { addUnderlay, type Underlay } from './tunnel-underlay.js'

/** A tunnel `t0` and a TAP on a bridge; the tunnel goes over a TAP of its own. */
export async function bridged(context: Context, spec: LinkSpec): Promise<{ underlay: Underlay; tap: Tap }> {
  const { ns, defer } = context
  const underlay = await addUnderlay(context)
  await addBridge(ns)
  await ns.link.add({ ...spec, up: true, master: 'br0' } as LinkSpec)
  await eventually(async () => expect((await ns.link.get('t0'))?.port?.state).toBe('forwarding'))
  return { underlay, tap: await addTap(ns, defer, 'tap1', 1) }
}
