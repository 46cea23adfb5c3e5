/** Who carries requests about NICs out. Types only. @module */
import type { NamespaceRef, Request } from '@vnet/core'
import type { GenericCarrier } from '../genetlink/conversation.js'
import type { Syscalls } from '../syscalls.js'

/** Who carries it out. */
export interface NicCarrier extends GenericCarrier {
  readonly syscalls: Syscalls
  /** Descriptor of the namespace; `undefined` for that of the process. */
  readonly ownFd: number | undefined
  /** The values of requests in the namespace of a descriptor. */
  in(fd: number | undefined, requests: readonly Request[]): Promise<unknown[]>
  namespaceFd(ref: NamespaceRef): number
}
