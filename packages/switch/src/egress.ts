/** Which frames of a batch leave by which ports: lists of numbers in typed arrays. @module */

/** Lists of frame numbers, one for each port. A frame stands in a list once at most, so that none overflows. */
export class Egress {
  /** Frames of port `p`: `slots[p * capacity]` and on. */
  slots = new Uint16Array(0)
  /** Whether each of them leaves with a tag. */
  tagged = new Uint8Array(0)
  /** How many each port has. */
  counts = new Int32Array(0)
  /** Ports that have any, in the order in which they got their first. */
  active = new Int32Array(0)
  /** How many ports that are. */
  activeCount = 0
  /** Frames that each list has room for. */
  capacity = 0

  /** Empties the lists, and makes room for so many ports and frames. */
  reset(ports: number, frames: number): void {
    const { counts, active } = this
    for (let i = 0; i < this.activeCount; i++) counts[active[i] as number] = 0
    this.activeCount = 0
    if (counts.length >= ports && this.capacity >= frames) return
    this.capacity = Math.max(this.capacity, frames)
    const count = Math.max(counts.length, ports)
    this.counts = new Int32Array(count)
    this.active = new Int32Array(count)
    this.slots = new Uint16Array(count * this.capacity)
    this.tagged = new Uint8Array(count * this.capacity)
  }

  /** Puts a frame at the end of a port's list. */
  push(port: number, slot: number): number {
    const { counts } = this
    const count = counts[port] as number
    if (count === 0) this.active[this.activeCount++] = port
    const at = port * this.capacity + count
    this.slots[at] = slot
    counts[port] = count + 1
    return at
  }
}
