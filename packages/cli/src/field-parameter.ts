/** Options made from core's field tables, so that a kind's option is declared once, in its file. @module */
import type { Field, FieldTable } from '@vnet/core'
import { linkRef, type Parameter, rangeValue, secondsValue, type Value, wholeValue, wordValue } from './parameter.js'
import { chanceValue, protocolValue, rateValue, sizeValue, timeValue } from './traffic-value.js'
import { UsageError } from './usage.js'
import { kebab } from './word.js'

/** Whether the options are for a new object or for one that is there. */
export type Purpose = 'add' | 'set'

/** How the options of a table are named. */
export interface Naming {
  /** Put before their names: `port-` for those of a bridge port. */
  readonly prefix?: string
  /** Names that are taken; an option that has one gets `instead` before it. */
  readonly taken?: ReadonlySet<string>
  /** Put before the names of options whose own name is taken. */
  readonly instead?: string
}

/** The options of a table. */
export function parametersOf(table: FieldTable, purpose: Purpose, naming: Naming = {}): readonly Parameter[] {
  return Object.entries(table)
    .filter(([, field]) => field.readOnly !== true && !(purpose === 'add' ? field.setOnly : field.addOnly))
    .map(([property, field]) => parameterOf(property, field, purpose, naming))
}

function parameterOf(property: string, field: Field, purpose: Purpose, naming: Naming): Parameter {
  const { prefix = '', taken, instead = '' } = naming
  // A property that says no (`noLinkLocalLearn`) is the contrary of the option without the no.
  const denied = field.type === 'boolean' ? /^no([A-Z].*)/.exec(property)?.[1] : undefined
  const own = denied === undefined ? kebab(property) : kebab(denied).slice(1)
  const flag = `${taken?.has(own) ? instead : ''}${prefix}${own}`
  const required = purpose === 'add' && field.required === true
  const base = { flag, property, about: aboutOf(field), ...(required ? { required } : {}) }
  if (field.type !== 'boolean') {
    const taken = field.nullable && purpose === 'set' ? { contrary: `no-${flag}`, contraryGives: null } : {}
    return { ...base, ...taken, value: valueFor(field) }
  }
  if (field.setOnly) return base
  const contrary = `no-${flag}`
  if (denied === undefined) return { ...base, contrary }
  return { ...base, contrary, term: `--${contrary}`, gives: false, contraryGives: true }
}

/** The line of help, with the values that are allowed. */
function aboutOf(field: Field): string {
  const unit =
    field.type === 'integer' && field.unit !== undefined ? ` ${field.unit}` : field.type === 'seconds' ? ' s' : ''
  if (field.type === 'choice') return `${field.about}: ${field.values.join(', ')}`
  if (field.type !== 'integer' && field.type !== 'seconds') return field.about
  return `${field.about} (${field.min}–${field.max}${unit})`
}

function valueFor(field: Exclude<Field, { type: 'boolean' }>): Value {
  switch (field.type) {
    case 'integer':
      return field.unit === 'octets' ? sizeValue : wholeValue('number')
    case 'seconds':
      return secondsValue
    case 'choice':
      return wordValue('word', field.values)
    case 'link':
      return { placeholder: 'link', completion: 'link', read: linkRef }
    case 'range':
      return rangeValue
    case 'map':
      return mapValue
    case 'macs':
      return { placeholder: 'macs', list: true, read: (given) => given }
    case 'ips':
      return { placeholder: 'address', list: true, read: (given) => given }
    case 'protocol':
      return protocolValue
    case 'mac':
      return { placeholder: 'mac', read: (given) => given }
    case 'ip':
      return { placeholder: 'address', read: (given) => given }
    case 'text':
      return { placeholder: 'text', read: (given) => given }
    case 'milliseconds':
      return timeValue
    case 'chance':
      return chanceValue
    case 'rate':
      return rateValue
    case 'numbers':
      return numbersValue
    case 'record':
      return recordValue(field.fields)
    case 'records':
      return { ...recordValue(field.fields), repeated: true }
  }
}

/** Whole numbers with commas: `1,2,2`. */
const numbersValue: Value = {
  placeholder: 'number,…',
  read: (given, flag) => given.split(',').map((one) => wholeValue('number').read(one, flag)),
}

/** Options of an option: `p13=1%,p31=50%`. */
function recordValue(fields: FieldTable): Value {
  const parameters = parametersOf(fields, 'add')
  return {
    placeholder: 'name=value,…',
    read(given, flag) {
      const pairs = given.split(',').map((pair) => {
        const [name = '', ...rest] = pair.split('=')
        const parameter = parameters.find((one) => one.flag === kebab(name))
        // One that is a switch stands alone.
        if (parameter === undefined || rest.length > 0 !== (parameter.value !== undefined)) {
          const forms = parameters.map((one) => (one.value === undefined ? one.flag : `${one.flag}=…`))
          throw new UsageError(`--${flag} takes ${forms[0]}, not ${JSON.stringify(pair)}`, `one of ${forms.join(', ')}`)
        }
        return [parameter.property, parameter.value?.read(rest.join('='), `${flag} ${name}`) ?? true] as const
      })
      return Object.fromEntries(pairs)
    },
  }
}

/** From number to number: `1:5,2:6`. */
const mapValue: Value = {
  placeholder: 'from:to,…',
  read(given, flag) {
    const pairs = given.split(',').map((pair) => {
      const match = /^(\d+):(\d+)$/.exec(pair)
      if (match === null) throw new UsageError(`--${flag} takes pairs such as 1:5,2:6, not ${JSON.stringify(given)}`)
      return [Number(match[1]), Number(match[2])] as const
    })
    return Object.fromEntries(pairs)
  },
}
