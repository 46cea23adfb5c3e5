/** `vnet bridge vni`: identifiers that external VXLANs receive, as `bridge vni`. @module */
import type { BridgeVniFilter, BridgeVniKey, BridgeVniSpec } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { namesOf } from '../names.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { bridgeVniColumns } from '../render/columns/bridge-vni.js'
import { type BridgeVniDetail, bridgeVnisJson } from '../render/ip-json/bridge-vni.js'
import { tableText } from '../render/table.js'

const vnisAbout = 'the identifier, or the first and the last: 100-200'
const on = take.link('link', 'the VXLAN', { flag: 'on', required: true })
const far = take.text('remote', 'address', 'far end, or group, of frames whose destination is not known')
const filter: readonly take.Parameter[] = [
  take.link('link', 'only those of this VXLAN', { flag: 'on' }),
  take.whole('vni', 'only this identifier'),
]
const detail: readonly take.Parameter[] = [take.flag('statistics', 'counters', { short: 's' })]

/** Declares `bridge vni` and its verbs. */
export function defineBridgeVni(vni: Command, context: Context): void {
  withExample(vni, 'vnet bridge vni list --on vx0')

  const add = define(
    vni,
    'add',
    'receive identifiers, or change the remote of those that are there',
    'vnet bridge vni add 100-200 --on vx0 --remote 192.0.2.1',
  )
  takes(add, '<vnis>', vnisAbout)
  take.declare(add, [on, far])
  add.action(async (written: string, given: Record<string, unknown>) => {
    const spec = { ...take.collect([on, far], given), vni: vnisOf(written) } as unknown as BridgeVniSpec
    await context.withHost((host) => host.bridgeVni.add(spec))
  })

  const remove = define(vni, 'delete', 'receive them no longer', 'vnet bridge vni delete 100-200 --on vx0')
  takes(remove, '<vnis>', vnisAbout)
  take.declare(remove, [on])
  remove.action(async (written: string, given: Record<string, unknown>) => {
    const key = { ...take.collect([on], given), vni: vnisOf(written) } as unknown as BridgeVniKey
    await context.withHost((host) => host.bridgeVni.delete(key))
  })

  const list = define(vni, 'list', 'the identifiers of each VXLAN', 'vnet bridge vni list --on vx0 --statistics')
  take.declare(list, [...filter, ...detail])
  list.action(async (given: Record<string, unknown>) => {
    const details = take.collect(detail, given) as BridgeVniDetail
    const asked = take.collect(filter, given) as BridgeVniFilter
    await context.withHost(
      async (host) => {
        const found = await host.bridgeVni.list({ ...asked, ...details })
        const names = namesOf(await host.link.list())
        if (context.settings.json) printJson(context, bridgeVnisJson(found, names, details))
        else context.terminal.out(await tableText(context, bridgeVniColumns(names, details), found))
      },
      { reading: true },
    )
  })
}

function vnisOf(written: string): number | readonly [first: number, last: number] {
  const [first, last] = take.rangeValue.read(written, 'vnis') as [number, number]
  return first === last ? first : [first, last]
}
