/** Options that take a word of iproute2's number databases, or a number: tables, makers of routes, scopes, groups. @module */
import { routeProtocols } from '@vnet/core'
import * as databases from './iproute2.js'
import { numeric, type Parameter, refuse, type Value } from './parameter.js'
import { kebab } from './word.js'

type Named = (property: string, about: string, more?: Partial<Parameter>) => Parameter

const parameter =
  (value: Value): Named =>
  (property, about, more = {}) => ({ flag: kebab(property), property, about, value, ...more })

/** Words that core knows are passed on as words, others as the number that the machine's database has for them. */
function named(placeholder: string, known: readonly string[], database: () => databases.Database): Value {
  return {
    placeholder,
    get completion() {
      return [...new Set([...known, ...database().names()])]
    },
    read(given, flag) {
      if (known.includes(given)) return given
      if (numeric.test(given)) return Number(given)
      return database().number(given) ?? refuse(flag, given, [...new Set([...known, ...database().names()])])
    },
  }
}

/** A routing table. */
export const table = parameter(named('table', ['main', 'local', 'default'], databases.tables))
/** A routing table, or `all`. */
export const tableOrAll = parameter(named('table', ['main', 'local', 'default', 'all'], databases.tables))
/** A maker of routes and rules. */
export const maker = parameter(named('protocol', Object.keys(routeProtocols), databases.makersOfRoutes))
/** A scope. */
export const scope = parameter(named('scope', ['global', 'site', 'link', 'host', 'nowhere'], databases.scopes))
/** A group of links. */
export const group = parameter(named('group', [], databases.groups))
/** A protocol over IP. */
export const ipProtocol = parameter(named('protocol', [], databases.ipProtocols))
