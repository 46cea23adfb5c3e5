/** The conversation with the families of generic netlink in one namespace: a socket made when first needed, and their numbers. @module */
import { type Capability, type Request, remedyOf, subjectOf, VnetError } from '@vnet/core'
import { listObjects, noContext } from '../dump.js'
import { refusal } from '../error.js'
import type { LinkLookup } from '../link-lookup.js'
import type { Verdict } from '../netlink/message.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import type { OperationCodec } from '../rtnetlink/codec.js'
import { type MessageTable, pathIn } from '../rtnetlink/path.js'
import { NETLINK_GENERIC, NetlinkSocket, receiveBuffer } from '../socket.js'
import type { Syscalls } from '../syscalls.js'
import { Window } from '../window.js'
import { decodeFamily, encodeFamilyQuestion } from './controller.js'

/** A family: its name, how the attributes of its messages are named in requests, and what it takes to have it. */
export interface Family {
  /** The kernel's name of it: `wireguard`. */
  readonly name: string
  /** The attributes of its messages. */
  readonly paths: MessageTable
  /** What a kernel lacks that does not have it. */
  readonly capability: Capability
}

/** Who carries requests to families out. */
export interface GenericCarrier extends LinkLookup {
  /** The conversation with families of generic netlink in the namespace of the requests. */
  readonly generic: GenericNetlink
}

/** Appends one message to the family of this number. */
export type EncodeGeneric = (to: MessageWriter, family: number) => void

/** The conversation; one a connection. */
export class GenericNetlink {
  private readonly syscalls: Syscalls
  private readonly namespaceFd: number | undefined
  private socket: NetlinkSocket | undefined
  private window: Window | undefined
  /** Numbers of families, which change when a module is loaded again. */
  private readonly numbers = new Map<string, number>()
  /** Names of the tables by the numbers of families, for the path of an offending field. */
  private readonly tables = new Map<number, MessageTable>()

  /** @param namespaceFd Descriptor of the namespace to speak to; that of the process when absent. Not closed here. */
  constructor(syscalls: Syscalls, namespaceFd: number | undefined) {
    this.syscalls = syscalls
    this.namespaceFd = namespaceFd
  }

  /** Sends one message for a request; what the kernel refuses is thrown. */
  async change(request: Request, family: Family, encode: EncodeGeneric): Promise<void> {
    await this.withNumber(request, family, async (window, number) => {
      let message: Uint8Array | undefined
      const verdict = await window.ask((to) => {
        encode(to, number)
        message = to.bytes.slice(0, to.length)
      })
      if (verdict.errno !== 0) throw refusal(request, verdict, message, window.pathOf)
    })
  }

  /** Reads a list for a request; `decode` gets each message from behind the netlink header. */
  list<T>(
    request: Request,
    family: Family,
    encode: EncodeGeneric,
    decode: (from: Octets, start: number, end: number) => T | undefined,
  ): Promise<T[]> {
    return this.withNumber(request, family, async (window, number) => {
      const codec: Pick<OperationCodec<never>, 'encode' | 'decode' | 'answer'> = {
        answer: 'dump',
        encode: (to) => encode(to, number),
        decode,
      }
      return (await listObjects(window, request, codec as OperationCodec<never>, noContext)) as T[]
    })
  }

  /** Asks a question that has one answer, which goes to `decode`, or a refusal, which the verdict tells. */
  question(
    request: Request,
    family: Family,
    encode: EncodeGeneric,
    decode: (from: Octets, start: number, end: number) => void,
  ): Promise<Verdict> {
    return this.withNumber(request, family, (window, number) => window.ask((to) => encode(to, number), decode))
  }

  /** Closes it; idempotent. */
  close(): void {
    this.socket?.close()
    this.socket = undefined
    this.window = undefined
  }

  /** Runs `body` with the number of a family, and once more when that was an old one. */
  private async withNumber<T>(
    request: Request,
    family: Family,
    body: (window: Window, number: number) => Promise<T>,
  ): Promise<T> {
    const window = this.open()
    const known = this.numbers.get(family.name)
    if (known === undefined) return body(window, await this.look(window, request, family))
    try {
      return await body(window, known)
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOENT') throw error
      const number = await this.look(window, request, family)
      if (number === known) throw error
      return body(window, number)
    }
  }

  private open(): Window {
    if (this.window === undefined) {
      this.socket = new NetlinkSocket(this.syscalls, this.namespaceFd, receiveBuffer, NETLINK_GENERIC)
      this.window = new Window(this.socket, (message, offset) =>
        pathIn(message, offset, (type) => this.tables.get(type)),
      )
    }
    return this.window
  }

  private async look(window: Window, request: Request, family: Family): Promise<number> {
    let number: number | undefined
    const verdict = await window.ask(
      (to) => encodeFamilyQuestion(to, family.name),
      (from, start, end) => {
        number = decodeFamily(from, start, end)
      },
    )
    if (number === undefined) {
      if (verdict.errno !== 0 && verdict.errno !== ENOENT) throw refusal(request, verdict, undefined)
      throw new VnetError({
        code: 'EOPNOTSUPP',
        operation: request.operation,
        subject: subjectOf(request),
        hint: remedyOf(family.capability),
        errno: 95,
      })
    }
    this.numbers.set(family.name, number)
    this.tables.set(number, family.paths)
    return number
  }
}

const ENOENT = 2
