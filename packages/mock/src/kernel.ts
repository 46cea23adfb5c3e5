/** The mock kernel: namespaces, time, randomness, and the chain by which a change of a link reaches all who care. @module */
import type { Capabilities, Capability, DriverEvent, Link, Request } from '@vnet/core'
import { formatOf } from './capture/record.js'
import type { Clock } from './clock.js'
import { Vigil } from './event-loop.js'
import { Faults } from './fault/faults.js'
import type { EqualizerAtWork } from './kind/teql-frame.js'
import type { Namespace } from './namespace.js'
import { Namespaces } from './namespaces.js'
import { runLinkwatch } from './object/carrier.js'
import type { Device } from './object/device.js'
import { describe } from './object/link-description.js'
import { listeners } from './object/listeners.js'
import type { NeighbourEntry } from './object/neighbour.js'
import { carryOut } from './object/operations.js'
import type { Random } from './random.js'
import { errorOf, Refusal } from './refusal.js'
import { Backlog, type Storm } from './stack/backlog.js'
import { deliver } from './stack/deliver.js'
import type { Drop, DropCause } from './stack/drop.js'
import { FrameTime } from './stack/frame-time.js'
import { reportUnreachable } from './stack/icmp-error.js'
import { packetTypeAt } from './stack/packet-type.js'
import { Pings } from './stack/pings.js'
import { solicit } from './stack/solicit.js'
import { Unresolved } from './stack/unresolved.js'
import { Timers } from './timers.js'

/** What happened to a link (`NETDEV_*`). */
export type Notice =
  | 'register'
  | 'unregister'
  | 'up'
  | 'goingDown'
  | 'down'
  | 'change'
  /** ARP was switched on or off; comes after `change`. */
  | 'arp'
  | 'mtu'
  | 'address'
  | 'name'

/** One who is told what happened to links. */
export type Listener = (kernel: Kernel, notice: Notice, device: Device) => void

/** What a mock kernel is made of. */
export interface KernelParts {
  readonly clock: Clock
  /** Added to the clock's time, seconds. */
  readonly offset: number
  readonly seed: number
  readonly lacks: Set<Capability>
  readonly supports: Record<Capability, true | string>
  readonly processors: number
  /** Is told of frames that went round in circles. */
  readonly onStorm: ((storm: Storm) => void) | undefined
  /** Is told of each frame that is dropped. */
  readonly onDrop: ((drop: Drop) => void) | undefined
}

/** A kernel in memory. One for each driver; nothing is shared between two. */
export class Kernel {
  readonly timers: Timers<Kernel>
  readonly random: Random
  readonly #lacks: Set<Capability>
  readonly #supports: Record<Capability, true | string>
  readonly #withheld = new Set<Capability>()
  /** What goes wrong on purpose. */
  readonly faults: Faults
  /** Processors: a veth pair has as many queues. */
  readonly processors: number
  readonly namespaces: Namespaces
  /** Links whose change of carrier is still to be told. */
  readonly linkwatch = new Set<Device>()
  readonly #onDrop: ((drop: Drop) => void) | undefined
  /** Frames that wait to be looked at. */
  readonly backlog: Backlog
  /** When the last frame was captured. */
  readonly frameTime = new FrameTime()
  /** Links on top of links that the frame which is being sent leaves through. */
  depth = 0
  /** The link that had the frame which is being looked at first, below all that have taken it since (`orig_dev`). */
  origin: Device | undefined
  /** Actions that send frames elsewhere which the frame that is being looked at is inside of. */
  mirrors = 0
  /** Packets that wait for the MAC of their neighbour. */
  readonly unresolved = new Unresolved()
  /** Echo requests that wait for their answer. */
  readonly pings = new Pings()
  /** Keeps the program alive while it waits for a frame. */
  readonly vigil = new Vigil()
  /** Readers for whom something is there; told when all frames have been looked at. */
  readonly ready = new Set<() => void>()
  /** Links such as `teql0`, by the word of their discipline. */
  readonly equalizers = new Map<string, EqualizerAtWork>()
  /** What was asked of it so far: requests, and what no request asks for. */
  actions = 0
  /** The handle that was last chosen for a discipline. */
  lastHandle = 0x80000000

  constructor(parts: KernelParts) {
    this.timers = new Timers<Kernel>(this, parts.clock, parts.offset, () => this.wake())
    this.random = { state: parts.seed >>> 0 }
    this.#lacks = parts.lacks
    this.#supports = parts.supports
    this.faults = new Faults(this)
    this.processors = parts.processors
    this.#onDrop = parts.onDrop
    this.backlog = new Backlog(
      (device, frame) => deliver(this, device, frame, packetTypeAt(device, frame.octets)),
      (device, octets, cause) => this.dropped(device, octets, cause),
      parts.onStorm,
    )
    this.namespaces = new Namespaces(this)
  }

