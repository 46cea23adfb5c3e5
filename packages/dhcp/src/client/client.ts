/** A DHCP client as a state machine (RFC 2131 § 4.4): it takes messages and time, and gives steps to be done. @module */
import { wrongArgument } from '@vnet/core'
import { type DhcpLease, leaseOf, offerProblem } from '../lease.js'
import { clientKey, type DhcpMessage, encodeDhcpMessage } from '../message.js'
import { backoff, renewalRetry } from './backoff.js'
import { farewell, question } from './message.js'
import { type ClientSettings, clientSettings, type DhcpClientOptions } from './option.js'
import type { DhcpClientState, DhcpClientStep, DhcpLeaseEnd } from './step.js'

/** Seconds that a client waits after an address was taken, at least (RFC 2131 § 3.1). */
const afterConflict = 10
/** How often an address that was offered, or had before, is asked for. */
const mostRequests = 4
const mostReboots = 2
/** How often it is asked whether a lease still holds, before it is left to its time. */
const mostVerifications = 4
/** How many offers are chosen from. */
const mostOffers = 64
/** The longest wait after a refusal, seconds; the first is none, so that a client that has moved is served at once. */
const longestRefusal = 64

/** An offer that can be taken. */
interface Offer {
  readonly address: string
  readonly server: string
}

/**
 * A client of one link. Each method takes the time in seconds and gives the steps that follow from it, in their order; at
 * {@link DhcpClient.deadline} `advance` is to be called.
 *
 * @example
 * const client = new DhcpClient({ mac: '02:00:00:00:00:01', random: Math.random })
 * for (const step of client.start(0)) console.log(step)
 */
export class DhcpClient {
  readonly #settings: ClientSettings
  #state: DhcpClientState = 'stopped'
  #lease: DhcpLease | undefined
  #steps: DhcpClientStep[] = []
  /** Of the question that is open: its transaction, how often it was asked, when first and last, and when again. */
  #transaction = 0
  #times = 0
  #begun = 0
  /** Seconds that the last question for offers told. */
  #seconds = 0
  #asked = 0
  #again = Number.POSITIVE_INFINITY
  /** Of the state `rebinding`: whether the link was away, so that the lease may be one of another network. */
  #isVerifying = false
  /** Of the state `selecting`. */
  #offers: Offer[] = []
  /** What is asked for, in `requesting` and `rebooting`; what is being looked for, in `probing`. */
  #wanted: Offer | undefined
  #rebooted: string | undefined
  #pending: DhcpLease | undefined
  /** Refusals in a row, and the address that somebody else has. */
  #refusals = 0
  #taken: string | undefined

