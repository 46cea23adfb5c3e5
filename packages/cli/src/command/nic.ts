/** `vnet nic`: network interface cards, as `ethtool` tells of them, and what their names say. @module */
import { explainNicName, isArgumentError, isVnetError, type Nic, type NicNaming } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { missing } from '../missing.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { namesText, nicColumns, nicPairs, settingsPairs } from '../render/nic.js'
import { nicNameText } from '../render/nic-name.js'
import { recordText, tableText } from '../render/table.js'

const filter: readonly take.Parameter[] = [
  take.toggle('physical', 'only those with a device behind them, or only those of software'),
]

/** Declares `nic` and its verbs. */
export function defineNic(nic: Command, context: Context): void {
  withExample(nic, 'vnet nic list')

  const list = define(nic, 'list', 'all NICs, and network devices that have no link here', 'vnet nic list --physical')
  take.declare(list, filter)
  list.action(async (given: Record<string, unknown>) => {
    const nics = await context.withHost((host) => host.nic.list(take.collect(filter, given)), { reading: true })
    if (context.settings.json) printJson(context, nics)
    else context.terminal.out(await tableText(context, nicColumns, nics))
  })

  const show = define(
    nic,
    'show',
    'all about one NIC: driver, speed, queues, features; its addresses, gateways and name servers, and who set them',
    'vnet nic show eth0',
  )
  takes(show, '<link>', 'its link', 'link')
  show.option('-a, --all', 'features that are off, too')
  show.action(async (word: string, { all }: { readonly all?: boolean }) => {
    await context.withHost(
      async (host) => {
        const link = take.linkRef(word)
        const found = await host.nic.get(link, { settings: true })
        if (found === undefined) throw missing('nic get', 'ENODEV', link, '`vnet nic list` shows those there are')
        if (context.settings.json) printJson(context, [found])
        else {
          const settings = found.settings === undefined ? [] : settingsPairs(found.settings)
          context.terminal.out(recordText([...nicPairs(found, all === true), ...settings]))
        }
      },
      { reading: true },
    )
  })

  const explain = define(
    nic,
    'explain',
    'what a name says, and of a NIC that is here who gave it and what others would have given',
    'vnet nic explain enp1s0f0np1',
  )
  takes(explain, '<name>', 'a name; there need be no such link', 'link')
  explain.action(async (name: string) => {
    const told = explainNicName(name)
    const naming = (await nicHere(context, name.replace(/@.*$/, '')))?.naming
    if (context.settings.json) printJson(context, naming === undefined ? told : { ...told, naming })
    else context.terminal.out(`${nicNameText(told)}${naming === undefined ? '' : namingText(naming)}`)
  })
}

/** The NIC of that name; without a backend there is none: a name can be explained anywhere. */
async function nicHere(context: Context, name: string): Promise<Nic | undefined> {
  try {
    return await context.withHost((host) => host.nic.get(name), { reading: true })
  } catch (error) {
    // What no backend takes for a link, such as an alias, is no NIC.
    if ((isVnetError(error) && error.code === 'VNET_NO_DRIVER') || isArgumentError(error)) return undefined
    throw error
  }
}

function namingText(naming: NicNaming): string {
  const names = namesText(naming)
  const from = naming.source === 'udev' ? 'udev recorded' : 'udev would give'
  return `here: named by ${naming.policy}: ${naming.because}\n${names === '' ? '' : `${from}: ${names}\n`}`
}
