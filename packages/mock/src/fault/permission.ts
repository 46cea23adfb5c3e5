/** What Linux asks CAP_NET_ADMIN for. @module */
import type { PlacedCall } from './match.js'

/** What changes nothing, or is no request, and needs it all the same. */
const always: ReadonlySet<string> = new Set([
  'wireguard get',
  'team get',
  'nat list',
  'macFilter list',
  'tap open',
  'tun open',
])

/**
 * Whether a call needs CAP_NET_ADMIN over its namespace: all that changes does (`rtnetlink_rcv_msg`), opening a TUN or TAP
 * (`tun_not_capable`), asking for the keys of WireGuard (`GENL_UNS_ADMIN_PERM`), about teams (`GENL_ADMIN_PERM`), and anything of
 * nf_tables (`nfnetlink_rcv`). Namespaces need CAP_SYS_ADMIN instead.
 */
export function needsAdmin({ operation }: PlacedCall): boolean {
  if (always.has(operation)) return true
  const [object, verb] = operation.split(' ')
  return verb !== undefined && object !== 'namespace' && object !== 'capture' && verb !== 'get' && verb !== 'list'
}
