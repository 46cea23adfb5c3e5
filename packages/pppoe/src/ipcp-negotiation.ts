/** Which options of IPCP are asked for and taken (RFC 1332, RFC 1877). @module */
import { formatIp } from '@vnet/core'
import { ipv4Octets } from './check.js'
import type { Negotiation, Verdict } from './negotiation.js'
import { ipcpOptions, type PppOption, sameOctets } from './option.js'

/** The IPv4 of a session, as one side would have it. */
export interface Ipv4Wishes {
  /** Our address. The peer is asked for one when absent. */
  readonly local?: string
  /** The peer's address. When absent it must have one itself. */
  readonly remote?: string
  /** Name servers to tell the peer, at most two. */
  readonly dns?: readonly string[]
  /** Asks the peer for name servers. */
  readonly askDns?: boolean
}

/** The IPv4 of a session, as both sides agreed. */
export interface Ipv4Agreement {
  /** Our address. */
  readonly local: string
  /** The peer's address; absent where it names none. */
  readonly remote?: string
  /** Name servers that the peer told, none, one or two. */
  readonly dns: readonly string[]
}

const none = new Uint8Array(4)
const dnsTypes = [ipcpOptions.primaryDns, ipcpOptions.secondaryDns] as const

/** The options of IPCP. */
export class IpcpNegotiation implements Negotiation {
  readonly #local: Uint8Array | undefined
  readonly #remote: Uint8Array | undefined
  /** What is told, by option. */
  readonly #told = new Map<number, Uint8Array>()
  readonly #askDns: boolean
  /** What is asked for, by option: zeros until the peer says what it should be. */
  readonly #asked = new Map<number, Uint8Array>()
  #peer: Uint8Array | undefined
  /** The peer would have another address for us than the one that we have. */
  #disputed = false

  /** @throws TypeError text that is no IPv4 address */
  constructor(wishes: Ipv4Wishes) {
    const octets = (text: string | undefined, field: string) =>
      text === undefined ? undefined : ipv4Octets(text, field)
    this.#local = octets(wishes.local, 'ipv4.local')
    this.#remote = octets(wishes.remote, 'ipv4.remote')
    this.#askDns = wishes.askDns ?? false
    for (const [at, server] of (wishes.dns ?? []).entries()) {
      const type = dnsTypes[at]
      if (type !== undefined) this.#told.set(type, ipv4Octets(server, 'ipv4.dns'))
    }
    this.reset()
  }

  reset(): void {
    this.#peer = undefined
    this.#disputed = false
    this.#asked.clear()
    this.#asked.set(ipcpOptions.address, this.#local ?? none)
    if (this.#askDns) for (const type of dnsTypes) this.#asked.set(type, none)
  }

  /** What is agreed on. */
  get agreement(): Ipv4Agreement {
    const servers = dnsTypes.map((type) => this.#asked.get(type) ?? none).filter((octets) => !sameOctets(octets, none))
    return {
      local: formatIp(this.#asked.get(ipcpOptions.address) ?? none),
      ...(this.#peer === undefined ? {} : { remote: formatIp(this.#peer) }),
      // Who has one name server may tell it as the second, too (`pppd` does).
      dns: [...new Set(servers.map((octets) => formatIp(octets)))],
    }
  }

  request(): readonly PppOption[] {
    return [...this.#asked].map(([type, value]) => ({ type, value }))
  }

  judge(options: readonly PppOption[], mayNak: boolean): Verdict {
    const naks: PppOption[] = []
    const rejects: PppOption[] = []
    for (const option of options) {
      const should = this.#should(option)
      if (should === undefined) rejects.push(option)
      else if (sameOctets(should, option.value)) continue
      else if (mayNak) naks.push({ type: option.type, value: should })
      else rejects.push(option)
    }
    if (rejects.length > 0) return { answer: 'reject', options: rejects }
    // Who names no address is told which one it has.
    const named = options.some(({ type }) => type === ipcpOptions.address)
    if (this.#remote !== undefined && !named && mayNak) naks.push({ type: ipcpOptions.address, value: this.#remote })
    return naks.length > 0 ? { answer: 'nak', options: naks } : { answer: 'ack', options }
  }

  /** What an option of the peer should be; `undefined` for one that should not be there. */
  #should({ type, value }: PppOption): Uint8Array | undefined {
    if (value.length !== 4) return undefined
    if (type !== ipcpOptions.address) return this.#told.get(type)
    if (this.#remote !== undefined) return this.#remote
    return sameOctets(value, none) ? undefined : value
  }

  granted(options: readonly PppOption[]): void {
    this.#peer = options.find(({ type }) => type === ipcpOptions.address)?.value
  }

  naked(options: readonly PppOption[]): void {
    for (const { type, value } of options) {
      if (value.length !== 4 || !this.#asked.has(type)) continue
      if (type === ipcpOptions.address && this.#local !== undefined) this.#disputed = true
      else this.#asked.set(type, value)
    }
  }

  rejected(options: readonly PppOption[]): void {
    for (const { type } of options) this.#asked.delete(type)
  }

  lacks(): string | undefined {
    const local = this.#asked.get(ipcpOptions.address)
    // An address of our own is ours even where the peer does not want to hear of it.
    if (local === undefined && this.#local !== undefined && !this.#disputed) {
      this.#asked.set(ipcpOptions.address, this.#local)
    } else if (local === undefined || sameOctets(local, none)) return 'the peer has no address for us'
    return undefined
  }
}
