/** Counters of a link (`linux/if_link.h`, `struct rtnl_link_stats64`). @module */
import type { LinkStatistics } from '@vnet/core'
import { littleEndian, type Octets } from '../netlink/octets.js'
import { field, readStruct, struct } from './struct.js'

/** The counters, 64 bits each. */
export const rtnl_link_stats64 = struct('struct rtnl_link_stats64', 200, {
  rxPackets: field('rx_packets', 0, 'u64'),
  txPackets: field('tx_packets', 8, 'u64'),
  rxBytes: field('rx_bytes', 16, 'u64'),
  txBytes: field('tx_bytes', 24, 'u64'),
  rxErrors: field('rx_errors', 32, 'u64'),
  txErrors: field('tx_errors', 40, 'u64'),
  rxDropped: field('rx_dropped', 48, 'u64'),
  txDropped: field('tx_dropped', 56, 'u64'),
  multicast: field('multicast', 64, 'u64'),
  collisions: field('collisions', 72, 'u64'),
  rxLengthErrors: field('rx_length_errors', 80, 'u64'),
  rxOverErrors: field('rx_over_errors', 88, 'u64'),
  rxCrcErrors: field('rx_crc_errors', 96, 'u64'),
  rxFrameErrors: field('rx_frame_errors', 104, 'u64'),
  rxFifoErrors: field('rx_fifo_errors', 112, 'u64'),
  rxMissedErrors: field('rx_missed_errors', 120, 'u64'),
  txAbortedErrors: field('tx_aborted_errors', 128, 'u64'),
  txCarrierErrors: field('tx_carrier_errors', 136, 'u64'),
  txFifoErrors: field('tx_fifo_errors', 144, 'u64'),
  txHeartbeatErrors: field('tx_heartbeat_errors', 152, 'u64'),
  txWindowErrors: field('tx_window_errors', 160, 'u64'),
  rxCompressed: field('rx_compressed', 168, 'u64'),
  txCompressed: field('tx_compressed', 176, 'u64'),
  rxNoHandler: field('rx_nohandler', 184, 'u64'),
})

/**
 * Reads the counters. Older kernels tell fewer (the struct grew in 4.6 and 5.19), newer ones may tell more: what is
 * missing is zero, a tail is ignored.
 */
export function readStatistics(from: Octets, start: number, end: number): LinkStatistics {
  if (end - start < least) return readStruct(from, rtnl_link_stats64, start, end)
  // By hand, for it may be read of every link of a list; a test holds it equal to the description above.
  const { view } = from
  return {
    rxPackets: counter(view, start),
    txPackets: counter(view, start + 8),
    rxBytes: counter(view, start + 16),
    txBytes: counter(view, start + 24),
    rxErrors: counter(view, start + 32),
    txErrors: counter(view, start + 40),
    rxDropped: counter(view, start + 48),
    txDropped: counter(view, start + 56),
    multicast: counter(view, start + 64),
    collisions: counter(view, start + 72),
    rxLengthErrors: counter(view, start + 80),
    rxOverErrors: counter(view, start + 88),
    rxCrcErrors: counter(view, start + 96),
    rxFrameErrors: counter(view, start + 104),
    rxFifoErrors: counter(view, start + 112),
    rxMissedErrors: counter(view, start + 120),
    txAbortedErrors: counter(view, start + 128),
    txCarrierErrors: counter(view, start + 136),
    txFifoErrors: counter(view, start + 144),
    txHeartbeatErrors: counter(view, start + 152),
    txWindowErrors: counter(view, start + 160),
    rxCompressed: counter(view, start + 168),
    txCompressed: counter(view, start + 176),
    rxNoHandler: counter(view, start + 184),
  }
}

/** Most counters are small: no arithmetic for those. */
function counter(view: DataView, at: number): number {
  const low = view.getUint32(littleEndian ? at : at + 4, littleEndian)
  const high = view.getUint32(littleEndian ? at + 4 : at, littleEndian)
  return high === 0 ? low : high * 4294967296 + low
}

/** Octets up to the last counter that is read. */
const least = 192
