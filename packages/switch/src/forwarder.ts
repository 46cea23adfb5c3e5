/** The path of a frame through the switch: the only code that runs for each of them. @module */
import type { FrameBatch } from '@vnet/core'
import { type Bpdu, decodeBpdu, isDecodeError } from '@vnet/wire'
import { type InboundCause, inboundCauses, outboundCauses } from './counters.js'
import { Egress } from './egress.js'
import { Inlet } from './inlet.js'
import { type Lane, sorts } from './lane.js'
import { entryFlags, GRANULARITY, type MacTable } from './mac-table.js'
import { popTag, pushTag } from './tag.js'
import { membership } from './vlan.js'

/** What forwarding needs of the switch. */
export interface ForwarderOptions {
  /** The switch's own address, a number of 48 bits. */
  readonly mac: number
  /** The ports by number; those that are missing are not there. */
  readonly lanes: readonly (Lane | undefined)[]
  readonly table: MacTable
  readonly vlanFiltering: boolean
  readonly vlanProtocol: number
  readonly groupForwardMask: number
  readonly stp: boolean
  /** A BPDU arrived. */
  readonly onBpdu: (lane: Lane, bpdu: Bpdu) => void
  /** An entry was made (`from` −1) or moved. */
  readonly onLearn: ((entry: number, from: number) => void) | undefined
}

const [MALFORMED, BAD_SOURCE, RESERVED] = [at('malformed'), at('badSource'), at('reserved')]
const [BLOCKED, NOT_ALLOWED, VLAN] = [at('blocked'), at('notAllowed'), at('vlan')]
const [STORM, SAME_PORT, NOWHERE, MOVED] = [at('storm'), at('samePort'), at('nowhere'), at('moved')]
function at(cause: InboundCause): number {
  return inboundCauses.indexOf(cause)
}
const TOO_LONG = outboundCauses.indexOf('tooLong')

/** `01:80:c2:00:00:0x`: upper 16 bits, and the lower 32 without the last four. */
const RESERVED_HIGH = 0x0180
const RESERVED_LOW = 0xc2000000 | 0

/** Forwards batches. */
export class Forwarder {
  readonly #options: ForwarderOptions
  readonly #lanes: readonly (Lane | undefined)[]
  readonly #table: MacTable
  readonly #macHigh: number
  readonly #macLow: number
  readonly #inlets = new WeakMap<FrameBatch, Inlet>()
  readonly #egress = new Egress()
  #inlet: Inlet | undefined

  /** Nothing was forwarded yet. */
  constructor(options: ForwarderOptions) {
    this.#options = options
    this.#lanes = options.lanes
    this.#table = options.table
    this.#macHigh = Math.floor(options.mac / 0x100000000)
    this.#macLow = options.mac | 0
  }

