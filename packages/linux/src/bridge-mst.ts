/** States of instances of the spanning tree, which kernels before Linux 5.18 take and forget without a word. @module */
import { hintOfIgnored, type Request, subjectOf, VnetError } from '@vnet/core'
import type { LinkLookup } from './link-lookup.js'
import { linkOf } from './link-lookup.js'

/** Who carries it out, and then without asking again. */
export interface MstCarrier extends LinkLookup {
  trusted(request: Request): Promise<unknown>
}

/** The change, where the bridge of the port tells that it has instances; what else is wrong the kernel says. */
export async function setBridgeMst(
  run: MstCarrier,
  request: Request & { operation: 'bridgeMst set' },
): Promise<unknown> {
  const port = await linkOf(run, request.spec.link)
  const master = port?.master === undefined ? undefined : await linkOf(run, port.master)
  if (master?.kind !== 'bridge' || master.bridge?.mstEnabled !== undefined) return run.trusted(request)
  throw new VnetError({
    code: 'VNET_UNSUPPORTED',
    operation: request.operation,
    subject: subjectOf(request),
    hint: hintOfIgnored({ kernel: 'Linux 5.18' }),
  })
}
