/** `ping` as a request: waits for the answer, until it is given up. @module */
import { type CleanPingSpec, type PingReply, pingProblemText, type Request, type Result } from '@vnet/core'
import { inTurn } from './event-loop.js'
import type { Kernel } from './kernel.js'
import type { Namespace } from './namespace.js'
import { errorOf, Refusal } from './refusal.js'

const hints: { readonly [code: string]: string | undefined } = {
  EHOSTUNREACH: 'nobody answers for that address on the link: check `vnet neighbour list` and the other side',
  ENETUNREACH: 'no route leads there: check `vnet route list`',
  EADDRNOTAVAIL: 'this host has no address to send from: check `vnet address list`',
  EACCES: 'the address is a broadcast',
  ENOBUFS: 'the link that leads there is down or has no carrier: check `vnet link list`',
  EINVAL: 'a link-local address is one of a link, which cannot be named here',
}

/**
 * Sends one echo request and waits for its answer.
 *
 * @param given Aborted when nobody waits any more; the promise rejects with its reason.
 */
export function ping(
  kernel: Kernel,
  namespace: Namespace,
  request: Extract<Request, { operation: 'ping' }>,
  given: AbortSignal,
): Promise<Result<PingReply>> {
  const spec = request.spec as CleanPingSpec
  return new Promise((resolve, reject) => {
    // An answer of this machine is there at once: a row of pings would keep the event loop to itself.
    const settle = (result: Result<PingReply>) =>
      inTurn(() => {
        given.removeEventListener('abort', giveUp)
        if (given.aborted) reject(given.reason)
        else resolve(result)
      })
    let stop: (() => void) | undefined
    const giveUp = () => {
      stop?.()
      reject(given.reason)
    }
    given.addEventListener('abort', giveUp, { once: true })
    stop = kernel.perform(() =>
      kernel.pings.begin(kernel, namespace, spec, {
        resolve: (value) => settle({ ok: true, value }),
        reject: (code, problem) => {
          const told = problem && pingProblemText(problem)
          const hint =
            told ??
            (code === 'ETIMEDOUT'
              ? `no answer within ${spec.timeout} s: is the other side up, and does it know the way back?`
              : hints[code])
          settle({
            ok: false,
            error: errorOf(new Refusal(code, { hint, cause: problem }), { operation: 'ping', spec }),
          })
        },
      }),
    )
    if (given.aborted) giveUp()
  })
}
