/** How often other hosts are told of errors (`struct inet_peer`, `net/ipv4/inetpeer.c`; RFC 1812 § 4.3.2.8, RFC 4443 § 2.4). @module */

/** Messages that may follow each other at once, in those that the interval allows one by one (`XRLIM_BURST_FACTOR`). */
const burst = 6
/** Seconds that a host which nobody heard of counts as having been left alone. */
const before = 60

/** Errors about routes that may follow each other, and what one takes, in seconds (`net.ipv4.route.error_burst`, `error_cost`). */
const routeErrors = { burst: 5, cost: 1 } as const

/** Redirects: seconds until the second, doubled with each; how many; seconds of silence after which all begins anew (`net.ipv4.route.redirect_*`). */
const redirects = { load: 0.02, number: 9, silence: 0.02 * 2 ** 10 } as const

/** Other hosts that are remembered; the oldest gives way. */
const most = 65_536

/** What is remembered of a host. Plain data: it goes into snapshots as it is. */
export interface Peer {
  /** Time that it was left alone and that was not used up yet, seconds. */
  tokens: number
  /** Kernel time when it was last counted. */
  last: number
  /** Redirects that it was sent and did not heed. */
  redirects: number
}

/** The hosts that a namespace told of errors. */
export class Peers {
  readonly #peers = new Map<string, Peer>()

  /** What is remembered, by host. */
  get all(): ReadonlyMap<string, Peer> {
    return this.#peers
  }

  /** Remembers what a saved state says. */
  enter(host: string, peer: Peer): void {
    this.#peers.set(host, peer)
  }

  /** Whether a host may be told of something that it is told of once in `interval` seconds (`inet_peer_xrlim_allow`). */
  allow(host: string, now: number, interval: number): boolean {
    if (interval === 0) return true
    const peer = this.#refill(host, now, burst * interval)
    if (peer.tokens < interval) return false
    peer.tokens -= interval
    return true
  }

  /** Whether a host may be told that there is no way for its packet (`ip_error`). */
  allowRouteError(host: string, now: number): boolean {
    const peer = this.#refill(host, now, routeErrors.burst)
    if (peer.tokens < routeErrors.cost) return false
    peer.tokens -= routeErrors.cost
    return true
  }

  /** Whether a host may be told of a shorter way (`ip_rt_send_redirect`). */
  allowRedirect(host: string, now: number): boolean {
    const peer = this.#at(host, now)
    if (now > peer.last + redirects.silence) {
      peer.tokens = 0
      peer.redirects = 0
    }
    if (peer.redirects >= redirects.number) {
      peer.last = now
      return false
    }
    if (peer.redirects > 0 && now <= peer.last + redirects.load * 2 ** peer.redirects) return false
    peer.last = now
    peer.redirects++
    return true
  }

  #refill(host: string, now: number, limit: number): Peer {
    const peer = this.#at(host, now)
    peer.tokens = Math.min(peer.tokens + now - peer.last, limit)
    peer.last = now
    return peer
  }

  #at(host: string, now: number): Peer {
    let peer = this.#peers.get(host)
    if (peer !== undefined) return peer
    peer = { tokens: 0, last: now - before, redirects: 0 }
    this.#peers.set(host, peer)
    for (const oldest of this.#peers.keys()) {
      if (this.#peers.size <= most) break
      this.#peers.delete(oldest)
    }
    return peer
  }
}
