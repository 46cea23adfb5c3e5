/** A packet tap: sees the frames that pass the links of a namespace (`packet_type` with `ETH_P_ALL`). @module */
import type { Notice } from '../kernel.js'
import type { Device } from '../object/device.js'
import type { Frame } from './frame.js'
import type { PacketTypeNumber } from './packet-type.js'

/** A tap. */
export interface Tap {
  /** A frame passes a link. */
  see(device: Device, frame: Frame, type: PacketTypeNumber): void
  /**
   * A frame comes up to the protocols of its link (`packet_type` of one protocol). With `isExact` it is only for who asked
   * for this link. `origin` is the link that had it first. Tells whether it was for this one.
   */
  receive?(device: Device, octets: Uint8Array, type: PacketTypeNumber, isExact: boolean, origin?: Device): boolean
  /** Something happened to a link of the namespace. */
  notice(notice: Notice, device: Device): void
}
