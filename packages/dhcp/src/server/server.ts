/** A DHCP server as a state machine (RFC 2131 § 4.3): it takes messages and time, and gives steps to be done. @module */
import { secondsOf } from '../lease.js'
import { clientKey, type DhcpMessage } from '../message.js'
import type { DhcpBinding } from './binding.js'
import { addressText, Book, type Client, type Entry, toldOf } from './book.js'
import { addressNumber, type DhcpServerOptions, type ServerSettings, type Subnet, serverSettings } from './option.js'
import { grant, refusal } from './reply.js'
import type { DhcpServerStep } from './step.js'

/** A question that waits for a probe. */
interface Waiting {
  readonly message: DhcpMessage
  readonly subnet: Subnet
  readonly client: Client
}

/** How many addresses in a row are looked for somebody before a question is given up. */
const mostProbes = 4

/**
 * A server of one link and of networks behind relays. Each method takes the time in seconds and gives the steps that follow
 * from it; at {@link DhcpServer.deadline} `advance` is to be called.
 */
export class DhcpServer {
  readonly #settings: ServerSettings
  readonly #book: Book
  readonly #waiting = new Map<number, Waiting & { readonly tries: number }>()
  #steps: DhcpServerStep[] = []

  /**
   * @param now The time, seconds: earlier leases are judged by it.
   * @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for options that are not allowed
   */
  constructor(options: DhcpServerOptions, now: number) {
    this.#settings = serverSettings(options)
    this.#book = new Book(this.#settings.subnets, addressNumber(this.#settings.address))
    this.#book.restore(options.bindings ?? [], now)
  }

  /** When `advance` is to be called, seconds; `undefined`: it waits for nothing. */
  get deadline(): number | undefined {
    return this.#book.deadline
  }

  /** Which client has, or had, which address, in the order of addresses. */
  get bindings(): readonly DhcpBinding[] {
    return this.#book.bindings()
  }

