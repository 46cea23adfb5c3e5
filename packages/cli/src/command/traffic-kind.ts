/** A command for each kind of a discipline, class or filter, with the options that core's tables give it. @module */
import type { FieldTable } from '@vnet/core'
import type { Command } from 'commander'
import { withExample } from '../define.js'
import { parametersOf } from '../field-parameter.js'
import { collect, declare, flag, type Parameter } from '../parameter.js'
import { UsageError } from '../usage.js'

/** What lists tell besides. */
export const trafficDetails: readonly Parameter[] = [
  flag('details', 'also what tc shows with -d', { short: 'd' }),
  flag('statistics', 'also what they counted', { short: 's' }),
]

/** What the kinds of an object are given besides their own options. */
export interface TrafficKinds {
  /** The object: `qdisc`. */
  readonly object: string
  /** The options of each kind. */
  readonly tables: Readonly<Record<string, FieldTable>>
  /** Options of every kind. */
  readonly base: readonly Parameter[]
  /** Values for the examples of kinds, where a kind needs some. */
  readonly examples: Readonly<Record<string, string>>
}

/** Declares `VERB KIND` for every kind; `act` gets the specification. */
export function declareKinds(
  verb: Command,
  kinds: TrafficKinds,
  act: (spec: Record<string, unknown>) => Promise<void>,
): void {
  const { object, tables, base, examples } = kinds
  for (const [kind, table] of Object.entries(tables)) {
    const command = verb.command(kind).description(`${object} of kind ${kind}`)
    withExample(command, `vnet ${object} ${verb.name()} ${kind} --on eth0${examples[kind] ?? ''}`)
    const own = parametersOf(table, 'add', { taken: new Set(base.map(({ flag }) => flag)), instead: `${kind}-` })
    declare(command, own, `Options of ${kind}:`)
    declare(command, base, `Options of every ${object}:`)
    command.action((given: Record<string, unknown>) => act({ kind, ...collect(own, given), ...collect(base, given) }))
  }
  const other = verb.command('other').description("a kind that only the kernel knows, by the kernel's word")
  withExample(other, `vnet ${object} ${verb.name()} other --kind sfq --on eth0`)
  const more: readonly Parameter[] = [kindWord, data, ...base]
  declare(other, more)
  other.action((given: Record<string, unknown>) => act(collect(more, given)))
  // No options here: commander would take them away from the kind's own command.
  verb.usage('KIND [options]').argument('[kind]').allowUnknownOption().allowExcessArguments()
  verb.action((kind: string | undefined) => {
    const words = [...Object.keys(tables), 'other']
    if (kind === undefined || kind.startsWith('-'))
      throw new UsageError(`what kind of ${object}?`, `one of ${words.join(', ')}`)
    throw new UsageError(
      `vnet has no options for kind ${JSON.stringify(kind)}`,
      `one of ${words.join(', ')}; for a kind that the kernel has write: vnet ${object} ${verb.name()} other --kind ${kind}`,
    )
  })
}

const kindWord: Parameter = {
  flag: 'kind',
  property: 'kind',
  about: "the kernel's word for the kind",
  required: true,
  value: { placeholder: 'kind', read: (given) => given },
}

const data: Parameter = {
  flag: 'data',
  property: 'data',
  about: 'the octets of its options, in hexadecimal',
  value: {
    placeholder: 'octets',
    read(given, flag) {
      if (!/^(?:[\da-f]{2})*$/i.test(given))
        throw new UsageError(`--${flag} takes octets such as 0a000000, not ${given}`)
      return Uint8Array.from(Buffer.from(given, 'hex'))
    },
  },
}
