/** `vnet sysctl`: settings of the kernel for a namespace, as sysctl(8). @module */
import type { Sysctl } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { missing } from '../missing.js'
import { printJson } from '../output.js'
import { UsageError } from '../usage.js'

/** Declares `sysctl` and its verbs. */
export function defineSysctl(sysctl: Command, context: Context): void {
  withExample(sysctl, 'vnet sysctl list net.ipv4.conf.all')

  const get = define(sysctl, 'get', 'the value of a setting, as sysctl -n', 'vnet sysctl get net.ipv4.ip_forward')
  takes(get, '<names...>', 'their names, with dots or slashes')
  get.action(async (names: readonly string[]) => {
    await context.withHost(
      async (host) => {
        const found: Sysctl[] = []
        for (const name of names) {
          const value = await host.sysctl.get(name)
          if (value === undefined)
            throw missing('sysctl get', 'ENOENT', name, '`vnet sysctl list` shows those there are')
          found.push({ name, value })
        }
        if (context.settings.json) printJson(context, found)
        else context.terminal.out(found.map(({ value }) => `${value}\n`).join(''))
      },
      { reading: true },
    )
  })

  const set = define(sysctl, 'set', 'change a setting, as sysctl -w', 'vnet sysctl set net.ipv4.ip_forward 1')
  takes(set, '<name>', 'its name, with dots or slashes; NAME=VALUE says both')
  takes(set, '[value]', 'its value')
  set.action(async (word: string, given: string | undefined) => {
    const [name, value] = given === undefined ? apart(word) : [word, given]
    await context.withHost((host) => host.sysctl.set(name, value))
  })

  const list = define(sysctl, 'list', 'settings with their values, as sysctl -a', 'vnet sysctl list net.ipv4.conf.eth0')
  takes(list, '[below]', 'only those below this name')
  list.action(async (below: string | undefined) => {
    await context.withHost(
      async (host) => {
        const found = await host.sysctl.list(below === undefined ? {} : { below })
        if (context.settings.json) printJson(context, found)
        else context.terminal.out(found.map(({ name, value }) => `${name} = ${value}\n`).join(''))
      },
      { reading: true },
    )
  })
}

/** Name and value of `NAME=VALUE`. */
function apart(word: string): readonly [name: string, value: string] {
  const at = word.indexOf('=')
  if (at <= 0) throw new UsageError('a value is missing', 'write it behind the name: net.ipv4.ip_forward 1')
  return [word.slice(0, at), word.slice(at + 1)]
}
