/** A client and a concentrator on an Ethernet whose time is counted, not waited for, and that may lose and repeat frames. */
import {
  PppoeClient,
  type PppoeClientOptions,
  PppoeConcentrator,
  type PppoeConcentratorOptions,
  type PppoeEvent,
} from '../src/index.js'

/** Chance that is the same for the same seed (xorshift). */
export function chance(seed: number): () => number {
  let state = (seed * 2_654_435_761) | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 4_294_967_296
  }
}

export const clientMac = '02:00:00:00:00:01'
export const concentratorMac = '02:00:00:00:00:02'

export interface LineOptions {
  readonly seed?: number
  /** Share of frames that are lost. */
  readonly loss?: number
  /** Share of frames that come twice. */
  readonly twice?: number
  readonly client?: Partial<PppoeClientOptions>
  readonly concentrator?: Partial<PppoeConcentratorOptions>
}

/** Seconds that a frame is on its way. */
const DELAY = 0.001

export class Line {
  now = 0
  /** Whether frames get through at all. */
  cut = false
  readonly frames: { readonly at: number; readonly from: 'client' | 'concentrator'; readonly frame: Uint8Array }[] = []
  readonly clientEvents: PppoeEvent[] = []
  readonly sessionEvents: { readonly session: number; readonly event: PppoeEvent }[] = []
  readonly clientPackets: Uint8Array[] = []
  readonly sessionPackets: { readonly session: number; readonly packet: Uint8Array }[] = []
  readonly client: PppoeClient
  readonly concentrator: PppoeConcentrator
  readonly #underWay: { readonly at: number; readonly to: 'client' | 'concentrator'; readonly frame: Uint8Array }[] = []
  readonly #options: LineOptions
  readonly #chance: () => number

  constructor(options: LineOptions = {}) {
    this.#options = options
    this.#chance = chance((options.seed ?? 1) + 1000)
    const random = chance(options.seed ?? 1)
    this.client = new PppoeClient(
      {
        frame: (frame) => this.#send('client', frame),
        packet: (packet) => this.clientPackets.push(packet),
        event: (event) => this.clientEvents.push(event),
      },
      { mac: clientMac, random, user: 'alice', password: 'secret', ...options.client },
    )
    this.concentrator = new PppoeConcentrator(
      {
        frame: (frame) => this.#send('concentrator', frame),
        packet: (session, packet) => this.sessionPackets.push({ session, packet }),
        event: (session, event) => this.sessionEvents.push({ session, event }),
      },
      {
        mac: concentratorMac,
        random,
        secretOf: (user) => (user === 'alice' ? 'secret' : undefined),
        local: '10.0.0.1',
        pool: { first: '10.0.0.10', last: '10.0.0.19' },
        ...options.concentrator,
      },
    )
  }

  #send(from: 'client' | 'concentrator', frame: Uint8Array): void {
    this.frames.push({ at: this.now, from, frame })
    const to = from === 'client' ? 'concentrator' : 'client'
    const { loss = 0, twice = 0 } = this.#options
    if (this.cut || this.#chance() < loss) return
    this.#underWay.push({ at: this.now + DELAY, to, frame })
    if (this.#chance() < twice) this.#underWay.push({ at: this.now + 2 * DELAY, to, frame })
  }

  /** Lets time pass until nothing more happens up to then, or until `done`. */
  run(seconds: number, done: () => boolean = () => false): void {
    const end = this.now + seconds
    while (!done()) {
      this.#underWay.sort((a, b) => a.at - b.at)
      const times = [this.#underWay[0]?.at, this.client.deadline, this.concentrator.deadline]
      const next = Math.min(...times.map((time) => time ?? Number.POSITIVE_INFINITY))
      if (next > end) break
      this.now = Math.max(this.now, next)
      const [first] = this.#underWay
      if (first !== undefined && first.at <= this.now) {
        this.#underWay.shift()
        this[first.to].receive(first.frame, this.now)
      }
      this.client.advance(this.now)
      this.concentrator.advance(this.now)
    }
    if (!done()) this.now = end
  }

  /** The last event of a kind that the client has had. */
  clientEvent<Kind extends PppoeEvent['kind']>(kind: Kind): Extract<PppoeEvent, { kind: Kind }> | undefined {
    return this.clientEvents.findLast((event): event is Extract<PppoeEvent, { kind: Kind }> => event.kind === kind)
  }

  /** The last event of a kind that any session of the concentrator has had. */
  sessionEvent<Kind extends PppoeEvent['kind']>(kind: Kind): Extract<PppoeEvent, { kind: Kind }> | undefined {
    const events = this.sessionEvents.map(({ event }) => event)
    return events.findLast((event): event is Extract<PppoeEvent, { kind: Kind }> => event.kind === kind)
  }

  /** Starts the client and waits until both versions of IP may pass on both sides. */
  connect(seconds = 10): boolean {
    this.client.start(this.now)
    const isUp = () =>
      (['ipv4-up', 'ipv6-up'] as const).every((kind) => this.clientEvent(kind) && this.sessionEvent(kind))
    this.run(seconds, isUp)
    return isUp()
  }
}

/** Carries frames of the client of one line to the concentrator of another, and back, for some rounds. */
export function carry(from: Line, to: Line, rounds: number): void {
  let sent = 0
  for (let round = 0; round < rounds; round++) {
    const before = to.frames.length
    for (const each of from.frames.slice(sent))
      if (each.from === 'client') to.concentrator.receive(each.frame, Math.max(1, to.now))
    sent = from.frames.length
    for (const each of to.frames.slice(before)) from.client.receive(each.frame, 1)
  }
}
