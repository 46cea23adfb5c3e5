/** Counters of MACsec links, channels and associations (`linux/if_macsec.h`; IEEE 802.1AE § 10.7). @module */
import { attributes, octets, u32, u64 } from '../netlink/attribute.js'

/** Of the link, enum macsec_secy_stats_attr. */
export const macsecLinkStatistics = attributes({
  outPktsUntagged: u64(1, 'MACSEC_SECY_STATS_ATTR_OUT_PKTS_UNTAGGED'),
  inPktsUntagged: u64(2, 'MACSEC_SECY_STATS_ATTR_IN_PKTS_UNTAGGED'),
  outPktsTooLong: u64(3, 'MACSEC_SECY_STATS_ATTR_OUT_PKTS_TOO_LONG'),
  inPktsNoTag: u64(4, 'MACSEC_SECY_STATS_ATTR_IN_PKTS_NO_TAG'),
  inPktsBadTag: u64(5, 'MACSEC_SECY_STATS_ATTR_IN_PKTS_BAD_TAG'),
  inPktsUnknownSci: u64(6, 'MACSEC_SECY_STATS_ATTR_IN_PKTS_UNKNOWN_SCI'),
  inPktsNoSci: u64(7, 'MACSEC_SECY_STATS_ATTR_IN_PKTS_NO_SCI'),
  inPktsOverrun: u64(8, 'MACSEC_SECY_STATS_ATTR_IN_PKTS_OVERRUN'),
  pad: octets(9, 'MACSEC_SECY_STATS_ATTR_PAD'),
})

/** Of its sending channel, enum macsec_txsc_stats_attr. */
export const macsecSendingStatistics = attributes({
  outPktsProtected: u64(1, 'MACSEC_TXSC_STATS_ATTR_OUT_PKTS_PROTECTED'),
  outPktsEncrypted: u64(2, 'MACSEC_TXSC_STATS_ATTR_OUT_PKTS_ENCRYPTED'),
  outOctetsProtected: u64(3, 'MACSEC_TXSC_STATS_ATTR_OUT_OCTETS_PROTECTED'),
  outOctetsEncrypted: u64(4, 'MACSEC_TXSC_STATS_ATTR_OUT_OCTETS_ENCRYPTED'),
  pad: octets(5, 'MACSEC_TXSC_STATS_ATTR_PAD'),
})

/** Of a receiving channel, enum macsec_rxsc_stats_attr. */
export const macsecReceivingStatistics = attributes({
  inOctetsValidated: u64(1, 'MACSEC_RXSC_STATS_ATTR_IN_OCTETS_VALIDATED'),
  inOctetsDecrypted: u64(2, 'MACSEC_RXSC_STATS_ATTR_IN_OCTETS_DECRYPTED'),
  inPktsUnchecked: u64(3, 'MACSEC_RXSC_STATS_ATTR_IN_PKTS_UNCHECKED'),
  inPktsDelayed: u64(4, 'MACSEC_RXSC_STATS_ATTR_IN_PKTS_DELAYED'),
  inPktsOk: u64(5, 'MACSEC_RXSC_STATS_ATTR_IN_PKTS_OK'),
  inPktsInvalid: u64(6, 'MACSEC_RXSC_STATS_ATTR_IN_PKTS_INVALID'),
  inPktsLate: u64(7, 'MACSEC_RXSC_STATS_ATTR_IN_PKTS_LATE'),
  inPktsNotValid: u64(8, 'MACSEC_RXSC_STATS_ATTR_IN_PKTS_NOT_VALID'),
  inPktsNotUsingSa: u64(9, 'MACSEC_RXSC_STATS_ATTR_IN_PKTS_NOT_USING_SA'),
  inPktsUnusedSa: u64(10, 'MACSEC_RXSC_STATS_ATTR_IN_PKTS_UNUSED_SA'),
  pad: octets(11, 'MACSEC_RXSC_STATS_ATTR_PAD'),
})

/** Of an association, enum macsec_sa_stats_attr. */
export const macsecAssociationStatistics = attributes({
  inPktsOk: u32(1, 'MACSEC_SA_STATS_ATTR_IN_PKTS_OK'),
  inPktsInvalid: u32(2, 'MACSEC_SA_STATS_ATTR_IN_PKTS_INVALID'),
  inPktsNotValid: u32(3, 'MACSEC_SA_STATS_ATTR_IN_PKTS_NOT_VALID'),
  inPktsNotUsingSa: u32(4, 'MACSEC_SA_STATS_ATTR_IN_PKTS_NOT_USING_SA'),
  inPktsUnusedSa: u32(5, 'MACSEC_SA_STATS_ATTR_IN_PKTS_UNUSED_SA'),
  outPktsProtected: u32(6, 'MACSEC_SA_STATS_ATTR_OUT_PKTS_PROTECTED'),
  outPktsEncrypted: u32(7, 'MACSEC_SA_STATS_ATTR_OUT_PKTS_ENCRYPTED'),
})