  /** Ports came, went, or have other states or settings. */
  changed(): void {
    for (const lane of this.#lanes) if (lane !== undefined) lane.outdated = true
  }

  /** See {@link Switch.forward}. */
  forward(batch: FrameBatch, lane: Lane, now: number): void {
    const { spans, count } = batch
    const egress = this.#egress
    egress.reset(this.#lanes.length, batch.capacity)
    if (lane.outdated) lane.update(this.#lanes, this.#options.vlanFiltering)
    const inlet = this.#inletOf(batch)
    this.#inlet = inlet
    const { view } = inlet
    const table = this.#table
    const ingress = lane.number
    const macHigh = this.#macHigh
    const macLow = this.#macLow
    const { lowFactor, highFactor } = table
    let { cells, heads, shift, times } = table
    let { careful, reach } = lane
    const { slots, counts, capacity } = egress
    let octets = 0
    for (let i = 0; i < count; i++) {
      const start = spans[2 * i] as number
      const length = spans[2 * i + 1] as number
      octets += length
      if (length < 14) {
        drop(lane, MALFORMED)
        continue
      }
      // Destination and source in three words.
      const first = view.getInt32(start)
      const second = view.getInt32(start + 4)
      const sourceLow = view.getInt32(start + 8)
      const sourceHigh = second & 0xffff
      const high = first >>> 16
      const low = (first << 16) | (second >>> 16)
      if (ingress !== 0 && (sourceHigh & 0x100) !== 0) {
        drop(lane, BAD_SOURCE)
        continue
      }
      if (high === RESERVED_HIGH && (low & 0xfffffff0) === RESERVED_LOW) {
        const ends = this.#reserved(batch, lane, i, low & 0xf)
        // A BPDU may have changed everything.
        if (lane.outdated) lane.update(this.#lanes, this.#options.vlanFiltering)
        ;({ careful, reach } = lane)
        if (ends) continue
      }
      let vlan = 0
      if (careful) {
        vlan = this.#admit(inlet, lane, i, sourceHigh, sourceLow)
        if (vlan < 0) continue
      }
      if (ingress !== 0) {
        const key = sourceHigh | (vlan << 16)
        let entry = heads[(Math.imul(sourceLow, lowFactor) + Math.imul(key, highFactor)) >>> shift] as number
        while (entry >= 0 && (cells[4 * entry + 1] !== sourceLow || cells[4 * entry] !== key)) {
          entry = cells[4 * entry + 2] as number
        }
        if (entry >= 0 && ((cells[4 * entry + 3] as number) & 0xffff) === ingress) {
          if (now - (times[entry] as number) >= GRANULARITY) table.refresh(entry, now)
        } else {
          if (!this.#learn(lane, entry, key, sourceLow, now)) continue
          cells = table.cells
          heads = table.heads
          shift = table.shift
          times = table.times
        }
        if (careful && !lane.forwards) {
          drop(lane, BLOCKED)
          continue
        }
      }
      if ((high & 0x100) !== 0) {
        this.#flood(lane, i, vlan, high === 0xffff && low === -1 ? sorts.broadcast : sorts.multicast, now)
        continue
      }
      let to = 0
      if (high !== macHigh || low !== macLow) {
        const key = high | (vlan << 16)
        let entry = heads[(Math.imul(low, lowFactor) + Math.imul(key, highFactor)) >>> shift] as number
        while (entry >= 0 && (cells[4 * entry + 1] !== low || cells[4 * entry] !== key)) {
          entry = cells[4 * entry + 2] as number
        }
        if (entry < 0) {
          this.#flood(lane, i, vlan, sorts.unknown, now)
          continue
        }
        to = (cells[4 * entry + 3] as number) & 0xffff
      }
      if (vlan !== 0 || reach[to] !== 1) {
        this.#send(lane, to, i, vlan)
        continue
      }
      const before = counts[to] as number
      if (before === 0) egress.push(to, i)
      else {
        slots[to * capacity + before] = i
        counts[to] = before + 1
      }
    }
    const { passed } = lane.counters
    passed[0] = (passed[0] as number) + count
    passed[1] = (passed[1] as number) + octets
  }

  /** See {@link Switch.deliver}. */
  deliver(send: (port: number, frames: FrameBatch) => void): void {
    const inlet = this.#inlet
    if (inlet === undefined) return
    const egress = this.#egress
    for (let i = 0; i < egress.activeCount; i++) {
      const lane = this.#lanes[egress.active[i] as number]
      if (lane === undefined) continue
      if (this.#options.vlanFiltering) this.#retag(inlet, lane.number)
      this.#gather(inlet, lane)
      if (inlet.out.count > 0) send(lane.number, inlet.out)
    }
    egress.reset(0, 0)
  }

  /** Brings the tags of one port's frames into the form that they leave in. */
  #retag(inlet: Inlet, port: number): void {
    const { batch, view, tci, hasTag } = inlet
    const { slots, tagged, counts, capacity } = this.#egress
    const from = port * capacity
    const end = from + (counts[port] as number)
    for (let i = from; i < end; i++) {
      const slot = slots[i] as number
      if (tagged[i] === 0) {
        if (hasTag[slot] === 1) popTag(batch, slot)
        hasTag[slot] = 0
      } else if (hasTag[slot] === 0) {
        pushTag(batch, slot, tci[slot] as number, this.#options.vlanProtocol)
        hasTag[slot] = 1
      } else {
        // A tag that named no VLAN does now.
        view.setUint16((batch.spans[2 * slot] as number) + 14, tci[slot] as number)
      }
    }
  }

  /** Brings the places of one port's frames into one batch. */
  #gather(inlet: Inlet, lane: Lane): void {
    const { batch, out } = inlet
    const { spans } = batch
    const places = out.spans
    const { slots, counts, capacity } = this.#egress
    const from = lane.number * capacity
    const end = from + (counts[lane.number] as number)
    if (lane.outdated) lane.update(this.#lanes, this.#options.vlanFiltering)
    const { longest } = lane
    let filled = 0
    let octets = 0
    for (let i = from; i < end; i++) {
      const slot = slots[i] as number
      const start = spans[2 * slot] as number
      const length = spans[2 * slot + 1] as number
      if (length > longest && !isSuperFrame(batch, start)) {
        const { outbound } = lane.counters
        outbound[TOO_LONG] = (outbound[TOO_LONG] as number) + 1
        continue
      }
      places[2 * filled] = start
      places[2 * filled + 1] = length
      filled++
      octets += length
    }
    out.count = filled
    out.headerSize = batch.headerSize
    const { passed } = lane.counters
    passed[2] = (passed[2] as number) + filled
    passed[3] = (passed[3] as number) + octets
  }

  #inletOf(batch: FrameBatch): Inlet {
    const last = this.#inlet
    if (last !== undefined && last.batch === batch) return last
    let inlet = this.#inlets.get(batch)
    if (inlet === undefined) {
      inlet = new Inlet(batch)
      this.#inlets.set(batch, inlet)
    }
    return inlet
  }

  /** A frame to a reserved group: whether it ends here. BPDUs go to the spanning tree (IEEE 802.1D-2004 § 7.12.3, 7.12.6). */
  #reserved(batch: FrameBatch, lane: Lane, slot: number, group: number): boolean {
    const { stp, groupForwardMask, onBpdu } = this.#options
    // Without spanning tree its frames pass, so that the trees around see a loop through here, as Linux does it.
    if (group === 0 && !stp) return false
    if (groupForwardMask & (1 << group)) return false
    const bpdu = group === 0 && lane.number !== 0 ? this.#bpduOf(batch, slot) : undefined
    if (bpdu !== undefined && lane.settings.up && !lane.guarded) onBpdu(lane, bpdu)
    else drop(lane, RESERVED)
    return true
  }

  #bpduOf(batch: FrameBatch, slot: number): Bpdu | undefined {
    const { slab } = batch
    const start = batch.offset(slot)
    const length = ((slab[start + 12] as number) << 8) | (slab[start + 13] as number)
    const end = start + 14 + length
    if (length < 7 || end > start + batch.length(slot)) return undefined
    if (slab[start + 14] !== 0x42 || slab[start + 15] !== 0x42 || slab[start + 16] !== 0x03) return undefined
    try {
      const bpdu = decodeBpdu(slab, start + 17, end)
      // Information that is too old is none (§ 9.3.4).
      if (bpdu.kind === 'configuration' && bpdu.messageAge >= bpdu.maxAge) return undefined
      return bpdu
    } catch (error) {
      if (isDecodeError(error)) return undefined
      throw error
    }
  }

  /** What not every frame needs: lists of sources, states, VLANs. The frame's VLAN, 0 without any; -1 where it is dropped. */
  #admit(inlet: Inlet, lane: Lane, slot: number, sourceHigh: number, sourceLow: number): number {
    const { settings } = lane
    if ((settings.allow !== undefined || settings.deny !== undefined) && !allowed(lane, sourceHigh, sourceLow)) {
      return drop(lane, NOT_ALLOWED)
    }
    if (!lane.forwards && !lane.learns) return drop(lane, BLOCKED)
    return this.#options.vlanFiltering ? this.#classify(inlet, lane, slot) : 0
  }

  /** VLAN of a frame; -1 where it is dropped (IEEE 802.1Q-2018 § 6.9.1, 8.6.2). */
  #classify(inlet: Inlet, lane: Lane, slot: number): number {
    const { batch, view, tci, hasTag } = inlet
    const start = batch.offset(slot)
    const length = batch.length(slot)
    const members = lane.settings.vlan
    let vlan = 0
    let control = 0
    const has = view.getUint16(start + 12) === this.#options.vlanProtocol
    if (has) {
      if (length < 18) return drop(lane, MALFORMED)
      control = view.getUint16(start + 14)
      vlan = control & 0xfff
    }
    if (vlan === 0) vlan = members?.pvid ?? 0
    if (vlan === 0 || members?.of[vlan] === membership.none) return drop(lane, VLAN)
    hasTag[slot] = has ? 1 : 0
    tci[slot] = (control & 0xf000) | vlan
    return vlan
  }

  /** A source that is new at a port; `false` where its frame is dropped. */
  #learn(lane: Lane, entry: number, high: number, low: number, now: number): boolean {
    const table = this.#table
    const { learning, sticky } = lane.settings
    // Zero is nobody's; our own went round in a circle, or somebody pretends to be the switch.
    const mac = high & 0xffff
    if ((mac | low) === 0 || (mac === this.#macHigh && low === this.#macLow)) {
      drop(lane, BAD_SOURCE)
      return false
    }
    if (entry >= 0) {
      if (table.flags(entry) !== 0) {
        drop(lane, MOVED)
        return false
      }
      if (!learning || !lane.learns) return true
      const from = table.port(entry)
      if (!sticky) {
        table.move(entry, lane.number, now)
        this.#options.onLearn?.(entry, from)
        return true
      }
      table.delete(entry)
    }
    if (!learning || !lane.learns) return true
    const made = table.add(high, low, lane.number, sticky ? entryFlags.sticky : 0, now)
    if (made >= 0) this.#options.onLearn?.(made, -1)
    return true
  }

  /** Whether a frame of a VLAN may go from one port to another. */
  #reaches(from: Lane, to: number, vlan: number): boolean {
    if (from.reach[to] !== 1) return false
    return vlan === 0 || (this.#lanes[to]?.settings.vlan?.of[vlan] ?? membership.none) !== membership.none
  }

  #send(from: Lane, to: number, slot: number, vlan: number): void {
    if (to === from.number && !from.settings.hairpin) drop(from, SAME_PORT)
    else if (!this.#reaches(from, to, vlan)) drop(from, NOWHERE)
    else this.#push(to, slot, vlan)
  }

  #push(to: number, slot: number, vlan: number): void {
    const at = this.#egress.push(to, slot)
    if (vlan === 0) return
    this.#egress.tagged[at] = this.#lanes[to]?.settings.vlan?.of[vlan] === membership.tagged ? 1 : 0
  }

