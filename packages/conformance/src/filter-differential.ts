/** The same random filters of captures on two backends: which frames they record, with tags and without, must agree. @module */
import { type Capture, type Driver, FrameBatch, type Host, isVnetError, openHost, type TunPort } from '@vnet/core'
import { type PlacedNamespace, placed } from './context.js'
import { within } from './expectation.js'
import { ethernet, hex } from './frame.js'
import { patience } from './kernel-release.js'
import { chanceOf } from './random/chance.js'
import { ends, endType, tagExpression, taggedFrame } from './random/tagged-frame.js'

/** What is compared, and how much of it. */
export interface FilterDifferentialOptions {
  /** One backend. */
  readonly left: Driver
  /** The other. */
  readonly right: Driver
  /** Expressions; each is tried with 40 frames. */
  readonly filters: number
  /** Where chance begins; the same seed gives the same expressions and frames. */
  readonly seed: number
}

/** A filter under which the backends did not record the same. */
export interface FilterMismatch {
  readonly number: number
  readonly expression: string
  /** Frames that only one of them recorded, or the codes of errors. */
  readonly left: readonly string[]
  readonly right: readonly string[]
}

/** What a run came to. */
export interface FilterReport {
  /** Expressions that both took, and those that both refused, or the right one alone (`EINVAL`: a kernel keeps tags beside frames). */
  readonly taken: number
  readonly refused: number
  /** Frames, and how many of them were recorded on the left. */
  readonly frames: number
  readonly recorded: number
  readonly mismatches: readonly FilterMismatch[]
}

const row = 40

/** Runs random filters on two backends and compares. Closes neither. */
export async function filterDifferential(options: FilterDifferentialOptions): Promise<FilterReport> {
  const { left, right, filters, seed } = options
  const hosts = await Promise.all([openHost({ driver: left }), openHost({ driver: right })])
  const benches = await Promise.all(hosts.map((host) => Bench.open(host)))
  const counts = { taken: 0, refused: 0, frames: 0, recorded: 0 }
  const mismatches: FilterMismatch[] = []
  try {
    for (let number = 0; number < filters && mismatches.length < 3; number++) {
      const chance = chanceOf(seed, number)
      const expression = tagExpression(chance)
      const frames = Array.from({ length: row }, () => taggedFrame(chance))
      const [mine, yours] = await Promise.all(benches.map((bench) => bench.record(expression, frames)))
      if (mine === undefined || yours === undefined) continue
      if (typeof mine === 'string' || typeof yours === 'string') {
        counts.refused++
        // What cannot be done beside a frame is refused on the kernel alone, and told.
        const isSame = mine === yours || (typeof mine === 'object' && yours === 'EINVAL')
        if (!isSame) mismatches.push({ number, expression, left: [String(mine)], right: [String(yours)] })
        continue
      }
      counts.taken++
      counts.frames += row
      counts.recorded += mine.length
      if (mine.join() === yours.join()) continue
      const without = (some: readonly string[], others: readonly string[]) => some.filter((of) => !others.includes(of))
      mismatches.push({ number, expression, left: without(mine, yours), right: without(yours, mine) })
    }
  } finally {
    await Promise.all(benches.map((bench) => bench.close()))
  }
  return { ...counts, mismatches }
}

/** A TAP whose frames are captured on one backend. */
class Bench {
  readonly #ns: PlacedNamespace
  readonly #tap: TunPort

  private constructor(ns: PlacedNamespace, tap: TunPort) {
    this.#ns = ns
    this.#tap = tap
  }

  static async open(host: Host): Promise<Bench> {
    const ns = placed(await host.namespace.add())
    return new Bench(ns, await ns.openTap({ name: 'tap0', up: true }))
  }

  /** What is recorded of frames; the code of the error where the filter is refused. */
  async record(filter: string, frames: readonly Uint8Array[]): Promise<string[] | string> {
    // Its term comes first: behind `vlan` it would look behind a tag.
    const wanted = `ether proto ${endType} or (${filter})`
    const capture = await this.#ns.openCapture({ link: 'tap0', direction: 'in', filter: wanted }).catch(codeOf)
    if (typeof capture === 'string') return capture
    try {
      return await this.#heard(capture, frames)
    } finally {
      await capture.close()
    }
  }

  async #heard(capture: Capture, frames: readonly Uint8Array[]): Promise<string[]> {
    const batch = new FrameBatch({ frames: frames.length + 1 })
    for (const frame of frames) batch.add(frame)
    const end = ethernet(ends.to, ends.from, endType, new Uint8Array(46))
    batch.add(end)
    this.#tap.write(batch)
    const into = capture.createBatch()
    const heard: string[] = []
    for (;;) {
      if ((await within(5000 * patience, capture.read(into))) === undefined)
        throw new Error('the last frame is missing')
      for (const frame of into) {
        const text = hex(frame)
        if (text === hex(end)) return heard
        heard.push(text)
      }
    }
  }

  async close(): Promise<void> {
    await this.#tap.close()
    await this.#ns.close()
  }
}

function codeOf(error: unknown): string {
  if (isVnetError(error)) return error.code
  throw error
}
