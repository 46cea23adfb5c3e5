/** What a WireGuard link keeps of the conversation with a peer: keys, packets that wait, and times (`struct wg_peer`). @module */
import type { Timer } from '../timers.js'
import type { Handshake } from './noise.js'

/** The keys of a connection, and how far both ends have counted (`struct noise_keypair`). */
export interface KeyPair {
  readonly sending: Uint8Array
  readonly receiving: Uint8Array
  /** Number by which the other end calls this one, and the other way round. */
  readonly own: number
  readonly theirs: number
  /** When it was made, kernel time. */
  readonly born: number
  readonly isInitiator: boolean
  /** Counter of the next message. */
  counter: number
  /** Counters that came in: the largest, and those below it that are remembered. */
  largest: number
  readonly seen: Set<number>
}

/** Something that is to happen at a time. */
export interface Alarm {
  /** Kernel time; `undefined` while nothing is to happen. */
  at: number | undefined
  timer: Timer | undefined
}

/** The alarms of a conversation, by what happens then. */
export type AlarmName = 'retry' | 'keepalive' | 'renew' | 'forget' | 'persistent'

/** A conversation. */
export interface Session {
  current: KeyPair | undefined
  previous: KeyPair | undefined
  /** Of an answer of this end that no message has confirmed. */
  next: KeyPair | undefined
  /** A handshake that this end began, and its number. */
  begun: { readonly state: Handshake; readonly own: number } | undefined
  /** Tries of the handshake that goes on. */
  tries: number
  /** When this end began a handshake last. */
  beganAt: number
  /** The time in the last beginning of the other end. */
  latest: Uint8Array
  /** Packets that wait for keys. */
  readonly waiting: Uint8Array[]
  /** The address of this host that the peer speaks to. */
  source: Uint8Array | undefined
  rxBytes: number
  txBytes: number
  lastHandshake: number | undefined
  /** A keepalive came due again while one waited already. */
  needsAnotherKeepalive: boolean
  isLastMinute: boolean
  readonly alarms: { readonly [A in AlarmName]: Alarm }
}

const alarm = (): Alarm => ({ at: undefined, timer: undefined })

/** No conversation yet. */
export const newSession = (): Session => ({
  current: undefined,
  previous: undefined,
  next: undefined,
  begun: undefined,
  tries: 0,
  beganAt: -1000,
  latest: new Uint8Array(12),
  waiting: [],
  source: undefined,
  rxBytes: 0,
  txBytes: 0,
  lastHandshake: undefined,
  needsAnotherKeepalive: false,
  isLastMinute: false,
  alarms: { retry: alarm(), keepalive: alarm(), renew: alarm(), forget: alarm(), persistent: alarm() },
})

/** Counters below the largest that are remembered (`COUNTER_WINDOW_SIZE`). */
const window = 8128

/** Whether a counter comes for the first time; from now on it has come (`counter_validate`). */
export function isFirst(pair: KeyPair, counter: number): boolean {
  if (counter + window <= pair.largest || pair.seen.has(counter)) return false
  pair.seen.add(counter)
  if (counter > pair.largest) {
    pair.largest = counter
    // The oldest are in front.
    for (const old of pair.seen) {
      if (old + window > counter) break
      pair.seen.delete(old)
    }
  }
  return true
}

/** The keys of a conversation are forgotten. */
export function forgetKeys(session: Session): void {
  session.current = undefined
  session.previous = undefined
  session.next = undefined
  session.begun = undefined
}