  /** Kernel time, seconds. */
  now(): number {
    return this.timers.now()
  }

  /** Carries out one request inside a namespace. The outcome is known before this returns. */
  apply(namespace: Namespace, request: Request): unknown {
    this.actions++
    this.wake()
    try {
      const value = carryOut(this, namespace, request)
      runLinkwatch(this, true)
      // A link's description includes what followed at once from its making, as `link get` right after it shows.
      const described = typeof value === 'function' ? value() : value
      runLinkwatch(this)
      this.settle()
      return described
    } catch (thrown) {
      runLinkwatch(this)
      this.settle()
      if (thrown instanceof Refusal) throw errorOf(thrown, request)
      throw thrown
    }
  }

  /** Carries out what no request asks for, such as the end of a port. */
  perform<T>(action: () => T): T {
    this.actions++
    this.wake()
    try {
      return action()
    } finally {
      runLinkwatch(this)
      this.settle()
    }
  }

  /** Carries out what has fallen due. */
  wake(): void {
    this.timers.run()
    runLinkwatch(this)
    this.settle()
  }

  /** Has every frame that waits looked at, then wakes who waits for one. */
  settle(): void {
    this.backlog.drain()
    for (const wake of this.ready) {
      this.ready.delete(wake)
      wake()
    }
  }

  /** Tells all who care what happened to a link, in the order of Linux's notifier chain. */
  notify(notice: Notice, device: Device): void {
    for (const listener of listeners) listener(this, notice, device)
  }

  /** A link in the words of {@link Link}. */
  describe(device: Device, statistics = false): Link {
    return describe(device, (from, to) => this.namespaces.idOf(from, to), statistics, this.now())
  }

  /** Tells the subscribers of the link's namespace that it is there or changed (`RTM_NEWLINK`), or gone. */
  tellLink(device: Device, kind: 'link set' | 'link delete' = 'link set'): void {
    // A link that is being taken out is heard of once more only: that it is gone.
    if (device.removed && kind === 'link set') return
    device.namespace.tell('link', () => ({ kind, group: 'link', object: this.describe(device) }) as DriverEvent)
  }

  /** Tells what a bridge says of a port by itself, without the link (`br_ifinfo_notify`). */
  tellPort(device: Device): void {
    if (device.removed) return
    device.namespace.tell('link', () => {
      const { port } = this.describe(device)
      return { kind: 'port set', group: 'link', link: device.index, port } as DriverEvent
    })
  }

  /** Asks the network for the MAC of a neighbour, once. */
  solicit(device: Device, entry: NeighbourEntry): void {
    solicit(this, device, entry)
  }

  /**
   * The way of a frame ends at a link before anybody had it. Called wherever that is so; counting is another matter.
   *
   * @param octets As they were there: from the Ethernet header on where the link has one.
   */
  dropped(device: Device, octets: Uint8Array, cause: DropCause): void {
    this.#onDrop?.({
      cause,
      link: device.name,
      index: device.index,
      namespace: device.namespace.identity,
      time: this.frameTime.latest(this.now()),
      format: formatOf(device),
      bytes: octets,
    })
  }

  /** A neighbour is not there: who sent what waits for it is told. */
  unreachable(device: Device, entry: NeighbourEntry): void {
    for (const packet of this.unresolved.take(entry)) {
      this.dropped(device, packet.octets, 'neighbour-failed')
      reportUnreachable(this, device, packet)
    }
  }

  /** Refuses what a smaller kernel would lack. */
  has(capability: Capability): boolean {
    return !this.#lacks.has(capability)
  }

  /** What it can do, and why it cannot do the rest. */
  get supports(): Capabilities {
    return this.#supports
  }

  /** Takes a capability away, for the reason given; nothing happens where it is not there. */
  withhold(capability: Capability, reason: string): void {
    if (this.#supports[capability] !== true) return
    this.#withheld.add(capability)
    this.#lacks.add(capability)
    this.#supports[capability] = reason
  }

  /** Gives back what was taken away. */
  giveBack(capability: Capability): void {
    if (!this.#withheld.delete(capability)) return
    this.#lacks.delete(capability)
    this.#supports[capability] = true
  }

  /** Stops the clock's timer. */
  stop(): void {
    this.timers.stop()
  }
}
