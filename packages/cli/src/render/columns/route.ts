/** Routes as rows of a list. @module */
import type { NextHopState, Route } from '@vnet/core'
import type { Names } from '../../names.js'
import type { Column } from '../table.js'

/** The columns of a list of routes. */
export function routeColumns(names: Names, detail: { readonly details?: boolean } = {}): readonly Column<Route>[] {
  return [
    { title: 'TYPE', text: ({ type }) => (type === 'unicast' && !detail.details ? '' : type), optional: true },
    { title: 'DESTINATION', text: (route) => route.destination },
    { title: 'FROM', text: (route) => route.from ?? '', optional: true },
    { title: 'VIA', text: (route) => viaText(route, names) },
    { title: 'LINK', text: (route) => (route.link === undefined ? '' : names.link(route.link)) },
    { title: 'METRIC', text: (route) => String(route.metric ?? ''), right: true, optional: true },
    { title: 'TABLE', text: (route) => tableText(route, names, detail.details), optional: true },
    { title: 'PROTOCOL', text: (route) => names.maker(route.protocol) },
    { title: 'SCOPE', text: (route) => names.scope(route.scope) },
    { title: 'SOURCE', text: (route) => route.source ?? '', optional: true },
    { title: 'FLAGS', text: (route) => route.flags.join(','), optional: true },
    { title: 'METRICS', text: metricsText, optional: true },
  ]
}

/** The main table goes without saying. */
function tableText(route: Route, names: Names, details = false): string {
  const table = names.table(route.table)
  return (table === 'main' && !details) || route.table === 0 ? '' : table
}

/** The gateway, or all of several. */
export function viaText(route: Route, names: Names): string {
  if (route.nextHops.length === 0) return route.via ?? ''
  return route.nextHops.map((hop) => hopText(hop, names)).join(', ')
}

function hopText(hop: NextHopState, names: Names): string {
  const via = hop.via === undefined ? '' : `${hop.via} `
  return `${via}${names.link(hop.link)} weight ${hop.weight}`
}

function metricsText({ metrics }: Route): string {
  return Object.entries(metrics ?? {})
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(',') : String(value)}`)
    .join(' ')
}
