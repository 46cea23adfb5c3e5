/** What is prepared once for each batch that frames come in with, so that forwarding makes no objects. @module */
import { FrameBatch } from '@vnet/core'

/** A batch from the switch's side. */
export class Inlet {
  readonly batch: FrameBatch
  /** Its octets, for reading several at once. */
  readonly view: DataView
  /** The same octets with other places: the frames that one port sends. */
  readonly out: FrameBatch
  /** Control information of each frame's tag, see `vlanTci`; also where it has none yet. */
  readonly tci: Uint16Array
  /** Whether each frame has a tag at present. */
  readonly hasTag: Uint8Array

  /** Prepares for a batch. */
  constructor(batch: FrameBatch) {
    const { slab, headroom, capacity } = batch
    this.batch = batch
    this.view = new DataView(slab.buffer, slab.byteOffset, slab.byteLength)
    this.out = FrameBatch.of({ slab, spans: new Int32Array(capacity * 2), headroom, headerSize: 0, count: 0 })
    this.tci = new Uint16Array(capacity)
    this.hasTag = new Uint8Array(capacity)
  }
}
