/** The words that can stand at a place of the command line, with live names of links and namespaces. @module */
import type { Argument, Command, Option } from 'commander'
import { optionOf } from '../command-line.js'
import type { Context } from '../context.js'
import { programFor } from '../main.js'
import { type Completion, completionOf } from '../parameter.js'
import { type Entry, entries, resolveEntry, resolveVerb } from '../vocabulary.js'
import type { Line } from './line.js'

/** A word, and what it is. */
export interface Candidate {
  /** The word. */
  readonly word: string
  /** What it is, in a few words. */
  readonly about: string
}

/** What the shell should complete by itself. */
export type ShellAnswer = ':files' | ':commands'

/** The candidates for the unfinished word, or what the shell should complete. */
export async function candidatesFor(
  line: Line,
  { terminal, driver }: Pick<Context, 'terminal' | 'driver'>,
): Promise<readonly Candidate[] | ShellAnswer> {
  const { program, context } = programFor(terminal, driver)
  const place = await placeOf(program, context, line)
  const { current } = line
  const answer = await wordsAt(place, current, program, context)
  if (typeof answer === 'string') return answer
  return answer.filter(({ word }) => word.startsWith(current))
}

/** A place in the command line. */
interface Place {
  /** The object or command, where it is written. */
  readonly entry?: Entry
  /** The innermost command that is written. */
  readonly command: Command
  /** Whether a verb can stand here. */
  readonly wantsVerb: boolean
  /** How many positional arguments of the command stand before. */
  readonly position: number
  /** The option whose value is being written. */
  readonly option?: Option
  /** Everything here belongs to another program. */
  readonly foreign: boolean
  /** Options that were given. */
  readonly given: ReadonlySet<string>
}

async function placeOf(program: Command, context: Context, { before }: Line): Promise<Place> {
  let entry: Entry | undefined
  let command = program
  let verb: string | undefined
  let position = 0
  let foreign = false
  let option: Option | undefined
  const given = new Set<string>()
  for (const word of before) {
    if (option !== undefined) {
      const taker = option
      option = undefined
      if (!isLeftOut(taker, word)) {
        set(program, taker, word)
        continue
      }
    }
    if (foreign) continue
    if (word === '--') {
      foreign = verb === 'exec'
      continue
    }
    if (word.startsWith('-') && word !== '-') {
      const found = findOption(command, word)
      const name = word.split('=')[0] as string
      if (found?.long) given.add(found.long)
      if ((found?.required || found?.optional) && name === word) option = found
      else if (found !== undefined) set(program, found, word.slice(name.length + 1))
    } else if (entry === undefined) {
      entry = resolveEntry(word)
      command = program.command(entry.name)
      ;(await entry.load())(command, context)
    } else if (entry.verb !== undefined && verb === undefined) {
      verb = resolveVerb(
        word,
        entry.name,
        command.commands.map((child) => child.name()),
      )
      command = command.commands.find((child) => child.name() === verb) as Command
    } else {
      const child = position === 0 ? command.commands.find((one) => one.name() === word) : undefined
      if (child !== undefined) command = child
      else position++
      // Behind the namespace's name everything is the program's.
      foreign = verb === 'exec' && position >= 2
    }
  }
  const wantsVerb = entry?.verb !== undefined && verb === undefined
  const more = { ...(entry === undefined ? {} : { entry }), ...(option === undefined ? {} : { option }) }
  return { command, wantsVerb, position, foreign, given, ...more }
}

/** Whether the value of an option is not there, but the next option. */
function isLeftOut(option: Option, word: string): boolean {
  return option.optional && word.startsWith('-')
}

/** Global options decide where live names come from. */
function set(program: Command, option: Option, value: string): void {
  if (program.options.includes(option)) program.setOptionValue(option.attributeName(), option.required ? value : true)
}

