/** Disciplines, filters and actions with options that the kernel may ignore without a word: tried first on the `lo` of a namespace made for it. @module */
import {
  type ActionSpec,
  type DoubtfulTraffic,
  doubtfulTraffic,
  ignoredTraffic,
  isActionReference,
  parseFilterParent,
  parseParent,
  type Request,
  toldTraffic,
} from '@vnet/core'
import type { Carrier } from './compound.js'
import { forEachMessage } from './netlink/message.js'
import { MessageWriter } from './netlink/writer.js'
import type { OperationCodec } from './rtnetlink/codec.js'
import { actionCodecs } from './rtnetlink/traffic/action-message.js'
import { RTM_GETACTION, RTM_NEWQDISC, RTM_NEWTFILTER } from './rtnetlink/traffic/constants.js'
import { filterCodecs } from './rtnetlink/traffic/filter.js'
import { qdiscCodecs } from './rtnetlink/traffic/qdisc.js'
import type { NetlinkSocket } from './socket.js'
import type { Syscalls } from './syscalls.js'
import { trialContext as context, inTrialNamespace, verdictOn } from './trial.js'

/** Index of `lo`, the first link of every namespace. */
const LO = 1
const EINVAL = 22
const at = { root: parseParent('root'), ingress: parseFilterParent('ingress') }

/** Whether a request has such options; nearly none has. */
export const isDoubtfulTraffic = (request: Request): boolean => doubtfulTraffic(request).length > 0

/** Whether the kernel of some system calls ignores what brought an option; found out once. */
const ignored = new WeakMap<Syscalls, Map<string, boolean>>()

/**
 * Carries out a request with such options. It fails with VNET_UNSUPPORTED where the kernel ignores one of them, and nothing
 * has changed then. Where no namespace can be made the kernel is believed.
 */
export async function carryOutDoubtfulTraffic(run: Carrier, request: Request): Promise<unknown> {
  const known = ignored.get(run.syscalls) ?? new Map<string, boolean>()
  ignored.set(run.syscalls, known)
  const doubts = doubtfulTraffic(request)
  const { kind } = request.spec as unknown as Loose
  const name = ({ place }: DoubtfulTraffic) => `${kind} ${place.at(-1)}`
  if (doubts.some((doubt) => !known.has(name(doubt)))) {
    const isOfActions = doubts.some(({ place }) => place[0] === 'actions')
    const told = tried(run.syscalls, request, isOfActions)
    if (told !== undefined) for (const doubt of doubts) known.set(name(doubt), toldTraffic(told, doubt) === undefined)
  }
  const fault = doubts.find((doubt) => known.get(name(doubt)) === true)
  if (fault !== undefined) throw ignoredTraffic(request, fault)
  return run.trusted(request)
}

/** What is told of the same discipline, filter or action on `lo`; `undefined` where none can be made there. */
function tried(syscalls: Syscalls, request: Request, withActions: boolean): object | undefined {
  return inTrialNamespace(syscalls, (socket) => {
    if (request.operation.startsWith('qdisc')) {
      const spec = { ...request.spec, link: LO, parent: at.root, handle: undefined }
      return told(socket, qdiscCodecs['qdisc add'], spec, qdiscCodecs['qdisc list'], {}, RTM_NEWQDISC)
    }
    if (request.operation.startsWith('action')) {
      const { kind, block } = request.spec as unknown as Loose
      if (kind === 'mirred') return toldBlock(socket, { kind, block })
      return told(
        socket,
        actionCodecs['action add'],
        request.spec,
        actionCodecs['action list'],
        { kind },
        RTM_GETACTION,
      )
    }
    const gate = { link: LO, kind: 'clsact', parent: parseParent('ingress'), handle: 0xffff0000 }
    verdictOn(socket, (to) => qdiscCodecs['qdisc add'].encode(to, gate as never, context))
    const place = { link: LO, parent: at.ingress }
    const filter = alone(request.spec as unknown as Loose)
    const spec = { ...filter, ...(withActions ? {} : { actions: undefined }), ...place, priority: 1 }
    return told(socket, filterCodecs['filter add'], spec, filterCodecs['filter list'], place, RTM_NEWTFILTER)
  })
}

/** Older kernels refuse to make an action without a link; of one that is there they keep the link, without a word. */
function toldBlock(socket: NetlinkSocket, spec: Loose): object | undefined {
  const verdict = verdictOn(socket, (to) => actionCodecs['action add'].encode(to, spec as never, context))
  if (verdict?.errno === EINVAL) return {}
  return verdict?.errno === 0 ? spec : undefined
}

/** A filter without what must be there before it, and without hardware, which `lo` has none of. */
function alone(request: Loose): object {
  const { handle: _, chain: __, table: ___, nextTable: ____, classId: _____, skipSoftware: ______, ...spec } = request
  const { actions } = spec as { readonly actions?: readonly ActionSpec[] }
  return {
    ...spec,
    ...(spec.inputLink === undefined ? {} : { inputLink: 'lo' }),
    ...(actions === undefined ? {} : { actions: actions.map((one) => (isActionReference(one) ? anyAction : one)) }),
  }
}
/** In the place of an action that is shared, which is not there. */
const anyAction: ActionSpec = { kind: 'police', mtu: 1 }
type Loose = Readonly<Record<string, unknown>>

function told(
  socket: NetlinkSocket,
  add: OperationCodec<never>,
  spec: object,
  list: OperationCodec<never>,
  query: object,
  type: number,
): object | undefined {
  if (verdictOn(socket, (to) => add.encode(to, spec as never, context))?.errno !== 0) return undefined
  const to = new MessageWriter(256)
  list.encode(to, query as never, context)
  to.sequence(2)
  socket.send(to.bytes, to.length)
  const found: object[] = []
  while (
    socket.receive((from, start, end) =>
      forEachMessage(from, start, end, (kind, _flags, _sequence, begin, stop) => {
        const object = kind === type ? list.decode?.(from, begin, stop, type, {} as never) : undefined
        if (Array.isArray(object)) found.push(...object)
        else if (typeof object === 'object' && object !== null) found.push(object)
      }),
    )
  );
  // The table of a filter of `u32` is told before it.
  return found.at(-1)
}
