/** What differs for the kernel tells carrier when its worker gets to it, up to a second late, and the mock at once. @module */
import type { Link, Namespace } from '@vnet/core'

/**
 * A neighbour that the mock has still: it was made after the carrier went, and before the kernel had heard of that. Permanent ones
 * alone stay then (`neigh_carrier_down`).
 */
const neighbour = /^([ab])\.neighbour\[[46] (\S+) .*"state":"(?:reachable|stale|delay|probe|noarp)".* \| \(missing\)$/
/** The speed of a bridge is that of its ports with carrier (`br_get_link_ksettings`), and so is that of links on it. */
const cost = /^([ab])\.link\[(\S+)\]\.port\.cost: \d+ \| \d+$/

/** Ports become routers with a query that they hear, which a bridge sends when its timer has run out. */
const router = /^[ab] event (?:\(missing\) \| )?mdbRouter /

/** Whether what was told differs by what timers do, so that it may come yet. */
export function isOfTimer(line: string): boolean {
  return router.test(line)
}

/** Whether all that differs, mock and kernel, came of carrier that the kernel had not heard of yet. */
export async function areLate(
  lines: readonly string[],
  mock: Readonly<Record<'a' | 'b', Namespace>>,
): Promise<boolean> {
  for (const line of lines) if (!(await isLate(line, mock))) return false
  return true
}

async function isLate(line: string, mock: Readonly<Record<'a' | 'b', Namespace>>): Promise<boolean> {
  const [pattern, test] = neighbour.test(line) ? ([neighbour, hasNoCarrier] as const) : ([cost, isOnBridge] as const)
  const [, side, name] = pattern.exec(line) ?? []
  if (side === undefined || name === undefined) return false
  const links = await mock[side as 'a' | 'b'].link.list()
  const link = links.find((one) => one.name === name)
  return link !== undefined && test(link, links)
}

const hasNoCarrier = ({ flags }: Link): boolean => flags.includes('NO-CARRIER')

function isOnBridge(link: Link, links: readonly Link[]): boolean {
  const below = link.parent ?? link.vxlan?.link
  return links.some(({ index, kind }) => index === below && kind === 'bridge')
}
