/** Who asks for multicast groups on a bridge, or in a VLAN of it (`linux/if_bridge.h`, `BRIDGE_QUERIER_*`; RFC 3376 § 6.6.2). @module */

/** Who asks by one version of IP: somebody else that was heard, or the bridge itself. */
export interface MulticastQuerier {
  /** The address that it asks from; `0.0.0.0` or `::` of a bridge that has none, or has not asked yet. */
  readonly address: string
  /** Index of the port that somebody else was heard on. */
  readonly link?: number
  /** Seconds until somebody else who is silent counts as gone (`multicastQuerierInterval`); the bridge itself has none. */
  readonly timer?: number
}

/** Who asks, by version of IP; none where nobody does. Told from Linux 5.15 on, while groups are snooped. */
export interface MulticastQuerierState {
  /** By IGMP. */
  readonly ipv4?: MulticastQuerier
  /** By MLD. */
  readonly ipv6?: MulticastQuerier
}
