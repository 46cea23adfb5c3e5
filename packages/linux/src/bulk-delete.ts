/**
 * Deleting many links at once: one group request instead of one RCU grace period (about 16 ms) a link.
 *
 * @module
 */
import type { Link, LinkRef, Request, Result } from '@vnet/core'

/** Fewer are deleted one by one. */
const LEAST = 8

/** How many requests from `at` on are deletions worth a bulk; 0 for none. */
export function isBulk(requests: readonly Request[], at: number): number {
  if (requests[at]?.operation !== 'link delete') return 0
  let end = at
  while (end < requests.length && requests[end]?.operation === 'link delete') end++
  return end - at >= LEAST ? end - at : 0
}

/** What the kernel is asked for. */
export interface BulkSteps {
  /** Links by name or index, a result each. */
  read(links: readonly LinkRef[]): Promise<Result<unknown>[]>
  /** Puts links into groups. */
  regroup(moves: readonly GroupMove[]): Promise<Result<unknown>[]>
  /** Deletes a group; whether the kernel did. */
  deleteGroup(group: number): Promise<boolean>
  /** Carries out requests one by one. */
  execute(requests: readonly Request[]): Promise<Result<unknown>[]>
}

/** A link and the group that it shall be in. */
export interface GroupMove {
  /** Its index. */
  readonly link: number
  readonly group: number
}

/**
 * Deletes links as if one by one, with the same results. Links are put into a group of their own, and the group is
 * deleted by one request. A link that would already be gone at its turn (the peer of a veth deleted before, a VLAN whose
 * parent was) is left to the end, where the kernel says so. When the group request is refused (a link that cannot be
 * deleted is in it), the groups are put back and all are deleted one by one.
 */
export async function deleteBulk(requests: readonly Request[], steps: BulkSteps): Promise<Result<unknown>[]> {
  const links = await steps.read(requests.map(({ spec }) => (spec as { link: LinkRef }).link))
  const plan = planOf(links)
  const results: (Result<unknown> | undefined)[] = requests.map(() => undefined)
  if (plan.length >= LEAST) await deleteTogether(plan, results, steps)
  const rest = requests
    .map((request, index) => ({ request, index }))
    .filter(({ index }) => results[index] === undefined)
  const answers = await steps.execute(rest.map(({ request }) => request))
  rest.forEach(({ index }, i) => {
    results[index] = answers[i] as Result<unknown>
  })
  return results as Result<unknown>[]
}

interface Planned {
  readonly position: number
  readonly link: Link
}

/** The links that one group request may take: each once, and none that an earlier one of the list takes along. */
function planOf(results: readonly Result<unknown>[]): Planned[] {
  const plan: Planned[] = []
  const earlier = new Set<number>()
  results.forEach((result, position) => {
    const link = result.ok ? (result.value as Link | undefined) : undefined
    if (link === undefined || link.kind === undefined || link.fallback || earlier.has(link.index)) return
    const taken = link.parent !== undefined && link.linkNamespaceId === undefined && earlier.has(link.parent)
    if (!taken) plan.push({ position, link })
    earlier.add(link.index)
  })
  return plan
}

async function deleteTogether(
  plan: readonly Planned[],
  results: (Result<unknown> | undefined)[],
  steps: BulkSteps,
): Promise<void> {
  // Any number that nobody else uses: 2^30 and up, by chance.
  const group = 0x40000000 + Math.floor(Math.random() * 0x3fffffff)
  const moved = await steps.regroup(plan.map(({ link }) => ({ link: link.index, group })))
  const taken = plan.filter((_, index) => moved[index]?.ok)
  if (taken.length > 0 && (await steps.deleteGroup(group))) {
    for (const { position } of taken) results[position] = { ok: true, value: undefined }
    return
  }
  await steps.regroup(taken.map(({ link }) => ({ link: link.index, group: link.group })))
}
