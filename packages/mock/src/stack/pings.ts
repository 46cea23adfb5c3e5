/** Echo requests of this kernel that wait for their answer (`ping`). @module */
import { type CleanPingSpec, type ErrorCode, formatIp, type PingProblem, type PingReply } from '@vnet/core'
import { icmpTypes, icmpv6Types, ipProtocols } from '@vnet/wire'
import { isLinkLocal, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { addressType4 } from '../object/address-type.js'
import { next } from '../random.js'
import { echoMessage } from './icmp-message.js'
import { send } from './output.js'

/** Times are told in microseconds, and are one at least: what the clock does not show took less. */
const least = 1e-6

/** An echo message that came in, or that an error message quotes. */
export interface Echo {
  readonly identifier: number
  readonly sequence: number
}

/** One that waits. */
interface Waiting extends Echo {
  readonly namespace: Namespace
  readonly family: number
  /** Who was asked. */
  readonly address: Uint8Array
  answered(size: number, hops: number): void
  failed(code: ErrorCode, problem?: Omit<PingProblem, 'time'>): void
}

/** How a wait ends by itself. */
export interface PingEnd {
  resolve(reply: PingReply): void
  reject(code: ErrorCode, problem: PingProblem | undefined): void
}

/** All that wait. */
export class Pings {
  readonly #waiting = new Set<Waiting>()

  /** Sends a request. Returns what ends the wait without a word. */
  begin(kernel: Kernel, namespace: Namespace, spec: CleanPingSpec, end: PingEnd): () => void {
    const { address, sequence, size } = spec
    const isIpv4 = address.length === 4
    const identifier = next(kernel.random) & 0xffff
    const sent = kernel.now()
    const finish = (action: () => void) => {
      if (!this.#waiting.delete(waiting)) return
      kernel.timers.cancel(timer)
      kernel.vigil.end()
      action()
    }
    const took = () => Math.max(Math.round((kernel.now() - sent) / least) * least, least)
    const waiting: Waiting = {
      namespace,
      family: address.length,
      address,
      identifier,
      sequence,
      answered: (length, hops) =>
        finish(() => {
          end.resolve({
            address: formatIp(address),
            sequence,
            size: length,
            ...(isIpv4 ? { ttl: hops } : {}),
            time: took(),
          })
        }),
      failed: (code, problem) => finish(() => end.reject(code, problem && { ...problem, time: took() })),
    }
    this.#waiting.add(waiting)
    kernel.vigil.begin()
    const timer = kernel.timers.at(sent + spec.timeout, () => waiting.failed('ETIMEDOUT'))
    const refusal = refused(namespace, address)
    if (refusal !== undefined) waiting.failed(refusal)
    else {
      const data = Uint8Array.from({ length: size }, (_, i) => i)
      const type = isIpv4 ? icmpTypes.echo : icmpv6Types.echo
      const protocol = isIpv4 ? ipProtocols.icmp : ipProtocols.icmpv6
      const payload = (from: Uint8Array) => echoMessage({ type, identifier, sequence, data, from, to: address })
      const hops = spec.ttl === undefined ? {} : { hops: spec.ttl }
      send(kernel, namespace, { to: address, protocol, discovers: true, ...hops }, payload, waiting.failed)
    }
    return () => finish(() => {})
  }

  /** An answer came in; whether somebody had asked for it. */
  answer(namespace: Namespace, from: Uint8Array, echo: Echo, size: number, hops: number): boolean {
    const found = this.#find(namespace, from.length, echo)
    // Who was not asked is not heard.
    if (found === undefined || !sameOctets(found.address, from)) return false
    found.answered(size, hops)
    return true
  }

  /** An error message quotes a request. */
  fail(namespace: Namespace, family: number, echo: Echo, code: ErrorCode, problem: Omit<PingProblem, 'time'>): void {
    this.#find(namespace, family, echo)?.failed(code, problem)
  }

  /** Whether a request waits. */
  has(namespace: Namespace, family: number, echo: Echo): boolean {
    return this.#find(namespace, family, echo) !== undefined
  }

  #find(namespace: Namespace, family: number, { identifier, sequence }: Echo): Waiting | undefined {
    for (const one of this.#waiting) {
      if (one.namespace !== namespace || one.family !== family) continue
      if (one.identifier === identifier && one.sequence === sequence) return one
    }
    return undefined
  }
}

/** What a socket refuses to connect to: broadcasts that nobody asked to be allowed, link-local addresses of no link. */
function refused(namespace: Namespace, address: Uint8Array): ErrorCode | undefined {
  if (address.length !== 4) return isLinkLocal(address) ? 'EINVAL' : undefined
  // Without any address every one counts as a broadcast; then there is no route either.
  if (namespace.routes[4].get(255) === undefined) return undefined
  return addressType4(namespace, address) === 'broadcast' ? 'EACCES' : undefined
}
