/** A command line written out in full: words completed, global options in front. @module */
import type { Command, Option } from 'commander'
import type { Context } from './context.js'
import { resolveEntry, resolveVerb } from './vocabulary.js'

/** A line that commander can take. */
export interface CompleteLine {
  /** Global options, object, verb, and the rest. */
  readonly words: readonly string[]
  /** `link add`; `undefined` where no object is written. */
  readonly operation?: string
}

/**
 * Declares what the line needs and writes it out in full: `r` becomes `route list`. Only the object that is used is
 * loaded.
 */
export async function completeLine(
  program: Command,
  context: Context,
  written: readonly string[],
): Promise<CompleteLine> {
  const words = apart(program, [], written)
  const first = positional(program, words)
  if (first === undefined) return { words }
  if (words[first] === 'help') {
    // `ip help`, `ip link help`, and also `help link`.
    const rest = words.slice(first + 1)
    return completeLine(program, context, rest.length === 0 ? ['--help'] : [...rest, '--help'])
  }
  const entry = resolveEntry(words[first] as string)
  const command = program.command(entry.name, entry.hidden ? { hidden: true } : {}).description(entry.about)
  ;(await entry.load())(command, context)
  // `ip -d link`: options of the verb may stand in front of the object.
  const before = words.slice(0, first).filter((word) => !isForeign(program, word))
  const moved = words.slice(0, first).filter((word) => isForeign(program, word))
  const rest = words.slice(first + 1).map((word, at) => (word === 'help' && at === 0 ? '--help' : word))
  if (entry.verb === undefined) return ordered(program, command, before, [entry.name], [...moved, ...rest])
  return withVerb(
    program,
    command,
    { path: [entry.name], verb: entry.verb, parts: entry.parts ?? [] },
    before,
    rest,
    moved,
  )
}

/** An object whose verb is looked for: `link`, or `bridge vlan`. */
interface Subject {
  readonly path: readonly string[]
  /** Its verb when none is written. */
  readonly verb: string
  /** Its verbs that are objects. */
  readonly parts: readonly string[]
}

function withVerb(
  program: Command,
  command: Command,
  { path, verb: usual, parts }: Subject,
  before: readonly string[],
  rest: readonly string[],
  moved: readonly string[],
): CompleteLine {
  const at = positional(program, rest)
  if (at === undefined && (rest.includes('--help') || rest.includes('-h'))) {
    return ordered(program, command, before, path, rest)
  }
  const child = (verb: string) => command.commands.find((one) => one.name() === verb) as Command
  if (at === undefined || rest.slice(0, at).some((word) => isForeign(program, word))) {
    // `vnet link --kind bridge` is `vnet link list --kind bridge`.
    return ordered(program, child(usual), before, [...path, usual], [...moved, ...rest])
  }
  const verb = resolveVerb(
    rest[at] as string,
    path.join(' '),
    command.commands.map((one) => one.name()),
  )
  const after = rest.slice(at + 1)
  if (parts.includes(verb)) {
    const below = parts.filter((one) => one.startsWith(`${verb} `)).map((one) => one.slice(verb.length + 1))
    const part: Subject = { path: [...path, verb], verb: 'list', parts: below }
    const words = after.map((word, index) => (word === 'help' && index === 0 ? '--help' : word))
    return withVerb(program, child(verb), part, [...before, ...rest.slice(0, at)], words, moved)
  }
  const tail = verb === 'exec' ? separated(program, after) : after
  return ordered(program, child(verb), [...before, ...rest.slice(0, at)], [...path, verb], [...moved, ...tail])
}

/**
 * Puts the global options in front, wherever they stand. Where a command has an option of the same name (`--state` of
 * neighbours), it is the command's behind the verb, and the global one in front.
 */
function ordered(
  program: Command,
  command: Command,
  before: readonly string[],
  path: readonly string[],
  rest: readonly string[],
): CompleteLine {
  const front: string[] = []
  const back: string[] = []
  let leaf = command
  const words = apart(program, command.options, rest)
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    if (word === '--') {
      back.push(...words.slice(at))
      break
    }
    if (!word.startsWith('-') || word === '-') {
      leaf = leaf.commands.find((one) => one.name() === word) ?? leaf
      back.push(word)
      continue
    }
    const own = optionOf(leaf, word)
    const target = own === undefined && optionOf(program, word) !== undefined ? front : back
    target.push(word)
    if (takesNext(own ?? optionOf(program, word), word) && at + 1 < words.length) target.push(words[++at] as string)
  }
  return { words: [...before, ...front, ...path, ...back], operation: path.join(' ') }
}

/** One-letter options that are written together, taken apart: `-jd` is `-j -d`. */
function apart(program: Command, own: readonly Option[], words: readonly string[]): readonly string[] {
  const end = words.includes('--') ? words.indexOf('--') : words.length
  const known = (letter: string) =>
    // Before the object is known: the letters that mean the same for all of them.
    own.length === 0 && '46ds'.includes(letter)
      ? true
      : [...own, ...program.options].some(({ short, required }) => short === `-${letter}` && !required)
  const split = (word: string): readonly string[] => {
    const letters = word.slice(1)
    if (!/^-[a-z\d]{2,}$/i.test(word) || ![...letters].every(known)) return [word]
    return [...letters].map((letter) => `-${letter}`)
  }
  return [...words.slice(0, end).flatMap(split), ...words.slice(end)]
}

/** Everything behind the namespace's name belongs to the program that is run, as with `ip netns exec`. */
function separated(program: Command, words: readonly string[]): readonly string[] {
  if (words.includes('--')) return words
  const name = positional(program, words)
  if (name === undefined || name === words.length - 1) return words
  return [...words.slice(0, name + 1), '--', ...words.slice(name + 1)]
}

/** Index of the first word that is neither a global option nor the value of one. */
function positional(program: Command, words: readonly string[]): number | undefined {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string
    if (!word.startsWith('-') || word === '-') return index
    if (word === '--') return undefined
    if (takesNext(optionOf(program, word), word)) index++
  }
  return undefined
}

/** The option of a command that a word is: `--name`, `--name=value`, `-n`, `-nvalue`. */
export function optionOf(command: Command, word: string): Option | undefined {
  const name = word.startsWith('--') ? word.split('=')[0] : word.slice(0, 2)
  return command.options.find((option) => option.long === name || option.short === name)
}

/** Whether the value of an option is the next word. */
function takesNext(option: Option | undefined, word: string): boolean {
  if (option?.required !== true) return false
  return word.startsWith('--') ? !word.includes('=') : word.length === 2
}

/** Whether a word is an option that is not a global one. */
function isForeign(program: Command, word: string): boolean {
  return word.startsWith('-') && optionOf(program, word) === undefined && word !== '-h' && word !== '--help'
}
