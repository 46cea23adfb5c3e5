/** A window of pipelined requests on one socket: encode, send once, take the answers in. @module */
import type { LinkRef, Request, Result } from '@vnet/core'
import { VnetError } from '@vnet/core'
import { Conversation, type Pending } from './conversation.js'
import { refusal } from './error.js'
import { NLM_F_ACK, NLM_F_ECHO, NLM_F_REQUEST, type Verdict } from './netlink/message.js'
import type { Octets } from './netlink/octets.js'
import { MessageWriter } from './netlink/writer.js'
import type { EncodeContext, OperationCodec } from './rtnetlink/codec.js'
import type { NetlinkSocket } from './socket.js'

// The common shape of the codecs: which operation it is no longer matters here.
type AnyCodec = OperationCodec<never>

/** Thrown by the encode context for a name whose index is not known yet. */
export class Unresolved {
  /** The name. */
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** Requests sent together: an acknowledgement each would overflow a default receive buffer at about 300. */
const MESSAGES = 128
/** Requests whose object is sent back (about 2 KB each in the kernel's queue). */
const ECHOES = 32
const RTM_GETLINK = 18
const RTEXT_FILTER_SKIP_STATS = 8

/** One request of the window, waiting for its answer. */
class Answer implements Pending {
  readonly dump = false
  value: unknown
  result: Result<unknown> | undefined
  readonly request: Request
  readonly codec: AnyCodec
  readonly start: number
  private readonly window: Window

  constructor(window: Window, request: Request, codec: AnyCodec, start: number) {
    this.window = window
    this.request = request
    this.codec = codec
    this.start = start
  }

  object(from: Octets, start: number, end: number, type: number): void {
    this.value ??= this.codec.decode?.(from, start, end, type, this.request.spec as never)
  }

  settle(verdict: Verdict): void {
    if (verdict.errno === 0) {
      this.result = this.value === undefined ? done : { ok: true, value: this.value }
      return
    }
    const error = refusal(this.request, verdict, this.window.message(this.start))
    this.result = this.codec.missing?.includes(error.code) ? done : { ok: false, error }
  }
}

const done: Result<undefined> = { ok: true, value: undefined }

/** The window, its writer and its conversation; one a connection. */
export class Window {
  /** Who waits on this socket. */
  readonly conversation = new Conversation(Math.floor(Math.random() * 0x7fffffff))
  private readonly socket: NetlinkSocket
  private readonly writer = new MessageWriter()
  private answers: Answer[] = []
  private echoes = 0

  /** A window over a socket. */
  constructor(socket: NetlinkSocket) {
    this.socket = socket
  }

  /** Whether the kernel checks requests strictly, and filters dumps. */
  get strict(): boolean {
    return this.socket.strict
  }

  /** Requests in the window. */
  get size(): number {
    return this.answers.length
  }

  /** Whether it should be sent before more is added. */
  get full(): boolean {
    return this.answers.length >= MESSAGES || this.echoes >= ECHOES
  }

  /** Encodes a request into the window. What the context throws passes through, and nothing is added then. */
  add(request: Request, codec: AnyCodec, context: EncodeContext): void {
    const { writer } = this
    const before = writer.length
    try {
      codec.encode(writer, request.spec as never, context)
    } catch (error) {
      if (writer.length > before) writer.rollback()
      throw error
    }
    // Made in another namespace, a link would be echoed to whichever socket there has this one's port number.
    if (codec.answer === 'echo' && (request.spec as { namespace?: unknown }).namespace === undefined) {
      writer.addFlags(NLM_F_ECHO)
      this.echoes++
    }
    const answer = new Answer(this, request, codec, writer.start)
    writer.sequence(this.conversation.begin(answer))
    this.answers.push(answer)
  }

  /**
   * Sends the window and takes in the answers: one a request, in order. Kernels before 6.2 send no link back that was
   * made; `silent` gets such requests with their position.
   */
  async flush(silent: { readonly position: number; readonly request: Request }[] = []): Promise<Result<unknown>[]> {
    const { answers, writer } = this
    if (answers.length === 0) return []
    // One acknowledgement for all: refusals come by themselves, and in order.
    // The last that was added, not the last begun: that one may have been taken back.
    writer.addFlags(NLM_F_ACK, (answers.at(-1) as Answer).start)
    try {
      await this.exchange()
    } finally {
      writer.clear()
      this.answers = []
      this.echoes = 0
    }
    return answers.map((answer, position) => {
      if (answer.result === done && answer.codec.answer === 'echo') silent.push({ position, request: answer.request })
      return answer.result as Result<unknown>
    })
  }

  /** Forgets what was added and not sent: nobody waits for it any more. */
  discard(): void {
    if (this.answers.length === 0) return
    this.conversation.settleAll({ errno: ECANCELED })
    this.writer.clear()
    this.answers = []
    this.echoes = 0
  }

