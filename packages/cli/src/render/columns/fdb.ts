/** FDB entries as rows of a list. @module */
import type { FdbEntry } from '@vnet/core'
import type { Names } from '../../names.js'
import type { FdbDetail } from '../ip-json/fdb.js'
import type { Column } from '../table.js'

/** The columns of a list of FDB entries. */
export function fdbColumns(names: Names, detail: FdbDetail): readonly Column<FdbEntry>[] {
  const name = (index: number | undefined) => (index === undefined ? '' : names.link(index))
  return [
    { title: 'MAC', text: (entry) => entry.mac },
    { title: 'LINK', text: (entry) => name(entry.link) },
    { title: 'MASTER', text: (entry) => name(entry.master), optional: true },
    { title: 'VLAN', text: (entry) => number(entry.vlan), right: true, optional: true },
    { title: 'REMOTE', text: (entry) => entry.remote ?? '', optional: true },
    { title: 'PORT', text: (entry) => number(entry.port), right: true, optional: true },
    { title: 'VNI', text: (entry) => number(entry.vni), right: true, optional: true },
    { title: 'SOURCE VNI', text: (entry) => number(entry.sourceVni), right: true, optional: true },
    { title: 'VIA', text: (entry) => name(entry.via), optional: true },
    { title: 'NEXTHOP', text: (entry) => number(entry.nexthop), right: true, optional: true },
    { title: 'STATE', text: (entry) => (entry.stale ? 'stale' : entry.state) },
    { title: 'FLAGS', text: (entry) => entry.flags.join(','), optional: true },
    ...(detail.statistics ? times : []),
  ]
}

const times: readonly Column<FdbEntry>[] = [
  { title: 'USED', text: (entry) => seconds(entry.used), right: true },
  { title: 'UPDATED', text: (entry) => seconds(entry.updated), right: true },
]

function number(value: number | undefined): string {
  return value === undefined ? '' : String(value)
}

function seconds(value: number | undefined): string {
  return value === undefined ? '' : `${Math.trunc(value)}s`
}
