// Names that are newer than the headers of Debian 12 (Linux 6.1): the kernel that brought each, and its number there.

/** @type {Record<string, { since: string, number: number }>} */
export const newer = {
  NTF_EXT_LOCKED: { since: '6.2', number: 2 },
  IFF_NO_CARRIER: { since: '6.3', number: 0x40 },
  TUN_F_USO4: { since: '6.2', number: 0x20 },
  TUN_F_USO6: { since: '6.2', number: 0x40 },
  VIRTIO_NET_HDR_GSO_UDP_L4: { since: '6.2', number: 5 },
  IFLA_DEVLINK_PORT: { since: '6.2', number: 62 },
  IFLA_GSO_IPV4_MAX_SIZE: { since: '6.3', number: 63 },
  IFLA_GRO_IPV4_MAX_SIZE: { since: '6.3', number: 64 },
  IFLA_DPLL_PIN: { since: '6.7', number: 65 },
  IFLA_MAX_PACING_OFFLOAD_HORIZON: { since: '6.13', number: 66 },
  IFLA_NETNS_IMMUTABLE: { since: '6.15', number: 67 },
  IFLA_HEADROOM: { since: '6.18', number: 68 },
  IFLA_TAILROOM: { since: '6.18', number: 69 },
  IFLA_BR_FDB_N_LEARNED: { since: '6.7', number: 48 },
  IFLA_BR_FDB_MAX_LEARNED: { since: '6.7', number: 49 },
  IFLA_BRPORT_MAB: { since: '6.2', number: 40 },
  IFLA_BRPORT_MCAST_N_GROUPS: { since: '6.3', number: 41 },
  IFLA_BRPORT_MCAST_MAX_GROUPS: { since: '6.3', number: 42 },
  IFLA_BRPORT_NEIGH_VLAN_SUPPRESS: { since: '6.4', number: 43 },
  IFLA_BRPORT_BACKUP_NHID: { since: '6.6', number: 44 },
  IFLA_MACVLAN_BC_CUTOFF: { since: '6.4', number: 9 },
  IFLA_VXLAN_LOCALBYPASS: { since: '6.5', number: 31 },
  TCA_NETEM_PRNG_SEED: { since: '6.6', number: 14 },
}
