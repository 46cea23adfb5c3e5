/** Reading a list: again when it was changed under way, then told as partial. @module */
import { type Request, subjectOf, VnetError } from '@vnet/core'
import { refusal } from './error.js'
import type { EncodeContext, OperationCodec } from './rtnetlink/codec.js'
import type { Window } from './window.js'

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
    objects = []
    const found = objects
    const take =
      wanted === undefined
        ? (object: unknown) => found.push(object)
        : (object: unknown) => wanted(object) && found.push(object)
    const { verdict, interrupted, message } = await window.dump(request, codec, context, take)
    if (verdict.errno === ENOBUFS) continue
    if (verdict.errno !== 0) {
      const error = refusal(request, verdict, message)
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

const ENOBUFS = 105
