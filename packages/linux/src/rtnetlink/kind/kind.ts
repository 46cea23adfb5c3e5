/** What every kind of link gives: its attribute table, and the way between its options and `IFLA_INFO_DATA`. Types only. @module */
import type { AttributeTable } from '../../netlink/attribute.js'
import type { Octets } from '../../netlink/octets.js'
import type { MessageWriter } from '../../netlink/writer.js'
import type { EncodeContext } from '../codec.js'

/** A kind of link that has options of its own. */
export interface LinkKind<Options, State> {
  /** Property of the options in a specification and of the state in a link; also the last word of an error's path. */
  readonly property: string
  /** The attributes of `IFLA_INFO_DATA`. */
  readonly attributes: AttributeTable
  /** Fields of the options for table entries that are named otherwise; `''` stands for the options as a whole. */
  readonly paths?: Readonly<Record<string, string>>
  /** A change replaces all options: what it leaves out falls back to a default. So the others are read first, and sent again. */
  readonly replaces?: true
  /** Options that are one attribute: where a change names one, the others are sent as they are. */
  readonly together?: readonly (keyof Options & string)[]
  /** Appends the attributes of the options; `making` tells a new link from a change of one. */
  encode?(to: MessageWriter, options: Options, context: EncodeContext, making: boolean): void
  /** Reads the state out of `IFLA_INFO_DATA`. */
  decode(from: Octets, start: number, end: number): State
}

/** What every kind of master gives about its ports. */
export interface PortKind<State> {
  /** Property of the state in a link. */
  readonly property: string
  /** Reads the state out of `IFLA_INFO_SLAVE_DATA`. */
  decode(from: Octets, start: number, end: number): State
}