  /** Sends a frame to every port that may have it. */
  #flood(from: Lane, slot: number, vlan: number, sort: number, now: number): void {
    const bucket = from.storms[sort]
    if (bucket !== undefined && !bucket.take(now)) {
      drop(from, STORM)
      return
    }
    const ports = from.floods[sort] as Int32Array
    let sent = 0
    for (let i = 0; i < ports.length; i++) {
      const to = ports[i] as number
      if (vlan !== 0) {
        if (!this.#reaches(from, to, vlan)) continue
        this.#push(to, slot, vlan)
      } else this.#egress.push(to, slot)
      sent++
    }
    const { passed } = from.counters
    if (sent === 0) drop(from, NOWHERE)
    else passed[4] = (passed[4] as number) + 1
  }
}

/** Counts a frame that is dropped at its port, and returns -1. */
function drop(lane: Lane, cause: number): -1 {
  const { inbound } = lane.counters
  inbound[cause] = (inbound[cause] as number) + 1
  return -1
}

function allowed(lane: Lane, high: number, low: number): boolean {
  const { allow, deny } = lane.settings
  if (allow !== undefined && allow.find(high, low) < 0) return false
  return deny === undefined || deny.find(high, low) < 0
}

/** Whether the virtio header of the frame at `start` says that it is to be split before it goes out on a wire. */
function isSuperFrame(batch: FrameBatch, start: number): boolean {
  return batch.headerSize > 0 && batch.slab[start - batch.headerSize + 1] !== 0
}
