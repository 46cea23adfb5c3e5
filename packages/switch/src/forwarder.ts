/** The path of a frame through the switch: the only code that runs for each of them. @module */
import type { FrameBatch } from '@vnet/core'
import type { Bpdu } from '@vnet/wire'
import { bpduIn } from './bpdu-frame.js'
import { type InboundCause, inboundCauses, outboundCauses } from './counters.js'
import { Egress } from './egress.js'
import { forwardKnown, gatherShort } from './fast-path.js'
import { Inlet } from './inlet.js'
import { type Lane, sorts } from './lane.js'
import { entryFlags, type MacTable } from './mac-table.js'
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
    const egress = this.#egress
    egress.reset(this.#lanes.length, batch.capacity)
    this.#update(lane)
    const inlet = this.#inletOf(batch)
    this.#inlet = inlet
    for (let i = 0; i < batch.count; i++) {
      if (!lane.careful) i = forwardKnown(batch, inlet.view, i, lane, this.#table, egress, now)
      if (i < batch.count) this.#forwardOne(inlet, lane, i, now)
    }
  }

  /** Forwards a frame of any sort. */
  #forwardOne(inlet: Inlet, lane: Lane, slot: number, now: number): void {
    const { batch, view } = inlet
    const start = batch.offset(slot)
    const length = batch.length(slot)
    const { passed } = lane.counters
    passed[0] = (passed[0] as number) + 1
    passed[1] = (passed[1] as number) + length
    if (length < 14) {
      drop(lane, MALFORMED)
      return
    }
    const high = view.getUint16(start)
    const low = view.getInt32(start + 2)
    const sourceHigh = view.getUint16(start + 6)
    const sourceLow = view.getInt32(start + 8)
    const outside = lane.number !== 0
    if (outside && ((sourceHigh & 0x100) !== 0 || (sourceHigh | sourceLow) === 0)) {
      drop(lane, BAD_SOURCE)
      return
    }
    if (high === RESERVED_HIGH && (low & 0xfffffff0) === RESERVED_LOW && this.#reserved(batch, lane, slot, low & 0xf)) {
      return
    }
    if (outside && this.#isOwn(sourceHigh, sourceLow)) {
      // It went round in a circle, or somebody pretends to be the switch.
      drop(lane, BAD_SOURCE)
      return
    }
    const vlan = lane.careful ? this.#admit(inlet, lane, slot, sourceHigh, sourceLow) : 0
    if (vlan < 0) return
    if (outside) {
      if (!this.#learn(lane, sourceHigh | (vlan << 16), sourceLow, now)) return
      if (!lane.forwards) {
        drop(lane, BLOCKED)
        return
      }
    }
    if ((high & 0x100) !== 0) {
      this.#flood(lane, slot, vlan, high === 0xffff && low === -1 ? sorts.broadcast : sorts.multicast, now)
    } else if (this.#isOwn(high, low)) this.#send(lane, 0, slot, vlan)
    else {
      const entry = this.#table.find(high | (vlan << 16), low)
      if (entry < 0) this.#flood(lane, slot, vlan, sorts.unknown, now)
      else this.#send(lane, this.#table.port(entry), slot, vlan)
    }
  }

  #isOwn(high: number, low: number): boolean {
    return high === this.#macHigh && low === this.#macLow
  }

  #update(lane: Lane): void {
    if (lane.outdated) lane.update(this.#lanes, this.#options.vlanFiltering)
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
    this.#update(lane)
    out.headerSize = batch.headerSize
    const count = gatherShort(batch, out, lane, this.#egress)
    out.count = count < 0 ? this.#gatherSome(batch, out, lane) : count
  }

  /** The same where some are too long; super-frames are not, since they are split before they go out on a wire. */
  #gatherSome(batch: FrameBatch, out: FrameBatch, lane: Lane): number {
    const { slots, counts, capacity } = this.#egress
    const from = lane.number * capacity
    const end = from + (counts[lane.number] as number)
    const { outbound, passed } = lane.counters
    let filled = 0
    for (let i = from; i < end; i++) {
      const slot = slots[i] as number
      const start = batch.offset(slot)
      const length = batch.length(slot)
      if (length > lane.longest && !isSuperFrame(batch, start)) {
        outbound[TOO_LONG] = (outbound[TOO_LONG] as number) + 1
        continue
      }
      out.spans[2 * filled] = start
      out.spans[2 * filled + 1] = length
      filled++
      passed[3] = (passed[3] as number) + length
    }
    passed[2] = (passed[2] as number) + filled
    return filled
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
    const bpdu = group === 0 && lane.number !== 0 ? bpduIn(batch, slot) : undefined
    if (bpdu !== undefined && lane.settings.up && !lane.guarded) {
      onBpdu(lane, bpdu)
      // It may have changed the states of all ports.
      this.#update(lane)
    } else drop(lane, RESERVED)
    return true
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

  /** Learns where a source is; `false` where its frame is dropped. */
  #learn(lane: Lane, high: number, low: number, now: number): boolean {
    const table = this.#table
    const entry = table.find(high, low)
    const from = entry < 0 ? -1 : table.port(entry)
    if (from === lane.number) {
      table.refresh(entry, now)
      return true
    }
    if (entry >= 0 && table.flags(entry) !== 0) {
      drop(lane, MOVED)
      return false
    }
    const { learning, sticky } = lane.settings
    if (!learning || !lane.learns) return true
    if (entry >= 0 && !sticky) {
      table.move(entry, lane.number, now)
      this.#options.onLearn?.(entry, from)
      return true
    }
    if (entry >= 0) table.delete(entry)
    const made = table.add(high, low, lane.number, sticky ? entryFlags.sticky : 0, now)
    if (made >= 0) this.#options.onLearn?.(made, from)
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
