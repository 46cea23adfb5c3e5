/** `vnet bridge vlan`: VLANs of bridges and their ports, as `bridge vlan`. @module */
import {
  type BridgeVlanChange,
  type BridgeVlanFilter,
  type BridgeVlanKey,
  type BridgeVlanSpec,
  portStates,
} from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { namesOf } from '../names.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { bridgeVlanColumns } from '../render/columns/bridge-vlan.js'
import { type BridgeVlanDetail, bridgeVlansJson } from '../render/ip-json/bridge-vlan.js'
import { tableText } from '../render/table.js'
import { vlansAbout, vlansOf } from '../vlan-range.js'
import { defineBridgeVlanGlobal } from './bridge-vlan-global.js'

const on = take.link('link', 'the port; with --self the bridge', { flag: 'on', required: true })
const keeper: readonly take.Parameter[] = [
  on,
  take.flag('self', 'of the bridge itself'),
  take.flag('master', 'of the port (the default)'),
]
const flags: readonly take.Parameter[] = [
  take.flag('pvid', 'untagged frames that arrive belong to it'),
  take.flag('untagged', 'its frames leave untagged'),
]
const options: readonly take.Parameter[] = [
  take.word('state', portStates, 'state of the spanning tree in the VLAN'),
  take.whole('multicastRouter', 'multicast router behind the port: 0 never, 1 by query, 2 always, 3 for a time'),
  take.whole('multicastMaxGroups', 'most multicast groups of the port, 0 no limit'),
  take.whole('tunnel', 'the tunnel that the first VLAN is mapped to, the next ones to those that follow', {
    contrary: 'no-tunnel',
    contraryGives: null,
  }),
  take.toggle('neighbourSuppress', 'answer ARP and ND of known neighbours instead of flooding'),
]
const filter: readonly take.Parameter[] = [
  take.link('link', 'only those of this port or bridge', { flag: 'on' }),
  take.whole('vlan', 'only this VLAN'),
]
const detail: readonly take.Parameter[] = [
  take.flag('details', 'options too', { short: 'd' }),
  take.flag('statistics', 'counters', { short: 's' }),
]

/** Declares `bridge vlan` and its verbs. */
export function defineBridgeVlan(vlan: Command, context: Context): void {
  withExample(vlan, 'vnet bridge vlan list --on v0')

  defineBridgeVlanGlobal(vlan.command('global').description('options of VLANs of bridges as a whole'), context)

  const add = define(
    vlan,
    'add',
    'make a port, or the bridge itself, a member of VLANs',
    'vnet bridge vlan add 10 --on v0 --pvid --untagged',
  )
  takes(add, '<vlans>', vlansAbout)
  take.declare(add, [...keeper, ...flags])
  add.action(async (written: string, given: Record<string, unknown>) => {
    const spec = { ...take.collect([...keeper, ...flags], given), vlan: vlansOf(written) } as unknown as BridgeVlanSpec
    await context.withHost((host) => host.bridgeVlan.add(spec))
  })

  const set = define(
    vlan,
    'set',
    'change options of VLANs that are there',
    'vnet bridge vlan set 10-20 --on v0 --state blocking',
  )
  takes(set, '<vlans>', vlansAbout)
  take.declare(set, [on, ...options])
  set.action(async (written: string, given: Record<string, unknown>) => {
    const change = { ...take.collect([on, ...options], given), vlan: vlansOf(written) } as unknown as BridgeVlanChange
    await context.withHost((host) => host.bridgeVlan.set(change))
  })

  const remove = define(vlan, 'delete', 'end the membership', 'vnet bridge vlan delete 10-20 --on v0')
  takes(remove, '<vlans>', vlansAbout)
  take.declare(remove, keeper)
  remove.action(async (written: string, given: Record<string, unknown>) => {
    const spec = { ...take.collect(keeper, given), vlan: vlansOf(written) } as unknown as BridgeVlanKey
    await context.withHost((host) => host.bridgeVlan.delete(spec))
  })

  const list = define(vlan, 'list', 'the VLANs of each port and bridge', 'vnet bridge vlan list --on v0 --details')
  take.declare(list, [...filter, ...detail])
  list.action(async (given: Record<string, unknown>) => {
    const details = take.collect(detail, given) as BridgeVlanDetail
    const asked = take.collect(filter, given) as BridgeVlanFilter
    await context.withHost(
      async (host) => {
        const statistics = details.statistics === true
        const found = await host.bridgeVlan.list({ ...asked, ...(statistics ? { statistics } : {}) })
        const links = await host.link.list()
        const names = namesOf(links)
        const bridges = new Set(links.filter(({ kind }) => kind === 'bridge').map(({ index }) => index))
        if (context.settings.json) printJson(context, bridgeVlansJson(found, names, bridges, details))
        else context.terminal.out(await tableText(context, bridgeVlanColumns(names, details), found))
      },
      { reading: true },
    )
  })
}
