/** What packets count as in a discipline (`__qdisc_calculate_pkt_len`, `net/sched/sch_api.c`). @module */
import { lineOctets, type SizeTable } from '@vnet/core'

/** Octets that a packet counts as by a size table. */
export function countedAs(octets: number, { overhead = 0, linkLayer, leastPacket = 0, mtu, size }: SizeTable): number {
  const counted = octets + overhead
  if (mtu === undefined || size === undefined) return Math.max(1, counted)
  let log = 0
  while (mtu >> log > size - 1) log++
  const entry = (slot: number) => lineOctets((slot + 1) << log, { leastPacket, linkLayer })
  // Sizes are rounded up to their class; of what is larger than the table several entries count.
  const slot = Math.max(0, counted - 1) >> log
  const whole = Math.floor(slot / size)
  return Math.max(1, whole === 0 ? entry(slot) : entry(size - 1) * whole + entry(slot % size))
}