/** The innermost command's own option counts before a global one of the same name. */
function findOption(command: Command, word: string): Option | undefined {
  for (let at: Command | null = command; at !== null; at = at.parent) {
    const found = optionOf(at, word)
    if (found !== undefined) return found
  }
  return undefined
}

async function wordsAt(
  place: Place,
  current: string,
  program: Command,
  context: Context,
): Promise<readonly Candidate[] | ShellAnswer> {
  const { entry, command, option } = place
  if (place.foreign) return ':files'
  if (option !== undefined && !isLeftOut(option, current)) return valuesOf(option, context)
  if (current.startsWith('--') && current.includes('=')) {
    const name = current.slice(0, current.indexOf('='))
    const found = findOption(command, name)
    const values = found === undefined ? [] : await valuesOf(found, context)
    return typeof values === 'string' ? values : values.map(({ word, about }) => ({ word: `${name}=${word}`, about }))
  }
  if (current.startsWith('-')) return optionsOf(place, program)
  if (entry === undefined) {
    return entries.filter(({ hidden }) => hidden !== true).map(({ name, about }) => ({ word: name, about }))
  }
  if (place.wantsVerb) return childrenOf(command)
  const argument = argumentAt(command, place.position)
  const children = place.position === 0 ? childrenOf(command) : []
  if (argument === undefined) return children
  const values = await valuesOf(argument, context)
  return typeof values === 'string' ? values : [...children, ...values]
}

function argumentAt(command: Command, position: number): Argument | undefined {
  const last = command.registeredArguments.at(-1)
  return command.registeredArguments[position] ?? (last?.variadic ? last : undefined)
}

function childrenOf(command: Command): readonly Candidate[] {
  return command.commands.map((child) => ({ word: child.name(), about: child.description() }))
}

function optionsOf({ command, entry, wantsVerb, given }: Place, program: Command): readonly Candidate[] {
  // Without a verb the options are those of the verb that is meant then.
  const usual = wantsVerb ? command.commands.find((child) => child.name() === entry?.verb) : undefined
  const options = [...(usual ?? command).options, ...(command === program ? [] : program.options)]
  return options
    .filter(({ long }) => long !== undefined && long !== null && !given.has(long))
    .map(({ long, description }) => ({ word: long as string, about: description }))
}

async function valuesOf(taker: Option | Argument, context: Context): Promise<readonly Candidate[] | ShellAnswer> {
  const fixed = taker.argChoices
  if (fixed !== undefined) return fixed.map((word) => ({ word, about: '' }))
  const completion = completionOf(taker)
  return completion === undefined ? [] : live(completion, context)
}

async function live(completion: Completion, context: Context): Promise<readonly Candidate[] | ShellAnswer> {
  if (completion === 'program') return ':commands'
  if (completion === 'file') return ':files'
  if (typeof completion !== 'string') return completion.map((word) => ({ word, about: '' }))
  return context.withHost(
    async (host) => {
      if (completion === 'namespace') {
        return (await host.namespace.list()).map(({ name }) => ({ word: name, about: 'namespace' }))
      }
      if (completion === 'place') {
        const { placesOf } = await import('../capture/place.js')
        return (await placesOf(host)).map(({ word, link }) => ({
          word,
          about: link?.kind ?? link?.type ?? 'all links',
        }))
      }
      if (completion === 'alias') {
        const aliases = await host.alias.list()
        return aliases.map(({ name, address, prefixLength }) => ({ word: name, about: `${address}/${prefixLength}` }))
      }
      const links = await host.link.list()
      if (completion === 'tap port') {
        const taps = links.filter(({ kind }) => kind === 'tap').map(({ name }) => `tap:${name}`)
        return ['tap:', ...taps].map((word) => ({ word, about: 'tap' }))
      }
      return links.flatMap(({ name, altNames, kind, type }) =>
        [name, ...altNames].map((word) => ({ word, about: kind ?? type })),
      )
    },
    { reading: true },
  )
}
