/** A window of pipelined requests on one socket: encode, send once, take the answers in. @module */
import type { CleanLinkSpec, Request, Result } from '@vnet/core'
import { VnetError } from '@vnet/core'
import { Conversation, type Pending } from './conversation.js'
import { refusal } from './error.js'
import { isOlderThan } from './kernel-release.js'
import { NLM_F_ACK, NLM_F_ECHO, NLM_F_REQUEST, type Verdict } from './netlink/message.js'
import type { Octets } from './netlink/octets.js'
import { MessageWriter } from './netlink/writer.js'
import type { EncodeContext, OperationCodec } from './rtnetlink/codec.js'
import { type PathOf, pathOf } from './rtnetlink/path.js'
import type { NetlinkSocket } from './socket.js'

// The common shape of the codecs: which operation it is no longer matters here.
type AnyCodec = OperationCodec<never>

/** A request whose link the kernel did not send back. */
export interface SilentRequest {
  /** Where its result belongs. */
  readonly position: number
  readonly request: Request
}

/** Requests sent together: an acknowledgement each would overflow a default receive buffer at about 300. */
const MESSAGES = 128
/** Requests whose object is sent back (about 2 KB each in the kernel's queue). */
const ECHOES = 32
const RTM_GETLINK = 18
const RTEXT_FILTER_SKIP_STATS = 8

const done: Result<undefined> = { ok: true, value: undefined }
const success: Verdict = { errno: 0 }

/** The window, its writer and its conversation; one a connection. */
export class Window implements Pending {
  private readonly conversation = new Conversation(Math.floor(Math.random() * 0x3fffffff))
  /** From an offset in a request to the field that it means. */
  readonly pathOf: PathOf
  private readonly socket: NetlinkSocket
  private readonly writer = new MessageWriter()
  // The requests of the window: lists side by side, for objects of their own would cost as much as all else here.
  private requests: Request[] = []
  private codecs: AnyCodec[] = []
  private starts: number[] = []
  /** Results by position; of those that succeeded and brought nothing back, none. */
  private readonly results = new Map<number, Result<unknown>>()
  /** Sequence number of the first. */
  private first = 0
  private echoes = 0
  /** Whether the kernel sends links back that were made (since Linux 6.2); `undefined` until a newer one did. */
  private echoing: boolean | undefined = isOlderThan(6, 2) ? false : undefined
  /** Whether a link was added whose name and index the kernel chooses: where it sends nothing back, only the newest can be told. */
  private unnamed = false

  /** How many links of a kind (of all, under no word) nobody wanted in the last list that was read for some of them. */
  readonly others = new Map<string, number>()

  /** A window over a socket. `paths` names the fields of its messages; those of rtnetlink when absent. */
  constructor(socket: NetlinkSocket, paths: PathOf = pathOf) {
    this.socket = socket
    this.pathOf = paths
  }

  /** Whether the kernel checks requests strictly, and filters dumps. */
  get strict(): boolean {
    return this.socket.strict
  }

  /** Requests in the window. */
  get size(): number {
    return this.requests.length
  }

  /** Whether it should be sent before more is added. */
  get full(): boolean {
    if (this.requests.length >= MESSAGES) return true
    return (this.echoes >= ECHOES && this.echoing !== false) || (this.unnamed && this.echoing !== true)
  }

  /** Whether the kernel is known to send no links back. */
  get silent(): boolean {
    return this.echoing === false
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
    const spec = request.spec as Partial<CleanLinkSpec>
    if (codec.answer === 'echo' && spec.namespace === undefined) {
      writer.addFlags(NLM_F_ECHO)
      this.echoes++
      this.unnamed ||= (spec.name ?? spec.index) === undefined
    }
    const sequence = this.conversation.begin(this)
    if (this.requests.length === 0) this.first = sequence
    this.requests.push(request)
    this.codecs.push(codec)
    this.starts.push(writer.start)
    writer.sequence(sequence)
  }

  /**
   * Sends the window and takes in the answers: one a request, in order, appended to `results`. Kernels before 6.2 send no
   * link back that was made; `silent` gets such requests with their position in `results`.
   */
  async flush(results: Result<unknown>[], silent: SilentRequest[] = []): Promise<void> {
    const { requests, codecs, writer } = this
    if (requests.length === 0) return
    // One acknowledgement for all: refusals come by themselves, and in order.
    // The last that was added, not the last begun: that one may have been taken back.
    writer.addFlags(NLM_F_ACK, this.starts.at(-1) as number)
    try {
      await this.exchange()
      for (let i = 0; i < requests.length; i++) {
        const result = this.results.size === 0 ? undefined : this.results.get(i)
        if (result === undefined && (codecs[i] as AnyCodec).answer === 'echo') {
          const request = requests[i] as Request
          silent.push({ position: results.length, request })
          // One made elsewhere is sent back by no kernel.
          if ((request.spec as Partial<CleanLinkSpec>).namespace === undefined) this.echoing ??= false
        }
        results.push(result ?? done)
      }
    } finally {
      this.clear()
    }
  }

