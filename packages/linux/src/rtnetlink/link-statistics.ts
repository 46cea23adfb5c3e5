/** Counters of a link (`linux/if_link.h`, `struct rtnl_link_stats64`). @module */
import type { LinkStatistics } from '@vnet/core'
import type { Octets } from '../netlink/octets.js'
import { field, struct } from './struct.js'

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
  // By hand, for it is read of every link of a list; a test holds it equal to the description above.
  const at = (offset: number) => (start + offset + 8 <= end ? from.u64(start + offset) : 0)
  return {
    rxPackets: at(0),
    txPackets: at(8),
    rxBytes: at(16),
    txBytes: at(24),
    rxErrors: at(32),
    txErrors: at(40),
    rxDropped: at(48),
    txDropped: at(56),
    multicast: at(64),
    collisions: at(72),
    rxLengthErrors: at(80),
    rxOverErrors: at(88),
    rxCrcErrors: at(96),
    rxFrameErrors: at(104),
    rxFifoErrors: at(112),
    rxMissedErrors: at(120),
    txAbortedErrors: at(128),
    txCarrierErrors: at(136),
    txFifoErrors: at(144),
    txHeartbeatErrors: at(152),
    txWindowErrors: at(160),
    rxCompressed: at(168),
    txCompressed: at(176),
    rxNoHandler: at(184),
  }
}
