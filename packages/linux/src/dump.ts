/** Reading a list: again when it was changed under way, then told as partial. @module */
import { type Request, subjectOf, VnetError } from '@vnet/core'
import type { Pending } from './conversation.js'
import { refusal } from './error.js'
import type { Verdict } from './netlink/message.js'
import type { Octets } from './netlink/octets.js'
import type { EncodeContext, OperationCodec } from './rtnetlink/codec.js'
import type { Window } from './window.js'

/** For messages that are made with everything looked up already: those of generic netlink and of nf_tables. */
export const noContext: EncodeContext = {
  timerFrequency: () => 0,
  linkIndex: () => 0,
  namespaceFd: () => -1,
}

type Order = (a: unknown, b: unknown) => number

/** How often an interrupted dump is begun again. */
const ATTEMPTS = 12

/**
 * All objects that match.
 *
 * @throws VnetError `VNET_DUMP_INTERRUPTED` with `partial`: it was changed under way, time and again
 */
export async function listObjects(
  window: Window,
  request: Request,
  codec: OperationCodec<never>,
  context: EncodeContext,
): Promise<unknown[]> {
  // Filters of names are resolved before anything is read.
  const wanted = codec.filter?.(request.spec as never, context) as ((object: unknown) => boolean) | undefined
  let objects: unknown[] = []
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const list = new Listing(request, codec, wanted)
    const message = await window.dump(request, codec, context, list)
    objects = codec.order === undefined ? list.objects : list.objects.sort(codec.order as Order)
    const { verdict, interrupted } = list
    if (verdict.errno === ENOBUFS) continue
    if (verdict.errno !== 0) {
      const error = refusal(request, verdict, message, window.pathOf)
      if (codec.missing?.includes(error.code)) return []
      throw error
    }
    if (!interrupted) return objects
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new VnetError({
    code: 'VNET_DUMP_INTERRUPTED',
    operation: request.operation,
    subject: subjectOf(request),
    hint: `it was changed during each of ${ATTEMPTS} readings; \`partial\` holds what the last one found`,
    partial: objects,
  })
}

/** One reading. */
class Listing implements Pending {
  verdict: Verdict = { errno: 0 }
  interrupted = false
  private readonly spec: never
  private readonly codec: OperationCodec<never>
  private readonly wanted: ((object: unknown) => boolean) | undefined
  readonly objects: unknown[] = []

  constructor(request: Request, codec: OperationCodec<never>, wanted: ((object: unknown) => boolean) | undefined) {
    this.spec = request.spec as never
    this.codec = codec
    this.wanted = wanted
  }

  object(from: Octets, start: number, end: number, type: number): void {
    const object = this.codec.decode?.(from, start, end, type, this.spec)
    if (Array.isArray(object)) for (const one of object) this.take(one)
    else if (object !== undefined) this.take(object)
  }

  private take(object: unknown): void {
    if (this.wanted === undefined || this.wanted(object)) this.objects.push(object)
  }

  settle(verdict: Verdict, interrupted: boolean): void {
    this.verdict = verdict
    this.interrupted = interrupted
  }
}

const ENOBUFS = 105
