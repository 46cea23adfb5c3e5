/** Disciplines in words, those of the kernel's own choice among them. @module */
import { defaultPriorityMap, formatHandle, formatParent, type Qdisc, type TrafficStatistics } from '@vnet/core'
import type { Device } from '../object/device.js'
import { Queues } from './discipline/branches.js'
import { FairQueues } from './discipline/fq-codel.js'
import { atIngress, atRoot, type QdiscEntry, qdiscAt } from './entry.js'
import { toldOptions } from './option.js'
import { newTally, statisticsOf, sumOfTallies, type Tally } from './tally.js'

/** What the kernel puts on a queue where nothing else is. */
const fast = { bands: 3, priorityMap: defaultPriorityMap }

/** A discipline as the kernel tells it. */
export function describeQdisc(device: Device, entry: QdiscEntry): Qdisc {
  const { handle, parent, kind, options, ingressBlock, egressBlock, sizeTable } = entry
  return {
    link: device.index,
    kind,
    handle: formatHandle(handle),
    parent: formatParent(parent),
    references: parent === atRoot && kind !== 'mq' ? device.txQueues + 1 : 1,
    ...(ingressBlock === undefined ? {} : { ingressBlock }),
    ...(egressBlock === undefined ? {} : { egressBlock }),
    ...(sizeTable === undefined ? {} : { sizeTable }),
    ...toldOptions(kind, options),
    ...(kind === 'htb' ? { directPackets: entry.ownTally.directPackets } : {}),
    statistics: statisticsIn(device, entry),
    other: [],
  } as Qdisc
}

function statisticsIn(device: Device, entry: QdiscEntry): TrafficStatistics {
  const discipline = device.traffic?.at(entry)
  const common = statisticsOf(entry.tally, discipline?.waiting, device.traffic?.time)
  if (entry.kind !== 'fq_codel') return common
  const { directPackets: _, ...own } = entry.ownTally
  const none = { newFlowQueues: 0, oldFlowQueues: 0, memoryUsed: 0 }
  return { ...common, ...own, ...(discipline instanceof FairQueues ? discipline.flowCounts : none) }
}

/** The disciplines of a link: at its root, those inside, and the one at its ingress. */
export function qdiscsOf(device: Device): Qdisc[] {
  const root = qdiscAt(device, atRoot)
  const entries = [...device.qdiscs].sort((a, b) => place(a) - place(b))
  const chosen = entries.map((entry) => describeQdisc(device, entry))
  if (root === undefined) return [...ownOf(device), ...chosen]
  return root.kind === 'mq' ? [...chosen.slice(0, 1), ...queuesOf(device, root.handle), ...chosen.slice(1)] : chosen
}

const place = (entry: QdiscEntry): number => (entry.parent === atRoot ? 0 : entry.parent === atIngress ? 2 : 1)

/** The kernel's choice; a link that never was up has none. */
function ownOf(device: Device): Qdisc[] {
  const { qdisc: kind } = device
  if (kind === 'noop') return []
  const own = own0(device, kind, atRoot, sumOfTallies(device.queueTallies))
  return kind === 'mq' ? [{ ...own, references: 1 }, ...queuesOf(device, 0)] : [own]
}

function queuesOf(device: Device, handle: number): Qdisc[] {
  const root = qdiscAt(device, atRoot)
  const queues = root === undefined ? undefined : device.traffic?.at(root)
  const tallyOf = (index: number) =>
    queues instanceof Queues ? queues.branch(index).entry.tally : (device.queueTallies[index] ?? newTally())
  return Array.from({ length: device.txQueues }, (_, index) => index)
    .filter((index) => qdiscAt(device, handle + index + 1) === undefined)
    .map((index) => ({ ...own0(device, 'pfifo_fast', handle + index + 1, tallyOf(index)), references: 1 }))
}

function own0(device: Device, kind: string, parent: number, tally: Tally): Qdisc {
  return {
    link: device.index,
    kind,
    handle: '0:',
    parent: formatParent(parent),
    references: 2,
    ...(kind === 'pfifo_fast' ? fast : {}),
    statistics: statisticsOf(tally),
    other: [],
  }
}
