/** Identifiers of VXLANs as rows of a list. @module */
import type { BridgeVni } from '@vnet/core'
import type { Names } from '../../names.js'
import type { BridgeVniDetail } from '../ip-json/bridge-vni.js'
import type { Column } from '../table.js'

/** The columns of a list of them. */
export function bridgeVniColumns(names: Names, detail: BridgeVniDetail): readonly Column<BridgeVni>[] {
  return [
    { title: 'LINK', text: (entry) => names.link(entry.link) },
    { title: 'VNI', text: (entry) => String(entry.vni), right: true },
    { title: 'REMOTE', text: (entry) => entry.remote ?? '' },
    ...(detail.statistics ? counters : []),
  ]
}

const number = (value: number | undefined) => (value === undefined ? '' : String(value))

const counters: readonly Column<BridgeVni>[] = [
  { title: 'RX OCTETS', text: (entry) => number(entry.statistics?.rxBytes), right: true },
  { title: 'RX FRAMES', text: (entry) => number(entry.statistics?.rxPackets), right: true },
  { title: 'TX OCTETS', text: (entry) => number(entry.statistics?.txBytes), right: true },
  { title: 'TX FRAMES', text: (entry) => number(entry.statistics?.txPackets), right: true },
  { title: 'TX DROPPED', text: (entry) => number(entry.statistics?.txDropped), right: true },
]
