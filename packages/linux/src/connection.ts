/** A connection to one namespace: carries requests out, pipelined; the driver seam of `@vnet/core` on a netlink socket. @module */
import {
  type CallOptions,
  type Connection,
  type DriverEvent,
  type EventGroup,
  type Link,
  type LinkRef,
  type NamespaceInfo,
  type NamespaceRef,
  type Request,
  type Result,
  type ResultsOf,
  subjectOf,
  VnetError,
} from '@vnet/core'
import { deleteBulk, isBulk } from './bulk-delete.js'
import { listObjects } from './dump.js'
import { closed, systemError } from './error.js'
import { EventStream } from './event-stream.js'
import { addNamed, deleteNamed, listNamed } from './namespace.js'
import { forEachAttribute } from './netlink/attribute.js'
import { NLM_F_REQUEST } from './netlink/message.js'
import { ping } from './ping.js'
import type { EncodeContext, NetlinkOperation, OperationCodec } from './rtnetlink/codec.js'
import { codecs } from './rtnetlink/index.js'
import { linkDeleteByGroup } from './rtnetlink/link.js'
import { namespaceOfPart, split, undo, withLink, withMade } from './rtnetlink/split.js'
import { NetlinkSocket } from './socket.js'
import type { Syscalls } from './syscalls.js'
import { addTun } from './tun-link.js'
import { LinkIndexes, Unresolved, Window } from './window.js'

/** Octets of the kernel's queue for answers, and for events. */
const RECEIVE_BUFFER = 4 * 1024 * 1024

const RTM_GETNSID = 90
const NETNSA_NSID = 1
const NETNSA_FD = 3

/** What a connection needs of its driver. */
export interface ConnectionHome {
  readonly syscalls: Syscalls
  /** A descriptor of a namespace, and whether it must be closed after use. */
  descriptor(ref: NamespaceRef, operation: string): { fd: number; close: boolean }
  /** Tells the driver that the connection was closed. */
  closed(connection: LinuxConnection): void
}

/** The connection. */
export class LinuxConnection implements Connection {
  /** The namespace's descriptor, held open; `undefined` for that of the process. */
  readonly namespaceFd: number | undefined
  private readonly home: ConnectionHome
  private readonly socket: NetlinkSocket
  private readonly window: Window
  private readonly streams = new Set<EventStream>()
  private readonly closing = new AbortController()
  /** Lists of requests are carried out one after another: their windows share one writer. */
  private queue: Promise<unknown> = Promise.resolve()

  /** @param namespaceFd Becomes the connection's own, closed with it. */
  constructor(home: ConnectionHome, namespaceFd: number | undefined) {
    this.home = home
    this.namespaceFd = namespaceFd
    this.socket = new NetlinkSocket(home.syscalls, namespaceFd, RECEIVE_BUFFER)
    this.window = new Window(this.socket)
  }

  /** Whether the kernel checks requests strictly. */
  get strict(): boolean {
    return this.socket.strict
  }

  execute<const R extends readonly Request[]>(requests: R, options?: CallOptions): Promise<ResultsOf<R>> {
    // Who waits for the network holds nobody up who talks with the kernel.
    if (requests.length > 0 && requests.every((request) => request.operation === 'ping')) {
      return this.ping(requests as never, options?.signal) as Promise<unknown> as Promise<ResultsOf<R>>
    }
    const run = this.queue.then(() => this.carryOut(requests, options?.signal))
    this.queue = run.catch(() => {})
    return run as Promise<unknown> as Promise<ResultsOf<R>>
  }

  async watch(groups: readonly EventGroup[], options?: CallOptions): Promise<AsyncIterableIterator<DriverEvent>> {
    options?.signal?.throwIfAborted()
    if (this.socket.fd === -1) throw closed('watch')
    const stream = new EventStream(this.home.syscalls, this.namespaceFd, groups, () => this.streams.delete(stream))
    this.streams.add(stream)
    stream.endWith(options?.signal)
    return stream
  }

