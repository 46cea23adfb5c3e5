/** One list of requests under way on a window: names resolved, windows sent, and what is more than a message carried out. @module */
import { type Link, type NamespaceRef, type Request, type Result, subjectOf, VnetError } from '@vnet/core'
import { deleteBulk, isBulk } from './bulk-delete.js'
import type { BulkPlan } from './bulk-plan.js'
import { type Carrier, specialOf } from './compound.js'
import { listObjects } from './dump.js'
import { closed } from './error.js'
import type { Gate } from './gate.js'
import { GenericNetlink } from './genetlink/conversation.js'
import { LinkIndexes, Unresolved } from './link-indexes.js'
import { linkOf } from './link-lookup.js'
import { isUnnamed, listOfKind, question, readList, readMade } from './link-reading.js'
import { Nftables } from './nftables/conversation.js'
import { failureOf, outcome, unwrap } from './outcome.js'
import type { EncodeContext, NetlinkOperation, OperationCodec } from './rtnetlink/codec.js'
import { codecs } from './rtnetlink/index.js'
import { foreignProperty, linkDeleteByGroup, linkRegroup, needsLink } from './rtnetlink/link.js'
import { timerFrequency } from './scheduler.js'
import { NetlinkSocket, receiveBuffer } from './socket.js'
import type { Syscalls } from './syscalls.js'
import { type SilentRequest, Window } from './window.js'

/** What a run needs of its driver. */
export interface RunHome {
  readonly syscalls: Syscalls
  /** A descriptor of a namespace, and whether it must be closed after use. */
  descriptor(ref: NamespaceRef, operation: string): { fd: number; close: boolean }
}

/** What a run is given. */
export interface RunParts {
  readonly home: RunHome
  readonly window: Window
  readonly generic: GenericNetlink
  readonly nftables: Nftables
  /** Descriptor of the namespace that the window speaks to; `undefined` for that of the process. */
  readonly ownFd: number | undefined
  /** Whether it goes on. */
  readonly gate: Gate
  /** Nothing is looked for that the kernel may have ignored. */
  readonly trusting?: true
}

/** Milliseconds after which other work of the process gets its turn. */
const TURN = 4

/** The list. */
export class Run implements EncodeContext, Carrier {
  readonly strict: boolean
  readonly results: Result<unknown>[] = []
  readonly window: Window
  readonly generic: GenericNetlink
  readonly nftables: Nftables
  readonly ownFd: number | undefined
  readonly syscalls: Syscalls
  readonly gate: Gate
  private readonly parts: RunParts
  private readonly indexes = new LinkIndexes()
  private readonly descriptors = new Map<string, number>()
  private readonly toClose: number[] = []
  /** Links that were made and not sent back, and are not read yet. */
  private readonly silent: SilentRequest[] = []
  /** Links of its kind before one is made whose name and index the kernel chooses and does not tell. */
  private others: readonly Link[] = []
  /** Links whose options are about to be changed, as they are. */
  private readonly before = new Map<number, Link>()

  constructor(parts: RunParts) {
    this.parts = parts
    this.window = parts.window
    this.generic = parts.generic
    this.nftables = parts.nftables
    this.strict = parts.window.strict
    this.ownFd = parts.ownFd
    this.syscalls = parts.home.syscalls
    this.gate = parts.gate
  }

  linkIndex(ref: string | number): number {
    return this.indexes.get(ref)
  }

  namespaceFd(ref: NamespaceRef): number {
    const key = JSON.stringify(ref)
    let fd = this.descriptors.get(key)
    if (fd === undefined) {
      const found = this.parts.home.descriptor(ref, 'namespace open')
      fd = found.fd
      if (found.close) this.toClose.push(fd)
      this.descriptors.set(key, fd)
    }
    return fd
  }

  timerFrequency(): number {
    return timerFrequency()
  }

  linkBefore(index: number): Link | undefined {
    return this.before.get(index)
  }

  close(): void {
    for (const fd of this.toClose) this.syscalls.close(fd)
  }

