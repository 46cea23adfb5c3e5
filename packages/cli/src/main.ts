/** One call of the command: finds the object and the verb, reads the options, runs, and tells how it ended. @module */
import { Command, Option } from 'commander'
import { type Context, contextOf, type Settings } from './context.js'
import { failureOf, failureText } from './failure.js'
import { completes, optionTerm } from './parameter.js'
import type { Terminal } from './terminal.js'
import { type Entry, entries, resolveEntry, resolveVerb } from './vocabulary.js'

/** Runs the command line `words` (without the name of the program) and returns the exit status. */
export async function main(words: readonly string[], terminal: Terminal): Promise<number> {
  const { program, context } = programFor(terminal)
  let operation: string | undefined
  try {
    const line = await prepare(program, context, words)
    operation = line.operation
    await program.parseAsync([...line.words], { from: 'user' })
    return context.status
  } catch (error) {
    const failure = failureOf(error, operation)
    if (failure === undefined) return 0
    const json = program.opts().json === true || (words.includes('--json') && !words.includes('--'))
    if (json && Object.keys(failure.json).length > 0) terminal.err(`${JSON.stringify(failure.json)}\n`)
    else if (failure.message !== '') terminal.err(failureText(failure))
    return failure.status
  }
}

/** The program with its global options, and no object yet. */
export function programFor(terminal: Terminal): { readonly program: Command; readonly context: Context } {
  const program = new Command('vnet')
    .description('Virtual network devices: links, addresses, routes, rules, neighbours, FDB entries and namespaces.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      // What is wrong is told in one place, by `main`.
      outputError: () => undefined,
      getOutHelpWidth: () => terminal.columns,
      getErrHelpWidth: () => terminal.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true, optionTerm })
    .helpCommand(false)
    .addOption(new Option('--driver <driver>', 'the backend').choices(['auto', 'napi', 'ffi', 'mock']))
    .addOption(completes(new Option('-n, --namespace <namespace>', 'act in this namespace: its name or path'), 'namespace'))
    .option('-j, --json', 'output in the shape of `ip -j`')
    .option('--state <file>', 'where the mock keeps its state')
    .addOption(new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']))
    .option('--no-color', 'no colours')
    .option('-V, --version', 'the version')
  return { program, context: contextOf(terminal, () => settingsOf(program)) }
}

function settingsOf(program: Command): Settings {
  const { driver, namespace, json, state, color } = program.opts<Record<string, unknown>>()
  return {
    json: json === true,
    color: color === false ? 'never' : ((color as Settings['color'] | undefined) ?? 'auto'),
    ...(driver === undefined ? {} : { driver: driver as NonNullable<Settings['driver']> }),
    ...(namespace === undefined ? {} : { namespace: namespace as string }),
    ...(state === undefined ? {} : { state: state as string }),
  }
}

/**
 * Declares what the line needs and writes the line out in full: `r` becomes `route list`. Only the object that is used
 * is loaded.
 */
export async function prepare(
  program: Command,
  context: Context,
  words: readonly string[],
): Promise<{ readonly words: readonly string[]; readonly operation?: string }> {
  const first = positional(program, words, 0)
  if (first === undefined) {
    describe(program)
    return { words }
  }
  const entry = resolveEntry(words[first] as string)
  const command = program.command(entry.name, entry.hidden ? { hidden: true } : {}).description(entry.about)
  ;(await entry.load())(command, context)
  const full = [...words.slice(0, first), entry.name]
  if (entry.verb === undefined) return { words: [...full, ...words.slice(first + 1)], operation: entry.name }
  return withVerb(program, command, entry, full, words.slice(first + 1))
}

function withVerb(
  program: Command,
  command: Command,
  entry: Entry,
  before: readonly string[],
  rest: readonly string[],
): { readonly words: readonly string[]; readonly operation: string } {
  const has = command.commands.map((child) => child.name())
  const at = positional(program, rest, 0)
  const asksHelp = rest.includes('--help') || rest.includes('-h')
  if (at === undefined && asksHelp) return { words: [...before, ...rest], operation: entry.name }
  if (at === undefined || rest.slice(0, at).some((word) => isForeign(program, word))) {
    // `vnet link --kind bridge` is `vnet link list --kind bridge`.
    return { words: [...before, entry.verb as string, ...rest], operation: `${entry.name} ${entry.verb}` }
  }
  const verb = resolveVerb(rest[at] as string, entry.name, has)
  const after = rest.slice(at + 1)
  const tail = verb === 'exec' ? separated(program, after) : after
  return { words: [...before, ...rest.slice(0, at), verb, ...tail], operation: `${entry.name} ${verb}` }
}

/** Everything behind the namespace's name belongs to the program that is run, as with `ip netns exec`. */
function separated(program: Command, words: readonly string[]): readonly string[] {
  if (words.includes('--')) return words
  const name = positional(program, words, 0)
  if (name === undefined || name === words.length - 1) return words
  return [...words.slice(0, name + 1), '--', ...words.slice(name + 1)]
}

/** Index of the first word from `start` on that is neither a global option nor the value of one. */
function positional(program: Command, words: readonly string[], start: number): number | undefined {
  for (let index = start; index < words.length; index++) {
    const word = words[index] as string
    if (!word.startsWith('-') || word === '-') return index
    if (word === '--') return undefined
    const option = globalOption(program, word)
    if (option?.required && !word.includes('=') && !(word.length > 2 && !word.startsWith('--'))) index++
  }
  return undefined
}

function globalOption(program: Command, word: string): Option | undefined {
  const name = word.startsWith('--') ? word.split('=')[0] : word.slice(0, 2)
  return program.options.find((option) => option.long === name || option.short === name)
}

/** Whether a word is an option that is not a global one. */
function isForeign(program: Command, word: string): boolean {
  return word.startsWith('-') && globalOption(program, word) === undefined && word !== '-h' && word !== '--help'
}

/** The objects and commands for the help of the program itself. */
function describe(program: Command): void {
  for (const { name, aliases, about, hidden } of entries) {
    if (hidden) continue
    const longest = aliases.find((alias) => alias.length > 2)
    program.command(longest === undefined ? name : `${name}|${longest}`).description(about)
  }
  program.usage('[options] OBJECT [VERB] …').addHelpText(
    'after',
    `
Objects take the verbs add, set, delete, get and list (the default). Words may be shortened as with ip: \`vnet a\`.

Examples:
  $ vnet link add bridge br0 --stp --forward-delay 4
  $ vnet address add 172.17.0.1/16 --on br0
  $ vnet --json route
  $ vnet demo`,
  )
}
