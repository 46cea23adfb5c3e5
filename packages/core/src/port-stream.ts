/** A port as WHATWG streams of frames, each a `Uint8Array` of its own. @module */
import { FrameBatch } from './batch.js'
import { isVnetError, VnetError } from './error.js'
import type { Port } from './port.js'

/** What the streams of a port take. */
export interface PortStreamOptions {
  /** Frames that may wait in the stream before it reads no more (back-pressure to the kernel's queue). Default 64. */
  readonly highWaterMark?: number
  /** The batch to read into; one of 64 frames and 256 KiB when absent. */
  readonly batch?: FrameBatch
}

/**
 * Frames as they arrive; each is a copy, so it may be kept. Reads no more than it is asked for, a batch at a time. Ends when
 * the port is closed; cancelling it leaves the port open. While it is in use nothing else may read the port.
 *
 * @example
 * for await (const frame of readableOf(port)) console.log(frame.length)
 */
export function readableOf(port: Port, options: PortStreamOptions = {}): ReadableStream<Uint8Array> {
  const batch = options.batch ?? new FrameBatch({ frames: port.batchSize })
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const count = await port.read(batch)
          for (let i = 0; i < count; i++) controller.enqueue(batch.frame(i).slice())
        } catch (error) {
          if (isVnetError(error) && error.code === 'VNET_CLOSED') controller.close()
          else controller.error(error)
        }
      },
    },
    { highWaterMark: options.highWaterMark ?? 64 },
  )
}

/**
 * Takes frames, a `Uint8Array` each, and writes them; waits while the port takes no more. Closing it leaves the port open.
 *
 * @example
 * await readableOf(a).pipeTo(writableOf(b))
 */
export function writableOf(port: Port, options: { readonly highWaterMark?: number } = {}): WritableStream<Uint8Array> {
  const writer = new FrameWriter(port)
  return new WritableStream<Uint8Array>(
    { write: (frame) => writer.write(frame) },
    { highWaterMark: options.highWaterMark ?? 64 },
  )
}

/** Writes single frames, each as a batch of one. */
export class FrameWriter {
  private readonly port: Port
  private batch = new FrameBatch({ frames: 1, octets: 65_792 })

  /** For a port. */
  constructor(port: Port) {
    this.port = port
  }

  /** Writes a frame; waits while the port takes no more. */
  async write(frame: Uint8Array): Promise<void> {
    if (!(frame instanceof Uint8Array)) throw new TypeError('a frame must be a Uint8Array')
    const { batch, port } = this
    batch.clear()
    if (!batch.add(frame)) {
      throw new VnetError({
        code: 'EMSGSIZE',
        operation: 'port write',
        subject: port.name,
        errno: 90,
        detail: `a frame of ${frame.length} octets`,
        hint: 'a frame has at most 65,535 octets and its Ethernet header',
      })
    }
    while (port.write(batch) === 0) await port.writable()
  }
}
