/** Options in doubt: those that older kernels, or kernels built without something, ignore without a word. @module */
import { VnetError } from '../error.js'
import type { FieldTable, Since } from '../field.js'
import type { Link } from '../link.js'
import { type Request, subjectOf } from '../request.js'
import { optionFields } from './option-fields.js'

/** An option of a request that the kernel may ignore. */
export interface DoubtfulOption {
  /** The property of the specification, and of the link, that holds it: `bridge`, `port`. */
  readonly property: string
  /** The option. */
  readonly option: string
  /** What it is to be. */
  readonly value: unknown
  /** What brought it to the kernel. */
  readonly since: Since
}

/** The options in doubt by property; most kinds have none. */
const doubts: ReadonlyMap<string, ReadonlyMap<string, Since>> = new Map(
  Object.entries(optionFields)
    .map(([property, fields]) => [property, sincesOf(fields)] as const)
    .filter(([, sinces]) => sinces.size > 0),
)

function sincesOf(fields: FieldTable): ReadonlyMap<string, Since> {
  return new Map(
    Object.entries(fields).flatMap(([option, { since }]) => (since === undefined ? [] : [[option, since] as const])),
  )
}

type Spec = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>

/** The options of a new link, or of a change of one, that the kernel may ignore; nearly always none. */
export function doubtfulOptions(request: Request): readonly DoubtfulOption[] {
  if (request.operation !== 'link add' && request.operation !== 'link set') return none
  const spec = request.spec as unknown as Spec
  let found: DoubtfulOption[] | undefined
  for (const property in spec) {
    const sinces = doubts.get(property)
    const options = spec[property]
    if (sinces === undefined || options === undefined) continue
    for (const option in options) {
      const since = sinces.get(option)
      const value = options[option]
      if (since === undefined || value === undefined) continue
      found ??= []
      found.push({ property, option, value, since })
    }
  }
  return found ?? none
}

const none: readonly DoubtfulOption[] = []

/** What a link tells of an option; `undefined` where it tells nothing. */
export function toldOf(link: Link, { property, option }: DoubtfulOption): unknown {
  return (link as unknown as Spec)[property]?.[option]
}

/** Whether a link that was told the option shows that the kernel knows it. */
export function isTold(link: Link, doubt: DoubtfulOption): boolean {
  const { value, since } = doubt
  const told = toldOf(link, doubt)
  if (told === undefined) return since.untold !== undefined && sameValue(since.untold, value)
  return since.byValue !== true || sameValue(told, value)
}

/** Whether two values of an option are the same: texts, numbers, or lists of them. */
export const sameValue = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** The failure of a request with an option that the kernel ignores. */
export function ignoredOption(request: Request, { property, option, since }: DoubtfulOption): VnetError {
  return new VnetError({
    code: 'VNET_UNSUPPORTED',
    operation: request.operation,
    subject: subjectOf(request),
    attribute: `spec.${property}.${option}`,
    hint: hintOfIgnored(since),
  })
}

/** What to do about an option that the kernel ignores. */
export const hintOfIgnored = ({ kernel }: Since): string => `this kernel ignores the option: it needs ${kernel}`
