/** NICs, as a program asks for them. Types only. @module */
import type { CallOptions } from '../driver.js'
import type { LinkRef } from '../link.js'
import type { Nic, NicFilter } from '../nic.js'

/** NICs: the hardware of links, or what stands for it (`ethtool`). */
export interface NicClient {
  /**
   * The NIC of a link, as `ethtool -i`, `-k`, `-g`, `-l` and `-P` tell together; `undefined` where there is no such link.
   * What the driver does not know is absent. With `settings` also addresses, gateways and name servers, and who set them:
   * DHCP, a router, somebody by hand.
   *
   * @throws VnetError `ENODEV` the link went away while it was read
   */
  get(link: LinkRef, options?: CallOptions & { readonly settings?: boolean }): Promise<Nic | undefined>
  /**
   * The NICs of the namespace, in the order of their indexes, then devices that have no link here: moved to another
   * namespace, or without a driver. One that goes away meanwhile is left out.
   */
  list(filter?: NicFilter, options?: CallOptions): Promise<Nic[]>
}
