/** Captured frames as pcapng: an interface block for each link, frames, and what was dropped. @module */
import { type CapturedFrame, type CaptureFormat, type PacketType, packetTypes } from '@vnet/core'
import { linkTypes, PcapngWriter } from '@vnet/wire'
import type { Links, Target } from './target.js'

/** `epb_flags`: direction in the lowest two bits, and above them how the frame was met. */
const flags: Readonly<Record<PacketType, number>> = {
  host: 1 | (1 << 2),
  multicast: 1 | (2 << 2),
  broadcast: 1 | (3 << 2),
  'other-host': 1 | (4 << 2),
  outgoing: 2,
}
const flagsOf = packetTypes.map((type) => [type, { flags: flags[type] }] as const)
const specs = new Map(flagsOf)

/** A link in the file. */
interface Port {
  readonly id: number
  readonly target: number
  written: number
}

/** Makes the octets of a capture file; does not write them anywhere. */
export class CaptureFile {
  private readonly writer: PcapngWriter
  private readonly ports = new Map<string, Port>()
  private readonly targets: readonly Target[]
  private readonly links: Links
  private readonly filter: string | undefined
  private readonly begun: bigint

  /** @param filter The expression that all frames match. */
  constructor(targets: readonly Target[], links: Links, filter: string | undefined) {
    this.targets = targets
    this.links = links
    this.filter = filter
    this.begun = now()
    this.writer = new PcapngWriter({ application: 'vnet', os: 'Linux' })
  }

  /** The beginning: links that are named are there before their first frame. */
  async start(): Promise<Uint8Array> {
    const chunks = [this.writer.start()]
    for (const [target, { capture }] of this.targets.entries()) {
      const { index, format } = capture
      if (index !== undefined && format !== undefined) await this.port(target, index, format, chunks)
    }
    return Buffer.concat(chunks)
  }

  /** The octets of these frames. */
  async frames(frames: readonly CapturedFrame[]): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    for (const { capture, link, format, time, bytes, originalLength, packetType } of frames) {
      const key = portKey(capture, link, format)
      const port = this.ports.get(key) ?? (await this.port(capture, link, format, chunks))
      port.written++
      const spec = specs.get(packetType) as { readonly flags: number }
      chunks.push(this.writer.packet(port.id, time, bytes, { originalLength, ...spec }))
    }
    return Buffer.concat(chunks)
  }

  /** The end: what each link gave, and what the kernel dropped. */
  end(): Uint8Array {
    const time = now()
    const chunks: Uint8Array[] = []
    const told = new Set<number>()
    for (const { id, target, written } of this.ports.values()) {
      const { capture } = this.targets[target] as Target
      const { received, dropped } = capture.counters
      const common = { startTime: this.begun, endTime: time, delivered: BigInt(written) }
      // Of a capture of all links, the kernel counts for all of them together: told once.
      const counts = told.has(target) ? {} : { received: BigInt(received), dropped: BigInt(dropped) }
      const shared = capture.index === undefined && !told.has(target)
      told.add(target)
      const comments = shared ? { comments: ['received and dropped are those of all links together'] } : {}
      chunks.push(this.writer.statistics(id, time, { ...common, ...counts, ...comments }))
    }
    return Buffer.concat(chunks)
  }

  private async port(target: number, index: number, format: CaptureFormat, chunks: Uint8Array[]): Promise<Port> {
    const { capture } = this.targets[target] as Target
    const link = await this.links.link(target, index)
    const { id, bytes } = this.writer.addInterface({
      name: await this.links.name(target, index),
      linkType: linkTypes[format],
      snapLength: capture.snapLength,
      os: 'Linux',
      ...(link?.kind === undefined ? {} : { description: link.kind }),
      ...(link?.mac?.length === 17 ? { mac: link.mac } : {}),
      ...(this.filter === undefined ? {} : { filter: this.filter }),
    })
    chunks.push(bytes)
    const port = { id, target, written: 0 }
    this.ports.set(portKey(target, index, format), port)
    return port
  }
}

const portKey = (target: number, index: number, format: CaptureFormat): string => `${target} ${index} ${format}`

const now = (): bigint => BigInt(Date.now()) * 1_000_000n
