/** A switch: its ports, its table of stations, its spanning tree. No I/O, no clock: frames and time go in, frames come out. @module */
import type { FrameBatch, MacInput } from '@vnet/core'
import { macFromNumber } from '@vnet/wire'
import { BpduQueue } from './bpdu-queue.js'
import { check } from './check.js'
import { type OutboundCause, outboundCauses, type SwitchCounters } from './counters.js'
import type { MacEntry, SwitchEvent } from './event.js'
import { Forwarder } from './forwarder.js'
import { Lane } from './lane.js'
import { entryFlags, MacTable } from './mac-table.js'
import { changedSettings, defaultSettings, type SwitchPortOptions } from './port-options.js'
import { type StpOptions, stpSettings } from './stp/options.js'
import { SpanningTree } from './stp/spanning-tree.js'
import type { TreePort } from './stp/tree-port.js'
import { checkedOptions, type SwitchOptions } from './switch-options.js'
import type { SwitchPortState, TreeState } from './switch-state.js'

/** Number of the host port. */
export const hostPort = 0

/** The age of a station is known to this, seconds, or to a thousandth of the ageing time if that is less. */
const FINEST = 0.1

/** Most ports, the host port not counted. */
const MOST_PORTS = 1023

/**
 * An Ethernet switch as a state machine. `forward` takes a batch that came in at a port and notes for each port which
 * frames go out there; `deliver` hands them over, as batches that share the octets. Time is an argument, in seconds since
 * any beginning, and never runs backwards.
 *
 * @example
 * const bridge = new Switch({ mac: '02:00:00:00:00:01', stp: true })
 * const left = bridge.addPort(now)
 * const right = bridge.addPort(now)
 * bridge.forward(batch, left, now)
 * bridge.deliver((port, frames) => ports[port].write(frames))
 */
export class Switch {
  /** The switch's own MAC address. */
  readonly mac: string
  /** Whether VLANs are told apart; batches then need 4 octets of headroom. */
  readonly vlanFiltering: boolean
  readonly #lanes: (Lane | undefined)[] = []
  readonly #table: MacTable
  readonly #tree: SpanningTree | undefined
  readonly #bpdus: BpduQueue
  readonly #forwarder: Forwarder
  readonly #onEvent: ((event: SwitchEvent) => void) | undefined
  #ageingTime: number
  #now = Number.NEGATIVE_INFINITY
  #root = ''