  async close(): Promise<void> {
    if (this.socket.fd === -1) return
    this.closing.abort(closed('execute'))
    for (const stream of this.streams) stream.end()
    this.socket.close()
    if (this.namespaceFd !== undefined) this.home.syscalls.close(this.namespaceFd)
    this.home.closed(this)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private async ping(
    requests: readonly (Request & { operation: 'ping' })[],
    signal: AbortSignal | undefined,
  ): Promise<Result<unknown>[]> {
    if (this.socket.fd === -1) throw closed('execute')
    const either = eitherOf(signal, this.closing.signal)
    const results: Result<unknown>[] = []
    try {
      for (const request of requests) {
        either.signal.throwIfAborted()
        results.push(
          await outcome(request, () => ping(this.home.syscalls, this.namespaceFd, request.spec, either.signal)),
        )
      }
      return results
    } finally {
      either.release()
    }
  }

  private async carryOut(requests: readonly Request[], signal: AbortSignal | undefined): Promise<Result<unknown>[]> {
    const gate = new Gate(signal, () => this.socket.fd === -1)
    const either = eitherOf(signal, this.closing.signal)
    const run = new Run(this.home, this.window, this.namespaceFd, gate)
    try {
      gate.check()
      await run.all(requests, either.signal)
      return run.results
    } finally {
      // What was added when the abort came must not go out with the next list.
      this.window.discard()
      run.close()
      either.release()
    }
  }
}

/** A signal that fires with the first of two. `AbortSignal.any` would stay with the longer-lived one for good (Node 20, 22). */
function eitherOf(a: AbortSignal | undefined, b: AbortSignal): { readonly signal: AbortSignal; release(): void } {
  if (a === undefined) return { signal: b, release: () => {} }
  const either = new AbortController()
  const sources = [a, b]
  const end = () => either.abort(sources.find((source) => source.aborted)?.reason)
  for (const source of sources) source.addEventListener('abort', end, { once: true })
  if (a.aborted || b.aborted) end()
  return {
    signal: either.signal,
    release: () => {
      for (const source of sources) source.removeEventListener('abort', end)
    },
  }
}

/** Whether a list of requests goes on. */
class Gate {
  private signal: AbortSignal | undefined
  private readonly isClosed: () => boolean

  constructor(signal: AbortSignal | undefined, isClosed: () => boolean) {
    this.signal = signal
    this.isClosed = isClosed
  }

  /** Throws when the caller gave up or the connection was closed. */
  check(): void {
    this.signal?.throwIfAborted()
    if (this.isClosed()) throw closed('execute')
  }

  /** Carries out to its end what must not stop halfway: reading what was just made, or taking it back. */
  async calmly<T>(body: () => Promise<T>): Promise<T> {
    const { signal } = this
    this.signal = undefined
    try {
      return await body()
    } finally {
      this.signal = signal
    }
  }
}

/** One list of requests under way. */
class Run implements EncodeContext {
  readonly strict: boolean
  readonly results: Result<unknown>[] = []
  private readonly gate: Gate
  private readonly home: ConnectionHome
  private readonly window: Window
  private readonly ownFd: number | undefined
  private readonly indexes = new LinkIndexes()
  private readonly descriptors = new Map<string, number>()
  private readonly toClose: number[] = []
  /** Kinds of links whose options are about to be changed. */
  private readonly kinds = new Map<number, string>()

  constructor(home: ConnectionHome, window: Window, ownFd: number | undefined, gate: Gate) {
    this.home = home
    this.window = window
    this.strict = window.strict
    this.ownFd = ownFd
    this.gate = gate
  }

  linkIndex(ref: string | number): number {
    return this.indexes.get(ref)
  }

  namespaceFd(ref: NamespaceRef): number {
    const key = JSON.stringify(ref)
    let fd = this.descriptors.get(key)
    if (fd === undefined) {
      const found = this.home.descriptor(ref, 'namespace open')
      fd = found.fd
      if (found.close) this.toClose.push(fd)
      this.descriptors.set(key, fd)
    }
    return fd
  }

  linkKind(index: number): string | undefined {
    return this.kinds.get(index)
  }

  close(): void {
    for (const fd of this.toClose) this.home.syscalls.close(fd)
  }