  async all(requests: readonly Request[]): Promise<void> {
    let turn = performance.now()
    for (let i = 0; i < requests.length; i++) {
      const request = requests[i] as Request
      // What was made and sent is told as it is before anything else is sent.
      if (this.silent.length > 0 && request.operation !== 'link add') await this.flush()
      const bulk = isBulk(requests, i)
      if (bulk > 0) {
        await this.deleteBulk(requests.slice(i, i + bulk))
        i += bulk - 1
      } else if (!this.quick(request)) await this.one(request)
      if (!this.window.full && bulk === 0) continue
      await this.send()
      if (performance.now() - turn < TURN || i + 1 === requests.length) continue
      await new Promise((resolve) => setImmediate(resolve))
      turn = performance.now()
      this.gate.check()
    }
    await this.flush()
  }

  get trusting(): boolean {
    return this.parts.trusting === true
  }

  async trusted(request: Request): Promise<unknown> {
    return new Run({ ...this.parts, trusting: true }).value(request)
  }

  async plain(requests: readonly Request[]): Promise<Result<unknown>[]> {
    const part = new Run(this.parts)
    try {
      for (const request of requests) {
        if (!part.quick(request)) await part.one(request)
        if (part.window.full) await part.flush()
      }
      await part.flush()
      return part.results
    } finally {
      part.close()
    }
  }

  async value(request: Request): Promise<unknown> {
    const [result] = await this.plain([request])
    if (result === undefined) throw closed(request.operation)
    return unwrap(result)
  }

  async in(fd: number | undefined, requests: readonly Request[]): Promise<unknown[]> {
    if (fd === this.ownFd) return (await this.plain(requests)).map(unwrap)
    const socket = new NetlinkSocket(this.syscalls, fd, receiveBuffer)
    const generic = new GenericNetlink(this.syscalls, fd)
    const nftables = new Nftables(this.syscalls, fd)
    const run = new Run({ ...this.parts, window: new Window(socket), generic, nftables, ownFd: fd })
    try {
      await run.all(requests)
      return run.results.map(unwrap)
    } finally {
      run.close()
      generic.close()
      nftables.close()
      socket.close()
    }
  }

  async withIndexes<T>(request: Request, body: () => T | Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await body()
      } catch (error) {
        if (!(error instanceof Unresolved)) throw error
        await this.send()
        const index = await this.window.resolve(error.name)
        if (index === undefined) throw noLink(request, error.name)
        this.indexes.set(error.name, index)
      }
    }
  }

  /** Sends what waits, and reads what was made and not sent back. */
  async flush(): Promise<void> {
    await this.send()
    await this.readSilent()
  }

  /** Sends what waits. Links that are not sent back are read later, all together, where their names tell which they are. */
  private async send(): Promise<void> {
    if (this.window.size === 0) return
    this.gate.check()
    await this.window.flush(this.results, this.silent)
    const last = this.silent.at(-1)
    if (last !== undefined && isUnnamed(last.request)) await this.readSilent()
  }

  private async readSilent(): Promise<void> {
    if (this.silent.length === 0) return
    const silent = this.silent.splice(0)
    const made = await readMade(
      this,
      silent.map(({ request }) => request),
      this.others,
    )
    this.others = []
    silent.forEach(({ position }, i) => {
      this.results[position] = made[i] as Result<unknown>
    })
  }

  /** Adds a request that is one message with known indexes to the window. Nearly all are; no promise for those. */
  private quick(request: Request): boolean {
    let codec = plainCodecs[request.operation]
    if (codec === undefined) {
      codec = mostlyPlainCodecs[request.operation]
      if (codec === undefined || renames(request) || asksFirst(request) || this.isUntold(request)) return false
      if (specialOf(this, request) !== undefined) return false
    }
    try {
      this.window.add(request, codec, this)
      return true
    } catch {
      // Said again, and properly, on the slow way.
      return false
    }
  }

  private async one(request: Request): Promise<void> {
    const special = specialOf(this, request)
    if (special !== undefined) {
      await this.flush()
      this.results.push(await outcome(request, () => special(this, request as never)))
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
      if (asksFirst(request)) await this.readLink(request)
      else if (this.isUntold(request)) await this.readOthers(request)
      await this.withIndexes(request, () => this.window.add(request, codec, this))
    } catch (error) {
      await this.send()
      this.results.push({ ok: false, error: failureOf(error, request) })
    }
    if (renames(request)) {
      await this.flush()
      this.indexes.clear()
    }
  }

  private isUntold(request: Request): boolean {
    return this.window.silent && isUnnamed(request)
  }

  private async readOthers(request: Request): Promise<void> {
    await this.flush()
    this.others = (await this.value(listOfKind(request))) as readonly Link[]
  }

  private async deleteBulk(requests: readonly Request[]): Promise<void> {
    await this.flush()
    const deleted = await deleteBulk(requests, {
      find: (plan) => this.find(plan),
      // Not given up halfway: a link would stay in a group that nobody knows.
      regroup: (links, groups) =>
        this.window.each(links.length, (to, i) => linkRegroup(to, links[i] as number, groups[i] as number)),
      deleteGroup: async (group) => (await this.window.ask((to) => linkDeleteByGroup(to, group))).errno === 0,
      execute: (list) => this.plain(list),
    })
    for (let i = 0; i < deleted.length; i++) this.results.push(deleted[i] as Result<unknown>)
    this.indexes.clear()
  }

  private async find(plan: BulkPlan): Promise<void> {
    await readList(this, plan.size, plan)
    const unknown = plan.unknown()
    if (unknown.length === 0) return
    const answers = await this.plain(unknown.map((position) => question(plan.ref(position))))
    unknown.forEach((position, i) => {
      const answer = answers[i]
      if (answer?.ok) plan.answer(position, answer.value as Link | undefined)
    })
  }

  private async readLink(request: LinkRequest): Promise<void> {
    await this.flush()
    const link = await linkOf(this, request.spec.link)
    if (link === undefined) return
    const refused = request.operation === 'link set' ? foreign(request, link) : undeletable(request, link)
    if (refused !== undefined) throw refused
    this.before.set(link.index, link)
  }
}

