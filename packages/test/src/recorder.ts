/** Records what happens in a lab: frames at every link, events, drops, and what the test did to the lab. @module */
import {
  type Capture,
  type CaptureFormat,
  type Host,
  isVnetError,
  type NetworkEvent,
  type PacketType,
} from '@vnet/core'
import type { Drop } from '@vnet/mock'
import type { NatDropCause } from './nat/cause.js'
import type { LabNode } from './node.js'
import { Recent } from './recent.js'

/** Frames and events that are kept at most, and octets of frames. */
const most = 10_000
const mostOctets = 32 << 20
/** Octets of the ring of each capture. */
const ring = 1 << 20
/** Milliseconds until a kernel has surely handed out what it captured (its own limit is 10). */
const late = 60

/** A frame at a link. */
export interface RecordedFrame {
  readonly node: string
  /** Index of the link. */
  readonly link: number
  readonly time: bigint
  readonly originalLength: number
  readonly format: CaptureFormat
  readonly packetType: PacketType
  readonly bytes: Uint8Array
}

/** A line of the log of events. */
export interface RecordedEvent {
  /** Seconds, by the lab's clock. */
  readonly time: number
  /** Where; absent for what was done to the lab. */
  readonly node?: string
  /** A change in a namespace. */
  readonly event?: NetworkEvent
  /** What the test did to the lab: `partition`, `heal`, … */
  readonly action?: string
  /** To what, or with what outcome. */
  readonly detail?: unknown
}

/** A frame that was dropped, and the node where. */
export interface RecordedDrop extends Omit<Drop, 'namespace' | 'cause'> {
  readonly node: string
  readonly cause: Drop['cause'] | NatDropCause
}

/** The recorder. */
export class Recorder {
  readonly frames = new Recent<RecordedFrame>(most, mostOctets, ({ bytes }) => bytes.length)
  readonly events = new Recent<RecordedEvent>(most)
  readonly drops = new Recent<RecordedDrop>(most, mostOctets, ({ bytes }) => bytes.length)
  /** Names of links by node and index, also of those that are gone. */
  readonly linkNames = new Map<string, string>()
  readonly #now: () => number
  /** Nodes by the identity of their namespace, where drops are told. */
  readonly #nodes = new Map<string, string>()
  readonly #captures: { readonly node: string; readonly capture: Capture }[] = []
  readonly #running: Promise<void>[] = []
  /** One for each node: many listeners at one signal look like a leak. */
  readonly #stops: AbortController[] = []

  constructor(now: () => number) {
    this.#now = now
  }

  /** Begins to record at nodes. */
  async begin(host: Host, nodes: Iterable<LabNode>): Promise<void> {
    const identities = new Map((await host.namespace.list()).map(({ name, identity }) => [name, identity]))
    for (const { name, namespace } of nodes) {
      const identity = identities.get(namespace.name ?? '')
      if (identity !== undefined) this.#nodes.set(identity, name)
      const capture = await namespace.openCapture({ buffer: ring })
      this.#captures.push({ node: name, capture })
      const reading = this.#read(name, capture)
      const stop = new AbortController()
      this.#stops.push(stop)
      const events = namespace.watch({ snapshot: true, signal: stop.signal })
      // The state at the start; after it nothing is missed.
      const first = await events.next()
      if (!first.done) this.#see(name, first.value)
      this.#running.push(reading, this.#follow(name, events, stop.signal))
    }
  }

  /** Frames that passed and that the kernel had no room to keep. */
  get lost(): number {
    return this.#captures.reduce((sum, { capture }) => sum + capture.counters.dropped, 0)
  }

  /** A frame was dropped. */
  drop(drop: Drop): void {
    const node = this.#nodes.get(drop.namespace)
    if (node === undefined) return
    this.#name(node, drop.index, drop.link)
    this.drops.add({ ...drop, node })
  }

  /** A NAT box dropped a packet that it has just read from a TUN link. */
  dropAt(node: string, drop: { cause: NatDropCause; link: string; index: number; bytes: Uint8Array }): void {
    this.#name(node, drop.index, drop.link)
    // Not before the packet was captured, however coarse the clock is.
    const time = BigInt(Math.floor(this.#now() * 1e3) + 1) * 1_000_000n
    this.drops.add({ ...drop, node, time, format: 'ip' })
  }

  /** The test did something to the lab. */
  note(action: string, detail?: unknown): void {
    this.events.add({ time: this.#now(), action, ...(detail === undefined ? {} : { detail }) })
  }

  /** Has all that happened until now. */
  async flush(isKernel: boolean): Promise<void> {
    if (isKernel) await new Promise((resolve) => setTimeout(resolve, late))
    else await new Promise((resolve) => setImmediate(resolve))
    for (const { node, capture } of this.#captures) this.#take(node, capture)
  }

  /** Ends recording. */
  async close(): Promise<void> {
    for (const stop of this.#stops) stop.abort()
    for (const { capture } of this.#captures) await capture.close()
    await Promise.all(this.#running)
  }

  #name(node: string, index: number, name: string): void {
    this.linkNames.set(`${node} ${index}`, name)
  }

  async #read(node: string, capture: Capture): Promise<void> {
    do await capture.readable()
    while (this.#take(node, capture))
  }

  /** Takes what is there; `false` where the capture is at its end. */
  #take(node: string, capture: Capture): boolean {
    const batch = capture.createBatch()
    try {
      for (let count = capture.take(batch); count > 0; count = capture.take(batch)) {
        for (let i = 0; i < count; i++) {
          this.frames.add({
            node,
            link: batch.link(i),
            time: batch.time(i),
            originalLength: batch.originalLength(i),
            format: batch.format(i),
            packetType: batch.packetType(i),
            bytes: batch.frame(i).slice(),
          })
        }
      }
      return true
    } catch (error) {
      if (isVnetError(error)) return false
      throw error
    }
  }

  async #follow(node: string, events: AsyncIterableIterator<NetworkEvent>, signal: AbortSignal): Promise<void> {
    try {
      for await (const event of events) this.#see(node, event)
    } catch (error) {
      // The end: by the signal, or because the namespace is closed.
      if (!signal.aborted && !isVnetError(error)) throw error
    }
  }

  #see(node: string, event: NetworkEvent): void {
    if (event.kind === 'snapshot') for (const { index, name } of event.state.link ?? []) this.#name(node, index, name)
    else {
      if ('group' in event && event.group === 'link') this.#name(node, event.object.index, event.object.name)
      this.events.add({ time: this.#now(), node, event })
    }
  }
}
