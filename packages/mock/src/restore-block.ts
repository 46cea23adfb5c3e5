/** Blocks of filters as they are saved, and from there to the links of a namespace. @module */
import type { Namespace } from './namespace.js'
import { bindActions } from './restore-action.js'
import type { FilterBlock } from './traffic/block.js'
import type { FilterEntry } from './traffic/entry.js'

/** What is saved of a block; which links have it is told by their disciplines. */
interface SavedBlock {
  readonly index: number
  readonly filters: readonly FilterEntry[]
  readonly lastTable?: number | undefined
}

/** Plain data for a block. */
export function savedBlock({ index, filters, lastTable }: FilterBlock): SavedBlock {
  return { index, filters, lastTable }
}

/** Fills in the blocks of a namespace whose links are there. */
export function fillBlocks({ links, blocks }: Namespace, saved: unknown): void {
  if (!Array.isArray(saved)) throw new Error('a list is needed')
  for (const device of links.values()) for (const entry of device.qdiscs) blocks.join(device, entry)
  const named = new Set((saved as SavedBlock[]).map(({ index }) => index))
  if (named.size < saved.length) throw new Error('there are two blocks of one number')
  const missing = blocks.all().find(({ index }) => !named.has(index))
  if (missing !== undefined) throw new Error(`disciplines share block ${missing.index}, which is missing`)
  for (const { index, filters, lastTable } of saved as SavedBlock[]) {
    const block = blocks.get(index)
    if (block === undefined) throw new Error(`no discipline has block ${index}`)
    block.filters.push(...filters)
    if (lastTable !== undefined) block.lastTable = lastTable
    bindActions(block.filters)
  }
}
