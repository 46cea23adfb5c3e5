/** What every kind of discipline or class gives: the way between its options and `TCA_OPTIONS`. Types only. @module */
import type { TrafficStatistics } from '@vnet/core'
import type { AttributeTable } from '../../../netlink/attribute.js'
import type { Octets } from '../../../netlink/octets.js'
import type { MessageWriter } from '../../../netlink/writer.js'
import type { EncodeContext } from '../../codec.js'

/** A kind with options. */
export interface TrafficKind<Options> {
  /** Octets of a struct before the attributes. */
  readonly headerSize: number
  /** `TCA_OPTIONS` is sent even when there are none. */
  readonly always?: true
  /** The attributes of `TCA_OPTIONS`, for the paths of errors. */
  readonly attributes: AttributeTable
  /** Fields of the options for table entries that are named otherwise; `''` stands for the options as a whole. */
  readonly paths?: Readonly<Record<string, string>>
  /** Appends what `TCA_OPTIONS` holds. */
  encode(to: MessageWriter, options: Options, context: EncodeContext): void
  /** Reads the options out of `TCA_OPTIONS`. */
  decode(from: Octets, start: number, end: number): Readonly<Record<string, unknown>>
  /** Reads the counters that only this kind has. */
  statistics?(from: Octets, start: number, end: number): Partial<TrafficStatistics>
}
