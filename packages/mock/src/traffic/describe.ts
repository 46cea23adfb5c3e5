/** Disciplines in words, those of the kernel's own choice among them. @module */
import { defaultPriorityMap, formatHandle, formatParent, type Qdisc, type TrafficStatistics } from '@vnet/core'
import type { Device } from '../object/device.js'
import { atIngress, atRoot, type QdiscEntry, qdiscAt } from './entry.js'

/** Nothing flows here. */
export const noTraffic: TrafficStatistics = {
  bytes: 0,
  packets: 0,
  drops: 0,
  overlimits: 0,
  requeues: 0,
  backlog: 0,
  queueLength: 0,
}

/** What `fq_codel` counts besides. */
const noFlows: Partial<TrafficStatistics> = {
  largestPacket: 0,
  limitDrops: 0,
  ecnMarks: 0,
  newFlows: 0,
  newFlowQueues: 0,
  oldFlowQueues: 0,
  ceMarks: 0,
  memoryUsed: 0,
  memoryDrops: 0,
}

/** What the kernel puts on a queue where nothing else is. */
const fast = { bands: 3, priorityMap: defaultPriorityMap }

/** A discipline as the kernel tells it. */
export function describeQdisc(device: Device, entry: QdiscEntry): Qdisc {
  const { handle, parent, kind, options, ingressBlock, egressBlock } = entry
  return {
    link: device.index,
    kind,
    handle: formatHandle(handle),
    parent: formatParent(parent),
    references: parent === atRoot && kind !== 'mq' ? device.txQueues + 2 : 1,
    ...(ingressBlock === undefined ? {} : { ingressBlock }),
    ...(egressBlock === undefined ? {} : { egressBlock }),
    ...options,
    statistics: kind === 'fq_codel' ? { ...noTraffic, ...noFlows } : noTraffic,
    other: [],
  } as Qdisc
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
  const own = own0(device, kind, atRoot)
  return kind === 'mq' ? [{ ...own, references: 1 }, ...queuesOf(device, 0)] : [own]
}

function queuesOf(device: Device, handle: number): Qdisc[] {
  const places = Array.from({ length: device.txQueues }, (_, index) => handle + index + 1)
  const free = places.filter((parent) => qdiscAt(device, parent) === undefined)
  return free.map((parent) => ({ ...own0(device, 'pfifo_fast', parent), references: 1 }))
}

function own0(device: Device, kind: string, parent: number): Qdisc {
  return {
    link: device.index,
    kind,
    handle: '0:',
    parent: formatParent(parent),
    references: 2,
    ...(kind === 'pfifo_fast' ? fast : {}),
    statistics: noTraffic,
    other: [],
  }
}
