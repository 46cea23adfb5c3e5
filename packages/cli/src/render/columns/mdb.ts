/** Entries of multicast databases, and router ports, as rows of a list. @module */
import type { MdbEntry, MdbRouter } from '@vnet/core'
import type { Names } from '../../names.js'
import type { MdbDetail } from '../ip-json/mdb.js'
import type { Column } from '../table.js'

/** The columns of a list of entries. */
export function mdbColumns(names: Names, { details, statistics }: MdbDetail): readonly Column<MdbEntry>[] {
  return [
    { title: 'BRIDGE', text: (entry) => names.link(entry.bridge) },
    { title: 'PORT', text: (entry) => names.link(entry.port) },
    { title: 'GROUP', text: (entry) => entry.group },
    { title: 'SOURCE', text: (entry) => entry.source ?? '', optional: true },
    { title: 'VLAN', text: (entry) => String(entry.vlan ?? ''), right: true, optional: true },
    { title: 'STATE', text: (entry) => entry.state },
    { title: 'FLAGS', text: (entry) => entry.flags.join(','), optional: true },
    ...(details ? detailColumns(names) : []),
    ...(statistics ? [timer] : []),
  ]
}

const detailColumns = (names: Names): readonly Column<MdbEntry>[] => [
  { title: 'SOURCES', text: sourcesText, optional: true },
  {
    title: 'MAKER',
    text: ({ protocol }) => (protocol === undefined ? '' : names.maker(protocol)),
    optional: true,
  },
]

const timer: Column<{ readonly timer?: number }> = {
  title: 'TIMER',
  text: (row) => (row.timer === undefined ? '' : `${row.timer.toFixed(2)}s`),
  right: true,
}

/** Which sources pass, where it is not simply all: `include 10.0.0.1,10.0.0.2`. */
export function sourcesText({ filterMode, sources = [] }: MdbEntry): string {
  return sources.length === 0 ? '' : `${filterMode} ${sources.map(({ address }) => address).join(',')}`
}

/** The columns of a list of router ports. */
export function mdbRouterColumns(names: Names, { statistics }: MdbDetail): readonly Column<MdbRouter>[] {
  return [
    { title: 'BRIDGE', text: (router) => names.link(router.bridge) },
    { title: 'ROUTER PORT', text: (router) => names.link(router.port) },
    { title: 'VLAN', text: (router) => String(router.vlan ?? ''), right: true, optional: true },
    { title: 'TYPE', text: (router) => router.type ?? '' },
    ...(statistics ? [timer] : []),
  ]
}
