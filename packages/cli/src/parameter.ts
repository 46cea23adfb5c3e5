/** Options as data: how one is written, what it takes, and which property of the specification it fills. @module */
import { type Command, Option } from 'commander'
import { UsageError } from './usage.js'
import { camel, kebab, suggestion } from './word.js'

/** Where the words come from that complete an argument: live objects (`place` is a link of any namespace), or a list. */
export type Completion = 'link' | 'alias' | 'place' | 'tap port' | 'namespace' | 'program' | 'file' | readonly string[]

/** What the argument of an option is. */
export interface Value {
  /** The word that stands for it in the help. */
  readonly placeholder: string
  /** Turns the text into a value; throws a {@link UsageError} that names the option. */
  read(text: string, flag: string): unknown
  /** Words that complete it. */
  readonly completion?: Completion
  /** May be given several times, or as a list with commas: the value is a list. */
  readonly list?: boolean
  /** May be given several times, and commas are the argument's own: the value is a list. */
  readonly repeated?: boolean
  /** May be left out, and means this then. */
  readonly bare?: unknown
}

/** One option of a command. */
export interface Parameter {
  /** Its long name without dashes: `forward-delay`. */
  readonly flag: string
  /** Its one-letter name without dash. */
  readonly short?: string
  /** The property that it fills: `forwardDelay`. */
  readonly property: string
  /** One line for the help. */
  readonly about: string
  /** What it takes; without it, it is a switch. */
  readonly value?: Value
  /** The flag that says the contrary of a switch: `no-stp`, `down`. */
  readonly contrary?: string
  /** What a switch gives; default `true`. */
  readonly gives?: unknown
  /** What the contrary gives; default `false`. */
  readonly contraryGives?: unknown
  /** How it is shown in the help, where not as usual. */
  readonly term?: string
  /** Must be given. */
  readonly required?: boolean
}

const completions = new WeakMap<object, Completion>()
const switches = new WeakMap<object, string>()

/** What completes the argument of an option or a positional argument. */
export function completionOf(option: object): Completion | undefined {
  return completions.get(option)
}

/** Says what completes an option or a positional argument; returns it. */
export function completes<T extends object>(option: T, completion: Completion | undefined): T {
  if (completion !== undefined) completions.set(option, completion)
  return option
}

/** How an option is shown in the help: a switch and its contrary share a line. */
export function optionTerm(option: Option): string {
  return switches.get(option) ?? option.flags
}

/** Declares the options on a command; in its help they stand under a heading of their own, where one is given. */
export function declare(command: Command, parameters: readonly Parameter[], heading?: string): void {
  for (const parameter of parameters) {
    const short = parameter.short === undefined ? '' : `-${parameter.short}, `
    const { value } = parameter
    const argument =
      value === undefined ? '' : value.bare === undefined ? ` <${value.placeholder}>` : ` [${value.placeholder}]`
    const option = new Option(`${short}--${parameter.flag}${argument}`, parameter.about)
    if (value?.list || value?.repeated)
      option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), text])
    if (parameter.required) option.makeOptionMandatory()
    if (heading !== undefined) option.helpGroup(heading)
    completes(option, value?.completion)
    command.addOption(option)
    if (parameter.contrary === undefined) continue
    const contrary = new Option(`--${parameter.contrary}`, parameter.about).hideHelp()
    const joined = parameter.contrary === `no-${parameter.flag}` && value === undefined
    const term = joined ? `--[no-]${parameter.flag}` : `${option.flags}, --${parameter.contrary}`
    switches.set(option, parameter.term ?? term)
    command.addOption(contrary)
  }
}

/** The properties that the given options fill. Options that were not given fill nothing. */
export function collect(
  parameters: readonly Parameter[],
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const properties: Record<string, unknown> = {}
  for (const parameter of parameters) {
    const given = givenValue(parameter, options)
    if (given !== undefined) properties[parameter.property] = given.value
  }
  return properties
}

/** Which of the parameters were given. */
export function givenOf(
  parameters: readonly Parameter[],
  options: Readonly<Record<string, unknown>>,
): readonly Parameter[] {
  return parameters.filter((parameter) => givenValue(parameter, options) !== undefined)
}

function givenValue(
  parameter: Parameter,
  options: Readonly<Record<string, unknown>>,
): { readonly value: unknown } | undefined {
  const { flag, contrary, value } = parameter
  const own = options[camel(flag)]
  const negated =
    contrary !== undefined && (contrary === `no-${flag}` ? own === false : options[camel(contrary)] === true)
  if (negated) {
    if (own !== undefined && own !== false) throw new UsageError(`--${flag} and --${contrary} contradict each other`)
    return { value: parameter.contraryGives === undefined ? false : parameter.contraryGives }
  }
  // Of several kinds with an option of this name, another has its contrary.
  if (own === undefined || (own === false && value !== undefined)) return undefined
  if (value === undefined) return { value: parameter.gives === undefined ? true : parameter.gives }
  if (own === true) return { value: value.bare }
  if (value.repeated) return { value: (own as readonly string[]).map((text) => value.read(text, flag)) }
  if (value.list) {
    const texts = (own as readonly string[]).flatMap((text) => text.split(','))
    return { value: texts.map((text) => value.read(text, flag)) }
  }
  return { value: value.read(own as string, flag) }
}

