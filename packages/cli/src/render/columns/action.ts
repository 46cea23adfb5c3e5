/** Actions as rows of a list, and in words. @module */
import { type Action, policeFields } from '@vnet/core'
import type { Names } from '../../names.js'
import type { Column } from '../table.js'
import type { TrafficDetail } from '../tc-json/quantity.js'
import { optionText } from '../traffic-text.js'
import { trafficCounters } from './qdisc.js'

/** The columns of a list of actions. */
export function actionColumns(names: Names, detail: TrafficDetail): readonly Column<Action>[] {
  return [
    { title: 'KIND', text: ({ kind }) => kind },
    { title: 'NUMBER', text: ({ index }) => String(index), right: true },
    { title: 'ACTION', text: (action) => actionWords(action, names) },
    { title: 'FILTERS', text: ({ bindings }) => String(bindings ?? ''), right: true },
    ...(detail.statistics ? trafficCounters : []),
  ]
}

/** What it does, in words. */
export function actionWords(action: Action, names: Names): string {
  if ('mode' in action) {
    if (action.block !== undefined) return `${action.mode} to ${action.direction} of block ${action.block}`
    if (action.link === 0) return `${action.mode} to a link that is gone`
    return `${action.mode} to ${action.direction} of ${names.link(action.link)}`
  }
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
