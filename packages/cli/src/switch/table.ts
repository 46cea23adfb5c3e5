/** The ports and stations of a switch as tables. @module */
import type { MacEntry } from '@vnet/switch'
import { aligned, type Column } from '../render/table.js'
import { dropsOf, type PortView, type RunningSwitch } from './running.js'
import { vlanText } from './vlan.js'

/** The lines of a list, its titles first. */
function lines<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): readonly string[] {
  const text = aligned(
    columns.map(({ title }) => title),
    columns.map(({ right }) => right === true),
    rows.map((row) => columns.map((column) => column.text(row))),
  )
  return text.split('\n').slice(0, -1)
}

/** A port a line. */
export function portLines(running: RunningSwitch, views: readonly PortView[]): readonly string[] {
  const { plan, bridge } = running
  const columns: readonly Column<PortView>[] = [
    { title: 'PORT', text: ({ running: { opened } }) => opened.plan.name },
    ...(plan.options.stp === undefined
      ? []
      : [{ title: 'ROLE', text: ({ state }: PortView) => (state === undefined ? '-' : state.role) }]),
    { title: 'STATE', text: ({ state }) => (state === undefined ? 'ended' : state.guarded ? 'shut' : state.state) },
    ...(bridge.vlanFiltering
      ? [{ title: 'VLAN', text: ({ running: port }: PortView) => vlanText(port.opened.plan.options.vlan ?? ofNone) }]
      : []),
    { title: 'IN', right: true, text: ({ counters }) => String(counters.inFrames) },
    { title: 'OUT', right: true, text: ({ counters }) => String(counters.outFrames) },
    { title: 'STATIONS', right: true, text: ({ stations }) => String(stations) },
    { title: 'DROPPED', text: dropText },
  ]
  return lines(columns, views)
}

/** What the switch takes a port for that has no VLANs of its own. */
const ofNone = { mode: 'access', id: 1 } as const

function dropText(view: PortView): string {
  const { fault } = view.running
  const lost = fault === undefined ? 0 : fault.faults.in.lost + fault.faults.out.lost
  const words = [...dropsOf(view)].map(([cause, count]) => `${cause} ${count}`)
  if (lost > 0) words.push(`lost by --fault ${lost}`)
  return words.length === 0 ? '0' : words.join(', ')
}

/** The stations that were heard last, as many as there is room for: a line each, and one for the rest. */
export function stationLines(running: RunningSwitch, entries: readonly MacEntry[], room: number): readonly string[] {
  if (entries.length === 0 || room < 2) return []
  const now = running.clock.now()
  const all = [...entries].sort((a, b) => b.seen - a.seen)
  const shown = all.slice(0, all.length < room ? all.length : Math.max(1, room - 2))
  const columns: readonly Column<MacEntry>[] = [
    { title: 'STATION', text: ({ mac }) => mac },
    ...(running.bridge.vlanFiltering ? [{ title: 'VLAN', right: true, text: vlanOf }] : []),
    { title: 'PORT', text: ({ port }) => running.name(port) },
    {
      title: 'SEEN',
      right: true,
      text: (entry) => (entry.static ? 'static' : `${Math.max(0, Math.round(now - entry.seen))} s`),
    },
  ]
  const left = all.length - shown.length
  return [...lines(columns, shown), ...(left === 0 ? [] : [`and ${left} more`])]
}

const vlanOf = ({ vlan }: MacEntry): string => String(vlan)
