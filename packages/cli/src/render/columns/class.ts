/** Classes as rows of a list. @module */
import { type ClassKind, classFields, type FieldTable, type TrafficClass } from '@vnet/core'
import type { Column } from '../table.js'
import type { TrafficDetail } from '../tc-json/quantity.js'
import { optionText } from '../traffic-text.js'
import { trafficCounters } from './qdisc.js'

/** The columns of a list of classes. */
export function classColumns(detail: TrafficDetail): readonly Column<TrafficClass>[] {
  return [
    { title: 'CLASS', text: (found) => found.classId },
    { title: 'PARENT', text: (found) => found.parent },
    { title: 'KIND', text: (found) => found.kind },
    { title: 'LEAF', text: (found) => found.leaf ?? '', optional: true },
    { title: 'OPTIONS', text: classOptions, optional: true },
    ...(detail.statistics ? trafficCounters : []),
  ]
}

/** The options in words. */
export function classOptions(found: TrafficClass): string {
  const table: FieldTable | undefined = classFields[found.kind as ClassKind]
  return optionText(table, found)
}