  /** Takes a message. */
  receive(now: number, message: DhcpMessage): DhcpServerStep[] {
    return this.#does(() => {
      this.#expire(now)
      switch (message.type) {
        case 'discover':
          return this.#discovered(now, message)
        case 'request':
          return this.#requested(now, message)
        case 'decline':
          return this.#declined(now, message)
        case 'release':
          return this.#released(now, message)
        case 'inform':
          return this.#informed(message)
        case 'offer':
        case 'acknowledge':
        case 'refuse':
          return
        default:
          return this.#ignored(message, `messages of type ${message.type} are not known here`)
      }
    })
  }

  /** What came of a probe: whether somebody has the address. */
  probed(now: number, address: string, isTaken: boolean): DhcpServerStep[] {
    return this.#does(() => {
      this.#expire(now)
      const number = addressNumber(address)
      const waiting = this.#waiting.get(number)
      if (waiting === undefined) return
      this.#waiting.delete(number)
      const { subnet, message, client, tries } = waiting
      const kept = this.#book.at(number)
      // It took so long that another client has it.
      if (kept?.state === 'bound' || (kept?.client !== undefined && kept.client.key !== client.key)) return
      if (!isTaken) return this.#offer(now, waiting, number)
      this.#book.quarantine(subnet, number, now + this.#settings.quarantine)
      this.#steps.push({ kind: 'conflict', address, declined: false })
      if (tries < mostProbes) this.#find(now, { message, subnet, client }, tries + 1)
    })
  }

  /** Lets time pass. */
  advance(now: number): DhcpServerStep[] {
    return this.#does(() => this.#expire(now))
  }

  #does(body: () => void): DhcpServerStep[] {
    body()
    const steps = this.#steps
    this.#steps = []
    return steps
  }

  #expire(now: number): undefined {
    for (let over = this.#book.expire(now); over !== undefined; over = this.#book.expire(now)) {
      const { entry, was } = over
      if (was === 'bound' && entry.client !== undefined)
        this.#steps.push({ kind: 'expired', binding: toldOf(entry, entry.client) })
    }
  }

  #discovered(now: number, message: DhcpMessage): undefined {
    const subnet = this.#subnetFor(message)
    if (subnet === undefined) return
    const client = clientOf(message)
    // Asked again while a probe is under way: that question is answered.
    if ([...this.#waiting.values()].some((one) => one.client.key === client.key && one.subnet === subnet)) return
    this.#find(now, { message, subnet, client }, 1)
  }

  /** Looks for an address, and whether somebody has it where that is to be known. */
  #find(now: number, waiting: Waiting, tries: number): undefined {
    const { message, subnet, client } = waiting
    const wish = message.options['requested-address']
    const address = this.#book.choose(subnet, client, wish === undefined ? undefined : addressNumber(wish))
    if (address === undefined) return this.#ignored(message, `no address of ${subnet.spec.network} is free for it`)
    const before = this.#book.at(address)
    const isItsOwn = before?.client?.key === client.key && before.state === 'bound'
    if (!this.#settings.probe || isItsOwn) return this.#offer(now, waiting, address)
    // Kept meanwhile, so that no other gets it.
    this.#book.give(subnet, client, address, 'offered', now + this.#settings.offerTime)
    this.#waiting.set(address, { ...waiting, tries })
    const isNear = message.relayIp === '0.0.0.0'
    this.#steps.push({ kind: 'probe', address: addressText(address), isNear, mac: client.mac })
  }

  #offer(now: number, { message, subnet, client }: Waiting, address: number): undefined {
    const before = this.#book.at(address)
    // What a client has stays its own while it asks anew.
    const isBound = before?.state === 'bound' && before.client?.key === client.key
    const until = now + this.#settings.offerTime
    const entry = isBound ? before : this.#book.give(subnet, client, address, 'offered', until)
    this.#steps.push({ kind: 'offered', binding: toldOf(entry, client) })
    const seconds = leaseTime(subnet, message)
    const given = {
      subnet,
      reservation: this.#book.reservationOf(subnet, client),
      address: addressText(address),
      seconds,
    }
    this.#steps.push(grant(this.#settings.address, 'offer', message, given))
  }

  #requested(now: number, message: DhcpMessage): undefined {
    const { options, clientIp } = message
    const server = options['server-identifier']
    const requested = options['requested-address']
    if (server !== undefined && server !== this.#settings.address) return this.#elsewhere(now, message)
    const wanted = requested ?? clientIp
    if (wanted === '0.0.0.0') return this.#ignored(message, 'it does not say which address it wants')
    const address = addressNumber(wanted)
    const subnet = this.#subnetFor(message)
    if (subnet === undefined) return
    const client = clientOf(message)
    const known = this.#book.of(subnet, client)
    const isIts = known?.address === address && this.#book.mayHave(subnet, client, address)
    if (isIts && (server === undefined || known.state !== 'free'))
      return this.#bind(now, message, subnet, client, address)
    if (server !== undefined) return this.#refuse(message, wanted, 'it was not offered to this client')
    if (!this.#settings.authoritative) {
      // Another server may know it; only what this one knows better is told.
      if (known !== undefined && known.state !== 'free') this.#refuse(message, wanted, 'the client has another address')
      else this.#ignored(message, `${wanted} is not known here`)
      return
    }
    if (address < subnet.first || address > subnet.last)
      return this.#refuse(message, wanted, `it is not of ${subnet.spec.network}`)
    if (!this.#book.mayHave(subnet, client, address))
      return this.#refuse(message, wanted, 'it is not free for this client')
    this.#bind(now, message, subnet, client, address)
  }

  #bind(now: number, message: DhcpMessage, subnet: Subnet, client: Client, address: number): undefined {
    const seconds = leaseTime(subnet, message)
    const entry = this.#book.give(subnet, client, address, 'bound', now + seconds)
    this.#steps.push({ kind: 'bound', binding: toldOf(entry, client) })
    const given = {
      subnet,
      reservation: this.#book.reservationOf(subnet, client),
      address: addressText(address),
      seconds,
    }
    this.#steps.push(grant(this.#settings.address, 'acknowledge', message, given))
  }

  #refuse(message: DhcpMessage, address: string, reason: string): undefined {
    this.#steps.push({ kind: 'refused', mac: message.clientMac, address, reason })
    this.#steps.push(refusal(this.#settings.address, message, reason))
  }

  /** The client has taken another server's offer: ours is free again (RFC 2131 § 4.3.2). */
  #elsewhere(now: number, message: DhcpMessage): undefined {
    const entry = this.#entryOf(message)
    if (entry?.state === 'offered') this.#book.free(entry, now)
  }

  #declined(now: number, message: DhcpMessage): undefined {
    const { options } = message
    const address = options['requested-address']
    if (address === undefined || options['server-identifier'] !== this.#settings.address) return
    const entry = this.#entryOf(message)
    if (entry?.address !== addressNumber(address) || entry.state === 'free')
      return this.#ignored(message, `it declines ${address}, which it does not have`)
    this.#book.quarantine(this.#book.subnetOf(entry.address) as Subnet, entry.address, now + this.#settings.quarantine)
    this.#steps.push({ kind: 'conflict', address, declined: true })
  }

  #released(now: number, message: DhcpMessage): undefined {
    if (message.options['server-identifier'] !== this.#settings.address) return
    const number = addressNumber(message.clientIp)
    const subnet = this.#book.subnetOf(number)
    const client = clientOf(message)
    const entry = subnet === undefined ? undefined : this.#book.of(subnet, client)
    if (entry?.address !== number || entry.state !== 'bound')
      return this.#ignored(message, `it releases ${message.clientIp}, which it does not have`)
    this.#book.free(entry, now)
    this.#steps.push({ kind: 'released', binding: toldOf(entry, client) })
  }

  /** A client that has its address from elsewhere is told the rest (RFC 2131 § 4.3.5). */
  #informed(message: DhcpMessage): undefined {
    const subnet = this.#subnetFor(message)
    if (subnet === undefined) return
    const reservation = this.#book.reservationOf(subnet, clientOf(message))
    this.#steps.push(grant(this.#settings.address, 'acknowledge', message, { subnet, reservation }))
  }

  /** What a client has in the network that it asks in. */
  #entryOf(message: DhcpMessage): Entry | undefined {
    const subnet = this.#book.subnetOf(this.#placeOf(message))
    return subnet && this.#book.of(subnet, clientOf(message))
  }

  /** The network in which a message was sent: that of the relay, of the address that a client has, or of the link. */
  #subnetFor(message: DhcpMessage): Subnet | undefined {
    const place = this.#placeOf(message)
    const subnet = this.#book.subnetOf(place)
    if (subnet === undefined) this.#ignored(message, `no network has ${addressText(place)}`)
    return subnet
  }

  #placeOf({ relayIp, clientIp }: DhcpMessage): number {
    if (relayIp !== '0.0.0.0') return addressNumber(relayIp)
    // A client behind a relay asks without it once it has an address.
    const own = addressNumber(clientIp)
    return clientIp !== '0.0.0.0' && this.#book.subnetOf(own) !== undefined
      ? own
      : addressNumber(this.#settings.address)
  }

  #ignored(message: DhcpMessage, reason: string): undefined {
    this.#steps.push({ kind: 'ignored', mac: message.clientMac, reason })
  }
}

function clientOf(message: DhcpMessage): Client {
  const name = message.options['client-fqdn']?.name || message.options['host-name']
  return { key: clientKey(message), mac: message.clientMac, hostName: name || undefined }
}

/** For how long a client gets an address: as it wishes, up to the most that the network allows. */
function leaseTime({ leaseTime, maximumLeaseTime }: Subnet, { options }: DhcpMessage): number {
  const wish = options['lease-time']
  return wish === undefined ? leaseTime : Math.max(1, Math.min(secondsOf(wish), maximumLeaseTime))
}
