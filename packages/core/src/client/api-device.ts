/** What a program holds of links that have keys, peers or ports of their own. Types only. @module */
import type { CallOptions } from '../driver.js'
import type { LinkRef } from '../link.js'
import type {
  MacsecDevice,
  MacsecQuery,
  MacsecSaChange,
  MacsecSaKey,
  MacsecSaSpec,
  MacsecScKey,
  MacsecScSpec,
} from '../macsec.js'
import type { TeamChange, TeamDevice } from '../team.js'
import type { WireguardChange, WireguardDevice, WireguardQuery } from '../wireguard.js'

/** Devices of links of kind `wireguard` (`wg`), through generic netlink. */
export interface WireguardClient {
  /**
   * The device with its peers, as `wg show LINK`; `undefined` where there is no such link. Private and preshared keys only
   * with `secrets`. Throws `EOPNOTSUPP` for a link of another kind, `EPERM`.
   */
  get(link: LinkRef, options?: CallOptions & Pick<WireguardQuery, 'secrets'>): Promise<WireguardDevice | undefined>
  /**
   * Changes the device and its peers, as `wg set LINK …`. Throws `ENODEV`, `EOPNOTSUPP` for a link of another kind,
   * `EADDRINUSE` for a port that is taken while the link is up, `EPERM`. Peers beyond about a thousand are more than one
   * message: when a later one fails, those before it stay, and the hint tells how many.
   */
  set(link: LinkRef, change: Omit<WireguardChange, 'link'>, options?: CallOptions): Promise<void>
}

/** Modes, options and ports of links of kind `team` (`teamnl`), through generic netlink. */
export interface TeamClient {
  /**
   * The team with its options and ports, as `teamnl TEAM options` and `teamnl TEAM ports`; `undefined` where there is no
   * such link. Throws `EINVAL` for a link of another kind, `EPERM` also in user namespaces.
   */
  get(link: LinkRef, options?: CallOptions): Promise<TeamDevice | undefined>
  /**
   * Changes the team and its ports, as `teamnl TEAM setoption …`: one option after another, so that what stands before one
   * that is refused stays. Throws `ENODEV`, `EBUSY` for a mode while there are ports, `ENOENT` for a link that is no port of
   * the team, `EINVAL` for a mode that it has already or the kernel lacks, a queue that is not there, or a link of another
   * kind, `EPERM` also in user namespaces.
   */
  set(link: LinkRef, change: Omit<TeamChange, 'link'>, options?: CallOptions): Promise<void>
}

/** Keys and peers of links of kind `macsec` (`ip macsec`), through generic netlink. */
export interface MacsecClient {
  /** The link with its channels and associations, as `ip macsec show LINK`; `undefined` where there is no such MACsec link. */
  get(link: LinkRef, options?: CallOptions & Pick<MacsecQuery, 'statistics'>): Promise<MacsecDevice | undefined>
}

/** Receiving channels of MACsec links: one for each peer. All throw `ENODEV` for a link that is no MACsec link. */
export interface MacsecScClient {
  /** As `ip macsec add LINK rx sci SCI`. Throws `EEXIST` where a MACsec link of the same parent has it. */
  add(spec: MacsecScSpec, options?: CallOptions): Promise<void>
  /** As `ip macsec set LINK rx sci SCI on|off`. Throws `ENODEV` where it is not there. */
  set(spec: MacsecScSpec, options?: CallOptions): Promise<void>
  /** As `ip macsec del LINK rx sci SCI`, with its associations. Throws `ENODEV` where it is not there. */
  delete(key: MacsecScKey, options?: CallOptions): Promise<void>
}

/** Associations of MACsec links: keys, up to four a channel. All throw `ENODEV` where link or channel is not there. */
export interface MacsecSaClient {
  /**
   * As `ip macsec add LINK tx sa N pn 1 on key ID KEY`; with `sci` as `ip macsec add LINK rx sci SCI sa N …`. Throws `EBUSY`
   * where it is there, `EINVAL` for a key that the cipher of the link does not take, or ssci and salt that it does not have.
   */
  add(spec: MacsecSaSpec, options?: CallOptions): Promise<void>
  /** As `ip macsec set`. Throws `ENODEV` where it is not there. */
  set(change: MacsecSaChange, options?: CallOptions): Promise<void>
  /** As `ip macsec del`. Throws `EBUSY` while it is active, `ENODEV` where it is not there. */
  delete(key: MacsecSaKey, options?: CallOptions): Promise<void>
}
