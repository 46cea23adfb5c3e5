/** Disciplines as rows of a list. @module */
import {
  type FieldTable,
  type Qdisc,
  type QdiscKind,
  qdiscFields,
  sizeTableField,
  type TrafficStatistics,
} from '@vnet/core'
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
    ...(detail.statistics ? trafficCounters : []),
  ]
}

/** The options in words. */
export function qdiscOptions(qdisc: Qdisc): string {
  const table: FieldTable | undefined = qdiscFields[qdisc.kind as QdiscKind]
  return optionText({ ...table, sizeTable: sizeTableField }, qdisc)
}

/** What a discipline or class counted. */
export const trafficCounters: readonly Column<{ readonly statistics?: TrafficStatistics }>[] = [
  { title: 'PACKETS', text: ({ statistics }) => String(statistics?.packets ?? ''), right: true },
  { title: 'OCTETS', text: ({ statistics }) => String(statistics?.bytes ?? ''), right: true },
  { title: 'DROPPED', text: ({ statistics }) => String(statistics?.drops ?? ''), right: true },
  { title: 'BACKLOG', text: ({ statistics }) => String(statistics?.backlog ?? ''), right: true },
]
