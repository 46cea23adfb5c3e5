/** Every property of a link that holds options, and what these take. @module */
import type { FieldTable } from '../field.js'
import { bondPortFields } from './bond.js'
import { bridgePortFields } from './bridge-port.js'
import { kindOptions } from './index.js'

/** By property: those of kinds, and those of ports of bridges and bonds. */
export const optionFields: Readonly<Record<string, FieldTable>> = {
  ...Object.fromEntries(Object.entries(kindOptions).map(([property, { fields }]) => [property, fields])),
  port: bridgePortFields,
  bondPort: bondPortFields,
}
