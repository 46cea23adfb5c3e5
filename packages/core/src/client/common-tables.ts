/**
 * Tables of `u32` that several places of a discipline have in common (`struct tc_u_common`, `net/sched/cls_u32.c`): each place lists
 * all tables of a priority, and nothing tells whose they are, nor do they all go when the filters of one place are deleted.
 * A transaction could not make them again as they were. @module
 */
import type { Connection } from '../driver.js'
import { VnetError } from '../error.js'
import type { LinkRef } from '../link.js'
import { formatFilterParent, parseFilterParent, parseU32Handle } from '../traffic/handle.js'
import type { CleanFilterPlace, TrafficFilter } from '../traffic-filter.js'
import { ask } from './ask.js'

type Filters = readonly TrafficFilter[]

/** Whether the kernel made this hash table, one for each priority (`gen_new_htid`). */
export const isOfKernel = (handle: TrafficFilter['handle']): boolean =>
  (parseU32Handle(String(handle)) ?? 0) >= 0x800_00000

const tablesIn = (filters: Filters): Filters => filters.filter(({ divisor }) => divisor !== undefined)

/** Whether two chains or places have filters of one priority. */
function areMixed(filters: Filters): boolean {
  const roots = new Map<number, unknown>()
  return tablesIn(filters).some(({ handle, priority }) => {
    if (!isOfKernel(handle)) return false
    const other = roots.get(priority)
    roots.set(priority, handle)
    return other !== undefined && other !== handle
  })
}

/** Refuses what is to be made again, place by place, and could not be. */
export function refuseMixed(operation: string, again: readonly Filters[]): void {
  const named = again.filter((filters) => tablesIn(filters).some(({ handle }) => !isOfKernel(handle)))
  if (again.some(areMixed) || named.length > 1) refuse(operation)
}

/** Refuses a change of a place that could not be taken back; `names` says whether it names a table of its own. */
export async function refuseCommon(
  connection: Connection,
  operation: string,
  place: CleanFilterPlace,
  before: Filters,
  names: boolean,
): Promise<void> {
  if (areMixed(before)) refuse(operation)
  if (!names && tablesIn(before).every(({ handle }) => isOfKernel(handle))) return
  const beside = await filtersBeside(connection, place)
  if (beside.some((filters) => tablesIn(filters).length > 0)) refuse(operation)
}

function refuse(operation: string): never {
  throw new VnetError({
    code: 'EPERM',
    operation,
    subject: 'u32',
    hint: 'filters of u32 at other places or in other chains have their tables in common with these, so the change could not be taken back: make it before or after the transaction',
  })
}

/** The filters of the other places of the discipline that has this one. */
async function filtersBeside(
  connection: Connection,
  { link, parent, block }: CleanFilterPlace,
): Promise<readonly Filters[]> {
  if (block !== undefined) return []
  const qdiscs = await ask(connection, 'qdisc list', { link })
  const root = qdiscs.find((qdisc) => qdisc.parent === 'root')
  const own = formatFilterParent(parent)
  const place = own === 'root' ? root?.handle : own
  const gates = ['ingress', 'egress']
  const places = gates.includes(own) ? (qdiscs.some(({ kind }) => kind === 'clsact') ? gates : []) : await inside(link)
  const others = places.filter((other) => other !== place)
  return Promise.all(
    others.map((other) => ask(connection, 'filter list', { link, parent: parseFilterParent(other) as number })),
  )

  /** The discipline itself, and its classes. */
  async function inside(link: LinkRef): Promise<string[]> {
    const handle = `${place?.split(':')[0]}:`
    const classes = (await ask(connection, 'class list', { link })).map(({ classId }) => classId)
    return [handle, ...classes.filter((classId) => classId.startsWith(handle))]
  }
}