/** A switch: `--append`. */
export function flag(property: string, about: string, more: Partial<Parameter> = {}): Parameter {
  return { flag: kebab(property), property, about, ...more }
}

/** A switch with its contrary: `--stp`, `--no-stp`. */
export function toggle(property: string, about: string, more: Partial<Parameter> = {}): Parameter {
  const name = more.flag ?? kebab(property)
  return { flag: name, property, about, contrary: `no-${name}`, ...more }
}

/** A switch for a property that says no: `--no-dad` for `noDad`. */
export function denial(property: string, positive: string, about: string): Parameter {
  return { flag: positive, property, about, contrary: `no-${positive}`, gives: false, contraryGives: true }
}

/** Any text. */
export function text(property: string, placeholder: string, about: string, more: Partial<Parameter> = {}): Parameter {
  return { flag: kebab(property), property, about, value: { placeholder, read: (given) => given }, ...more }
}

/** A link: its name, an alternative name, or `#` and its index. */
export function link(property: string, about: string, more: Partial<Parameter> = {}): Parameter {
  return { flag: kebab(property), property, about, value: linkValue, ...more }
}

/** A namespace: its name or a path. */
export function namespace(property: string, about: string, more: Partial<Parameter> = {}): Parameter {
  return { flag: kebab(property), property, about, value: namespaceValue, ...more }
}

/** A whole number. */
export function whole(property: string, about: string, more: Partial<Parameter> = {}): Parameter {
  return { flag: kebab(property), property, about, value: wholeValue('number'), ...more }
}

/** A time in seconds. */
export function duration(property: string, about: string, more: Partial<Parameter> = {}): Parameter {
  return { flag: kebab(property), property, about, value: secondsValue, ...more }
}

/** One of some words. */
export function word(
  property: string,
  words: readonly string[],
  about: string,
  more: Partial<Parameter> = {},
): Parameter {
  return { flag: kebab(property), property, about, value: wordValue(property, words), ...more }
}

/** Two numbers, first and last: `10-20`, or a single one. */
export function range(property: string, about: string, more: Partial<Parameter> = {}): Parameter {
  return { flag: kebab(property), property, about, value: rangeValue, ...more }
}

/** A whole number as it is written. */
export const numeric = /^(?:0|[1-9]\d*|0x[\da-f]+)$/i

/** A whole number, decimal or hexadecimal. */
export const wholeValue = (placeholder: string): Value => ({
  placeholder,
  read(given, flag) {
    const sign = given.startsWith('-') ? -1 : 1
    const digits = sign === -1 ? given.slice(1) : given
    if (!numeric.test(digits)) throw new UsageError(`--${flag} takes a whole number, not ${JSON.stringify(given)}`)
    return sign * Number(digits)
  },
})

/** A link as it is referred to. */
export function linkRef(given: string): string | number {
  return /^#\d+$/.test(given) ? Number(given.slice(1)) : given
}

const linkValue: Value = { placeholder: 'link', completion: 'link', read: linkRef }
const namespaceValue: Value = { placeholder: 'namespace', completion: 'namespace', read: (given) => given }

/** A time in seconds, fractions allowed. */
export const secondsValue: Value = {
  placeholder: 'seconds',
  read(given, flag) {
    if (!/^\d+(?:\.\d+)?$/.test(given)) {
      throw new UsageError(`--${flag} takes seconds such as 4 or 0.5, not ${JSON.stringify(given)}`)
    }
    return Number(given)
  },
}

/** One of some words. */
export function wordValue(placeholder: string, words: readonly string[]): Value {
  return {
    placeholder,
    completion: words,
    read: (given, flag) => (words.includes(given) ? given : refuse(flag, given, words)),
  }
}

/** Two numbers: `10-20`, `10:20`, or one for both. */
export const rangeValue: Value = {
  placeholder: 'first-last',
  read(given, flag) {
    const match = /^(\d+)(?:[-:](\d+))?$/.exec(given)
    if (match === null) throw new UsageError(`--${flag} takes two numbers such as 10-20, not ${JSON.stringify(given)}`)
    return [Number(match[1]), Number(match[2] ?? match[1])]
  },
}

/** Says that a word is not one of those that an option takes, and which one may have been meant. */
export function refuse(flag: string, given: string, words: readonly string[]): never {
  throw new UsageError(`--${flag}: ${JSON.stringify(given)} is not one of its words`, suggestion(given, words))
}
