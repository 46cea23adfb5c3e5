/** What a program holds of a namespace's bridges: their databases and VLANs. Types only. @module */

import type { BridgeMst, BridgeMstChange, BridgeMstFilter } from '../bridge-mst.js'
import type { BridgeVlan, BridgeVlanChange, BridgeVlanFilter, BridgeVlanKey, BridgeVlanSpec } from '../bridge-vlan.js'
import type { BridgeVlanGlobal, BridgeVlanGlobalChange, BridgeVlanGlobalFilter } from '../bridge-vlan-global.js'
import type { BridgeVni, BridgeVniFilter, BridgeVniKey, BridgeVniSpec } from '../bridge-vni.js'
import type { CallOptions } from '../driver.js'
import type { FdbEntry, FdbFilter, FdbFlush, FdbKey, FdbQuery, FdbSpec } from '../fdb.js'
import type { MdbEntry, MdbFilter, MdbFlush, MdbKey, MdbRouter, MdbRouterFilter, MdbSpec } from '../mdb.js'

/** Forwarding database (`bridge fdb`). */
export interface FdbClient {
  /** As `bridge fdb add` (or `append`). Throws `EEXIST`. */
  add(spec: FdbSpec, options?: CallOptions): Promise<void>
  /** Makes or replaces it, as `bridge fdb replace`. */
  set(spec: FdbSpec, options?: CallOptions): Promise<void>
  /** As `bridge fdb delete`. Throws `ENOENT`. */
  delete(key: FdbKey, options?: CallOptions): Promise<void>
  /**
   * One entry, as `bridge fdb get` (Linux 5.0); of a VXLAN its first remote. Throws `EINVAL` with `master` where the link is no
   * port of a bridge, `EOPNOTSUPP` where the link keeps no entries that can be asked for.
   */
  get(query: FdbQuery, options?: CallOptions): Promise<FdbEntry | undefined>
  /** As `bridge fdb show`. */
  list(filter?: FdbFilter, options?: CallOptions): Promise<FdbEntry[]>
  /**
   * Removes all entries that match, in one go, as `bridge fdb flush` (Linux 5.19): also the bridge's own, unless told
   * otherwise (`permanent: false`). Throws `EOPNOTSUPP` where the link keeps none (before Linux 6.7: a VXLAN), `EINVAL` for a
   * port of another bridge, and for what a bridge or a VXLAN does not know of its entries.
   */
  flush(flush: FdbFlush, options?: CallOptions): Promise<void>
}

/** VLANs of bridges and their ports (`bridge vlan`); Linux 5.6, with the bridge's `vlanFiltering` on to take effect. */
export interface BridgeVlanClient {
  /**
   * As `bridge vlan add`; of a VLAN that is there it sets the flags. Throws `ENODEV`, `EOPNOTSUPP` where the link is no port
   * (or, with `self`, no bridge), and for a kernel without VLAN filtering.
   */
  add(spec: BridgeVlanSpec, options?: CallOptions): Promise<void>
  /** Changes options of VLANs that are there, as `bridge vlan set`. Throws `ENOENT`, `EINVAL` where the link is no port. */
  set(change: BridgeVlanChange, options?: CallOptions): Promise<void>
  /** As `bridge vlan delete`; the kernel says nothing where there is none. Throws `ENODEV`, `EOPNOTSUPP`. */
  delete(key: BridgeVlanKey, options?: CallOptions): Promise<void>
  /** Each VLAN of each port and bridge, as `bridge -d vlan show`; empty on a kernel that has none. */
  list(filter?: BridgeVlanFilter, options?: CallOptions): Promise<BridgeVlan[]>
}

