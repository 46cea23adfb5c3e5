/** Actions by themselves: RTM_NEWACTION, RTM_DELACTION, RTM_GETACTION (`struct tcamsg`; `net/sched/act_api.c`). @module */
import { type Action, type ActionKey, DecodeError, type DriverEvent, type OwnActionSpec } from '@vnet/core'
import { attributes, u32 } from '../../netlink/attribute.js'
import { forEachAttribute, readAttribute } from '../../netlink/attribute-run.js'
import {
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_ECHO,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  NLM_F_ROOT,
} from '../../netlink/message.js'
import type { Octets } from '../../netlink/octets.js'
import { range } from '../../netlink/range.js'
import type { MessageWriter } from '../../netlink/writer.js'
import type { EncodeContext, OperationCodec } from '../codec.js'
import type { MessageTable } from '../path.js'
import { field, struct, writeStruct } from '../struct.js'
import { actionAttributes, nla_bitfield32, readActions, writeAction } from './action.js'
import * as k from './constants.js'

/** The header: a family, and nothing. */
export const tcamsg = struct('struct tcamsg', 4, { family: field('tca_family', 0, 'u8') })

/** Attributes of the message, enum TCA_ROOT_*. */
export const actionMessageAttributes = attributes({
  actions: range(1, 'TCA_ROOT_TAB', 'nested'),
  flags: range(2, 'TCA_ROOT_FLAGS', 'struct', nla_bitfield32.size),
  count: u32(3, 'TCA_ROOT_COUNT'),
  usedWithin: u32(4, 'TCA_ROOT_TIME_DELTA'),
})

/** The only action of a request, by its place in the list. */
const firstAction = attributes({ first: range(1, 'TCA_ACT_MAX_PRIO', 'nested') })

/** How the attributes of these messages are named in a request's specification. */
export const actionMessageTable: MessageTable = {
  headerSize: tcamsg.size,
  table: actionMessageAttributes,
  prefix: 'spec',
  paths: { actions: '' },
  inside: {
    actions: () => ({
      headerSize: 0,
      table: firstAction,
      prefix: 'spec',
      paths: { first: '' },
      inside: { first: () => ({ headerSize: 0, table: actionAttributes, prefix: 'spec', paths: { options: '' } }) },
    }),
  },
}

/** How many actions a flush deleted (`TCA_FCNT`, beside their kind). */
const TCA_FCNT = 6

/** Appends a message about one action. */
function write(to: MessageWriter, type: number, flags: number, body: () => void): void {
  to.begin(type, NLM_F_REQUEST | flags)
  to.zeros(tcamsg.size)
  const list = to.nest(actionMessageAttributes.actions.type)
  const first = to.nest(1)
  body()
  to.endNest(first)
  to.endNest(list)
}

/** What was made is sent back, on every kernel (`tcf_add_notify`). */
const encodeSpec =
  (flags: number) =>
  (to: MessageWriter, spec: OwnActionSpec, context: EncodeContext): void => {
    write(to, k.RTM_NEWACTION, NLM_F_ECHO | NLM_F_CREATE | flags, () => writeAction(to, spec, context))
    to.end()
  }

const encodeKey =
  (type: number) =>
  (to: MessageWriter, { kind, index }: ActionKey): void => {
    write(to, type, 0, () => {
      actionAttributes.kind.write(to, kind)
      actionAttributes.index.write(to, index)
    })
    to.end()
  }

/** Reads the actions of a message. */
function decodeActions(from: Octets, start: number, end: number): readonly Action[] {
  if (end - start < tcamsg.size) throw new DecodeError('action', start, `${end - start} octets, needs ${tcamsg.size}`)
  const found: Action[] = []
  forEachAttribute(from, start + tcamsg.size, end, 'action', (type, at, stop) => {
    if (type === actionMessageAttributes.actions.type) found.push(...readActions(from, at, stop))
  })
  return found
}

/** The events that a message means: of each action, or of a flush, which does not tell which are gone. */
export function decodeActionEvents(from: Octets, start: number, end: number, type: number): readonly DriverEvent[] {
  const flushed = type === k.RTM_DELACTION ? readFlush(from, start, end) : undefined
  if (flushed !== undefined) return [{ kind: 'action flush', group: 'action', flushed }]
  const kind = type === k.RTM_NEWACTION ? 'action set' : 'action delete'
  return decodeActions(from, start, end).map((object) => ({ kind, group: 'action', object }))
}

/** What a flush tells: the kind, and how many there were. */
function readFlush(from: Octets, start: number, end: number): { kind: string; count: number } | undefined {
  if (end - start < tcamsg.size) throw new DecodeError('action', start, `${end - start} octets, needs ${tcamsg.size}`)
  let flushed: { kind: string; count: number } | undefined
  forEachAttribute(from, start + tcamsg.size, end, 'action', (type, at, stop) => {
    if (type !== actionMessageAttributes.actions.type) return
    forEachAttribute(from, at, stop, 'action', (place, begin, last) => {
      if (place !== 0) return
      const kind = readAttribute(actionAttributes.kind, from, begin, last, 'action') ?? ''
      forEachAttribute(from, begin, last, 'action', (inside, first) => {
        if (inside === TCA_FCNT) flushed = { kind, count: from.u32(first) }
      })
    })
  })
  return flushed
}

/** The codecs of the six operations. */
export const actionCodecs: {
  readonly 'action add': OperationCodec<'action add'>
  readonly 'action set': OperationCodec<'action set'>
  readonly 'action delete': OperationCodec<'action delete'>
  readonly 'action get': OperationCodec<'action get'>
  readonly 'action list': OperationCodec<'action list'>
  readonly 'action flush': OperationCodec<'action flush'>
} = {
  'action add': { answer: 'one', encode: encodeSpec(NLM_F_EXCL), decode: decodeFirst },
  'action set': { answer: 'one', encode: encodeSpec(NLM_F_REPLACE), decode: decodeFirst },
  'action delete': { answer: 'ack', encode: encodeKey(k.RTM_DELACTION) },
  'action get': { answer: 'one', encode: encodeKey(k.RTM_GETACTION), decode: decodeFirst, missing: ['ENOENT'] },
  'action list': {
    answer: 'dump',
    encode(to, { kind, usedWithin }) {
      write(to, k.RTM_GETACTION, NLM_F_DUMP, () => actionAttributes.kind.write(to, kind))
      // Else a message holds 32 actions at most, and older kernels tell no more than fit into one.
      const flag = k.TCA_ACT_FLAG_LARGE_DUMP_ON
      const at = to.nestPlain(actionMessageAttributes.flags.type)
      writeStruct(to, nla_bitfield32, { value: flag, selector: flag })
      to.endNest(at)
      if (usedWithin !== undefined) actionMessageAttributes.usedWithin.write(to, usedWithin)
      to.end()
    },
    decode: decodeActions,
  },
  'action flush': {
    answer: 'ack',
    encode(to, { kind }) {
      write(to, k.RTM_DELACTION, NLM_F_ROOT, () => actionAttributes.kind.write(to, kind))
      to.end()
    },
  },
}

function decodeFirst(from: Octets, start: number, end: number): Action | undefined {
  return decodeActions(from, start, end)[0]
}
