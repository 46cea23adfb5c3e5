/** Sets of what a driver can do by itself (`linux/netdev_features.h`): a bit for each, in the order in which the kernel lists them. @module */

/** A set, a bit for each of {@link featureNames}. */
export type FeatureSet = bigint

/** The kernel's names (`netdev_features_strings`), as Linux 6.12 lists them. */
export const featureNames = [
  'tx-scatter-gather',
  'tx-checksum-ipv4',
  'tx-checksum-ip-generic',
  'tx-checksum-ipv6',
  'highdma',
  'tx-scatter-gather-fraglist',
  'tx-vlan-hw-insert',
  'rx-vlan-hw-parse',
  'rx-vlan-filter',
  'vlan-challenged',
  'tx-generic-segmentation',
  'rx-gro',
  'rx-lro',
  'tx-tcp-segmentation',
  'tx-gso-robust',
  'tx-tcp-ecn-segmentation',
  'tx-tcp-mangleid-segmentation',
  'tx-tcp6-segmentation',
  'tx-fcoe-segmentation',
  'tx-gre-segmentation',
  'tx-gre-csum-segmentation',
  'tx-ipxip4-segmentation',
  'tx-ipxip6-segmentation',
  'tx-udp_tnl-segmentation',
  'tx-udp_tnl-csum-segmentation',
  'tx-gso-partial',
  'tx-tunnel-remcsum-segmentation',
  'tx-sctp-segmentation',
  'tx-esp-segmentation',
  'tx-udp-segmentation',
  'tx-gso-list',
  'tx-checksum-fcoe-crc',
  'tx-checksum-sctp',
  'rx-ntuple-filter',
  'rx-hashing',
  'rx-checksum',
  'tx-nocache-copy',
  'loopback',
  'rx-fcs',
  'rx-all',
  'tx-vlan-stag-hw-insert',
  'rx-vlan-stag-hw-parse',
  'rx-vlan-stag-filter',
  'l2-fwd-offload',
  'hw-tc-offload',
  'esp-hw-offload',
  'esp-tx-csum-hw-offload',
  'rx-udp_tunnel-port-offload',
  'tls-hw-tx-offload',
  'tls-hw-rx-offload',
  'rx-gro-hw',
  'tls-hw-record',
  'rx-gro-list',
  'macsec-hw-offload',
  'rx-udp-gro-forwarding',
  'hsr-tag-ins-offload',
  'hsr-tag-rm-offload',
  'hsr-fwd-offload',
  'hsr-dup-offload',
] as const

/** A name. */
export type FeatureName = (typeof featureNames)[number]

/** The set of some. */
export const setOf = (...names: readonly FeatureName[]): FeatureSet =>
  names.reduce((set, name) => set | (1n << BigInt(featureNames.indexOf(name))), 0n)

/** Whether two sets have something in common. */
export const shares = (a: FeatureSet, b: FeatureSet): boolean => (a & b) !== 0n

export const none: FeatureSet = 0n
export const scatterGather = setOf('tx-scatter-gather')
/** Any checksum; those of one protocol (`NETIF_F_HW_CSUM`, `NETIF_F_IP_CSUM`, `NETIF_F_IPV6_CSUM`). */
export const checksum = setOf('tx-checksum-ip-generic')
export const checksum4 = setOf('tx-checksum-ipv4')
export const checksum6 = setOf('tx-checksum-ipv6')
export const highDma = setOf('highdma')
export const fragmentList = setOf('tx-scatter-gather-fraglist')
export const sctpChecksum = setOf('tx-checksum-sctp')
export const rxChecksum = setOf('rx-checksum')
export const noVlans = setOf('vlan-challenged')
export const noCacheCopy = setOf('tx-nocache-copy')
export const gso = setOf('tx-generic-segmentation')
export const gro = setOf('rx-gro')
export const lro = setOf('rx-lro')
export const tso4 = setOf('tx-tcp-segmentation')
export const tso6 = setOf('tx-tcp6-segmentation')
export const tsoEcn = setOf('tx-tcp-ecn-segmentation')
export const tsoMangleId = setOf('tx-tcp-mangleid-segmentation')
export const uso = setOf('tx-udp-segmentation')
export const gsoPartial = setOf('tx-gso-partial')
export const gsoRobust = setOf('tx-gso-robust')
/** What cards do for IPsec. */
export const esp = setOf('tx-esp-segmentation', 'esp-hw-offload', 'esp-tx-csum-hw-offload')
export const fcoe = setOf('tx-fcoe-segmentation', 'tx-checksum-fcoe-crc')
const fcoeSegmentation = setOf('tx-fcoe-segmentation')
/** Tags that are put in front of what is sent, and taken from what is received (`NETIF_F_HW_VLAN_*`). */
export const tagInsertion = setOf('tx-vlan-hw-insert', 'tx-vlan-stag-hw-insert')
export const tagParsing = setOf('rx-vlan-hw-parse', 'rx-vlan-stag-hw-parse')
export const tagFilter = setOf('rx-vlan-filter', 'rx-vlan-stag-filter')

