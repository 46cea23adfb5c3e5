/** Declaring commands: each with a line about it and an example. @module */
import { Argument, type Command } from 'commander'
import { type Completion, completes } from './parameter.js'

/** Adds a command below another; `example` is shown in its help. */
export function define(parent: Command, name: string, about: string, example: string): Command {
  return withExample(parent.command(name).description(about), example)
}

/** Gives a command an example. */
export function withExample(command: Command, example: string): Command {
  return command.addHelpText('after', `\nExample:\n  $ ${example}`)
}

/** Adds a positional argument: `<link>`, `[link]` or `<words...>`. */
export function takes(command: Command, argument: string, about: string, completion?: Completion): Command {
  return command.addArgument(completes(new Argument(argument, about), completion))
}
