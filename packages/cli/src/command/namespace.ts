/** `vnet namespace`: network namespaces, as `ip netns`. @module */
import { constants } from 'node:os'
import type { Host, Program } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { missing } from '../missing.js'
import { printList, printOne } from '../output.js'
import { namespaceColumns } from '../render/columns/namespace.js'
import { namespaceJson } from '../render/ip-json/namespace.js'

/** Declares `namespace` and its verbs. */
export function defineNamespace(namespace: Command, context: Context): void {
  withExample(namespace, 'vnet namespace list')

  const add = define(namespace, 'add', 'make a namespace with a name', 'vnet namespace add blue')
  takes(add, '<name>', 'its name')
  add.action(async (name: string) => {
    await context.withHost(async (host) => {
      await (await host.namespace.add(name)).close()
    })
  })

  const remove = define(
    namespace,
    'delete',
    'remove the name; the namespace goes with its last user',
    'vnet namespace delete blue',
  )
  takes(remove, '<name>', 'its name', 'namespace')
  remove.action(async (name: string) => {
    await context.withHost((host) => host.namespace.delete(name))
  })

  const get = define(namespace, 'get', 'one namespace', 'vnet namespace get blue')
  takes(get, '<name>', 'its name', 'namespace')
  get.action(async (name: string) => {
    await context.withHost(
      async (host) => {
        const found = (await host.namespace.list()).find((one) => one.name === name)
        if (found === undefined) throw missing('namespace get', 'ENOENT', name)
        printOne(context, found, namespaceJson, () => namespaceColumns)
      },
      { reading: true },
    )
  })

  const list = define(namespace, 'list', 'the namespaces that have a name', 'vnet namespace list')
  list.action(async () => {
    await context.withHost(
      async (host) => printList(context, await host.namespace.list(), namespaceJson, () => namespaceColumns),
      { reading: true },
    )
  })

  const exec = define(namespace, 'exec', 'run a program inside', 'vnet namespace exec blue -- ip addr')
  takes(exec, '<name>', 'the namespace: its name or path', 'namespace')
  takes(exec, '<command...>', 'the program and its arguments', 'program')
  exec.action(async (name: string, words: readonly string[]) => {
    context.status = await context.withHost((host) => execute(host, name, words))
  })
}

/** Runs a program with our streams and gives its status; 128 and the signal's number where one ended it. */
async function execute(host: Host, name: string, [command, ...args]: readonly string[]): Promise<number> {
  const inside = await host.namespace.open(name)
  try {
    const program = await inside.run({ command: command as string, args, stdio: 'inherit' })
    const { code, signal } = await forwarding(program)
    if (signal !== null) return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0)
    return code ?? 1
  } finally {
    await inside.close()
  }
}

/** Signals sent to us are for the program: the terminal's reach it by themselves, others are passed on. */
async function forwarding(program: Program): Promise<Awaited<Program['ended']>> {
  const ignore = () => undefined
  const pass = (signal: NodeJS.Signals) => program.kill(signal)
  process.on('SIGINT', ignore)
  process.on('SIGQUIT', ignore)
  process.on('SIGTERM', pass)
  process.on('SIGHUP', pass)
  try {
    return await program.ended
  } finally {
    process.off('SIGINT', ignore)
    process.off('SIGQUIT', ignore)
    process.off('SIGTERM', pass)
    process.off('SIGHUP', pass)
  }
}
