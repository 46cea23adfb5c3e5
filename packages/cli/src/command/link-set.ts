/** `vnet link set LINK`: settings of every kind, of the link's own kind, and of a bridge port. @module */
import { type ChangeableProperty, changeableProperties, type Host, type LinkChange, type LinkRef } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes } from '../define.js'
import { missing } from '../missing.js'
import { collect, declare, givenOf, linkRef, type Parameter, text } from '../parameter.js'
import { UsageError } from '../usage.js'
import { camel } from '../word.js'
import { bondPortParameters, kindParameters, portParameters, sectionOf, settings } from './link-option.js'

const names: readonly Parameter[] = [
  text('name', 'name', 'new name'),
  text('addAltNames', 'name', 'add an alternative name', { flag: 'add-alt-name', value: listOf('name') }),
  text('deleteAltNames', 'name', 'remove an alternative name', { flag: 'delete-alt-name', value: listOf('name') }),
]

function listOf(placeholder: string): NonNullable<Parameter['value']> {
  return { placeholder, list: true, read: (given) => given }
}

/** Declares `link set`. */
export function defineLinkSet(link: Command, context: Context): void {
  const set = define(link, 'set', 'change a link', 'vnet link set v0 --up --master br0 --mtu 1400')
  takes(set, '<link>', 'the link', 'link')
  const base = [...settings, ...names]
  const port = portParameters('set')
  const kinds = Object.fromEntries(changeableProperties.map((kind) => [kind, kindParameters(kind, 'set')])) as Record<
    ChangeableProperty,
    readonly Parameter[]
  >
  declare(set, base)
  declare(set, port, 'Options of a bridge port:')
  declare(set, bondPortParameters, 'Options of a port of a bond:')
  const contraries = new Map(
    changeableProperties
      .flatMap((kind) => kinds[kind].map(({ flag, contrary }) => [flag, contrary] as const))
      .filter(hasTwo),
  )
  const declared = new Set<string>()
  for (const kind of changeableProperties) {
    // Some options have the same name for several kinds (`--id`); the link's kind tells which is meant.
    const fresh = kinds[kind].filter(({ flag }) => !declared.has(flag))
    for (const { flag } of fresh) declared.add(flag)
    declare(
      set,
      fresh.map((parameter) => withContrary(parameter, contraries.get(parameter.flag))),
      `Options of ${kind}:`,
    )
  }
  set.action(async (word: string, given: Record<string, unknown>) => {
    const ref = linkRef(word)
    const portOptions = collect(port, given)
    const bondPortOptions = collect(bondPortParameters, given)
    const change: Record<string, unknown> = {
      ...collect(base, given),
      ...(Object.keys(portOptions).length > 0 ? { port: portOptions } : {}),
      ...(Object.keys(bondPortOptions).length > 0 ? { bondPort: bondPortOptions } : {}),
    }
    const special = new Set(changeableProperties.flatMap((kind) => givenOf(kinds[kind], given).map(({ flag }) => flag)))
    if (Object.keys(change).length === 0 && special.size === 0) {
      throw new UsageError('nothing to change', `see \`vnet link set --help\``)
    }
    await context.withHost(async (host) => {
      if (special.size > 0) Object.assign(change, await ownOptions(host, ref, kinds, special, given))
      await host.link.set(ref, change as Omit<LinkChange, 'link'>)
    })
  })
}

const hasTwo = (pair: readonly [string, string | undefined]): pair is [string, string] => pair[1] !== undefined

/** An option as it is declared for all kinds: with the contrary that it has for one of them. */
const withContrary = (parameter: Parameter, contrary: string | undefined): Parameter =>
  contrary === undefined ? parameter : { ...parameter, contrary }

/** The options of the link's own kind; others are refused. */
async function ownOptions(
  host: Host,
  ref: LinkRef,
  kinds: Readonly<Record<ChangeableProperty, readonly Parameter[]>>,
  special: ReadonlySet<string>,
  given: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const link = await host.link.get(ref)
  if (link === undefined) throw missing('link set', 'ENODEV', ref)
  const section = sectionOf(link.kind) as ChangeableProperty | undefined
  const own = section === undefined ? [] : (kinds[section] ?? [])
  const has = (parameters: readonly Parameter[], flag: string) =>
    givenOf(parameters, given).some((parameter) => parameter.flag === flag)
  for (const flag of special) {
    if (has(own, flag)) continue
    const having = changeableProperties.filter((kind) => has(kinds[kind], flag))
    const word = given[camel(flag)] === false ? `no-${flag}` : flag
    throw new UsageError(`--${word} is for ${having.join(' and ')}; ${link.name} is of kind ${link.kind ?? link.type}`)
  }
  return section === undefined ? {} : { [section]: collect(own, given) }
}
