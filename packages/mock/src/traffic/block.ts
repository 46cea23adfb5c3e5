/** Blocks of filters that disciplines share (`struct tcf_block`, `net/sched/cls_api.c`). @module */
import type { Device } from '../object/device.js'
import { refuse } from '../refusal.js'
import { releaseActions } from './action-entry.js'
import type { FilterEntry, FilterHolder, QdiscEntry } from './entry.js'

/** A block: it is there as long as a discipline has it. */
export class FilterBlock implements FilterHolder {
  readonly index: number
  readonly filters: FilterEntry[] = []
  lastTable?: number
  /** The links whose disciplines have it (`block->ports`), with how many of these. */
  readonly links = new Map<Device, number>()

  constructor(index: number) {
    this.index = index
  }
}

/** Whose filters a discipline may share. */
type Sharer = Pick<QdiscEntry, 'ingressBlock' | 'egressBlock'>

const blocksOf = ({ ingressBlock, egressBlock }: Sharer): number[] =>
  [ingressBlock, egressBlock].filter((index) => index !== undefined)

/** The blocks of a namespace. */
export class BlockTable {
  readonly #blocks = new Map<number, FilterBlock>()

  /** The block with a number. */
  get(index: number): FilterBlock | undefined {
    return this.#blocks.get(index)
  }

  /** All of them. */
  all(): FilterBlock[] {
    return [...this.#blocks.values()]
  }

  /** Refuses a link that would be in a block twice, as Linux does from 6.8 on (`tcf_block_get_ext`). */
  refuseTwice(device: Device, sharer: Sharer): void {
    const asked = blocksOf(sharer)
    if (new Set(asked).size < asked.length || asked.some((index) => this.get(index)?.links.has(device)))
      refuse('EBUSY', 'block dev insert failed')
  }

  /** A link has a discipline that shares filters. */
  join(device: Device, sharer: Sharer): void {
    for (const index of blocksOf(sharer)) {
      const block = this.get(index) ?? new FilterBlock(index)
      this.#blocks.set(index, block)
      block.links.set(device, (block.links.get(device) ?? 0) + 1)
    }
  }

  /** A link has it no longer; nobody hears of the filters that vanish with the last one. */
  leave(device: Device, sharer: Sharer): void {
    for (const index of blocksOf(sharer)) {
      const block = this.get(index)
      if (block === undefined) continue
      const left = (block.links.get(device) ?? 0) - 1
      if (left > 0) block.links.set(device, left)
      else block.links.delete(device)
      if (block.links.size > 0) continue
      this.#blocks.delete(index)
      releaseActions(block.filters)
    }
  }
}
