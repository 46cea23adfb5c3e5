/** What programs hold of a TUN or TAP link: its queues, and which frames they want (`struct tun_struct`, `drivers/net/tun.c`). @module */
import { isGroupMacAt, macAt } from '@vnet/wire'
import type { Frame } from '../stack/frame.js'
import { groupBit } from './tun-filter.js'

/** Flows that are remembered (`MAX_TAP_FLOWS`), and for how many seconds (`TUN_FLOW_EXPIRE`). */
const mostFlows = 4096
const flowLife = 3

/** One queue, as a descriptor of `/dev/net/tun` is one. */
export interface TunQueue {
  /** Takes a frame; `false` where there is no room. */
  put(frame: Frame): boolean
  /** The link is gone. */
  lose(): void
}

/** The destinations that a TAP takes. */
export interface TunFilter {
  readonly macs: readonly Uint8Array[]
  readonly allMulticast: boolean
}

/** The queues of a link. */
export class TunQueues {
  /** Those that get frames, by their number. */
  readonly attached: TunQueue[] = []
  /** Those that get none. */
  readonly disabled = new Set<TunQueue>()
  /** What the first of them was opened with, by name. */
  flags: ReadonlyMap<string, boolean> = new Map()
  readonly #flows = new Map<number, { queue: number; seen: number }>()
  #isFlowHash = false
  #exact: ReadonlySet<number> | undefined
  #groups = 0n

  /** Queues, also those that get nothing. */
  get size(): number {
    return this.attached.length + this.disabled.size
  }

  /** Takes a queue out; the last one takes its number. */
  remove(queue: TunQueue): void {
    const at = this.attached.indexOf(queue)
    const last = at < 0 ? undefined : this.attached.pop()
    if (last !== undefined && last !== queue) this.attached[at] = last
    this.disabled.delete(queue)
  }

  /** Only a hash of the flow chooses queues, and nothing is remembered; or the kernel's own way. */
  steer(byFlowHash: boolean): void {
    this.#isFlowHash = byFlowHash
    this.#flows.clear()
  }

  /** Sets the destinations to take; all of them when absent. The first eight exactly, groups beyond them by a hash. */
  setFilter(filter: TunFilter | undefined): void {
    if (filter === undefined) {
      this.#exact = undefined
      return
    }
    const numbers = filter.macs.map((mac) => macAt(mac, 0))
    this.#exact = new Set(numbers.slice(0, 8))
    this.#groups = filter.allMulticast ? (1n << 64n) - 1n : 0n
    for (const mac of filter.macs.slice(8)) this.#groups |= 1n << BigInt(groupBit(mac))
  }

  /** Whether a frame's destination is wanted. */
  wants(octets: Uint8Array): boolean {
    if (this.#exact === undefined || this.#exact.has(macAt(octets, 0))) return true
    return isGroupMacAt(octets, 0) && ((this.#groups >> BigInt(groupBit(octets))) & 1n) === 1n
  }

  /** A flow came in by a queue: what goes back leaves by it. */
  remember(flow: number, queue: TunQueue, now: number): void {
    const number = this.attached.indexOf(queue)
    if (this.attached.length < 2 || this.#isFlowHash || number < 0) return
    const known = this.#flows.get(flow)
    if (known !== undefined) {
      known.queue = number
      known.seen = now
    } else if (this.#flows.size < mostFlows) this.#flows.set(flow, { queue: number, seen: now })
  }

  /** The queue that a flow leaves by. */
  queueOf(flow: number, now: number): TunQueue | undefined {
    const { length } = this.attached
    const known = this.#flows.get(flow)
    if (known !== undefined && now - known.seen > flowLife) this.#flows.delete(flow)
    else if (known !== undefined && known.queue < length) return this.attached[known.queue]
    return this.attached[Math.floor((flow / 0x1_0000_0000) * length)]
  }
}
