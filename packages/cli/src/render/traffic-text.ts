/** Options of traffic control in words, as they are written behind a command. @module */
import type { Field, FieldTable } from '@vnet/core'
import { kebab } from '../word.js'

/** The options of a table that an object has: `rate 10mbit burst 10kb`. */
export function optionText(table: FieldTable | undefined, object: object): string {
  const values = object as Readonly<Record<string, unknown>>
  const words = Object.entries(table ?? {}).flatMap(([name, field]) => {
    const value = values[name]
    return value === undefined ? [] : [`${kebab(name)} ${valueText(field, value)}`]
  })
  return words.join(' ')
}

function valueText(field: Field, value: unknown): string {
  switch (field.type) {
    case 'rate':
      return rateText(value as number)
    case 'milliseconds':
      return `${value}ms`
    case 'chance':
      return `${Number(((value as number) * 100).toPrecision(6))}%`
    case 'record':
      return optionText(field.fields, value as object).replaceAll(/ (?=\S+ )/g, ',')
    case 'records':
      return (value as readonly object[])
        .map((one) => optionText(field.fields, one).replaceAll(/ (?=\S+ )/g, ','))
        .join(' ')
    case 'boolean':
      return value ? 'on' : 'off'
    default:
      return String(value)
  }
}

/** A rate with its unit: `10mbit`. */
export function rateText(rate: number): string {
  for (const [unit, size] of units) if (rate >= size && rate % (size / 1000) === 0) return `${rate / size}${unit}`
  return `${rate}bit`
}
const units = [
  ['gbit', 1e9],
  ['mbit', 1e6],
  ['kbit', 1e3],
] as const
