/** Checks of the protocols that filters look at. @module */
import { type FilterProtocol, filterProtocols } from '../traffic/filter-protocol.js'
import { type Check, wholeNumber, word } from './scalar.js'

const protocolOf =
  (words: readonly Exclude<FilterProtocol, number>[]): Check<number> =>
  (value, path) =>
    typeof value === 'number' ? wholeNumber(1, 0xffff)(value, path) : filterProtocols[word(words)(value, path)]

const words = Object.keys(filterProtocols) as Exclude<FilterProtocol, number>[]

/** The EtherType of a word or a number, `all` among them. */
export const filterProtocol = protocolOf(words)
/** The EtherType of what lies behind a header. */
export const etherType = protocolOf(words.filter((one) => one !== 'all'))
