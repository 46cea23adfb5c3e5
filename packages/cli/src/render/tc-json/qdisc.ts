/** Disciplines in the shape of `tc -j qdisc show` (iproute2 6.1). @module */
import type { Qdisc, SizeTable, TrafficStatistics } from '@vnet/core'
import type { Names } from '../../names.js'
import { type JsonObject, ordered } from '../ip-json/object.js'
import { disciplines } from './kind/discipline.js'
import { statisticsEntries, type TrafficDetail } from './quantity.js'

/** A discipline as `tc -j qdisc show` writes it. */
export function qdiscJson(qdisc: Qdisc, names: Names, detail: TrafficDetail = {}): JsonObject {
  return ordered([
    ['kind', qdisc.kind],
    ['handle', qdisc.handle],
    detail.oneLink !== true && ['dev', names.link(qdisc.link)],
    qdisc.parent === 'root' ? ['root', true] : ['parent', qdisc.parent === 'ingress' ? 'ffff:fff1' : qdisc.parent],
    qdisc.references !== 1 && ['refcnt', qdisc.references],
    ['ingress_block', qdisc.ingressBlock],
    ['egress_block', qdisc.egressBlock],
    ['options', disciplines[qdisc.kind]?.(qdisc, detail) ?? {}],
    detail.details === true && qdisc.sizeTable !== undefined && ['stab', sizeTableJson(qdisc.sizeTable)],
    ...(detail.statistics ? [...statisticsEntries(qdisc.statistics), ...flowEntries(qdisc.statistics)] : []),
  ])
}

/** What is zero `tc` leaves out. */
function sizeTableJson({ linkLayer, overhead, leastPacket, mtu, size }: SizeTable): JsonObject {
  return ordered([
    ['linklayer', linkLayer],
    ['overhead', overhead || undefined],
    ['mpu', leastPacket || undefined],
    ['mtu', mtu],
    ['tsize', size],
  ])
}

/** What `fq_codel` counts besides; `tc` leaves three of them out where they are zero. */
function flowEntries(statistics: Partial<TrafficStatistics> = {}): readonly (readonly [string, unknown])[] {
  const { ceMarks, memoryUsed, memoryDrops } = statistics
  return [
    ['maxpacket', statistics.largestPacket],
    ['drop_overlimit', statistics.limitDrops],
    ['new_flow_count', statistics.newFlows],
    ['ecn_mark', statistics.ecnMarks],
    ['ce_mark', ceMarks || undefined],
    ['memory_used', memoryUsed || undefined],
    ['drop_overmemory', memoryDrops || undefined],
    ['new_flows_len', statistics.newFlowQueues],
    ['old_flows_len', statistics.oldFlowQueues],
  ]
}