  /** Forgets what was added and not sent: nobody waits for it any more. */
  discard(): void {
    if (this.requests.length === 0) return
    this.conversation.settleAll({ errno: ECANCELED })
    this.clear()
  }

  private clear(): void {
    this.writer.clear()
    this.requests = []
    this.codecs = []
    this.starts = []
    this.results.clear()
    this.echoes = 0
    this.unnamed = false
  }

  /** Takes what was sent back for a request of the window. */
  object(from: Octets, start: number, end: number, type: number, sequence: number): void {
    const position = sequence - this.first
    if (this.results.has(position)) return
    const { spec } = this.requests[position] as Request
    const codec = this.codecs[position] as AnyCodec
    const value = codec.decode?.(from, start, end, type, spec as never)
    if (value === undefined) return
    this.results.set(position, { ok: true, value })
    if (codec.answer === 'echo') this.echoing = true
  }

  /** Takes the verdict on a request of the window. */
  settle(verdict: Verdict, _interrupted: boolean, sequence: number): void {
    if (verdict.errno === 0) return
    const position = sequence - this.first
    const error = refusal(
      this.requests[position] as Request,
      verdict,
      this.message(this.starts[position] as number),
      this.pathOf,
    )
    const missing = (this.codecs[position] as AnyCodec).missing?.includes(error.code)
    this.results.set(position, missing ? done : { ok: false, error })
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
    writer.sequence(this.conversation.begin({ object, settle }))
    try {
      await this.exchange()
    } finally {
      writer.clear()
    }
    return verdict as unknown as Verdict
  }

  /**
   * Sends messages that are carried out together or not at all, and returns the first refusal with the place of the message
   * that it is about. The first message begins them and the last ends them; the one before that is acknowledged.
   */
  async together(
    messages: readonly ((to: MessageWriter) => void)[],
    object: Pending['object'] = () => {},
  ): Promise<{ readonly at: number; readonly verdict: Verdict; readonly message: Uint8Array } | undefined> {
    const { writer, conversation } = this
    let first: { at: number; verdict: Verdict; message: Uint8Array } | undefined
    messages.forEach((encode, at) => {
      encode(writer)
      const { start, length } = writer
      if (at === messages.length - 1) return
      if (at === messages.length - 2) writer.addFlags(NLM_F_ACK)
      const settle = (verdict: Verdict): void => {
        if (verdict.errno !== 0) first ??= { at, verdict, message: writer.bytes.slice(start, length) }
        // What is said of the first is said of all, and nothing more comes.
        if (at === 0 && verdict.errno !== 0) conversation.settleAll(success)
      }
      writer.sequence(conversation.begin({ object, settle }))
    })
    try {
      await this.exchange()
    } finally {
      writer.clear()
    }
    return first
  }

  /**
   * Sends messages that bring nothing back, a window at a time, and returns the places of those that the kernel refused:
   * thousands that nobody made a request of.
   */
  async each(count: number, encode: (to: MessageWriter, place: number) => void): Promise<ReadonlySet<number>> {
    const { writer, conversation } = this
    const refused = new Set<number>()
    let first = 0
    const pending: Pending = {
      object: () => {},
      settle: (verdict, _interrupted, sequence) => {
        if (verdict.errno !== 0) refused.add(sequence - first)
      },
    }
    try {
      for (let place = 0; place < count; place++) {
        encode(writer, place)
        const sequence = conversation.begin(pending)
        // All of a window are settled before the next begins, which may begin at any number.
        if (place % MESSAGES === 0) first = sequence - place
        writer.sequence(sequence)
        if (place % MESSAGES !== MESSAGES - 1 && place !== count - 1) continue
        writer.addFlags(NLM_F_ACK)
        await this.exchange()
        writer.clear()
      }
    } finally {
      writer.clear()
    }
    return refused
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

  /** Sends one dump request, whose objects go to `list`; see `dump.ts` for retries. Returns the message sent. */
  async dump(request: Request, codec: AnyCodec, context: EncodeContext, list: Pending): Promise<Uint8Array> {
    const { writer } = this
    try {
      codec.encode(writer, request.spec as never, context)
    } catch (error) {
      writer.clear()
      throw error
    }
    writer.sequence(this.conversation.begin(list))
    const message = writer.bytes.slice(0, writer.length)
    try {
      await this.exchange()
    } finally {
      writer.clear()
    }
    return message
  }

  /** The octets of a message of the window, for the path of an offending field. */
  private message(start: number): Uint8Array {
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
      while (conversation.open) if (!socket.receive(feed)) await this.wait(1)
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

  private async wait(events: number): Promise<void> {
    if (this.socket.fd !== -1) await this.socket.ready(events)
    if (this.socket.fd === -1) {
      throw new VnetError({ code: 'VNET_CLOSED', operation: 'netlink', hint: 'the connection was closed meanwhile' })
    }
  }
}

const EIO = 5
const ECANCELED = 125
const IFLA_IFNAME = 3
const IFLA_EXT_MASK = 29
const IFLA_ALT_IFNAME = 53
const EINVAL = 22
const ENODEV = 19