type CodecTable = { readonly [operation: string]: OperationCodec<never> | undefined }
const codecsOf = (wanted: (operation: string) => boolean): CodecTable =>
  Object.fromEntries(
    Object.entries(codecs).filter(([operation, codec]) => codec.answer !== 'dump' && wanted(operation)),
  ) as never
/** Requests of which {@link specialOf} makes more than a message now and then. */
const compoundable = (operation: string): boolean =>
  /^(link (add|set|delete)|(qdisc|filter) (add|set|change)|bridgeMst set)$/.test(operation)
/** Codecs of requests that are one message always. */
const plainCodecs = codecsOf((operation) => !compoundable(operation))
/** Codecs of requests that are one message most of the time. */
const mostlyPlainCodecs = codecsOf(compoundable)

type LinkRequest = Request & { operation: 'link set' | 'link delete' }

/**
 * Whether the link must be read before the request can be a message. A deletion waits for the kernel a hundred times as
 * long as for this answer.
 */
function asksFirst(request: Request): request is LinkRequest {
  return request.operation === 'link delete' || (request.operation === 'link set' && needsLink(request.spec))
}

/** The kernel says yes to deleting a fallback link, and does nothing (`ip_tunnel_dellink`). */
function undeletable(request: LinkRequest, link: Link): VnetError | undefined {
  if (!link.fallback) return undefined
  return unsupported(request, `${link.name} is there in every namespace while the module for ${link.kind} is loaded`)
}

/** Options that the link's kind does not have. */
function foreign(request: Request & { operation: 'link set' }, link: Link): VnetError | undefined {
  const property = foreignProperty(request.spec, link)
  return property && unsupported(request, `${link.name} is no ${property}`, `spec.${property}`)
}

function unsupported(request: LinkRequest, hint: string, attribute?: string): VnetError {
  const { operation } = request
  return new VnetError({ code: 'EOPNOTSUPP', operation, subject: subjectOf(request), hint, attribute, errno: 95 })
}

/** Whether names mean other links after this request. */
function renames(request: Request): boolean {
  if (request.operation === 'link delete') return true
  if (request.operation !== 'link set') return false
  const { name, namespace, addAltNames, deleteAltNames } = request.spec
  return (name ?? namespace ?? addAltNames ?? deleteAltNames) !== undefined
}

function noLink(request: Request, name: string): VnetError {
  return new VnetError({
    code: 'ENODEV',
    operation: request.operation,
    subject: subjectOf(request),
    hint: `there is no link ${name} in this namespace; \`vnet link list\` shows those that are there`,
    errno: 19,
  })
}