  /** @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for options that are not allowed */
  constructor(options: DhcpClientOptions) {
    this.#settings = clientSettings(options)
    checkQuestion(this.#settings)
  }

  /** Where it stands. */
  get state(): DhcpClientState {
    return this.#state
  }

  /** The lease that it uses. */
  get lease(): DhcpLease | undefined {
    return this.#lease
  }

  /** When `advance` is to be called, seconds; `undefined`: it waits for nothing. */
  get deadline(): number | undefined {
    const { renewAt, rebindAt, endsAt } = this.#lease ?? never
    const next =
      this.#state === 'bound'
        ? renewAt
        : this.#state === 'renewing'
          ? Math.min(this.#again, rebindAt)
          : this.#state === 'rebinding'
            ? Math.min(this.#again, endsAt)
            : this.#again
    return next === Number.POSITIVE_INFINITY ? undefined : next
  }

  /** Begins: with the address of an earlier lease, where there is one that has not ended, else by asking for offers. */
  start(now: number): DhcpClientStep[] {
    return this.#does(() => {
      if (this.#state !== 'stopped') return
      const { lease } = this.#settings
      if (lease !== undefined && lease.endsAt > now) this.#reboot(now, lease.address)
      else this.#discover(now)
    })
  }

  /**
   * Asks at once, as after the link was away: for offers, or whether the lease still holds, which stays in use meanwhile. A
   * network that has just come may lose the first questions, so these are asked again after seconds, not after half of the
   * lease; where nobody answers the lease stays to its end (RFC 2131 § 3.7).
   */
  verify(now: number): DhcpClientStep[] {
    return this.#does(() => {
      if (this.#lease !== undefined && isBound(this.#state)) this.#rebind(now, true)
      else if (this.#state === 'selecting' || isAsking(this.#state)) this.#discover(now)
    })
  }

  /** Takes a message. Those that are not for it change nothing. */
  receive(now: number, message: DhcpMessage): DhcpClientStep[] {
    return this.#does(() => {
      if (!this.#isOurs(message)) return
      if (message.type === 'offer' && this.#state === 'selecting') this.#offer(now, message)
      if (message.type === 'acknowledge') this.#acknowledged(now, message)
      if (message.type === 'refuse') this.#refused(now, message)
    })
  }

  /** Somebody else on the link has an address, or asks for it just now. */
  conflict(now: number, address: string): DhcpClientStep[] {
    return this.#does(() => {
      if (this.#state !== 'probing' || this.#pending?.address !== address) return
      this.#decline(now, this.#pending)
    })
  }

  /** Lets time pass. */
  advance(now: number): DhcpClientStep[] {
    return this.#does(() => {
      if (now >= (this.deadline ?? Number.POSITIVE_INFINITY)) this.#due(now)
    })
  }

  /** Gives the lease back and ends. */
  release(now: number): DhcpClientStep[] {
    return this.#does(() => {
      const lease = this.#lease
      if (lease !== undefined && isBound(this.#state)) {
        this.#newTransaction(now)
        const about = { ...this.#about(now), clientIp: lease.address, options: { 'server-identifier': lease.server } }
        this.#send(farewell(this.#settings, 'release', { ...about, seconds: 0 }), lease.server)
        this.#unbind('released')
      }
      this.#enter('stopped')
    })
  }

  /** Ends without a word: the lease can be taken up again, by another client that is given it. */
  stop(): DhcpClientStep[] {
    return this.#does(() => {
      if (this.#lease !== undefined) this.#unbind('stopped')
      this.#enter('stopped')
    })
  }

  #does(body: () => void): DhcpClientStep[] {
    body()
    const steps = this.#steps
    this.#steps = []
    return steps
  }

  #enter(state: DhcpClientState, again = Number.POSITIVE_INFINITY): undefined {
    this.#again = again
    if (state === this.#state) return
    this.#state = state
    this.#steps.push({ kind: 'state', state })
  }

  #due(now: number): undefined {
    const lease = this.#lease
    // Also where nobody was asked meanwhile, as after a long pause of the program.
    if (lease !== undefined && now >= lease.endsAt) {
      this.#unbind('expired')
      return this.#discover(now)
    }
    switch (this.#state) {
      case 'init':
        return this.#discover(now)
      case 'selecting':
        return this.#offers.length > 0 ? this.#choose(now) : this.#askForOffers(now)
      case 'requesting':
        return this.#times < mostRequests ? this.#request(now) : this.#discover(now)
      case 'rebooting':
        return this.#times < mostReboots ? this.#request(now) : this.#discover(now)
      case 'probing':
        return this.#probe(now)
      case 'bound':
        if (lease !== undefined && now < lease.rebindAt) return this.#renew(now)
        return this.#rebind(now)
      case 'renewing':
        return lease !== undefined && now < lease.rebindAt ? this.#askToProlong(now) : this.#rebind(now)
      case 'rebinding':
        return this.#isVerifying && this.#times === mostVerifications ? this.#enter('bound') : this.#askToProlong(now)
    }
  }

  #discover(now: number): undefined {
    this.#newTransaction(now)
    this.#offers = []
    this.#wanted = undefined
    this.#enter('selecting')
    this.#askForOffers(now)
  }

  #askForOffers(now: number): undefined {
    const wish = this.#settings.requestedAddress ?? this.#settings.lease?.address
    const options = wish === undefined || wish === this.#taken ? {} : { 'requested-address': wish }
    const about = this.#about(now)
    this.#seconds = about.seconds
    this.#ask(now, question(this.#settings, 'discover', { ...about, options }))
  }

  #offer(now: number, message: DhcpMessage): undefined {
    const server = message.options['server-identifier']
    const problem = offerProblem(message)
    if (problem !== undefined || server === undefined) return this.#ignored(message, problem ?? '')
    if (this.#offers.length === mostOffers) return
    this.#offers.push({ address: message.yourIp, server })
    this.#steps.push({ kind: 'offer', address: message.yourIp, server })
    if (this.#settings.offerWait === 0) this.#choose(now)
    else if (this.#offers.length === 1) this.#again = now + this.#settings.offerWait
  }

  /** The offer of the address that was wished for, or the first. */
  #choose(now: number): undefined {
    const wish = this.#settings.requestedAddress ?? this.#settings.lease?.address
    this.#wanted = this.#offers.find(({ address }) => address === wish) ?? this.#offers[0]
    // The transaction goes on (RFC 2131 § 4.4.1).
    this.#times = 0
    this.#enter('requesting')
    this.#request(now)
  }

  #reboot(now: number, address: string): undefined {
    this.#newTransaction(now)
    this.#rebooted = address
    this.#enter('rebooting')
    this.#request(now)
  }

  /** Asks for what was offered; without an offer, for the address of before. */
  #request(now: number): undefined {
    const offer = this.#state === 'requesting' ? this.#wanted : undefined
    const options =
      offer === undefined
        ? { 'requested-address': this.#rebooted as string }
        : { 'requested-address': offer.address, 'server-identifier': offer.server }
    // Relays pass on by the seconds, so these stay those of the question for offers (RFC 2131 § 3.1).
    const seconds = offer === undefined ? {} : { seconds: this.#seconds }
    this.#ask(now, question(this.#settings, 'request', { ...this.#about(now), ...seconds, options }))
  }

  #renew(now: number): undefined {
    this.#newTransaction(now)
    this.#enter('renewing')
    this.#askToProlong(now)
  }

  #rebind(now: number, isVerifying = false): undefined {
    this.#newTransaction(now)
    this.#isVerifying = isVerifying
    this.#enter('rebinding')
    this.#askToProlong(now)
  }

  /** To the server that gave the lease while there is time, then to all; without its name (RFC 2131 § 4.3.2). */
  #askToProlong(now: number): undefined {
    const lease = this.#lease as DhcpLease
    const isRenewing = this.#state === 'renewing'
    this.#asked = now
    this.#times++
    const about = { ...this.#about(now), clientIp: lease.address }
    this.#send(question(this.#settings, 'request', about), isRenewing ? lease.server : 'broadcast')
    const isVerifying = !isRenewing && this.#isVerifying
    this.#again = isVerifying
      ? Math.min(lease.endsAt, now + backoff(this.#times, this.#settings.random))
      : renewalRetry(now, isRenewing ? lease.rebindAt : lease.endsAt)
  }

  #acknowledged(now: number, message: DhcpMessage): undefined {
    const server = message.options['server-identifier']
    if (this.#state === 'requesting' && server !== this.#wanted?.server) return
    if (!isAsking(this.#state)) return
    const lease = leaseOf(message, this.#asked, this.#settings.random)
    if (typeof lease === 'string') return this.#ignored(message, lease)
    if (lease.endsAt <= now) return this.#ignored(message, 'it has ended before it came')
    this.#refusals = 0
    if (isBound(this.#state) || this.#settings.probes === 0) return this.#bind(lease)
    this.#pending = lease
    this.#times = 0
    this.#enter('probing')
    this.#probe(now)
  }

  #probe(now: number): undefined {
    const lease = this.#pending as DhcpLease
    if (this.#times === this.#settings.probes) return this.#bind(lease)
    this.#times++
    this.#steps.push({ kind: 'probe', address: lease.address })
    this.#again = now + this.#settings.probeInterval
  }

  #bind(lease: DhcpLease): undefined {
    const previous = this.#lease
    this.#pending = undefined
    this.#taken = undefined
    this.#lease = lease
    this.#steps.push({ kind: 'bind', lease, ...(previous === undefined ? {} : { previous }) })
    if (previous?.address !== lease.address) this.#steps.push({ kind: 'announce', address: lease.address })
    this.#enter('bound')
  }

  #unbind(reason: DhcpLeaseEnd): undefined {
    this.#steps.push({ kind: 'unbind', lease: this.#lease as DhcpLease, reason })
    this.#lease = undefined
  }

  #refused(now: number, message: DhcpMessage): undefined {
    const server = message.options['server-identifier']
    if (!isAsking(this.#state)) return
    const expected =
      this.#state === 'requesting' ? this.#wanted?.server : this.#state === 'renewing' ? this.#lease?.server : server
    if (server !== expected) return
    const reason = message.options.message
    this.#steps.push({
      kind: 'refused',
      ...(server === undefined ? {} : { server }),
      ...(reason === undefined ? {} : { reason }),
    })
    if (this.#lease !== undefined) this.#unbind('refused')
    const wait = this.#refusals === 0 ? 0 : Math.min(longestRefusal, 2 ** this.#refusals)
    this.#refusals++
    if (wait === 0) this.#discover(now)
    else this.#enter('init', now + wait)
  }

  #decline(now: number, lease: DhcpLease): undefined {
    this.#pending = undefined
    this.#taken = lease.address
    this.#steps.push({ kind: 'conflict', address: lease.address })
    const options = { 'requested-address': lease.address, 'server-identifier': lease.server }
    this.#send(farewell(this.#settings, 'decline', { ...this.#about(now), seconds: 0, options }), 'broadcast')
    this.#enter('init', now + afterConflict)
  }

  #ignored(message: DhcpMessage, reason: string): undefined {
    const server = message.options['server-identifier']
    this.#steps.push({ kind: 'ignored', reason, ...(server === undefined ? {} : { server }) })
  }

  #newTransaction(now: number): undefined {
    this.#transaction = Math.floor(this.#settings.random() * 2 ** 32)
    this.#times = 0
    this.#begun = now
  }

  #about(now: number) {
    return { transaction: this.#transaction, seconds: now - this.#begun }
  }

  /** Asks everybody, and again after a while. */
  #ask(now: number, message: ReturnType<typeof question>): undefined {
    this.#asked = now
    this.#times++
    this.#send(message, 'broadcast')
    this.#again = now + backoff(this.#times, this.#settings.random)
  }

  #send(message: ReturnType<typeof question>, to: string): undefined {
    this.#steps.push({ kind: 'send', to, message })
  }

  /** An answer to what was asked, for this client (RFC 2131 § 4.4.1; RFC 6842 § 3). */
  #isOurs(message: DhcpMessage): boolean {
    if (message.transaction !== this.#transaction || this.#state === 'stopped') return false
    if (message.clientMac !== this.#settings.mac) return false
    const told = message.options['client-identifier']
    const { clientIdentifier } = this.#settings
    return (
      told === undefined ||
      clientKey(message) === clientKey({ ...message, options: { 'client-identifier': clientIdentifier } })
    )
  }
}

/** Tries whether what is to be told can be written, before it fails with every question. @throws RangeError (`VNET_RANGE`) */
function checkQuestion(settings: ClientSettings): void {
  const addresses = { 'requested-address': '0.0.0.0', 'server-identifier': '0.0.0.0' }
  try {
    encodeDhcpMessage(question(settings, 'request', { transaction: 0, seconds: 0, options: addresses }))
  } catch (error) {
    const hint =
      'look at hostName, fqdn, vendorClass and options: a character is an octet, and 576 octets are a message'
    throw wrongArgument('VNET_RANGE', 'dhcp client', 'options', (error as Error).message, hint)
  }
}

const never = {
  renewAt: Number.POSITIVE_INFINITY,
  rebindAt: Number.POSITIVE_INFINITY,
  endsAt: Number.POSITIVE_INFINITY,
}

/** Whether a lease is in use. */
const isBound = (state: DhcpClientState): boolean => state === 'bound' || state === 'renewing' || state === 'rebinding'

/** Whether an answer to a request is waited for. */
const isAsking = (state: DhcpClientState): boolean =>
  state === 'requesting' || state === 'rebooting' || state === 'renewing' || state === 'rebinding'
