/** The conversation with nf_tables in one namespace: a socket made when first needed, lists, and changes that are carried out together. @module */
import { type Capability, type Request, remedyOf, VnetError } from '@vnet/core'
import { listObjects, noContext } from '../dump.js'
import { errnoName } from '../errno.js'
import { refusal } from '../error.js'
import type { AttributeTable } from '../netlink/attribute.js'
import { readAttribute, readAttributes } from '../netlink/attribute-run.js'
import { NLM_F_DUMP } from '../netlink/message.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import type { OperationCodec } from '../rtnetlink/codec.js'
import { NETLINK_NETFILTER, NetlinkSocket, receiveBuffer } from '../socket.js'
import type { Syscalls } from '../syscalls.js'
import { Window } from '../window.js'
import { generationAttributes } from './attributes.js'
import * as k from './constants.js'
import { beginNftables, nfgenmsg, typeOf, writeBatchBegin, writeBatchEnd } from './message.js'

/** An object as it was read: its attributes by our names, and those without one. */
export type Read = ReturnType<typeof readAttributes>

/** One of the messages that are carried out together. */
export interface Change {
  /** Appends it. */
  readonly encode: (to: MessageWriter) => void
  /** ENOENT says that the kernel lacks what the message is made of, for what it names is there. */
  readonly needsSupport?: boolean
}

/** How often something that changed meanwhile is begun again. */
const ATTEMPTS = 12

/** The conversation; one a connection. */
export class Nftables {
  private readonly syscalls: Syscalls
  private readonly namespaceFd: number | undefined
  private socket: NetlinkSocket | undefined
  private window: Window | undefined

  /** @param namespaceFd Descriptor of the namespace to speak to; that of the process when absent. Not closed here. */
  constructor(syscalls: Syscalls, namespaceFd: number | undefined) {
    this.syscalls = syscalls
    this.namespaceFd = namespaceFd
  }

  /** Lists the objects that a question gives: `message` is NFT_MSG_GETTABLE, NFT_MSG_GETCHAIN or NFT_MSG_GETRULE. */
  async list(
    request: Request,
    message: number,
    family: number,
    table: AttributeTable,
    write: (to: MessageWriter) => void = () => {},
  ): Promise<Read[]> {
    const codec: Pick<OperationCodec<never>, 'encode' | 'decode' | 'answer'> = {
      answer: 'dump',
      encode: (to) => {
        beginNftables(to, message, NLM_F_DUMP, family)
        write(to)
        to.end()
      },
      decode: (from, start, end) => readAttributes(table, from, start + nfgenmsg.size, end, 'nftables'),
    }
    const window = this.open(request)
    try {
      return (await listObjects(window, request, codec as OperationCodec<never>, noContext)) as Read[]
    } catch (error) {
      throw explained(error, request, unknownQuestion)
    }
  }

  /**
   * Does what `plan` says in one go. `plan` is asked again when what it read has changed before it could be done; without
   * changes nothing is done. `object` takes what is sent back.
   */
  async change(
    request: Request,
    plan: () => Promise<readonly Change[]>,
    object: (from: Octets, start: number, end: number, type: number) => void = () => {},
  ): Promise<void> {
    const window = this.open(request)
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const generation = await this.generation(window, request)
      const changes = await plan()
      if (changes.length === 0) return
      const begin = (to: MessageWriter) => writeBatchBegin(to, generation)
      const refused = await window.together([begin, ...changes.map(({ encode }) => encode), writeBatchEnd], object)
      if (refused === undefined) return
      const { at, verdict, message } = refused
      if (verdict.errno === ERESTART) continue
      if (verdict.errno === ENOENT && changes[at - 1]?.needsSupport) throw unsupported(request, verdict.errno)
      throw explained(
        refusal(request, verdict, message, () => undefined),
        request,
      )
    }
    throw busy(request)
  }

  /** What `read` finds, read again where rules were changed meanwhile: what several lists say fits together. */
  async unchanged<T>(request: Request, read: () => Promise<T>): Promise<T> {
    const window = this.open(request)
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const before = await this.generation(window, request)
      let found: T | undefined
      let failure: unknown
      try {
        found = await read()
      } catch (error) {
        failure = error
      }
      if ((await this.generation(window, request)) !== before) continue
      if (failure !== undefined) throw failure
      return found as T
    }
    throw busy(request)
  }

  /** Closes it; idempotent. */
  close(): void {
    this.socket?.close()
    this.socket = undefined
    this.window = undefined
  }

  /** The generation of rules: a number that each change counts up. */
  private async generation(window: Window, request: Request): Promise<number | undefined> {
    let generation: number | undefined
    const verdict = await window.ask(
      (to) => {
        beginNftables(to, k.NFT_MSG_GETGEN, 0, 0)
        to.end()
      },
      (from, start, end, type) => {
        if (type !== typeOf(k.NFT_MSG_NEWGEN)) return
        generation = readAttribute(generationAttributes.id, from, start + nfgenmsg.size, end, 'generation')
      },
    )
    if (verdict.errno !== 0) {
      throw explained(
        refusal(request, verdict, undefined, () => undefined),
        request,
        unknownQuestion,
      )
    }
    return generation
  }

  private open(request: Request): Window {
    if (this.window === undefined) {
      try {
        this.socket = new NetlinkSocket(this.syscalls, this.namespaceFd, receiveBuffer, NETLINK_NETFILTER)
      } catch (error) {
        throw explained(error, request)
      }
      this.window = new Window(this.socket, () => undefined)
    }
    return this.window
  }
}

function busy({ operation }: Request): VnetError {
  const hint = `rules were changed by somebody else during each of ${ATTEMPTS} attempts; try again`
  return new VnetError({ code: 'EBUSY', operation, errno: 16, hint })
}

/** What a kernel says that has no netfilter, and so no such socket, or no nf_tables to give the messages to. */
const lacking: readonly string[] = ['EPROTONOSUPPORT', 'EAFNOSUPPORT', 'EOPNOTSUPP']
/** What it says to a question that nobody takes. */
const unknownQuestion: readonly string[] = ['EINVAL']

function explained(error: unknown, request: Request, more: readonly string[] = []): unknown {
  const { code = '', errno = 0 } = error as { code?: string; errno?: number }
  return lacking.includes(code) || more.includes(code) ? unsupported(request, Math.abs(errno)) : error
}

function unsupported(request: Request, errno: number): VnetError {
  const { operation } = request
  const detail = errnoName(errno)
  const subject: Capability = operation.startsWith('nat ') ? 'nat' : 'mac filter'
  return new VnetError({ code: 'VNET_UNSUPPORTED', operation, subject, detail, hint: remedyOf(subject) })
}

const ENOENT = 2
const ERESTART = 85
