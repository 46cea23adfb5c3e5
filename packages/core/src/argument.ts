/** Wrong arguments: refused by the client before any backend is asked. @module */
import { closest } from 'fastest-levenshtein'

/** What a refused argument is told about, on the `TypeError` or `RangeError`. */
export interface ArgumentFault {
  /** `VNET_TYPE` for the wrong kind of value or an unknown property, `VNET_RANGE` for a value that is not allowed. */
  readonly code: 'VNET_TYPE' | 'VNET_RANGE'
  /** The operation: `link add`. */
  readonly operation: string
  /** What it was about: `br0`. */
  readonly subject?: string
  /** Path of the value: `spec.vlan.id`. */
  readonly attribute: string
  /** What to do. */
  readonly hint?: string
}

/** A `TypeError` or `RangeError` of this library. */
export type ArgumentError = (TypeError | RangeError) & ArgumentFault

/** Whether a caught value is a refused argument, of this or of another copy of the package. */
export function isArgumentError(value: unknown): value is ArgumentError {
  const code = (value as { code?: unknown } | null | undefined)?.code
  return (value instanceof TypeError || value instanceof RangeError) && (code === 'VNET_TYPE' || code === 'VNET_RANGE')
}

/** Thrown by checks inside; {@link argumentError} turns it into the public error once the operation is known. */
export class Fault extends Error {
  /** Which of the two codes. */
  readonly code: ArgumentFault['code']
  /** Path of the value, from the spec on. */
  readonly path: string
  /** What to do. */
  readonly hint: string | undefined

  /** Says what is wrong with the value at `path`. */
  constructor(code: ArgumentFault['code'], path: string, problem: string, hint?: string) {
    super(problem)
    this.code = code
    this.path = path
    this.hint = hint
  }
}

/** The wrong kind of value: `spec.name: a text is needed, not a number`. */
export function typeFault(path: string, needed: string, value: unknown, hint?: string): Fault {
  const quoted =
    typeof value === 'number' && needed === 'a text' ? `write it as text: ${JSON.stringify(String(value))}` : undefined
  return new Fault('VNET_TYPE', path, `${needed} is needed, not ${kindOf(value)}`, hint ?? quoted ?? `give ${needed}`)
}

/** The hint for a word that is none of those known. */
export function nearest(word: string, words: readonly string[]): string {
  return `did you mean ${closest(word, [...words])}?`
}

/** A value that is not allowed. */
export function rangeFault(path: string, problem: string, hint: string): Fault {
  return new Fault('VNET_RANGE', path, problem, hint)
}

/** A property that the operation does not have, with the nearest one that it has. */
export function unknownProperty(path: string, property: string, known: Iterable<string>): Fault {
  const words = [...known]
  return new Fault(
    'VNET_TYPE',
    path === '' ? property : `${path}.${property}`,
    'there is no such property',
    words.length === 0 ? undefined : `did you mean ${closest(property, words)}? There are: ${words.join(', ')}`,
  )
}

/** The public error of a fault. */
export function argumentError(fault: Fault, operation: string, subject: string | undefined): ArgumentError {
  const attribute = fault.path
  const message = `${operation}${subject === undefined ? '' : ` ${subject}`}: ${attribute}: ${fault.message}`
  const error = fault.code === 'VNET_TYPE' ? new TypeError(message) : new RangeError(message)
  const details: ArgumentFault = {
    code: fault.code,
    operation,
    attribute,
    ...(subject === undefined ? {} : { subject }),
    ...(fault.hint === undefined ? {} : { hint: fault.hint }),
  }
  return Object.assign(error, details)
}

/** Does `body`; a fault in it becomes the public error of an operation on `subject`, where that is a name. */
export function named<T>(operation: string, subject: unknown, body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw argumentError(error, operation, typeof subject === 'string' && subject !== '' ? subject : undefined)
  }
}

/**
 * A refused argument of a function that is no operation of a client, in the form of those that are: a `TypeError`
 * (`VNET_TYPE`) or `RangeError` (`VNET_RANGE`) that names the value by its path and says what to do.
 */
export function wrongArgument(
  code: ArgumentFault['code'],
  operation: string,
  attribute: string,
  problem: string,
  hint: string,
): ArgumentError {
  return argumentError(new Fault(code, attribute, problem, hint), operation, undefined)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value === 'string') return `the text ${JSON.stringify(value)}`
  return `a ${typeof value}`
}
