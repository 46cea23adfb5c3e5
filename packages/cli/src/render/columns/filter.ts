/** Filters as rows of a list. @module */
import { type Action, type FieldTable, filterFields, policeFields, type TrafficFilter } from '@vnet/core'
import type { Names } from '../../names.js'
import type { Column } from '../table.js'
import { optionText } from '../traffic-text.js'

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
  actions.map((action) => actionText(action, names)).join(', ')

function actionText(action: Action, names: Names): string {
  if ('mode' in action) return `${action.mode} to ${action.direction} of ${names.link(action.link)}`
  if ('control' in action) return action.control
  if ('exceed' in action) return `police ${optionText(policeFields, limitsOf(action))}, beyond: ${action.exceed}`
  return action.kind
}

/** What limits packets; a largest packet only where nothing else does. */
function limitsOf(action: Extract<Action, { readonly exceed: unknown }>): object {
  const { rate, packetRate, averageRate, mtu, linkLayer: _, ...rest } = action
  const limits = { rate, packetRate, averageRate }
  const isPlain = Object.values(limits).some((limit) => limit !== undefined)
  return { ...rest, ...limits, ...(isPlain ? {} : { mtu }) }
}