  /** @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for options that are not allowed */
  constructor(options: SwitchOptions) {
    const settings = checkedOptions(options)
    this.mac = macFromNumber(settings.mac)
    this.vlanFiltering = settings.vlanFiltering
    this.#ageingTime = settings.ageingTime
    this.#onEvent = settings.onEvent
    const { ageingTime, maxLearned, seed } = settings
    this.#table = new MacTable(ageingTime === 0 ? 0 : maxLearned, seed, Math.min(FINEST, ageingTime / 1000))
    this.#bpdus = new BpduQueue(settings.mac, settings.stp ? 256 : 1)
    this.#forwarder = new Forwarder({
      mac: settings.mac,
      lanes: this.#lanes,
      table: this.#table,
      vlanFiltering: settings.vlanFiltering,
      vlanProtocol: settings.vlanProtocol,
      groupForwardMask: settings.groupForwardMask,
      stp: settings.stp !== undefined,
      onBpdu: (lane, bpdu) => this.#receive(lane, bpdu),
      onLearn: this.#onEvent ? (entry, from) => this.#learned(entry, from) : undefined,
    })
    if (this.#onEvent) this.#table.onLoss = (entry, cause) => this.#forgotten(entry, cause)
    if (settings.stp !== undefined) this.#tree = this.#createTree(settings.stp)
    if (settings.host) {
      const host = changedSettings(defaultSettings('host'), settings.hostVlan ? { vlan: settings.hostVlan } : {})
      const lane = new Lane(hostPort, this.#withVlan(host))
      lane.forwards = true
      this.#lanes[hostPort] = lane
      this.#forwarder.changed()
    }
  }

  #createTree(options: StpOptions): SpanningTree {
    return new SpanningTree(stpSettings(options), this.mac, {
      send: (port, bpdu) => {
        const lane = this.#lanes[port]
        if (lane !== undefined && this.#bpdus.add(port, bpdu)) (lane.counters.passed[6] as number)++
      },
      flush: (port, rapid) => {
        const lane = this.#lanes[port]
        if (lane === undefined) return
        if (rapid) this.flush(port)
        else lane.fastAgeingUntil = this.#now + (this.#tree?.rootTimes.forwardDelay ?? 0)
      },
      changed: (port) => this.#stateChanged(port),
      detected: (port) =>
        this.#onEvent?.({ kind: 'topology-change', port, name: this.#lanes[port]?.settings.name ?? '' }),
    })
  }

  /**
   * Adds a port and returns its number, 1–1023: the lowest that is free.
   *
   * @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for options that are not allowed; a port too many
   */
  addPort(now: number, options: SwitchPortOptions = {}): number {
    this.advance(now)
    let number = 1
    while (this.#lanes[number] !== undefined) number++
    if (number > MOST_PORTS) check.refuse('port', `there are ${MOST_PORTS} ports already`)
    const settings = this.#withVlan(changedSettings(defaultSettings(`port${number}`), options))
    this.#refuseUnused(options)
    const lane = new Lane(number, settings)
    this.#lanes[number] = lane
    this.#tree?.add(number, settings.stp)
    this.#apply(lane)
    return number
  }

  /** Changes options of a port; those that are absent stay, `stp`, `vlan` and `storm` are taken as a whole. Throws as {@link Switch.addPort}. */
  setPort(port: number, now: number, options: SwitchPortOptions): void {
    this.advance(now)
    const lane = this.#lane(port)
    if (port === hostPort) check.refuse('port', 'the host port has no options but those of the switch')
    const settings = changedSettings(lane.settings, options)
    this.#refuseUnused(options)
    lane.settings = this.#withVlan(settings)
    if (options.up === true) lane.guarded = false
    if (options.stp !== undefined) this.#tree?.configure(port, settings.stp)
    this.#apply(lane)
  }

  /** Takes a port out, with all that was learned there, static entries included. */
  removePort(port: number, now: number): void {
    this.advance(now)
    const lane = this.#lane(port)
    if (port === hostPort) check.refuse('port', 'the host port stays')
    lane.settings = { ...lane.settings, up: false }
    this.#apply(lane)
    this.#tree?.remove(port)
    for (const entry of this.#table.entries()) if (this.#table.port(entry) === port) this.#delete(entry)
    this.#lanes[port] = undefined
    this.#forwarder.changed()
  }

  /** The ports as they are, in order of number. */
  get ports(): readonly SwitchPortState[] {
    return this.#lanes.flatMap((lane) => (lane === undefined ? [] : [this.#stateOf(lane)]))
  }

  /** One port as it is; `undefined` where there is none with this number. */
  port(number: number): SwitchPortState | undefined {
    const lane = this.#lanes[number]
    return lane && this.#stateOf(lane)
  }

  /** What passed a port, and what did not. */
  counters(port: number): SwitchCounters {
    return this.#lane(port).counters.value()
  }

  /** The spanning tree; `undefined` without one. */
  get tree(): TreeState | undefined {
    if (this.#tree === undefined) return undefined
    const { rootPriority, rootPort, id } = this.#tree
    return { root: rootPriority.root, bridge: id, cost: rootPriority.cost, rootPort }
  }

  /** The table of stations, in no order. */
  get macs(): MacEntry[] {
    return Array.from(this.#table.entries(), (entry) => this.#entryOf(entry))
  }

  /** Stations that were learned and have not aged. */
  get learned(): number {
    return this.#table.learned
  }

  /** Makes an entry that stays (`bridge fdb add … master static`), in place of any other. VLAN 0 without `vlanFiltering`. */
  addMac(mac: MacInput, port: number, options: { readonly vlan?: number; readonly sticky?: boolean } = {}): void {
    const given = { vlan: this.vlanFiltering ? 1 : 0, sticky: false }
    const vlans = this.vlanFiltering ? check.whole(1, 4094) : check.whole(0, 0)
    check.into(given, options, '', { vlan: vlans, sticky: check.boolean })
    this.#lane(port)
    const number = check.unicastMac(mac, 'mac')
    if (macFromNumber(number) === this.mac) check.refuse('mac', 'the address of the switch is behind no port')
    if (given.sticky && this.#table.limit === 0) {
      check.refuse('sticky', 'the entry would age, and the switch keeps none that do (maxLearned or ageingTime is 0)')
    }
    const { high, low } = keyOf(number, given.vlan)
    const old = this.#table.find(high, low)
    if (old >= 0) this.#table.delete(old)
    const flags = given.sticky ? entryFlags.sticky : entryFlags.static
    const entry = this.#table.add(high, low, port, flags, this.#now === Number.NEGATIVE_INFINITY ? 0 : this.#now)
    this.#learned(entry, -1)
  }

  /** Removes an entry; `false` where there is none. VLAN 0 without `vlanFiltering`. */
  deleteMac(mac: MacInput, options: { readonly vlan?: number } = {}): boolean {
    const given = { vlan: this.vlanFiltering ? 1 : 0 }
    check.into(given, options, '', { vlan: this.vlanFiltering ? check.whole(1, 4094) : check.whole(0, 0) })
    const { high, low } = keyOf(check.mac(mac, 'mac'), given.vlan)
    const entry = this.#table.find(high, low)
    if (entry >= 0) this.#delete(entry)
    return entry >= 0
  }

  /** Forgets what was learned (`bridge fdb flush`): everywhere, or at one port. Static entries stay. */
  flush(port?: number): void {
    for (const entry of this.#table.entries()) {
      if (this.#table.flags(entry) & entryFlags.static) continue
      if (port === undefined || this.#table.port(entry) === port) this.#delete(entry)
    }
  }

  /** Lets a port that fell back to STP try RSTP again (`mcheck`, IEEE 802.1D-2004 § 17.19.13). */
  checkMigration(port: number, now: number): void {
    this.advance(now)
    this.#lane(port)
    this.#tree?.check(port)
  }

  /**
   * Forwards the frames of `batch`, which came in at `ingress`: which frames leave where is known until the next call.
   * Frames of the host come in at port 0. Nothing is copied and no object is made.
   *
   * @throws RangeError there is no such port; `vlanFiltering` and a batch with less than 4 octets of headroom
   */
  forward(batch: FrameBatch, ingress: number, now: number): void {
    const lane = this.#lane(ingress)
    if (this.vlanFiltering && batch.headroom < 4) check.refuse('batch', 'VLANs need 4 octets of headroom')
    if (now !== this.#now) this.advance(now)
    this.#forwarder.forward(batch, lane, this.#now)
  }

  /**
   * Hands over the frames that leave, port by port, as `send(port, frames)`; after those of the last {@link Switch.forward}
   * come BPDUs, which may also be there without any. `frames` is good until `send` returns; `send` must not call this switch.
   * With `vlanFiltering` tags are put in and taken out in between, so the frames that were forwarded are changed afterwards.
   */
  deliver(send: (port: number, frames: FrameBatch) => void): void {
    this.#forwarder.deliver(send)
    this.#bpdus.deliver(send)
  }

  /** Counts frames that were handed over and could not be sent. */
  dropped(port: number, frames: number, cause: OutboundCause = 'queueFull'): void {
    const { outbound } = this.#lane(port).counters
    const i = outboundCauses.indexOf(cause)
    outbound[i] = (outbound[i] as number) + frames
  }

  /** It is `now`: what is too old is forgotten, and the spanning tree goes on. {@link Switch.deliver} has its BPDUs then. */
  advance(now: number): void {
    if (!(now > this.#now)) return
    this.#now = now
    this.#table.expire(now - this.#ageingTime)
    if (this.#tree === undefined) return
    this.#tree.advance(now)
    for (const lane of this.#lanes) if (lane !== undefined && lane.fastAgeingUntil > now) this.#ageFast(lane)
    this.#tellRoot()
  }

  /** When {@link Switch.advance} is needed next, seconds; `undefined` where only frames change anything. */
  get deadline(): number | undefined {
    const oldest = this.#table.oldestSeen + this.#ageingTime
    const tree = this.#tree?.deadline
    if (tree === undefined) return oldest === Number.POSITIVE_INFINITY ? undefined : oldest
    return Math.min(oldest, tree)
  }

  #lane(port: number): Lane {
    const lane = this.#lanes[port]
    if (lane === undefined) return check.refuse('port', `there is no port ${port}`)
    return lane
  }

  #withVlan<S extends Lane['settings']>(settings: S): S {
    if (!this.vlanFiltering || settings.vlan !== undefined) return settings
    return changedSettings(settings, { vlan: { mode: 'access', id: 1 } }) as S
  }

  /** An option that would have no effect is refused. */
  #refuseUnused(options: SwitchPortOptions): void {
    if (options.vlan !== undefined && !this.vlanFiltering) check.refuse('vlan', 'needs vlanFiltering of the switch')
    if (options.stp !== undefined && this.#tree === undefined) check.refuse('stp', 'needs stp of the switch')
  }

  /** Brings a port to what its settings say. */
  #apply(lane: Lane): void {
    const up = lane.settings.up && !lane.guarded
    const free = this.#tree === undefined || lane.settings.stp.bpduFilter
    this.#tree?.enable(lane.number, up && !free)
    if (free) {
      const changed = lane.forwards !== up
      lane.forwards = lane.learns = up
      if (changed) this.#tellPort(lane)
    }
    if (!up) this.flush(lane.number)
    this.#forwarder.changed()
    this.#tellRoot()
  }

  #stateChanged(port: TreePort): void {
    const lane = this.#lanes[port.number]
    if (lane === undefined || lane.settings.stp.bpduFilter) return
    lane.forwards = port.forwarding
    lane.learns = port.learning
    this.#forwarder.changed()
    this.#tellPort(lane)
  }

  #receive(lane: Lane, bpdu: Parameters<SpanningTree['receive']>[1]): void {
    ;(lane.counters.passed[5] as number)++
    const { bpduFilter, bpduGuard } = lane.settings.stp
    if (bpduGuard) {
      lane.guarded = true
      this.#apply(lane)
      this.#onEvent?.({ kind: 'guarded', port: lane.number, name: lane.settings.name })
      return
    }
    if (bpduFilter) return
    this.#tree?.receive(lane.number, bpdu)
    this.#tellRoot()
  }

  #ageFast(lane: Lane): void {
    const before = this.#now - (this.#tree?.rootTimes.forwardDelay ?? 0)
    for (const entry of this.#table.entries()) {
      if (this.#table.port(entry) !== lane.number || this.#table.flags(entry) & entryFlags.static) continue
      if (this.#table.seen(entry) <= before) this.#delete(entry, 'aged')
    }
  }

  #delete(entry: number, cause: 'aged' | 'flushed' = 'flushed'): void {
    this.#forgotten(entry, cause)
    this.#table.delete(entry)
  }

  #learned(entry: number, from: number): void {
    if (this.#onEvent === undefined) return
    const value = this.#entryOf(entry)
    this.#onEvent(from < 0 ? { kind: 'learned', entry: value } : { kind: 'moved', entry: value, from })
  }

  #forgotten(entry: number, cause: 'aged' | 'evicted' | 'flushed'): void {
    this.#onEvent?.({ kind: 'forgotten', entry: this.#entryOf(entry), cause })
  }

  #tellPort(lane: Lane): void {
    if (this.#onEvent === undefined) return
    const { number, name, role, state } = this.#stateOf(lane)
    this.#onEvent({ kind: 'port', port: number, name, role, state })
  }

  #tellRoot(): void {
    if (this.#onEvent === undefined || this.#tree === undefined) return
    const { root, cost } = this.#tree.rootPriority
    const { rootPort } = this.#tree
    const text = `${root.priority} ${root.mac} ${cost} ${rootPort}`
    if (this.#root === text) return
    this.#root = text
    this.#onEvent({ kind: 'root', root, cost, rootPort })
  }

  #entryOf(entry: number): MacEntry {
    const table = this.#table
    const high = table.high(entry)
    const flags = table.flags(entry)
    return {
      mac: macFromNumber((high & 0xffff) * 0x100000000 + (table.low(entry) >>> 0)),
      port: table.port(entry),
      vlan: high >>> 16,
      static: (flags & entryFlags.static) !== 0,
      sticky: (flags & entryFlags.sticky) !== 0,
      seen: table.seen(entry),
    }
  }

  #stateOf(lane: Lane): SwitchPortState {
    const { number, settings, guarded, forwards, learns } = lane
    const up = settings.up && !guarded
    const port = settings.stp.bpduFilter || number === hostPort ? undefined : this.#tree?.port(number)
    return {
      number,
      name: settings.name,
      up,
      guarded,
      role: port?.role ?? (up ? 'designated' : 'disabled'),
      state: forwards ? 'forwarding' : learns ? 'learning' : 'discarding',
      edge: port?.operEdge ?? true,
      ...(port === undefined ? {} : { stpVersion: port.sendRSTP ? 'rstp' : 'stp' }),
    }
  }
}

/** The key of a station: see {@link MacTable}. */
function keyOf(mac: number, vlan: number): { high: number; low: number } {
  return { high: Math.floor(mac / 0x100000000) | (vlan << 16), low: mac | 0 }
}
