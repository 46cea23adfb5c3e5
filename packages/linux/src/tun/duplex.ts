/** A port as a Node stream. @module */
import { Duplex } from 'node:stream'
import { FrameBatch, FrameWriter, isVnetError, type Port } from '@vnet/core'

/**
 * The port as a `Duplex` of frames, in object mode: each chunk is a `Uint8Array` of its own. Reading pauses when nobody takes the
 * frames, writing waits while the port takes none. It ends when the port is closed; destroying it closes the port. While it
 * is in use nothing else may read the port.
 *
 * @param options `highWaterMark`: frames that may wait on each side, 64 when absent.
 * @example
 * duplexOf(port).on('data', (frame) => console.log(frame.length))
 */
export function duplexOf(port: Port, options: { readonly highWaterMark?: number } = {}): Duplex {
  const batch = new FrameBatch({ frames: port.batchSize })
  const writer = new FrameWriter(port)
  let reading = false
  const fill = async (stream: Duplex): Promise<void> => {
    try {
      for (let more = true; more; ) {
        const count = await port.read(batch)
        for (let i = 0; i < count; i++) more = stream.push(batch.frame(i).slice())
      }
      reading = false
    } catch (error) {
      if (isVnetError(error) && error.code === 'VNET_CLOSED') stream.push(null)
      else stream.destroy(error as Error)
    }
  }
  return new Duplex({
    objectMode: true,
    highWaterMark: options.highWaterMark ?? 64,
    read() {
      if (reading) return
      reading = true
      void fill(this)
    },
    write(frame, _encoding, done) {
      writer.write(frame).then(() => done(), done)
    },
    destroy(error, done) {
      port.close().then(() => done(error), done)
    },
  })
}
