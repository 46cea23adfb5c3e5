/** The path of a frame through the switch: the only code that runs for each of them. @module */
import type { FrameBatch } from '@vnet/core'
import { type Bpdu, decodeBpdu, isDecodeError } from '@vnet/wire'
import { type InboundCause, inboundCauses, outboundCauses } from './counters.js'
import { Inlet } from './inlet.js'
import type { Lane } from './lane.js'
import { entryFlags, type MacTable } from './mac-table.js'
import { popTag, pushTag } from './tag.js'
import type { TokenBucket } from './token-bucket.js'
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
  /** Ports that any frame may be flooded to, in order of number. */
  #flooded: Lane[] = []
  /** Ports that frames of the last batch go out at. */
  readonly #active: Lane[] = []
  #activeCount = 0
  #inlet: Inlet | undefined

  /** Nothing was forwarded yet. */
  constructor(options: ForwarderOptions) {
    this.#options = options
    this.#lanes = options.lanes
    this.#table = options.table
    this.#macHigh = Math.floor(options.mac / 0x100000000)
    this.#macLow = options.mac | 0
  }

  /** Ports came, went, or forward now and did not before. */
  changed(): void {
    this.#flooded = this.#lanes.filter((lane) => lane?.forwards) as Lane[]
  }

  /** See {@link Switch.forward}. */
  forward(batch: FrameBatch, lane: Lane, now: number): void {
    const { vlanFiltering } = this.#options
    if (vlanFiltering && batch.headroom < 4)
      throw new RangeError('switch: VLANs need batches with 4 octets of headroom')
    for (let i = 0; i < this.#activeCount; i++) (this.#active[i] as Lane).count = 0
    this.#activeCount = 0
    const inlet = this.#inletOf(batch)
    this.#inlet = inlet
    const { view } = inlet
    const { spans, count } = batch
    const ingress = lane.number
    const { inbound, passed } = lane.counters
    const table = this.#table
    const macHigh = this.#macHigh
    const macLow = this.#macLow
    let octets = 0
    for (let i = 0; i < count; i++) {
      const start = spans[2 * i] as number
      const length = spans[2 * i + 1] as number
      octets += length
      if (length < 14) {
        ;(inbound[MALFORMED] as number)++
        continue
      }
      const sourceHigh = view.getUint16(start + 6)
      const sourceLow = view.getInt32(start + 8)
      if ((sourceHigh & 0x100) !== 0 || (sourceHigh | sourceLow) === 0) {
        ;(inbound[BAD_SOURCE] as number)++
        continue
      }
      const { settings } = lane
      if ((settings.allow !== undefined || settings.deny !== undefined) && !allowed(lane, sourceHigh, sourceLow)) {
        ;(inbound[NOT_ALLOWED] as number)++
        continue
      }
      const high = view.getUint16(start)
      const low = view.getInt32(start + 2)
      if (high === RESERVED_HIGH && (low & 0xfffffff0) === RESERVED_LOW && this.#reserved(batch, lane, i, low & 0xf)) {
        continue
      }
      if (!lane.forwards && !lane.learns) {
        ;(inbound[BLOCKED] as number)++
        continue
      }
      let vlan = 0
      if (vlanFiltering) {
        vlan = this.#classify(inlet, lane, i, start, length)
        if (vlan === 0) continue
      }
      const own = sourceHigh === macHigh && sourceLow === macLow
      if (ingress !== 0) {
        if (own) {
          // It went round in a circle, or somebody pretends to be the switch.
          ;(inbound[BAD_SOURCE] as number)++
          continue
        }
        const entry = table.find(sourceHigh | (vlan << 16), sourceLow)
        if (entry >= 0 && table.port(entry) === ingress) table.refresh(entry, now)
        else if (!this.#learn(lane, entry, sourceHigh | (vlan << 16), sourceLow, now)) continue
      }
      if (!lane.forwards) {
        ;(inbound[BLOCKED] as number)++
        continue
      }
      if ((high & 0x100) !== 0) {
        this.#flood(lane, i, vlan, high === 0xffff && low === -1 ? 'broadcast' : 'multicast', now)
      } else if (high === macHigh && low === macLow) this.#send(lane, this.#lanes[0], i, vlan)
      else {
        const entry = table.find(high | (vlan << 16), low)
        if (entry < 0) this.#flood(lane, i, vlan, 'unknown', now)
        else this.#send(lane, this.#lanes[table.port(entry)], i, vlan)
      }
    }
    passed[0] = (passed[0] as number) + count
    passed[1] = (passed[1] as number) + octets
  }

  /** See {@link Switch.deliver}. */
  deliver(send: (port: number, frames: FrameBatch) => void): void {
    const inlet = this.#inlet
    if (inlet === undefined) return
    for (let i = 0; i < this.#activeCount; i++) {
      const lane = this.#active[i] as Lane
      this.#gather(inlet, lane)
      lane.count = 0
      if (inlet.out.count > 0) send(lane.number, inlet.out)
    }
    this.#activeCount = 0
  }

  /** Brings the frames of one port into the form that they leave in, and their places into one batch. */
  #gather(inlet: Inlet, lane: Lane): void {
    const { vlanFiltering, vlanProtocol } = this.#options
    const { batch, out, view, tci, hasTag } = inlet
    const { spans } = batch
    const places = out.spans
    const { slots, tagged, count } = lane
    const longest = lane.settings.mtu + 18
    const { outbound, passed } = lane.counters
    let filled = 0
    let octets = 0
    for (let i = 0; i < count; i++) {
      const slot = slots[i] as number
      if (vlanFiltering) {
        if (tagged[i] === 0) {
          if (hasTag[slot] === 1) popTag(batch, slot)
          hasTag[slot] = 0
        } else if (hasTag[slot] === 0) {
          pushTag(batch, slot, tci[slot] as number, vlanProtocol)
          hasTag[slot] = 1
        } else {
          // A tag that named no VLAN does now.
          view.setUint16((spans[2 * slot] as number) + 14, tci[slot] as number)
        }
      }
      const start = spans[2 * slot] as number
      const length = spans[2 * slot + 1] as number
      if (length > longest && !isSuperFrame(batch, start)) {
        ;(outbound[TOO_LONG] as number)++
        continue
      }
      places[2 * filled] = start
      places[2 * filled + 1] = length
      filled++
      octets += length
    }
    out.count = filled
    out.headerSize = batch.headerSize
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
    else (lane.counters.inbound[RESERVED] as number)++
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

  /** VLAN of a frame; 0 where it is dropped (IEEE 802.1Q-2018 § 6.9.1, 8.6.2). */
  #classify(inlet: Inlet, lane: Lane, slot: number, start: number, length: number): number {
    const { view, tci, hasTag } = inlet
    const members = lane.settings.vlan
    let vlan = 0
    let control = 0
    const has = view.getUint16(start + 12) === this.#options.vlanProtocol
    if (has) {
      if (length < 18) {
        ;(lane.counters.inbound[MALFORMED] as number)++
        return 0
      }
      control = view.getUint16(start + 14)
      vlan = control & 0xfff
    }
    if (vlan === 0) vlan = members?.pvid ?? 0
    if (vlan === 0 || members?.of[vlan] === membership.none) {
      ;(lane.counters.inbound[VLAN] as number)++
      return 0
    }
    hasTag[slot] = has ? 1 : 0
    tci[slot] = (control & 0xf000) | vlan
    return vlan
  }

  /** A source that is new at a port; `false` where its frame is dropped. */
  #learn(lane: Lane, entry: number, high: number, low: number, now: number): boolean {
    const table = this.#table
    const { learning, sticky } = lane.settings
    if (entry >= 0) {
      if (table.flags(entry) !== 0) {
        ;(lane.counters.inbound[MOVED] as number)++
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

  /** Whether a frame may go from one port to another. */
  #reaches(from: Lane, to: Lane, vlan: number): boolean {
    if (!to.forwards || (to === from && !from.settings.hairpin)) return false
    if (from.settings.isolated && to.settings.isolated) return false
    return vlan === 0 || (to.settings.vlan?.of[vlan] ?? membership.none) !== membership.none
  }

  #send(from: Lane, to: Lane | undefined, slot: number, vlan: number): void {
    if (to === from && !from.settings.hairpin) (from.counters.inbound[SAME_PORT] as number)++
    else if (to === undefined || !this.#reaches(from, to, vlan)) (from.counters.inbound[NOWHERE] as number)++
    else this.#push(to, slot, vlan)
  }

  #push(to: Lane, slot: number, vlan: number): void {
    if (to.count === 0) {
      to.reserve(this.#inlet?.batch.capacity ?? 0)
      this.#active[this.#activeCount++] = to
    }
    const at = to.count++
    to.slots[at] = slot
    if (vlan !== 0) to.tagged[at] = to.settings.vlan?.of[vlan] === membership.tagged ? 1 : 0
  }

  /** Sends a frame to every port that may have it. */
  #flood(from: Lane, slot: number, vlan: number, sort: 'broadcast' | 'multicast' | 'unknown', now: number): void {
    const { inbound, passed } = from.counters
    const bucket: TokenBucket | undefined = from.settings.storm?.[sort]
    if (bucket !== undefined && !bucket.take(now)) {
      ;(inbound[STORM] as number)++
      return
    }
    const flooded = this.#flooded
    let sent = 0
    for (let i = 0; i < flooded.length; i++) {
      const to = flooded[i] as Lane
      if (!wants(to, sort) || !this.#reaches(from, to, vlan)) continue
      this.#push(to, slot, vlan)
      sent++
    }
    if (sent === 0) (inbound[NOWHERE] as number)++
    else passed[4] = (passed[4] as number) + 1
  }
}

/** Whether a port gets floods of a sort. The host gets no frames to stations that are not known. */
function wants(lane: Lane, sort: 'broadcast' | 'multicast' | 'unknown'): boolean {
  const { settings } = lane
  if (sort === 'broadcast') return settings.floodBroadcast
  if (sort === 'multicast') return settings.floodMulticast
  return settings.floodUnicast && lane.number !== 0
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
