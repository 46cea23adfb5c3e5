/** The contract between requests and octets: what each operation's codec offers to the connection. Types only. @module */
import type { LinkRef, NamespaceRef, Operation, Requests } from '@vnet/core'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'

/** Operations that are messages of rtnetlink; the others (namespaces, sysctls, translation, ping, generic netlink) are done by hand. */
export type NetlinkOperation = Exclude<
  Operation,
  | `namespace ${string}`
  | `wireguard ${string}`
  | `macsec${string}`
  | `team ${string}`
  | `sysctl ${string}`
  | `nat ${string}`
  | `macFilter ${string}`
  | `nic ${string}`
  | `socket ${string}`
  | 'ping'
>

/** What an encoder asks the connection. Both throw; what they throw passes through the encoder untouched. */
export interface EncodeContext {
  /** Whether the kernel filters dumps by what the request says (Linux 4.20). */
  readonly strict?: boolean
  /** How often a second the kernel's timer can let packets go: the fourth number of /proc/net/psched. */
  timerFrequency(): number
  /** Index of a link of this namespace by name, alternative name or index. */
  linkIndex(ref: LinkRef): number
  /** File descriptor of a namespace, open at least until the message is sent. */
  namespaceFd(ref: NamespaceRef): number
}

/** How one operation becomes one message, and its answer a value. All functions are pure. */
export interface OperationCodec<O extends NetlinkOperation> {
  /**
   * Appends exactly one message: `to.begin(type, flags)` … `to.end()`. The flags hold NLM_F_REQUEST and those of the
   * operation (CREATE, EXCL, DUMP); ACK and ECHO and the sequence number are the connection's.
   */
  encode(to: MessageWriter, spec: Requests[O]['spec'], context: EncodeContext): void
  /** What comes back: `ack` nothing, `echo` the object made (asked for by NLM_F_ECHO), `one` an object, `dump` many. */
  readonly answer: 'ack' | 'echo' | 'one' | 'dump'
  /**
   * Reads the payload of an answer (from behind the nlmsghdr); `undefined` for a message that is none of ours. Of a list it
   * may be an array: a message that holds several objects.
   */
  decode?(from: Octets, start: number, end: number, type: number, spec: Requests[O]['spec']): unknown
  /**
   * Whether an object of a dump is wanted; older kernels ignore filters, and some filters only exist here. Absent when
   * everything is.
   */
  filter?(spec: Requests[O]['spec'], context: EncodeContext): ((object: never) => boolean) | undefined
  /** The order of a list that is promised, where not every kernel keeps it. */
  order?(a: never, b: never): number
  /** Errors that mean `undefined` for a `get`: `ENODEV`. */
  readonly missing?: readonly string[]
}

/** A codec for each operation. */
export type Codecs = { readonly [O in NetlinkOperation]: OperationCodec<O> }
