/** Single frames that tests write to ports and wait for. @module */
import { FrameBatch, type TunPort } from '@vnet/core'
import { writeAll } from './port.js'

/** Writes one frame. */
export async function write(port: TunPort, frame: Uint8Array): Promise<void> {
  const batch = new FrameBatch({ frames: 1 })
  batch.add(frame)
  await writeAll(port, batch)
}

/** Frames of a port that were read with another that was wanted. */
const pending = new WeakMap<TunPort, Uint8Array[]>()

/** The first frame of a sort; those before it are left out. */
export async function readOf(port: TunPort, wanted: (frame: Uint8Array) => boolean): Promise<Uint8Array> {
  const frames = pending.get(port) ?? []
  pending.set(port, frames)
  const batch = port.createBatch()
  for (;;) {
    for (let frame = frames.shift(); frame !== undefined; frame = frames.shift()) if (wanted(frame)) return frame
    await port.read(batch)
    for (const frame of batch) frames.push(frame.slice())
  }
}
