/** VLANs of bridges and their ports as rows of a list. @module */
import type { BridgeVlan } from '@vnet/core'
import type { Names } from '../../names.js'
import type { BridgeVlanDetail } from '../ip-json/bridge-vlan.js'
import type { Column } from '../table.js'

/** The columns of a list of VLANs. */
export function bridgeVlanColumns(names: Names, detail: BridgeVlanDetail): readonly Column<BridgeVlan>[] {
  return [
    { title: 'LINK', text: (entry) => names.link(entry.link) },
    { title: 'VLAN', text: (entry) => String(entry.vlan), right: true },
    { title: 'FLAGS', text: (entry) => [entry.pvid && 'pvid', entry.untagged && 'untagged'].filter(Boolean).join(',') },
    ...(detail.details ? options : []),
    ...(detail.statistics ? counters : []),
  ]
}

const options: readonly Column<BridgeVlan>[] = [
  { title: 'STATE', text: (entry) => entry.state ?? '', optional: true },
  { title: 'ROUTER', text: (entry) => number(entry.multicastRouter), right: true, optional: true },
  { title: 'GROUPS', text: (entry) => number(entry.multicastGroups), right: true, optional: true },
  { title: 'MAX GROUPS', text: (entry) => number(entry.multicastMaxGroups), right: true, optional: true },
  { title: 'SUPPRESS', text: (entry) => (entry.neighbourSuppress ? 'neighbours' : ''), optional: true },
  { title: 'TUNNEL', text: (entry) => number(entry.tunnel), right: true, optional: true },
]

const counters: readonly Column<BridgeVlan>[] = [
  { title: 'RX OCTETS', text: (entry) => number(entry.statistics?.rxBytes), right: true },
  { title: 'RX FRAMES', text: (entry) => number(entry.statistics?.rxPackets), right: true },
  { title: 'TX OCTETS', text: (entry) => number(entry.statistics?.txBytes), right: true },
  { title: 'TX FRAMES', text: (entry) => number(entry.statistics?.txPackets), right: true },
]

function number(value: number | undefined): string {
  return value === undefined ? '' : String(value)
}