/** Options of VLANs of bridges as a whole (`bridge vlan global`; Linux 5.15). They are not watched. */
export interface BridgeVlanGlobalClient {
  /**
   * Changes options of VLANs that are there, as `bridge vlan global set`. Throws `ENOENT` where the bridge and its ports have no
   * such VLAN, `EINVAL` where the link is no bridge, or for an option that the kernel does not know.
   */
  set(change: BridgeVlanGlobalChange, options?: CallOptions): Promise<void>
  /** Each VLAN that a bridge or a port of it has, as `bridge -d vlan global show`; empty on a kernel that has none. */
  list(filter?: BridgeVlanGlobalFilter, options?: CallOptions): Promise<BridgeVlanGlobal[]>
}

/** States of bridge ports in instances of the spanning tree (`bridge mst`; Linux 5.18). They are not watched: the kernel tells nobody. */
export interface BridgeMstClient {
  /**
   * As `bridge mst set`. Throws `EBUSY` where the bridge has `mstEnabled` off, `EOPNOTSUPP` where the link is no port of a bridge,
   * or the kernel tells no VLANs apart, `VNET_UNSUPPORTED` on kernels before Linux 5.18, which would ignore it.
   */
  set(change: BridgeMstChange, options?: CallOptions): Promise<void>
  /** Each port in each instance that a VLAN of it belongs to, as `bridge mst show`; empty on a kernel that has none. */
  list(filter?: BridgeMstFilter, options?: CallOptions): Promise<BridgeMst[]>
}

/** Identifiers that VXLANs with `external` and `vniFilter` receive (`bridge vni`; Linux 5.18). */
export interface BridgeVniClient {
  /**
   * As `bridge vni add`; of an identifier that is there it changes the remote. Throws `EEXIST` where another VXLAN on the same
   * UDP port has it, `EOPNOTSUPP` where the VXLAN has no `vniFilter`, `EINVAL` where the link is no VXLAN, for identifier 0
   * alone, and for a group where the VXLAN has no `link`. Of several, those before the one that fails are there.
   */
  add(spec: BridgeVniSpec, options?: CallOptions): Promise<void>
  /** As `bridge vni delete`. Throws `ENOENT` where it is not there; of several, those before are gone. */
  delete(key: BridgeVniKey, options?: CallOptions): Promise<void>
  /**
   * Each identifier of each VXLAN, as `bridge vni show`; empty on a kernel that has none. Throws where there are more than
   * 1,048,576 in a row.
   */
  list(filter?: BridgeVniFilter, options?: CallOptions): Promise<BridgeVni[]>
}

/** Multicast databases of bridges (`bridge mdb`), while the bridge is up and its `multicastSnooping` on. */
export interface MdbClient {
  /**
   * As `bridge mdb add`. Throws `EEXIST`, `ENODEV`, `EOPNOTSUPP` where the link is no bridge, `EINVAL` where it is down or does
   * not snoop, or the port is not its; and for what the kernel does not know (`supports['mdb sources']`).
   */
  add(spec: MdbSpec, options?: CallOptions): Promise<void>
  /** Makes or replaces it, as `bridge mdb replace`; before Linux 6.2 it throws `EEXIST` for one that is there. */
  set(spec: MdbSpec, options?: CallOptions): Promise<void>
  /** As `bridge mdb del`. Throws `EINVAL` where it is not there, `ENODEV`. */
  delete(key: MdbKey, options?: CallOptions): Promise<void>
  /** As `bridge -d -s mdb show`; empty on a kernel without snooping. */
  list(filter?: MdbFilter, options?: CallOptions): Promise<MdbEntry[]>
  /**
   * Removes all entries that match, in one go, as `bridge mdb flush` (Linux 6.8, `supports['mdb flush']`). Throws
   * `EOPNOTSUPP` on older kernels and for what is no bridge; a port of another bridge has no entries here.
   */
  flush(flush: MdbFlush, options?: CallOptions): Promise<void>
}

/** Ports of bridges with a multicast router behind them; a port's `multicastRouter` decides. */
export interface MdbRouterClient {
  /** The router ports of `bridge -d -s mdb show`; empty on a kernel without snooping. */
  list(filter?: MdbRouterFilter, options?: CallOptions): Promise<MdbRouter[]>
}
