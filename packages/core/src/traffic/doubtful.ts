/** Options of traffic control in doubt: those that older kernels, or kernels built without something, ignore without a word. @module */
import { VnetError } from '../error.js'
import type { FieldTable, Since } from '../field.js'
import { hintOfIgnored } from '../kind/doubtful.js'
import { qdiscFields } from '../qdisc.js'
import { type Request, subjectOf } from '../request.js'
import { filterFields } from '../traffic-filter.js'
import { policeFields } from './action.js'
import { type FlowerLabel, isFirstLabel } from './flower-mpls.js'

/** An option of a request that the kernel may ignore. */
export interface DoubtfulTraffic {
  /** Where it stands in the specification, and in what is told: `['actions', 0, 'packetRate']`. */
  readonly place: readonly (string | number)[]
  /** What brought it to the kernel. */
  readonly since: Since
}

type Spec = Readonly<Record<string, unknown>>

/** The options in doubt by kind; most kinds have none. */
type Doubts = ReadonlyMap<string, readonly (readonly [option: string, since: Since])[]>

function doubtsIn(tables: Readonly<Record<string, FieldTable>>): Doubts {
  const found = Object.entries(tables).map(([kind, fields]) => {
    const own = Object.entries(fields).flatMap(([option, { since }]) =>
      since === undefined ? [] : [[option, since] as const],
    )
    return [kind, own] as const
  })
  return new Map(found.filter(([, own]) => own.length > 0))
}

/** A field of `flower` is told with its mask. */
const withoutMasks = ({ flower, ...others }: typeof filterFields): Readonly<Record<string, FieldTable>> => ({
  ...others,
  flower: Object.fromEntries(Object.entries(flower).filter(([name]) => !name.endsWith('Mask'))),
})

const doubts: Readonly<Record<string, Doubts>> = {
  qdisc: doubtsIn(qdiscFields),
  filter: doubtsIn(withoutMasks(filterFields)),
}
const actionDoubts: Doubts = new Map([
  ...doubtsIn({ police: policeFields }),
  ['mirred', [['block', { kernel: 'Linux 6.8' }]]] as const,
])

/** The options of a discipline, filter or action that the kernel may ignore; nearly always none. */
export function doubtfulTraffic(request: Request): readonly DoubtfulTraffic[] {
  const spec = request.spec as unknown as Spec
  if (request.operation.startsWith('action ')) return doubtsOf(actionDoubts, spec, [])
  const own = doubtsOf(doubts[request.operation.split(' ')[0] as string], spec, [])
  const actions = spec.actions as readonly Spec[] | undefined
  if (actions === undefined) return own
  return [...own, ...actions.flatMap((action, at) => doubtsOf(actionDoubts, action, ['actions', at]))]
}

function doubtsOf(table: Doubts | undefined, options: Spec, before: DoubtfulTraffic['place']): DoubtfulTraffic[] {
  return (table?.get(options.kind as string) ?? [])
    .filter(([option]) => options[option] !== undefined && !isOfOld(option, options[option]))
    .map(([option, since]) => ({ place: [...before, option], since }))
}

/** Whether an option has a value that kernels have long known: the first label of MPLS alone. */
const isOfOld = (option: string, value: unknown): boolean =>
  option === 'mpls' && isFirstLabel(value as readonly FlowerLabel[])

/** What is told of an option by a discipline or filter that was made with it. */
export function toldTraffic(object: object, { place }: DoubtfulTraffic): unknown {
  return place.reduce((inner: unknown, step) => (inner as Record<string | number, unknown> | undefined)?.[step], object)
}

/** The failure of a request with an option that the kernel ignores. */
export function ignoredTraffic(request: Request, { place, since }: DoubtfulTraffic): VnetError {
  return new VnetError({
    code: 'VNET_UNSUPPORTED',
    operation: request.operation,
    subject: subjectOf(request),
    attribute: `spec.${place.join('.')}`,
    hint: hintOfIgnored(since),
  })
}