/** `NETIF_F_SOFT_FEATURES`: the kernel does them for every link. */
export const soft = gso | gro
/** `NETIF_F_SOFT_FEATURES_OFF`: the same, until somebody asks. */
export const softOff = setOf('rx-gro-list', 'rx-udp-gro-forwarding')
/** `NETIF_F_ALL_TSO`. */
export const tso = tso4 | tso6 | tsoEcn | tsoMangleId
/** `NETIF_F_GSO_SOFTWARE`: what the kernel itself can cut. */
export const gsoSoftware = tso | uso | setOf('tx-sctp-segmentation', 'tx-gso-list')
/** `NETIF_F_GSO_ENCAP_ALL`. */
export const gsoTunnels = setOf(
  'tx-gre-segmentation',
  'tx-gre-csum-segmentation',
  'tx-ipxip4-segmentation',
  'tx-ipxip6-segmentation',
  'tx-udp_tnl-segmentation',
  'tx-udp_tnl-csum-segmentation',
)
/** `NETIF_F_GSO_MASK`: everything that cuts. */
export const gsoAll =
  gsoSoftware |
  gsoTunnels |
  gsoRobust |
  gsoPartial |
  fcoeSegmentation |
  setOf('tx-tunnel-remcsum-segmentation', 'tx-esp-segmentation')
/** `NETIF_F_ONE_FOR_ALL`: a master has them when one of its ports has. */
export const oneForAll = gsoSoftware | gsoRobust | scatterGather | highDma | fragmentList | noVlans
/** `NETIF_F_ALL_FOR_ALL`: when all of them have. */
export const allForAll = noCacheCopy | fcoeSegmentation
const allChecksums = checksum | checksum4 | checksum6

/** What two links have in common; any checksum counts as those of the protocols (`netdev_intersect_features`). */
export function common(a: FeatureSet, b: FeatureSet): FeatureSet {
  const of = (set: FeatureSet) => (shares(set, checksum) ? set | checksum4 | checksum6 : set)
  return shares(a ^ b, checksum) ? of(a) & of(b) : a & b
}

/** What a master has with one port more (`netdev_increment_features`). */
export function withPort(all: FeatureSet, port: FeatureSet, most: FeatureSet): FeatureSet {
  const mask = most | noVlans | (shares(most, checksum) ? allChecksums : none)
  const sum = (all | (port & (oneForAll | allChecksums) & mask)) & (port | ~allForAll)
  return shares(sum, checksum) ? sum & ~(checksum4 | checksum6) : sum
}

/** What a driver says that it can, without what needs something that it cannot (`netdev_fix_features`). */
export function possible(said: FeatureSet): FeatureSet {
  let set = said
  if (shares(set, checksum)) set &= ~(checksum4 | checksum6)
  if (!shares(set, scatterGather)) set &= ~tso
  if (!shares(set, checksum | checksum4)) set &= ~(tso4 | tsoEcn)
  if (!shares(set, checksum | checksum6)) set &= ~tso6
  if (!shares(set, tso4)) set &= ~tsoMangleId
  if ((set & tso) === tsoEcn) set &= ~tsoEcn
  if (!shares(set, scatterGather)) set &= ~gso
  if (!shares(set, checksum) && (set & (checksum4 | checksum6)) !== (checksum4 | checksum6)) set &= ~uso
  return set
}
