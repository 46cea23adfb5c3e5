/** Requests that take more than one message: parts one after another, undone when a later one fails; and what needs other system calls. @module */
import {
  type Link,
  type NamespaceInfo,
  type NamespaceRef,
  type Request,
  type Result,
  subjectOf,
  VnetError,
} from '@vnet/core'
import { setBridgeMst } from './bridge-mst.js'
import { listSockets } from './diagnosis/list.js'
import { carryOutDoubtful, isDoubtful } from './doubtful.js'
import { carryOutDoubtfulTraffic, isDoubtfulTraffic } from './doubtful-traffic.js'
import type { Gate } from './gate.js'
import type { GenericCarrier } from './genetlink/conversation.js'
import { carryOutMacsec } from './genetlink/macsec-device.js'
import { changeTeam, readTeam } from './genetlink/team-device.js'
import { changeDevice, readDevice } from './genetlink/wireguard-device.js'
import { indexOf, linkOf } from './link-lookup.js'
import { listOfKind, newest } from './link-reading.js'
import { addNamed, deleteNamed, listNamed } from './namespace.js'
import { forEachAttribute } from './netlink/attribute-run.js'
import { NLM_F_REQUEST } from './netlink/message.js'
import type { Nftables } from './nftables/conversation.js'
import { carryOutMacFilter } from './nftables/mac-filter.js'
import { carryOutNat } from './nftables/nat.js'
import { carryOutNic } from './nic/read.js'
import { renamed, unwrap } from './outcome.js'
import { ping } from './ping.js'
import { carryOutWithBlocks, namesBlocks } from './qdisc-block.js'
import type { OperationCodec } from './rtnetlink/codec.js'
import { codecs } from './rtnetlink/index.js'
import { namespaceOfPart, split, undo, withLink, withMade } from './rtnetlink/split.js'
import type { Syscalls } from './syscalls.js'
import { carryOutSysctl } from './sysctl.js'
import { addTun } from './tun-link.js'
import type { Window } from './window.js'

const RTM_GETNSID = 90
const NETNSA_NSID = 1
const NETNSA_FD = 3

/** What carries the parts out. */
export interface Carrier extends GenericCarrier {
  /** The conversation with nf_tables in the namespace of the requests. */
  readonly nftables: Nftables
  readonly window: Window
  readonly syscalls: Syscalls
  /** Descriptor of the namespace of these requests; `undefined` for that of the process. */
  readonly ownFd: number | undefined
  /** Whether it goes on. */
  readonly gate: Gate
  /** The results of requests here, one a request. */
  plain(requests: readonly Request[]): Promise<Result<unknown>[]>
  /** The value of one request, without looking whether the kernel ignored an option. */
  trusted(request: Request): Promise<unknown>
  /** Whether nothing is looked for that the kernel may have ignored. */
  readonly trusting: boolean
  /** The values of requests in the namespace of a descriptor. */
  in(fd: number | undefined, requests: readonly Request[]): Promise<unknown[]>
}

/** Carries a request out by hand. */
export type Special = (run: Carrier, request: never) => Promise<unknown>

/** How a request is carried out that is not one message; `undefined`, at little cost, for one that is. */
export function specialOf(run: Carrier, request: Request): Special | undefined {
  const { operation, spec } = request
  switch (operation) {
    case 'macsec get':
    case 'macsecSc add':
    case 'macsecSc set':
    case 'macsecSc delete':
    case 'macsecSa add':
    case 'macsecSa set':
    case 'macsecSa delete':
      return carryOutMacsec
    case 'team get':
      return readTeam
    case 'team set':
      return changeTeam
    case 'wireguard get':
      return readDevice
    case 'wireguard set':
      return changeDevice
    case 'nic get':
    case 'nic list':
      return carryOutNic
    case 'sysctl get':
    case 'sysctl set':
    case 'sysctl list':
      return carryOutSysctl
    case 'nat add':
    case 'nat delete':
    case 'nat list':
    case 'nat flush':
      return natCarrier
    case 'macFilter set':
    case 'macFilter delete':
    case 'macFilter list':
      return macFilterCarrier
    case 'socket list':
      return listSockets
    case 'namespace add':
      return namespaceAdder
    case 'namespace delete':
      return namespaceDeleter
    case 'namespace list':
      return listNamespaces
    case 'ping':
      return pinger
    case 'qdisc add':
    case 'qdisc set':
    case 'qdisc change':
    case 'filter add':
    case 'filter set':
    case 'filter change':
    case 'action add':
    case 'action set':
      if (!run.trusting && isDoubtfulTraffic(request)) return carryOutDoubtfulTraffic
      if (!run.trusting && namesBlocks(request)) return carryOutWithBlocks
      break
    case 'bridgeMst set':
      if (!run.trusting) return setBridgeMst
      break
    case 'link set':
      if (!run.trusting && isDoubtful(request)) return carryOutDoubtful
      break
    case 'link add':
      if (!run.trusting && isDoubtful(request)) return carryOutDoubtful
      if (spec.kind === 'tun' || spec.kind === 'tap') return tunCompound
      if (spec.namespace !== undefined && split(request) === undefined) return addElsewhere
      break
    default:
  }
  return split(request) === undefined ? undefined : plainCompound
}

type NatRequest = Parameters<typeof carryOutNat>[1]
type MacFilterRequest = Parameters<typeof carryOutMacFilter>[1]
type NamedRequest = Request & { operation: 'namespace add' | 'namespace delete' }
type PingRequest = Request & { operation: 'ping' }

