/** Values as `tc` writes them: rates, sizes, times and chances with their units. @module */
import { filterProtocols } from '@vnet/core'
import { numeric, type Value } from './parameter.js'
import { UsageError } from './usage.js'

/** Rates in bit/s by unit; `bps` is octets a second, as `tc` has it. Decimal, and binary with an `i`. */
const rates = new Map<string, number>([
  ['', 1],
  ['bit', 1],
  ['bps', 8],
])
for (const [power, letter] of ['k', 'm', 'g', 't'].entries()) {
  rates.set(`${letter}bit`, 1000 ** (power + 1))
  rates.set(`${letter}ibit`, 1024 ** (power + 1))
  rates.set(`${letter}bps`, 8 * 1000 ** (power + 1))
  rates.set(`${letter}ibps`, 8 * 1024 ** (power + 1))
}

/** Sizes in octets by unit: `k` is 1,024, as `tc` has it. */
const sizes = new Map<string, number>([
  ['', 1],
  ['b', 1],
  ['k', 1024],
  ['kb', 1024],
  ['m', 1048576],
  ['mb', 1048576],
])

/** Times in milliseconds by unit. */
const times = new Map<string, number>([
  ['', 1],
  ['ms', 1],
  ['us', 0.001],
  ['ns', 1e-6],
  ['s', 1000],
])

const unitValue = (placeholder: string, units: ReadonlyMap<string, number>, example: string): Value => ({
  placeholder,
  read(given, flag) {
    const match = /^(-?\d+(?:\.\d+)?)([a-z]*)$/i.exec(given)
    const factor = match === null ? undefined : units.get((match[2] as string).toLowerCase())
    if (match === null || factor === undefined)
      throw new UsageError(`--${flag} takes a ${placeholder} such as ${example}, not ${JSON.stringify(given)}`)
    // The product of decimal fractions, without the dust of binary ones.
    return Number((Number(match[1]) * factor).toPrecision(15))
  },
})

/** A rate: `10mbit`, or bit/s. */
export const rateValue = unitValue('rate', rates, '10mbit')
/** A size: `10kb`, or octets. */
export const sizeValue = unitValue('size', sizes, '10kb')
/** A time: `100ms`, `250us`, or milliseconds. */
export const timeValue = unitValue('time', times, '100ms')

/** A chance: `1%`, or 0 to 1. */
export const chanceValue: Value = {
  placeholder: 'chance',
  read(given, flag) {
    const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(given)
    if (match === null)
      throw new UsageError(`--${flag} takes a chance such as 1% or 0.01, not ${JSON.stringify(given)}`)
    return match[2] === '' ? Number(match[1]) : Number((Number(match[1]) / 100).toPrecision(15))
  },
}

/** The protocol of packets: a word of `tc`, or an EtherType. */
export const protocolValue: Value = {
  placeholder: 'protocol',
  completion: Object.keys(filterProtocols),
  read: (given) => (numeric.test(given) ? Number(given) : given),
}
