/** Disciplines as rows of a list. @module */
import { type FieldTable, type Qdisc, type QdiscKind, qdiscFields } from '@vnet/core'
import type { Names } from '../../names.js'
import type { Column } from '../table.js'
import type { TrafficDetail } from '../tc-json/quantity.js'
import { optionText } from '../traffic-text.js'

/** The columns of a list of disciplines. */
export function qdiscColumns(names: Names, detail: TrafficDetail): readonly Column<Qdisc>[] {
  return [
    { title: 'LINK', text: (qdisc) => names.link(qdisc.link) },
    { title: 'PARENT', text: (qdisc) => qdisc.parent },
    { title: 'HANDLE', text: (qdisc) => qdisc.handle },
    { title: 'KIND', text: (qdisc) => qdisc.kind },
    { title: 'OPTIONS', text: qdiscOptions, optional: true },
    ...(detail.statistics ? counters : []),
  ]
}

/** The options in words. */
export function qdiscOptions(qdisc: Qdisc): string {
  const table: FieldTable | undefined = qdiscFields[qdisc.kind as QdiscKind]
  return optionText(table, qdisc)
}

const counters: readonly Column<Qdisc>[] = [
  { title: 'PACKETS', text: (qdisc) => String(qdisc.statistics?.packets ?? ''), right: true },
  { title: 'OCTETS', text: (qdisc) => String(qdisc.statistics?.bytes ?? ''), right: true },
  { title: 'DROPPED', text: (qdisc) => String(qdisc.statistics?.drops ?? ''), right: true },
  { title: 'BACKLOG', text: (qdisc) => String(qdisc.statistics?.backlog ?? ''), right: true },
]
