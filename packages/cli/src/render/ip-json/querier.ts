/** Who asks for multicast groups, in the shape of `ip -d -j link` and `bridge -j vlan global` (iproute2 6.13; older ones leave it out). @module */
import type { MulticastQuerier, MulticastQuerierState } from '@vnet/core'
import { centiseconds, type JsonEntries, type JsonObject, ordered } from './object.js'

/** The entries: an object for each version of IP, empty where nobody asks by it. */
export function querierEntries(state: MulticastQuerierState | undefined): JsonEntries {
  if (state === undefined) return []
  return (['ipv4', 'ipv6'] as const).map((version) => [
    `mcast_querier_state_${version}`,
    querierJson(`mcast_querier_${version}`, state[version]),
  ])
}

function querierJson(prefix: string, querier: MulticastQuerier | undefined): JsonObject {
  return ordered([
    [`${prefix}_addr`, querier?.address],
    [`${prefix}_port`, querier?.link],
    [`${prefix}_other_timer`, timeText(centiseconds(querier?.timer))],
  ])
}

/** A time as `ip` writes it here: it takes the kernel's hundredths of a second for nanoseconds. */
function timeText(nanoseconds: number | undefined): string | undefined {
  if (nanoseconds === undefined) return undefined
  return nanoseconds < 1000 ? `${nanoseconds}ns` : `${Number((nanoseconds / 1000).toPrecision(3))}us`
}
