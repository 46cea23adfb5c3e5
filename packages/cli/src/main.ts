/** One call of the command: finds the object and the verb, reads the options, runs, and tells how it ended. @module */
import { readFileSync } from 'node:fs'
import type { Driver } from '@vnet/core'
import { Command, Option } from 'commander'
import { completeLine } from './command-line.js'
import { type Context, contextOf, type Settings } from './context.js'
import { failureOf, failureText } from './failure.js'
import { completes, optionTerm } from './parameter.js'
import { packageFile } from './place.js'
import type { Terminal } from './terminal.js'
import { entries } from './vocabulary.js'

/**
 * Runs the command line `words` (without the name of the program) and returns the exit status.
 *
 * @param driver A backend of your own, used whatever `--driver` says; it is closed afterwards.
 */
export async function main(words: readonly string[], terminal: Terminal, driver?: Driver): Promise<number> {
  const { program, context } = programFor(terminal, driver)
  let operation: string | undefined
  try {
    const line = await completeLine(program, context, words)
    if (line.operation === undefined) describe(program)
    operation = line.operation
    await program.parseAsync([...line.words], { from: 'user' })
    return context.status
  } catch (error) {
    const failure = await failureOf(error, operation)
    if (failure === undefined) return 0
    const json = program.opts().json === true || (words.includes('--json') && !words.includes('--'))
    if (json && Object.keys(failure.json).length > 0) terminal.err(`${JSON.stringify(failure.json)}\n`)
    else if (failure.message !== '') terminal.err(failureText(failure))
    return failure.status
  }
}

/** The program with its global options, and no object yet. */
export function programFor(
  terminal: Terminal,
  driver?: Driver,
): { readonly program: Command; readonly context: Context } {
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
    .enablePositionalOptions()
    .addOption(new Option('--driver <driver>', 'the backend').choices(['auto', 'napi', 'ffi', 'mock']))
    .addOption(
      completes(new Option('-n, --namespace <namespace>', 'act in this namespace: its name or path'), 'namespace'),
    )
    .option('-j, --json', 'output in the shape of `ip -j`')
    .addOption(completes(new Option('--state <file>', 'where the mock keeps its state'), 'file'))
    .addOption(new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']))
    .option('--no-color', 'no colours')
    .version(version(), '-V, --version', 'the version')
  return { program, context: contextOf(terminal, () => settingsOf(program), driver) }
}

/** The version of this package. */
function version(): string {
  const text = readFileSync(packageFile, 'utf8')
  return (JSON.parse(text) as { version: string }).version
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
