/** `vnet completion SHELL`, and `vnet __complete`, which the scripts ask. @module */
import type { Command } from 'commander'
import { candidatesFor } from '../completion/candidates.js'
import { type Line, splitLine } from '../completion/line.js'
import { type Shell, scriptFor, shells, startLines } from '../completion/script.js'
import type { Context } from '../context.js'
import { takes, withExample } from '../define.js'
import { UsageError } from '../usage.js'
import { suggestion } from '../word.js'

/** Declares `completion`. */
export function defineCompletion(completion: Command, context: Context): void {
  takes(withExample(completion, startLines.bash), '<shell>', shells.join(', '), shells)
  completion.action((shell: string) => {
    if (!shells.includes(shell as Shell)) {
      throw new UsageError(`there is no completion for ${JSON.stringify(shell)}`, suggestion(shell, shells))
    }
    context.terminal.out(scriptFor(shell as Shell))
  })
}

/** Declares `__complete`. */
export function defineComplete(complete: Command, context: Context): void {
  complete.option('--line <line>', 'the line up to the cursor').argument('[words...]', 'the words up to the cursor')
  complete.action(async (words: readonly string[], { line }: { readonly line?: string }) => {
    try {
      const answer = await candidatesFor(lineOf(words, line), context)
      if (typeof answer === 'string') context.terminal.out(`${answer}\n`)
      else for (const { word, about } of answer) context.terminal.out(`${word}\t${about}\n`)
    } catch {
      // A shell in the middle of a line is the wrong place for an error.
      context.status = 1
    }
  })
}

function lineOf(words: readonly string[], line: string | undefined): Line {
  return line === undefined ? { before: words.slice(0, -1), current: words.at(-1) ?? '' } : splitLine(line)
}