  /** Sends one message that is no request of the driver seam, and returns the verdict. `object` takes what comes back. */
  async ask(encode: (to: MessageWriter) => void, object: Pending['object'] = () => {}): Promise<Verdict> {
    const { writer } = this
    encode(writer)
    writer.addFlags(NLM_F_ACK)
    let verdict: Verdict | undefined
    const settle = (said: Verdict) => {
      verdict = said
    }
    writer.sequence(this.conversation.begin({ dump: false, object, settle }))
    try {
      await this.exchange()
    } finally {
      writer.clear()
    }
    return verdict as unknown as Verdict
  }

  /** Asks for the index of a name at once; `undefined` where there is no such link. */
  async resolve(name: string): Promise<number | undefined> {
    for (const attribute of name.length > 15 ? [IFLA_ALT_IFNAME] : [IFLA_IFNAME, IFLA_ALT_IFNAME]) {
      let index: number | undefined
      const verdict = await this.ask(
        (to) => {
          to.begin(RTM_GETLINK, NLM_F_REQUEST)
          to.zeros(16)
          to.textAttribute(attribute, name)
          to.u32Attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)
          to.end()
        },
        (from, start) => {
          index = from.s32(start + 4)
        },
      )
      if (index !== undefined) return index
      // EINVAL: a kernel without alternative names (before 5.5).
      if (verdict.errno !== ENODEV && verdict.errno !== EINVAL) return undefined
    }
    return undefined
  }

  /** Sends one dump request and collects; see `dump.ts` for retries. */
  async dump(
    request: Request,
    codec: AnyCodec,
    context: EncodeContext,
    take: (object: unknown) => void,
  ): Promise<{ verdict: Verdict; interrupted: boolean; message: Uint8Array }> {
    const { writer } = this
    try {
      codec.encode(writer, request.spec as never, context)
    } catch (error) {
      writer.clear()
      throw error
    }
    let outcome: { verdict: Verdict; interrupted: boolean } | undefined
    writer.sequence(
      this.conversation.begin({
        dump: true,
        object: (from, start, end, type) => {
          const object = codec.decode?.(from, start, end, type, request.spec as never)
          if (object !== undefined) take(object)
        },
        settle: (verdict, interrupted) => {
          outcome = { verdict, interrupted }
        },
      }),
    )
    const message = writer.bytes.slice(0, writer.length)
    try {
      await this.exchange()
    } finally {
      writer.clear()
    }
    return { ...(outcome as { verdict: Verdict; interrupted: boolean }), message }
  }

  /** The octets of a message of the window, for the path of an offending field. */
  message(start: number): Uint8Array {
    return this.writer.bytes.subarray(start, this.writer.length)
  }

  /**
   * The kernel handles a request inside `send` and has queued its answers when that returns, so they are fetched at
   * once, without a turn of the event loop. Waiting is the exception (another implementation of the seam, or a kernel
   * that defers).
   */
  private async exchange(): Promise<void> {
    const { conversation, socket, writer } = this
    const feed = (from: Octets, start: number, end: number) => conversation.feed(from, start, end)
    try {
      while (!socket.send(writer.bytes, writer.length)) await this.wait(2)
      while (conversation.size > 0) if (!socket.receive(feed)) await this.wait(1)
    } catch (error) {
      const failed = error as { code?: string; errno?: number }
      // The answers that were dropped will never come.
      if (failed.code === 'ENOBUFS') conversation.settleAll({ errno: 105 })
      else {
        conversation.settleAll({ errno: EIO })
        throw error
      }
    }
  }

  private wait(events: number): Promise<void> {
    if (this.socket.fd === -1) {
      throw new VnetError({ code: 'VNET_CLOSED', operation: 'netlink', hint: 'the connection was closed meanwhile' })
    }
    return new Promise((resolve) => {
      const handle = this.socket.poll(() => {
        handle.close()
        resolve()
      })
      handle.watch(events)
    })
  }
}

const EIO = 5
const ECANCELED = 125
const IFLA_IFNAME = 3
const IFLA_EXT_MASK = 29
const IFLA_ALT_IFNAME = 53
const EINVAL = 22
const ENODEV = 19

/** Indexes of names, valid within one list of requests. */
export class LinkIndexes {
  private readonly known = new Map<string, number>()

  /** The index, or {@link Unresolved} thrown. */
  get(ref: LinkRef): number {
    if (typeof ref === 'number') return ref
    const index = this.known.get(ref)
    if (index === undefined) throw new Unresolved(ref)
    return index
  }
  /** Remembers an index. */
  set(name: string, index: number): void {
    this.known.set(name, index)
  }
  /** Forgets all, after a change of names. */
  clear(): void {
    this.known.clear()
  }
}
