/** `vnet bridge vlan global`: options of VLANs of bridges as a whole, as `bridge vlan global`. @module */
import { type BridgeVlanGlobalChange, type BridgeVlanGlobalFilter, bridgeVlanGlobalFields } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { parametersOf } from '../field-parameter.js'
import { namesOf } from '../names.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { bridgeVlanGlobalColumns } from '../render/columns/bridge-vlan-global.js'
import { bridgeVlanGlobalsJson } from '../render/ip-json/bridge-vlan-global.js'
import { tableText } from '../render/table.js'
import { vlansAbout, vlansOf } from '../vlan-range.js'

const changed: readonly take.Parameter[] = [
  take.link('bridge', 'the bridge', { flag: 'on', required: true }),
  ...parametersOf(bridgeVlanGlobalFields, 'set'),
]
const filter: readonly take.Parameter[] = [
  take.link('bridge', 'only those of this bridge', { flag: 'on' }),
  take.whole('vlan', 'only this VLAN'),
]

/** Declares `bridge vlan global` and its verbs. */
export function defineBridgeVlanGlobal(global: Command, context: Context): void {
  withExample(global, 'vnet bridge vlan global list --on br0')

  const set = define(
    global,
    'set',
    'change options of VLANs that are there',
    'vnet bridge vlan global set 10-20 --on br0 --multicast-querier',
  )
  takes(set, '<vlans>', vlansAbout)
  take.declare(set, changed)
  set.action(async (written: string, given: Record<string, unknown>) => {
    const change = { ...take.collect(changed, given), vlan: vlansOf(written) } as unknown as BridgeVlanGlobalChange
    await context.withHost((host) => host.bridgeVlanGlobal.set(change))
  })

  const list = define(global, 'list', 'the VLANs of each bridge', 'vnet bridge vlan global list --on br0')
  take.declare(list, filter)
  list.action(async (given: Record<string, unknown>) => {
    await context.withHost(
      async (host) => {
        const found = await host.bridgeVlanGlobal.list(take.collect(filter, given) as BridgeVlanGlobalFilter)
        const names = namesOf(await host.link.list())
        if (context.settings.json) printJson(context, bridgeVlanGlobalsJson(found, names))
        else context.terminal.out(await tableText(context, bridgeVlanGlobalColumns(names), found))
      },
      { reading: true },
    )
  })
}
