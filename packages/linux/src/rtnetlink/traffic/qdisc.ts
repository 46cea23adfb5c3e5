/** Disciplines: RTM_NEWQDISC, RTM_DELQDISC, RTM_GETQDISC (`net/sched/sch_api.c`). @module */
import {
  type CleanQdiscKey,
  type CleanQdiscSpec,
  formatHandle,
  formatParent,
  type Qdisc,
  type QdiscFilter,
} from '@vnet/core'
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from '../../netlink/message.js'
import type { Octets } from '../../netlink/octets.js'
import type { MessageWriter } from '../../netlink/writer.js'
import type { EncodeContext, OperationCodec } from '../codec.js'
import { RTM_DELQDISC, RTM_GETQDISC, RTM_NEWQDISC } from './constants.js'
import { disciplineOf } from './kind/index.js'
import { readMessage, trafficAttributes, writeEstimator, writeHeader, writeOptions } from './message.js'
import { readSizeTable, writeSizeTable } from './size-table.js'
import { readStatistics } from './statistics.js'

const encodeSpec =
  (flags: number) =>
  (to: MessageWriter, spec: CleanQdiscSpec, context: EncodeContext): void => {
    const link = context.linkIndex(spec.link)
    const a = trafficAttributes
    to.begin(RTM_NEWQDISC, NLM_F_REQUEST | flags)
    writeHeader(to, { link, parent: spec.parent, ...(spec.handle === undefined ? {} : { handle: spec.handle }) })
    if (spec.ingressBlock !== undefined) a.ingressBlock.write(to, spec.ingressBlock)
    if (spec.egressBlock !== undefined) a.egressBlock.write(to, spec.egressBlock)
    if (spec.sizeTable !== undefined) writeSizeTable(to, a.sizeTable.type, spec.sizeTable)
    writeEstimator(to, spec.estimator)
    writeOptions(to, spec, disciplineOf(spec.kind), context)
    to.end()
  }

function encodeKey(to: MessageWriter, spec: CleanQdiscKey, context: EncodeContext): void {
  const link = context.linkIndex(spec.link)
  to.begin(RTM_DELQDISC, NLM_F_REQUEST)
  writeHeader(to, { link, parent: spec.parent, ...(spec.handle === undefined ? {} : { handle: spec.handle }) })
  to.end()
}

function encodeList(to: MessageWriter): void {
  to.begin(RTM_GETQDISC, NLM_F_REQUEST | NLM_F_DUMP)
  writeHeader(to, { link: 0 })
  to.end()
}

/** The kernel tells those of all links. */
function filter(spec: QdiscFilter, context: EncodeContext): ((qdisc: Qdisc) => boolean) | undefined {
  const link = spec.link === undefined ? undefined : context.linkIndex(spec.link)
  const { kind } = spec
  if (link === undefined && kind === undefined) return undefined
  return (qdisc) => (link === undefined || qdisc.link === link) && (kind === undefined || qdisc.kind === kind)
}

/** Reads a discipline from the payload of RTM_NEWQDISC or RTM_DELQDISC. */
export function decodeQdisc(from: Octets, start: number, end: number): Qdisc {
  const message = readMessage(from, start, end, 'qdisc')
  const { link, handle, parent, info, kind, options, statistics, ingressBlock, egressBlock, sizeTable, other } = message
  const known = disciplineOf(kind)
  return {
    link,
    kind,
    handle: formatHandle(handle),
    parent: formatParent(parent),
    references: info,
    ...(ingressBlock === undefined ? {} : { ingressBlock }),
    ...(egressBlock === undefined ? {} : { egressBlock }),
    ...(sizeTable === undefined ? {} : { sizeTable: readSizeTable(from, ...sizeTable) }),
    ...(options === undefined ? {} : (known?.decode(from, ...options) ?? { data: from.copy(...options) })),
    ...(statistics === undefined ? {} : { statistics: readStatistics(from, ...statistics, known?.statistics) }),
    other,
  }
}

/** The codecs of the five operations. */
export const qdiscCodecs: {
  readonly 'qdisc add': OperationCodec<'qdisc add'>
  readonly 'qdisc set': OperationCodec<'qdisc set'>
  readonly 'qdisc change': OperationCodec<'qdisc change'>
  readonly 'qdisc delete': OperationCodec<'qdisc delete'>
  readonly 'qdisc list': OperationCodec<'qdisc list'>
} = {
  'qdisc add': { answer: 'ack', encode: encodeSpec(NLM_F_CREATE | NLM_F_EXCL) },
  'qdisc set': { answer: 'ack', encode: encodeSpec(NLM_F_CREATE | NLM_F_REPLACE) },
  'qdisc change': { answer: 'ack', encode: encodeSpec(0) },
  'qdisc delete': { answer: 'ack', encode: encodeKey },
  'qdisc list': { answer: 'dump', encode: encodeList, decode: decodeQdisc, filter: filter as never },
}
