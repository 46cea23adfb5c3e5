/** A frame inside a bridge that tells VLANs apart: its VLAN, and the two forms in which it may leave (`net/bridge/br_vlan.c`). @module */
import type { PortState } from '@vnet/core'
import { ethernetHeaderSize, etherTypeAt, vlanTciAt } from '@vnet/wire'
import type { Frame } from '../stack/frame.js'
import type { BridgeData, BridgePort } from './bridge-data.js'
import { tagTypeOf, withoutTag, withTag } from './vlan-frame.js'

/** Bits of a tag beside its VLAN: priority and drop bit. */
const otherBits = 0xf000

/** A frame in a VLAN. Each form is made when the first port wants it. */
export class VlanFrame {
  /** Its VLAN. */
  readonly vlan: number
  readonly #tagType: number
  readonly #tci: number
  #plain: Frame | undefined
  #tagged: Frame | undefined

  constructor(frame: Frame, isTagged: boolean, vlan: number, tagType: number) {
    this.vlan = vlan
    this.#tagType = tagType
    this.#tci = (isTagged ? vlanTciAt(frame.octets, 0) & otherBits : 0) | vlan
    if (!isTagged) this.#plain = frame
    else if (this.#tci === vlanTciAt(frame.octets, 0)) this.#tagged = frame
    // A tag that named no VLAN does now.
    else this.#plain = withoutTag(frame)
  }

  /** Without a tag. */
  get plain(): Frame {
    this.#plain ??= withoutTag(this.#tagged as Frame)
    return this.#plain
  }

  /** With a tag. */
  get tagged(): Frame {
    this.#tagged ??= withTag(this.#plain as Frame, this.#tci, this.#tagType)
    return this.#tagged
  }
}

/** What becomes of a frame at the door: its VLAN, and the state of the door in it. */
export interface Admission {
  readonly inside: VlanFrame
  readonly state: PortState
}

type Keeper = Pick<BridgeData | BridgePort, 'vlans' | 'pvid' | 'vlanCounters'>

/** The VLAN of a frame that comes in; `undefined` where it may not (`__allowed_ingress`). */
export function admit(bridge: BridgeData, keeper: Keeper, frame: Frame, state: PortState): Admission | undefined {
  const tagType = tagTypeOf(bridge.options.vlanProtocol)
  const isTagged = etherTypeAt(frame.octets, 0) === tagType
  const named = isTagged ? vlanTciAt(frame.octets, 0) & 0x0fff : 0
  const vlan = named === 0 ? keeper.pvid : named
  const record = vlan === 0 ? undefined : keeper.vlans.get(vlan)
  if (record === undefined) return undefined
  const now = state === 'forwarding' ? record.state : state
  if (now !== 'forwarding' && now !== 'learning') return undefined
  return { inside: new VlanFrame(frame, isTagged, vlan, tagType), state: now }
}

/** Whether a frame may leave there (`br_allowed_egress`). */
export function mayLeave(keeper: Keeper, vlan: number): boolean {
  return keeper.vlans.get(vlan)?.state === 'forwarding'
}

/** The form in which a frame leaves there (`br_handle_vlan`); `undefined` where its VLAN is not there. */
export function leaving(bridge: BridgeData, keeper: Keeper, inside: VlanFrame): Frame | undefined {
  const record = keeper.vlans.get(inside.vlan)
  if (record === undefined) return undefined
  countVlan(bridge, keeper, 'tx', inside)
  return record.untagged ? inside.plain : inside.tagged
}

/** Counts what passes in a VLAN, without Ethernet headers: of a port by itself where that is wanted, else of the whole bridge. */
export function countVlan(bridge: BridgeData, keeper: Keeper, direction: 'rx' | 'tx', inside: VlanFrame): void {
  const { vlanStatsEnabled, vlanStatsPerPort } = bridge.options
  if (!vlanStatsEnabled) return
  const counted = vlanStatsPerPort ? keeper : bridge
  counted.vlanCounters ??= new Map()
  let counters = counted.vlanCounters.get(inside.vlan)
  if (counters === undefined) {
    counters = { rxPackets: 0, rxBytes: 0, txPackets: 0, txBytes: 0 }
    counted.vlanCounters.set(inside.vlan, counters)
  }
  counters[`${direction}Packets`]++
  counters[`${direction}Bytes`] += inside.plain.octets.length - ethernetHeaderSize
}
