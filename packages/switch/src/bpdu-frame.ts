/** BPDUs out of frames (IEEE 802.1D-2004 § 7.12.3, 9.3.4). @module */
import type { FrameBatch } from '@vnet/core'
import { type Bpdu, decodeBpdu, isDecodeError } from '@vnet/wire'

/** The BPDU that frame `slot` holds, behind a length and an LLC header; `undefined` where it holds none that counts. */
export function bpduIn(batch: FrameBatch, slot: number): Bpdu | undefined {
  const { slab } = batch
  const start = batch.offset(slot)
  const length = ((slab[start + 12] as number) << 8) | (slab[start + 13] as number)
  const end = start + 14 + length
  if (length < 7 || end > start + batch.length(slot)) return undefined
  if (slab[start + 14] !== 0x42 || slab[start + 15] !== 0x42 || slab[start + 16] !== 0x03) return undefined
  try {
    const bpdu = decodeBpdu(slab, start + 17, end)
    // Information that is too old is none (§ 9.3.4).
    if (bpdu.kind === 'configuration' && bpdu.messageAge >= bpdu.maxAge) return undefined
    return bpdu
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}
