/** `vnet extcap`: Wireshark captures links through us, of every namespace that may be opened. @module */
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { interruptible } from '../interrupt.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'

const parameters: readonly take.Parameter[] = [
  {
    flag: 'folder',
    property: 'folder',
    about: 'where Wireshark looks for such programs; default its personal folder, as tshark tells it',
    value: { placeholder: 'folder', completion: 'file', read: (given) => given },
  },
]

interface Choice {
  readonly folder?: string
}

/** Declares `extcap`. */
export function defineExtcap(extcap: Command, context: Context): void {
  withExample(extcap, 'vnet extcap install && tshark -D')

  const add = define(extcap, 'install', 'make Wireshark list our links', 'vnet extcap install')
  take.declare(add, parameters)
  add.action(async (given: Record<string, unknown>) => {
    const { install, personalFolder } = await import('../extcap/folder.js')
    const { folder } = take.collect(parameters, given) as Choice
    tell(context, 'installed', await install(folder ?? (await personalFolder())))
  })

  const remove = define(extcap, 'uninstall', 'undo that', 'vnet extcap uninstall')
  take.declare(remove, parameters)
  remove.action(async (given: Record<string, unknown>) => {
    const { personalFolder, uninstall } = await import('../extcap/folder.js')
    const { folder } = take.collect(parameters, given) as Choice
    tell(context, 'removed', await uninstall(folder ?? (await personalFolder())))
  })

  const run = define(
    extcap,
    'run',
    'answer Wireshark, which calls this itself',
    'vnet extcap run -- --extcap-interfaces',
  )
  takes(run, '[words...]', 'what Wireshark says, behind `--`')
  run.action(async (words: readonly string[]) => {
    const { readQuestion } = await import('../extcap/question.js')
    const { answer } = await import('../extcap/answer.js')
    const question = readQuestion(words)
    await interruptible((signal) =>
      context.withHost((host) => answer(question, host, context, signal), { reading: true }),
    )
  })
}

function tell(context: Context, what: string, path: string): void {
  if (context.settings.json) printJson(context, { [what]: path })
  else context.terminal.out(`${what}: ${path}\n`)
}
