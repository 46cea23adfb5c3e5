/** Filters: RTM_NEWTFILTER, RTM_DELTFILTER, RTM_GETTFILTER (`net/sched/cls_api.c`). @module */
import {
  type CleanFilterKey,
  type CleanFilterPlace,
  type CleanFilterQuery,
  type CleanFilterSpec,
  filterProtocolOf,
  formatFilterParent,
  formatU32Handle,
  type TrafficFilter,
} from '@vnet/core'
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST } from '../../netlink/message.js'
import { littleEndian, type Octets } from '../../netlink/octets.js'
import type { MessageWriter } from '../../netlink/writer.js'
import type { EncodeContext, OperationCodec } from '../codec.js'
import { RTM_DELTFILTER, RTM_GETTFILTER, RTM_NEWTFILTER, TCM_IFINDEX_MAGIC_BLOCK } from './constants.js'
import { filterOf } from './kind/filter.js'
import { readMessage, trafficAttributes, writeEstimator, writeHeader, writeOptions } from './message.js'

/** An EtherType as the header holds it: in network order, whatever the machine's. */
const swapped = (type: number): number => (littleEndian ? ((type & 0xff) << 8) | (type >>> 8) : type)
/** Priority and protocol as the header holds them. */
const infoOf = (priority = 0, protocol = 0): number => priority * 0x10000 + swapped(protocol)

/** Where filters are, as the header says it: a block stands in the place of the parent, and no link has the index beside it. */
const placeOf = ({ link, parent, block }: CleanFilterPlace, context: EncodeContext) =>
  block === undefined ? { link: context.linkIndex(link), parent } : { link: TCM_IFINDEX_MAGIC_BLOCK, parent: block }

const encodeSpec =
  (flags: number) =>
  (to: MessageWriter, spec: CleanFilterSpec, context: EncodeContext): void => {
    const { priority, protocol, handle = 0 } = spec
    to.begin(RTM_NEWTFILTER, NLM_F_REQUEST | flags)
    writeHeader(to, { ...placeOf(spec, context), handle, info: infoOf(priority, protocol) })
    if (spec.chain !== undefined) trafficAttributes.chain.write(to, spec.chain)
    writeEstimator(to, spec.estimator)
    writeOptions(to, spec, filterOf(spec.kind), context)
    to.end()
  }

function encodeKey(to: MessageWriter, spec: CleanFilterKey, context: EncodeContext): void {
  const { priority, protocol, handle = 0 } = spec
  to.begin(RTM_DELTFILTER, NLM_F_REQUEST)
  writeHeader(to, { ...placeOf(spec, context), handle, info: infoOf(priority, protocol) })
  if (spec.chain !== undefined) trafficAttributes.chain.write(to, spec.chain)
  if (spec.kind !== undefined) trafficAttributes.kind.write(to, spec.kind)
  to.end()
}

function encodeList(to: MessageWriter, spec: CleanFilterQuery, context: EncodeContext): void {
  to.begin(RTM_GETTFILTER, NLM_F_REQUEST | NLM_F_DUMP)
  writeHeader(to, placeOf(spec, context))
  to.end()
}

/** Reads a filter from the payload of RTM_NEWTFILTER or RTM_DELTFILTER. */
export function decodeFilter(from: Octets, start: number, end: number): TrafficFilter {
  const { link, handle, parent, info, kind, chain = 0, options, other } = readMessage(from, start, end, 'filter')
  const protocol = swapped(info & 0xffff)
  const known = filterOf(kind)
  const isInBlock = link >>> 0 === TCM_IFINDEX_MAGIC_BLOCK
  return {
    ...(isInBlock ? { block: parent } : { link, parent: formatFilterParent(parent) }),
    kind,
    protocol: filterProtocolOf(protocol),
    priority: info >>> 16,
    chain,
    ...(handle === 0 ? {} : { handle: kind === 'u32' ? formatU32Handle(handle) : handle }),
    actions: [],
    ...(options === undefined ? {} : (known?.decode(from, ...options) ?? { data: from.copy(...options) })),
    other,
  }
}

/** A list tells of each priority before its filters; that says nothing that they do not. */
function decodeListed(from: Octets, start: number, end: number): TrafficFilter | undefined {
  const filter = decodeFilter(from, start, end)
  return filter.handle === undefined ? undefined : filter
}

/** The codecs of the five operations. */
export const filterCodecs: {
  readonly 'filter add': OperationCodec<'filter add'>
  readonly 'filter set': OperationCodec<'filter set'>
  readonly 'filter change': OperationCodec<'filter change'>
  readonly 'filter delete': OperationCodec<'filter delete'>
  readonly 'filter list': OperationCodec<'filter list'>
} = {
  'filter add': { answer: 'ack', encode: encodeSpec(NLM_F_CREATE | NLM_F_EXCL) },
  'filter set': { answer: 'ack', encode: encodeSpec(NLM_F_CREATE) },
  'filter change': { answer: 'ack', encode: encodeSpec(0) },
  'filter delete': { answer: 'ack', encode: encodeKey },
  'filter list': { answer: 'dump', encode: encodeList, decode: decodeListed },
}
