/** Classes: RTM_NEWTCLASS, RTM_DELTCLASS, RTM_GETTCLASS (`net/sched/sch_api.c`). @module */
import {
  type ClassFilter,
  type CleanClassKey,
  type CleanClassSpec,
  formatHandle,
  formatParent,
  type TrafficClass,
} from '@vnet/core'
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from '../../netlink/message.js'
import type { Octets } from '../../netlink/octets.js'
import type { MessageWriter } from '../../netlink/writer.js'
import type { EncodeContext, OperationCodec } from '../codec.js'
import { RTM_DELTCLASS, RTM_GETTCLASS, RTM_NEWTCLASS } from './constants.js'
import { classOf } from './kind/index.js'
import { readMessage, writeEstimator, writeHeader, writeOptions } from './message.js'
import { readStatistics } from './statistics.js'

const encodeSpec =
  (flags: number) =>
  (to: MessageWriter, spec: CleanClassSpec, context: EncodeContext): void => {
    const link = context.linkIndex(spec.link)
    to.begin(RTM_NEWTCLASS, NLM_F_REQUEST | flags)
    writeHeader(to, { link, parent: spec.parent, handle: spec.classId })
    writeEstimator(to, spec.estimator)
    writeOptions(to, spec, classOf(spec.kind), context)
    to.end()
  }

function encodeKey(to: MessageWriter, spec: CleanClassKey, context: EncodeContext): void {
  const link = context.linkIndex(spec.link)
  to.begin(RTM_DELTCLASS, NLM_F_REQUEST)
  writeHeader(to, { link, handle: spec.classId })
  to.end()
}

function encodeList(to: MessageWriter, spec: ClassFilter, context: EncodeContext): void {
  const link = context.linkIndex(spec.link)
  to.begin(RTM_GETTCLASS, NLM_F_REQUEST | NLM_F_DUMP)
  writeHeader(to, { link })
  to.end()
}

/** Reads a class from the payload of RTM_NEWTCLASS or RTM_DELTCLASS. */
export function decodeClass(from: Octets, start: number, end: number): TrafficClass {
  const message = readMessage(from, start, end, 'class')
  const { link, handle, parent, info, kind, options, statistics, other } = message
  const known = classOf(kind)
  return {
    link,
    kind,
    classId: formatHandle(handle),
    parent: formatParent(parent),
    ...(info === 0 ? {} : { leaf: formatHandle(info) }),
    ...(options === undefined ? {} : (known?.decode(from, ...options) ?? { data: from.copy(...options) })),
    ...(statistics === undefined ? {} : { statistics: readStatistics(from, ...statistics, known?.statistics) }),
    other,
  }
}

/** The codecs of the five operations. */
export const classCodecs: {
  readonly 'class add': OperationCodec<'class add'>
  readonly 'class set': OperationCodec<'class set'>
  readonly 'class change': OperationCodec<'class change'>
  readonly 'class delete': OperationCodec<'class delete'>
  readonly 'class list': OperationCodec<'class list'>
} = {
  'class add': { answer: 'ack', encode: encodeSpec(NLM_F_CREATE | NLM_F_EXCL) },
  'class set': { answer: 'ack', encode: encodeSpec(NLM_F_CREATE | NLM_F_REPLACE) },
  'class change': { answer: 'ack', encode: encodeSpec(0) },
  'class delete': { answer: 'ack', encode: encodeKey },
  'class list': { answer: 'dump', encode: encodeList, decode: decodeClass },
}
