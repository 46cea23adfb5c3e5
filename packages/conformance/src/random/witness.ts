/** Who hears all that arrives in a namespace, on any link. @module */
import type { NetworkSocket } from '@vnet/core'
import type { PlacedNamespace } from '../context.js'
import { sleep } from '../expectation.js'
import { type PacketLine, packetLine } from './packet-line.js'

/** More frames than these within one row of pings go round in a circle: what a backend makes of that is not compared. */
const mostFrames = 1000

/** Packets that arrived, by links; absent where there were too many. */
export type Arrived = readonly string[] | undefined

/** A packet socket for all links: what it is given is there at once, where the blocks of a capture wait for a timer. */
export class Witness {
  readonly #socket: NetworkSocket
  /** Frames that have come since the row of pings began. */
  #frames: { readonly link: number; readonly line: PacketLine | undefined }[] = []
  #isFlooded = false

  private constructor(socket: NetworkSocket) {
    this.#socket = socket
  }

  static async open(namespace: PlacedNamespace): Promise<Witness> {
    return new Witness(await namespace.openSocket({ kind: 'packet', receiveBuffer: 1 << 22 }))
  }

  /** Forgets what has arrived so far. */
  begin(): void {
    this.#take()
    this.#frames = []
  }

  /** What has arrived since; waits until nothing more does. `names` are those of links. */
  async arrived(names: ReadonlyMap<number, string>): Promise<Arrived> {
    for (let quiet = 0; quiet < 3 && !this.#isFlooded; quiet++) {
      const before = this.#frames.length
      this.#take()
      if (this.#frames.length > before) quiet = 0
      await sleep(4)
    }
    if (this.#isFlooded) return undefined
    const heard = this.#frames.flatMap(({ link, line }) =>
      line === undefined ? [] : [{ ...line, link: names.get(link) }],
    )
    const whole = new Set(heard.flatMap(({ link, way, offset }) => (offset === 0 ? [`${link} ${way}`] : [])))
    // Some kernels go on with the other parts when a cable has dropped the first, some do not (docs/mock-vs-kernel.md).
    const known = heard.filter(({ link, way, offset }) => offset === 0 || whole.has(`${link} ${way}`))
    return known.map(({ link, way, text }) => `${link} ${way} ${text}`).sort()
  }

  async close(): Promise<void> {
    await this.#socket.close()
  }

  #take(): void {
    while (!this.#isFlooded) {
      const heard = this.#socket.take()
      if (heard === undefined) return
      this.#frames.push({
        link: heard.link,
        line: heard.packetType === 'outgoing' ? undefined : packetLine(heard.data),
      })
      // It would go on for ever.
      if (this.#frames.length > mostFrames) {
        this.#isFlooded = true
        void this.#socket.close()
      }
    }
  }
}
