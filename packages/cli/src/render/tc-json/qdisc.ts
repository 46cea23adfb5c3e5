/** Disciplines in the shape of `tc -j qdisc show` (iproute2 6.1). @module */
import type { Qdisc } from '@vnet/core'
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
    ...(detail.statistics ? statisticsEntries(qdisc.statistics) : []),
  ])
}