  async all(requests: readonly Request[], signal: AbortSignal): Promise<void> {
    for (let i = 0; i < requests.length; i++) {
      const request = requests[i] as Request
      const bulk = isBulk(requests, i)
      if (bulk > 0) {
        await this.flush()
        const deleted = await deleteBulk(
          requests.slice(i, i + bulk),
          (list) => this.plain(list, signal),
          async (group) => (await this.window.ask((to) => linkDeleteByGroup(to, group))).errno === 0,
        )
        for (const result of deleted) this.results.push(result)
        this.indexes.clear()
        i += bulk - 1
        await this.breathe()
      } else if (!this.quick(request)) await this.one(request, signal)
      if (this.window.full) {
        await this.flush()
        if (i + 1 < requests.length) await this.breathe()
      }
    }
    await this.flush()
  }

  /** The same without looking for bulks, for a part of a request: results are returned, not kept. */
  async plain(requests: readonly Request[], signal: AbortSignal): Promise<Result<unknown>[]> {
    const part = new Run(this.home, this.window, this.ownFd, this.gate)
    try {
      for (const request of requests) {
        if (!part.quick(request)) await part.one(request, signal)
        if (part.window.full) await part.flush()
      }
      await part.flush()
      return part.results
    } finally {
      part.close()
    }
  }

  /** Adds a request that is one message with known indexes to the window. Nearly all are; no promise for those. */
  private quick(request: Request): boolean {
    const codec = quickCodecs[request.operation]
    if (codec === undefined || renames(request) || needsKind(request) || this.specialOf(request, never) !== undefined)
      return false
    try {
      this.window.add(request, codec, this)
      return true
    } catch {
      // Said again, and properly, on the slow way.
      return false
    }
  }

  private async one(request: Request, signal: AbortSignal): Promise<void> {
    const special = this.specialOf(request, signal)
    if (special !== undefined) {
      await this.flush()
      this.results.push(await outcome(request, special))
      this.indexes.clear()
      return
    }
    const codec = codecs[request.operation as NetlinkOperation] as OperationCodec<never>
    if (codec.answer === 'dump') {
      await this.flush()
      this.results.push(
        await outcome(request, () => this.withIndexes(request, () => listObjects(this.window, request, codec, this))),
      )
      return
    }
    try {
      if (needsKind(request)) await this.findKind(request, signal)
      await this.withIndexes(request, () => this.window.add(request, codec, this))
    } catch (error) {
      await this.flush()
      this.results.push({ ok: false, error: failureOf(error, request) })
    }
    if (renames(request)) {
      await this.flush()
      this.indexes.clear()
    }
  }

