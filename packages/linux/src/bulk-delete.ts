/**
 * Deleting many links at once: one group request instead of one RCU grace period (about 16 ms) a link.
 *
 * @module
 */
import type { LinkRef, Request, Result } from '@vnet/core'
import { BulkPlan } from './bulk-plan.js'

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
  /** Finds the links of a plan. */
  find(plan: BulkPlan): Promise<void>
  /** Puts links, by index, each into its group; the places of those that the kernel refused. */
  regroup(links: Int32Array, groups: Uint32Array): Promise<ReadonlySet<number>>
  /** Deletes a group; whether the kernel did. */
  deleteGroup(group: number): Promise<boolean>
  /** Carries out requests one by one. */
  execute(requests: readonly Request[]): Promise<Result<unknown>[]>
}

const done: Result<undefined> = { ok: true, value: undefined }

/**
 * Deletes links as if one by one, with the same results. Links are put into a group of their own, and the group is
 * deleted by one request. A link that would already be gone at its turn (the peer of a veth deleted before, a VLAN whose
 * parent was) is left to the end, where the kernel says so. When the group request is refused (a link that cannot be
 * deleted is in it), the groups are put back and all are deleted one by one.
 */
export async function deleteBulk(requests: readonly Request[], steps: BulkSteps): Promise<Result<unknown>[]> {
  const plan = new BulkPlan(requests.map(({ spec }) => (spec as { link: LinkRef }).link))
  await steps.find(plan)
  const together = plan.together()
  const results = new Array<Result<unknown> | undefined>(requests.length).fill(undefined)
  if (together.length >= LEAST) await deleteTogether(plan, together, results, steps)
  const rest: number[] = []
  for (let i = 0; i < results.length; i++) if (results[i] === undefined) rest.push(i)
  if (rest.length > 0) {
    const answers = await steps.execute(rest.map((position) => requests[position] as Request))
    for (let i = 0; i < rest.length; i++) results[rest[i] as number] = answers[i]
  }
  return results as Result<unknown>[]
}

async function deleteTogether(
  plan: BulkPlan,
  together: readonly number[],
  results: (Result<unknown> | undefined)[],
  steps: BulkSteps,
): Promise<void> {
  // Any number that nobody else uses: 2^30 and up, by chance.
  const group = 0x40000000 + Math.floor(Math.random() * 0x3fffffff)
  const links = plan.indexes(together)
  const refused = await steps.regroup(links, new Uint32Array(links.length).fill(group))
  const moved = refused.size === 0 ? together : together.filter((_, place) => !refused.has(place))
  if (moved.length > 0 && (await steps.deleteGroup(group))) {
    moved.forEach((position) => {
      results[position] = done
    })
    return
  }
  await steps.regroup(plan.indexes(moved), plan.groups(moved))
}
