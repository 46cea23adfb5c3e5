/** What Linux asks CAP_NET_ADMIN for. @module */
import type { PlacedCall } from './match.js'

/**
 * Whether a call needs CAP_NET_ADMIN over its namespace: all that changes does (`rtnetlink_rcv_msg`), opening a TUN or TAP
 * (`tun_not_capable`), asking for the keys of WireGuard (`GENL_UNS_ADMIN_PERM`), and about teams (`GENL_ADMIN_PERM`). Namespaces need CAP_SYS_ADMIN instead.
 */
export function needsAdmin({ operation }: PlacedCall): boolean {
  if (operation === 'wireguard get' || operation === 'team get' || operation === 'tap open' || operation === 'tun open')
    return true
  const [object, verb] = operation.split(' ')
  return verb !== undefined && object !== 'namespace' && object !== 'capture' && verb !== 'get' && verb !== 'list'
}
