/** Size tables of disciplines: `TCA_STAB` (`linux/pkt_sched.h`, `tc_core.c`; `net/sched/sch_api.c`: `qdisc_get_stab`). @module */
import { DecodeError, lineOctets, type SizeTable } from '@vnet/core'
import { attributes, octets } from '../../netlink/attribute.js'
import { readValues } from '../../netlink/attribute-run.js'
import { littleEndian, type Octets } from '../../netlink/octets.js'
import { type Range, range } from '../../netlink/range.js'
import type { MessageWriter } from '../../netlink/writer.js'
import { field, readStruct, struct, writeStruct } from '../struct.js'
import { TC_LINKLAYER_ATM, TC_LINKLAYER_ETHERNET } from './constants.js'

/** What is added, and how sizes find their entry. */
export const tc_sizespec = struct('struct tc_sizespec', 24, {
  cellLog: field('cell_log', 0, 'u8'),
  sizeLog: field('size_log', 1, 'u8'),
  cellAlign: field('cell_align', 2, 'u16'),
  overhead: field('overhead', 4, 's32'),
  linkLayer: field('linklayer', 8, 'u32'),
  leastPacket: field('mpu', 12, 'u32'),
  mtu: field('mtu', 16, 'u32'),
  size: field('tsize', 20, 'u32'),
})

/** Attributes of `TCA_STAB`, enum TCA_STAB_*. */
export const sizeTableAttributes = attributes({
  base: range(1, 'TCA_STAB_BASE', 'struct', tc_sizespec.size),
  entries: octets(2, 'TCA_STAB_DATA'),
})

/** Without a choice, as `tc` has it. */
const MTU = 2047
const SIZE = 512

/** Appends `TCA_STAB`. */
export function writeSizeTable(to: MessageWriter, type: number, table: SizeTable): void {
  const { overhead = 0, linkLayer = 'ethernet', leastPacket = 0 } = table
  const plain = { overhead, linkLayer: linkLayer === 'atm' ? TC_LINKLAYER_ATM : TC_LINKLAYER_ETHERNET, leastPacket }
  const at = to.nestPlain(type)
  const base = to.nestPlain(sizeTableAttributes.base.type)
  if (linkLayer === 'ethernet' && leastPacket === 0) {
    writeStruct(to, tc_sizespec, plain)
    to.endNest(base)
  } else {
    const { mtu = MTU, size = SIZE } = table
    let cellLog = 0
    while (mtu >> cellLog > size - 1) cellLog++
    const sizes = Array.from({ length: size }, (_, i) => lineOctets((i + 1) << cellLog, { leastPacket, linkLayer }))
    let sizeLog = 0
    // Entries have 16 bits.
    while (sizes.some((octets) => octets >> sizeLog > 0xffff)) sizeLog++
    // Sizes are rounded up to their class, said the other way round.
    writeStruct(to, tc_sizespec, { ...plain, cellLog, sizeLog, cellAlign: 0xffff, mtu, size })
    to.endNest(base)
    const view = new DataView(new ArrayBuffer(2 * size))
    for (const [i, octets] of sizes.entries()) view.setUint16(2 * i, octets >> sizeLog, littleEndian)
    sizeTableAttributes.entries.write(to, new Uint8Array(view.buffer))
  }
  to.endNest(at)
}

/** Reads `TCA_STAB`, in which the kernel tells no entries. */
export function readSizeTable(from: Octets, start: number, end: number): SizeTable {
  const { base } = readValues(sizeTableAttributes, from, start, end, 'qdisc.sizeTable') as { readonly base?: Range }
  if (base === undefined) throw new DecodeError('qdisc.sizeTable', start, 'no struct tc_sizespec')
  const { overhead, linkLayer, leastPacket, mtu, size } = readStruct(from, tc_sizespec, ...base)
  return {
    overhead,
    linkLayer: linkLayer === TC_LINKLAYER_ATM ? 'atm' : 'ethernet',
    leastPacket,
    ...(size === 0 ? {} : { mtu, size }),
  }
}