// Functions that are there once: one made for each request would be made for thousands that need none.
const natCarrier = (run: Carrier, request: NatRequest) => carryOutNat(run.nftables, request)
const macFilterCarrier = (run: Carrier, request: MacFilterRequest) => carryOutMacFilter(run.nftables, request)
const namespaceAdder = async (run: Carrier, { spec }: NamedRequest) => addNamed(run.syscalls, spec.name)
const namespaceDeleter = async (run: Carrier, { spec }: NamedRequest) => deleteNamed(run.syscalls, spec.name)
const pinger = (run: Carrier, { spec }: PingRequest) =>
  run.gate.waiting((end) => ping(run.syscalls, run.ownFd, spec, end))
const tunCompound = (run: Carrier, request: Request) => compound(run, request, true)
const plainCompound = (run: Carrier, request: Request) => compound(run, request, false)

/** A request that takes several messages. A link that was made is removed again when a later one fails. */
async function compound(run: Carrier, request: Request, tun: boolean): Promise<unknown> {
  const parts = split(request) ?? [request]
  const link = request.operation === 'link set' ? await indexOf(run, request, request.spec.link) : undefined
  let made: Link | undefined
  try {
    for (const part of parts) {
      if (made !== undefined) await inNamespaceOf(run, request, part, withMade(part, made))
      else if (link !== undefined) await run.value(withLink(part, link))
      else made = (await (tun ? makeTun(run, part) : run.value(part))) as Link
    }
    if (made === undefined || parts.length === 1) return made
    const get: Request = { operation: 'link get', spec: { link: made.index } }
    return await inNamespaceOf(run, request, get, get)
  } catch (error) {
    const back = undo(request)
    if (made !== undefined && back !== undefined) {
      const ready = withMade(back, made)
      run.window.discard()
      await run.gate.calmly(() => inNamespaceOf(run, request, back, ready))
    }
    throw renamed(error, request)
  }
}

async function inNamespaceOf(run: Carrier, whole: Request, part: Request, ready: Request): Promise<unknown> {
  const where = namespaceOfPart(whole, part)
  return where === undefined ? run.value(ready) : (await run.in(run.namespaceFd(where), [ready]))[0]
}

async function makeTun(run: Carrier, request: Request): Promise<Link> {
  if (request.operation !== 'link add') throw new TypeError('not a link add')
  const { spec } = request
  const where = spec.namespace === undefined ? run.ownFd : run.namespaceFd(spec.namespace)
  if (spec.namespace === undefined && spec.name !== undefined) {
    if ((await linkOf(run, spec.name)) !== undefined) {
      throw new VnetError({
        code: 'EEXIST',
        operation: 'link add',
        subject: spec.name,
        errno: 17,
        hint: 'choose another name',
      })
    }
  }
  return addTun(
    run.syscalls,
    where,
    spec,
    (requests) => run.in(where, requests),
    (get) => run.gate.calmly(() => run.in(where, [get])),
  )
}

/** A link that is made in another namespace sends no echo here: it is read there. */
async function addElsewhere(run: Carrier, request: Request): Promise<unknown> {
  if (request.operation !== 'link add' || request.spec.namespace === undefined) throw new TypeError('not a link add')
  const codec = codecs['link add'] as OperationCodec<never>
  const there = await withMasterThere(run, request, request.spec.namespace)
  const { namespace, name, index } = request.spec
  const fd = run.namespaceFd(namespace)
  const link = name ?? index
  const ask = link === undefined ? listOfKind(request) : ({ operation: 'link get', spec: { link } } as const)
  const before = link === undefined ? ((await run.in(fd, [ask]))[0] as readonly Link[]) : []
  await run.withIndexes(there, () => run.window.add(there, codec, run))
  const results: Result<unknown>[] = []
  await run.window.flush(results)
  results.forEach(unwrap)
  const [made] = await run.gate.calmly(() => run.in(fd, [ask]))
  return link === undefined ? newest(made as readonly Link[], before) : made
}

/** The kernel looks a master's index up in the namespace where the link will be, so the name is resolved there. */
async function withMasterThere(
  run: Carrier,
  request: Request & { operation: 'link add' },
  where: NamespaceRef,
): Promise<Request> {
  const { master } = request.spec
  if (typeof master !== 'string') return request
  const [found] = (await run.in(run.namespaceFd(where), [{ operation: 'link get', spec: { link: master } }])) as Link[]
  if (found !== undefined) return { ...request, spec: { ...request.spec, master: found.index } } as Request
  throw new VnetError({
    code: 'ENODEV',
    operation: request.operation,
    subject: subjectOf(request),
    hint: `there is no link ${master} in the namespace where the new one shall be`,
    errno: 19,
  })
}

/** The named namespaces, each with the number by which this one knows it (RTM_GETNSID), if it does. */
async function listNamespaces(run: Carrier): Promise<NamespaceInfo[]> {
  const found: NamespaceInfo[] = []
  for (const info of listNamed()) {
    let id = -1
    try {
      const fd = run.namespaceFd({ name: info.name })
      await run.window.ask(
        (to) => {
          to.begin(RTM_GETNSID, NLM_F_REQUEST)
          to.zeros(4)
          to.u32Attribute(NETNSA_FD, fd)
          to.end()
        },
        (from, start, end) =>
          forEachAttribute(from, start + 4, end, 'namespace', (type, at) => {
            if (type === NETNSA_NSID) id = from.s32(at)
          }),
      )
    } catch {
      // Deleted meanwhile.
      continue
    }
    found.push(id < 0 ? info : { ...info, id })
  }
  return found
}
