/** Filters as rows of a list. @module */
import { type FieldTable, filterFields, type TrafficFilter } from '@vnet/core'
import type { Names } from '../../names.js'
import type { Column } from '../table.js'
import { optionText } from '../traffic-text.js'
import { actionWords } from './action.js'

/** The columns of a list of filters. */
export function filterColumns(names: Names): readonly Column<TrafficFilter>[] {
  return [
    { title: 'PRIORITY', text: (filter) => String(filter.priority), right: true },
    { title: 'PROTOCOL', text: (filter) => String(filter.protocol) },
    { title: 'KIND', text: (filter) => filter.kind },
    { title: 'HANDLE', text: (filter) => String(filter.handle ?? '') },
    { title: 'CLASS', text: (filter) => filter.classId ?? '', optional: true },
    { title: 'MATCH', text: (filter) => optionText(tableOf(filter), filter), optional: true },
    { title: 'ACTIONS', text: (filter) => actionsText(filter, names), optional: true },
  ]
}

/** What it matches and does, in words. */
export function filterOptions(filter: TrafficFilter, names: Names): string {
  const parts = [
    optionText(tableOf(filter), filter),
    filter.classId && `class ${filter.classId}`,
    actionsText(filter, names),
  ]
  return parts.filter(Boolean).join(' ')
}

const tableOf = ({ kind }: TrafficFilter): FieldTable | undefined =>
  (filterFields as { readonly [kind: string]: FieldTable | undefined })[kind]

const actionsText = ({ actions }: TrafficFilter, names: Names): string =>
  actions.map((action) => actionWords(action, names)).join(', ')
