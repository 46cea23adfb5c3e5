/** Switches joined by cables, in virtual time. @module */
import { FrameBatch } from '@vnet/core'
import { Switch, type SwitchOptions, type SwitchPortOptions } from '../src/index.js'
import { broadcast, frame, host } from './frames.js'

interface End {
  readonly bridge: number
  readonly port: number
}

/** Switches and cables between their ports; frames take no time. */
export class Network {
  readonly bridges: Switch[]
  readonly #peers = new Map<string, End>()
  readonly #queue: { end: End; bytes: Uint8Array }[] = []
  /** What stations got: name of the port → frames. */
  readonly heard = new Map<string, Uint8Array[]>()
  now = 0
  /** Frames that cables have carried, BPDUs included. */
  carried = 0
  readonly #batch = new FrameBatch({ frames: 1, octets: 4096, headroom: 4 })

  constructor(count: number, options: (i: number) => Partial<SwitchOptions>) {
    this.bridges = Array.from(
      { length: count },
      (_, i) => new Switch({ mac: host(0xf000 + i), host: false, ...options(i) }),
    )
    for (const bridge of this.bridges) bridge.advance(0)
  }

  /** Joins two switches by a cable; returns its ends. */
  join(a: number, b: number, options: SwitchPortOptions = {}): [End, End] {
    const ends = [a, b].map((bridge) => ({ bridge, port: this.#bridge(bridge).addPort(this.now, options) })) as [
      End,
      End,
    ]
    this.#peers.set(key(ends[0]), ends[1])
    this.#peers.set(key(ends[1]), ends[0])
    this.settle()
    return ends
  }

  /** A port for a station. */
  station(bridge: number, options: SwitchPortOptions = {}): End {
    const end = { bridge, port: this.#bridge(bridge).addPort(this.now, options) }
    this.settle()
    return end
  }

  /** Cuts a cable: silently, or so that both ports see it. */
  cut(ends: readonly End[], seen: boolean): void {
    for (const end of ends) {
      this.#peers.delete(key(end))
      if (seen) this.#bridge(end.bridge).setPort(end.port, this.now, { up: false })
    }
    this.settle()
  }

  /** Goes on in time, second by second. */
  run(seconds: number, step = 1): void {
    for (const end = this.now + seconds; this.now < end; ) {
      this.now = Math.min(end, this.now + step)
      for (const bridge of this.bridges) bridge.advance(this.now)
      this.settle()
    }
  }

  /** Sends a frame from a station. */
  send(from: End, bytes: Uint8Array): void {
    this.#queue.push({ end: from, bytes })
    this.settle()
  }

  /** Carries what is on its way. More frames than any tree carries are a loop. */
  settle(): void {
    for (let i = 0; ; i++) {
      for (let bridge = 0; bridge < this.bridges.length; bridge++) this.#collect(bridge)
      const next = this.#queue.shift()
      if (next === undefined) return
      if (i > 20_000) throw new Error('frames go round in circles')
      this.#batch.clear()
      this.#batch.add(next.bytes)
      this.carried++
      this.#bridge(next.end.bridge).forward(this.#batch, next.end.port, this.now)
      this.#collect(next.end.bridge)
    }
  }

  #collect(bridge: number): void {
    this.#bridge(bridge).deliver((port, frames) => {
      const name = key({ bridge, port })
      const peer = this.#peers.get(name)
      for (const bytes of frames) {
        if (peer !== undefined) this.#queue.push({ end: peer, bytes: bytes.slice() })
        else if (bytes[0] !== 1 || bytes[1] !== 0x80)
          this.heard.set(name, [...(this.heard.get(name) ?? []), bytes.slice()])
      }
    })
  }

  #bridge(i: number): Switch {
    return this.bridges[i] as Switch
  }

  /** States of both ends of a cable. */
  states(ends: readonly End[]): string[] {
    return ends.map(({ bridge, port }) => this.#bridge(bridge).port(port)?.state ?? 'none')
  }
}

/** Name of a port in {@link Network.heard}. */
export const key = ({ bridge, port }: End) => `${bridge}:${port}`

/** Cables that carry frames of stations: both ends forward. */
export function active(network: Network, cables: readonly (readonly End[])[]): number {
  return cables.filter((ends) => network.states(ends).every((state) => state === 'forwarding')).length
}

/** Every station sends to all, then to each; returns what went wrong. */
export function complaints(network: Network, stations: readonly End[]): string[] {
  const wrong: string[] = []
  const expectHeard = (wanted: Map<string, number>, what: string) => {
    for (const end of stations) {
      const got = network.heard.get(key(end))?.length ?? 0
      const want = wanted.get(key(end)) ?? 0
      if (got !== want) wrong.push(`${what}: ${key(end)} got ${got}, not ${want}`)
    }
  }
  stations.forEach((from, i) => {
    network.heard.clear()
    network.send(from, frame(broadcast, host(i + 1)))
    expectHeard(new Map(stations.filter((end) => end !== from).map((end) => [key(end), 1])), `broadcast of ${i}`)
  })
  stations.forEach((from, i) => {
    stations.forEach((to, j) => {
      if (i === j) return
      network.heard.clear()
      network.send(from, frame(host(j + 1), host(i + 1)))
      expectHeard(new Map([[key(to), 1]]), `${i} to ${j}`)
    })
  })
  return wrong
}