  /** The named namespaces, each with the number by which this one knows it (RTM_GETNSID), if it does. */
  private async listNamespaces(): Promise<NamespaceInfo[]> {
    const found: NamespaceInfo[] = []
    for (const info of listNamed()) {
      let id = -1
      try {
        const fd = this.namespaceFd({ name: info.name })
        await this.window.ask(
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

  private async findKind(request: Request & { operation: 'link set' }, signal: AbortSignal): Promise<void> {
    await this.flush()
    const link = (await this.value({ operation: 'link get', spec: { link: request.spec.link } }, signal)) as
      | Link
      | undefined
    if (link?.kind !== undefined) this.kinds.set(link.index, link.kind)
  }

  /** What is done by hand instead of by one message. */
  private specialOf(request: Request, signal: AbortSignal): (() => Promise<unknown>) | undefined {
    const { operation, spec } = request
    const { syscalls } = this.home
    switch (operation) {
      case 'namespace add':
        return async () => addNamed(syscalls, spec.name)
      case 'namespace delete':
        return async () => deleteNamed(syscalls, spec.name)
      case 'namespace list':
        return () => this.listNamespaces()
      case 'ping':
        return () => ping(syscalls, this.ownFd, spec, signal)
      case 'link add':
        if (spec.kind === 'tun' || spec.kind === 'tap') return () => this.compound(request, signal, true)
        if (spec.namespace !== undefined && split(request) === undefined) return () => this.addElsewhere(request)
        break
      default:
    }
    return split(request) === undefined ? undefined : () => this.compound(request, signal, false)
  }

  /** A request that takes several messages. A link that was made is removed again when a later one fails. */
  private async compound(request: Request, signal: AbortSignal, tun: boolean): Promise<unknown> {
    const parts = split(request) ?? [request]
    const link = request.operation === 'link set' ? await this.index(request, request.spec.link) : undefined
    let made: Link | undefined
    try {
      for (const part of parts) {
        if (made !== undefined) await this.inNamespaceOf(request, part, withMade(part, made), signal)
        else if (link !== undefined) await this.value(withLink(part, link), signal)
        else made = (await (tun ? this.makeTun(part, signal) : this.value(part, signal))) as Link
      }
      if (made === undefined || parts.length === 1) return made
      const get: Request = { operation: 'link get', spec: { link: made.index } }
      return await this.inNamespaceOf(request, get, get, signal)
    } catch (error) {
      const back = undo(request)
      if (made !== undefined && back !== undefined) {
        const ready = withMade(back, made)
        this.window.discard()
        await this.gate.calmly(() => this.inNamespaceOf(request, back, ready, never))
      }
      throw renamed(error, request)
    }
  }

  private async inNamespaceOf(whole: Request, part: Request, ready: Request, signal: AbortSignal): Promise<unknown> {
    const where = namespaceOfPart(whole, part)
    return where === undefined
      ? this.value(ready, signal)
      : (await this.in(this.namespaceFd(where), [ready], signal))[0]
  }

  private index(request: Request, link: LinkRef): Promise<number> {
    return this.withIndexes(request, () => this.linkIndex(link))
  }

  private async makeTun(request: Request, signal: AbortSignal): Promise<Link> {
    if (request.operation !== 'link add') throw new TypeError('not a link add')
    const { spec } = request
    const elsewhere = spec.namespace === undefined ? this.ownFd : this.namespaceFd(spec.namespace)
    if (spec.namespace === undefined && spec.name !== undefined) {
      const there = await this.value({ operation: 'link get', spec: { link: spec.name } }, signal)
      if (there !== undefined) {
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
      this.home.syscalls,
      elsewhere,
      spec,
      (requests) => this.in(elsewhere, requests, signal),
      (get) => this.gate.calmly(() => this.in(elsewhere, [get], never)),
    )
  }

  /** A link that is made in another namespace sends no echo here: it is read there. */
  private async addElsewhere(request: Request): Promise<unknown> {
    if (request.operation !== 'link add' || request.spec.namespace === undefined) throw new TypeError('not a link add')
    const codec = codecs['link add'] as OperationCodec<never>
    const there = await this.withMasterThere(request, request.spec.namespace)
    await this.withIndexes(there, () => this.window.add(there, codec, this))
    const [result] = await this.window.flush()
    if (result !== undefined && !result.ok) throw result.error
    const fd = this.namespaceFd(request.spec.namespace)
    const list: Request = { operation: 'link list', spec: { kind: request.spec.kind } }
    return newest(await this.gate.calmly(() => this.in(fd, [list])), request.spec.name)
  }

  /** Carries requests out in another namespace. */
  private async in(fd: number | undefined, requests: readonly Request[], signal?: AbortSignal): Promise<unknown[]> {
    if (fd === this.ownFd)
      return Promise.all((await this.plain(requests, signal ?? new AbortController().signal)).map(unwrap))
    const socket = new NetlinkSocket(this.home.syscalls, fd, RECEIVE_BUFFER)
    const run = new Run(this.home, new Window(socket), fd, this.gate)
    try {
      await run.all(requests, signal ?? new AbortController().signal)
      return run.results.map(unwrap)
    } finally {
      run.close()
      socket.close()
    }
  }

  /** The kernel looks a master's index up in the namespace where the link will be, so the name is resolved there. */
  private async withMasterThere(request: Request & { operation: 'link add' }, where: NamespaceRef): Promise<Request> {
    const { master } = request.spec
    if (typeof master !== 'string') return request
    const [found] = (await this.in(this.namespaceFd(where), [
      { operation: 'link get', spec: { link: master } },
    ])) as Link[]
    if (found !== undefined) return { ...request, spec: { ...request.spec, master: found.index } } as Request
    throw new VnetError({
      code: 'ENODEV',
      operation: request.operation,
      subject: subjectOf(request),
      hint: `there is no link ${master} in the namespace where the new one shall be`,
      errno: 19,
    })
  }

  /** The link that a kernel made without sending it back. */
  private async readMade(request: Request & { operation: 'link add' }): Promise<Link | undefined> {
    const { name, kind } = request.spec
    const ask: Request =
      name === undefined ? { operation: 'link list', spec: { kind } } : { operation: 'link get', spec: { link: name } }
    const [answer] = await this.gate.calmly(() => this.in(this.ownFd, [ask]))
    return Array.isArray(answer) ? newest([answer], undefined) : (answer as Link)
  }

  private async value(request: Request, signal: AbortSignal): Promise<unknown> {
    const [result] = await this.plain([request], signal)
    if (result === undefined) throw closed(request.operation)
    return unwrap(result)
  }

  /** Runs `body`, and again each time that a name's index has been found out. */
  private async withIndexes<T>(request: Request, body: () => T | Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await body()
      } catch (error) {
        if (!(error instanceof Unresolved)) throw error
        await this.flush()
        const index = await this.window.resolve(error.name)
        if (index === undefined) {
          throw new VnetError({
            code: 'ENODEV',
            operation: request.operation,
            subject: subjectOf(request),
            hint: `there is no link ${error.name} in this namespace; \`vnet link list\` shows those that are there`,
            errno: 19,
          })
        }
        this.indexes.set(error.name, index)
      }
    }
  }

  private async flush(): Promise<void> {
    if (this.window.size === 0) return
    this.gate.check()
    const { results } = this
    const silent: { readonly position: number; readonly request: Request }[] = []
    const first = results.length
    for (const result of await this.window.flush(silent)) results.push(result)
    for (const { position, request } of silent) {
      results[first + position] = await outcome(request, () =>
        this.readMade(request as Request & { operation: 'link add' }),
      )
    }
  }

  /** Lets other work of the process run between windows. */
  private async breathe(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.gate.check()
  }
}

/** Codecs of requests that a window takes. */
const quickCodecs: { readonly [operation: string]: OperationCodec<never> | undefined } = Object.fromEntries(
  Object.entries(codecs).filter(([, codec]) => codec.answer !== 'dump'),
) as never
const never = new AbortController().signal

async function outcome(request: Request, body: () => Promise<unknown>): Promise<Result<unknown>> {
  try {
    return { ok: true, value: await body() }
  } catch (error) {
    const failed = error as { name?: string; code?: string }
    if (failed.name === 'AbortError' || failed.code === 'VNET_CLOSED') throw error
    return { ok: false, error: failureOf(error, request) }
  }
}

function failureOf(error: unknown, request: Request): Error {
  return renamed(systemError(error, request.operation, subjectOf(request)), request) as Error
}

function unwrap(result: Result<unknown>): unknown {
  if (!result.ok) throw result.error
  return result.value
}

/** Whether the kernel wants to hear the kind again, and the options do not tell it: macvlan and macvtap share theirs. */
function needsKind(request: Request): request is Request & { operation: 'link set' } {
  return request.operation === 'link set' && request.spec.macvlan !== undefined
}

/** Whether names mean other links after this request. */
function renames(request: Request): boolean {
  if (request.operation === 'link delete') return true
  if (request.operation !== 'link set') return false
  const { name, namespace, addAltNames, deleteAltNames } = request.spec
  return (name ?? namespace ?? addAltNames ?? deleteAltNames) !== undefined
}

/** The failure of a part, told as that of the whole. */
function renamed(error: unknown, request: Request): unknown {
  if (!(error instanceof VnetError) || error.operation === request.operation) return error
  const { code, detail, attribute, hint, errno, syscall, cause } = error
  return new VnetError({
    code,
    operation: request.operation,
    subject: subjectOf(request),
    detail,
    attribute,
    hint,
    errno,
    syscall,
    cause,
  })
}

function newest(lists: readonly unknown[], name: string | undefined): Link | undefined {
  const links = lists[0] as Link[]
  return name === undefined
    ? links.reduce((a, b) => (b.index > a.index ? b : a))
    : links.find((link) => link.name === name)
}
