/** Which deletions become one request, and what is told of each. */
import type { Link, LinkRef, Request, Result } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { type BulkSteps, deleteBulk } from '../src/bulk-delete.js'

type Known = Pick<Link, 'index'> & Partial<Link>

const done = { ok: true, value: undefined }
const alone = { ok: true, value: 'one by one' }
const dummies = (count: number, first = 10): Known[] =>
  Array.from({ length: count }, (_, i) => ({ index: first + i, name: `d${first + i}`, kind: 'dummy', group: 0 }))

/** Deletes links, by name unless told otherwise, and tells what the kernel was asked for. */
async function remove(links: readonly Known[], kernel: Partial<BulkSteps> = {}, refs?: readonly LinkRef[]) {
  const asked: unknown[] = []
  const byRef = new Map<LinkRef, Known>(
    links.flatMap((link) => [[link.name as string, link] as const, [link.index, link]]),
  )
  const steps: BulkSteps = {
    find: async (plan) => {
      for (const position of plan.unknown()) plan.answer(position, byRef.get(plan.ref(position)) as Link | undefined)
    },
    regroup: async (indexes, groups) => {
      const numbers = [...groups].map((group) => (group >= 0x40000000 ? 'own' : group))
      asked.push(Object.fromEntries([...indexes].map((index, i) => [index, numbers[i]])))
      return new Set()
    },
    deleteGroup: async () => {
      asked.push('delete')
      return true
    },
    execute: async (requests) => {
      asked.push(requests.map(({ spec }) => (spec as { link: LinkRef }).link))
      return requests.map((): Result<unknown> => ({ ok: true, value: 'one by one' }))
    },
    ...kernel,
  }
  const requests = (refs ?? links.map(({ name }) => name as string)).map(
    (link): Request => ({ operation: 'link delete', spec: { link } }),
  )
  return { results: await deleteBulk(requests, steps), asked }
}

const moved = (links: readonly Known[], group: number | 'own' = 'own') =>
  Object.fromEntries(links.map(({ index }) => [index, group]))

describe('a list of deletions', () => {
  it('is one request for a group of its own', async () => {
    const links = dummies(20)
    const { results, asked } = await remove(links)
    expect(results).toEqual(links.map(() => done))
    expect(asked).toEqual([moved(links), 'delete'])
  })

  it('leaves to the end what an earlier one takes along, what is named again, what is not there', async () => {
    const links: Known[] = [
      ...dummies(8),
      { index: 30, name: 'v', kind: 'veth', parent: 31, group: 0 },
      { index: 31, name: 'p', kind: 'veth', parent: 30, group: 0 },
      { index: 32, name: 'd10.5', kind: 'vlan', parent: 10, group: 0 },
      { index: 33, name: 'far.5', kind: 'vlan', parent: 10, linkNamespaceId: 0, group: 0 },
    ]
    const refs = [...links.map(({ name }) => name as string), 'd10', 11, 'nope']
    const { results, asked } = await remove(links, {}, refs)
    const together = links.filter(({ index }) => index !== 31 && index !== 32)
    expect(asked).toEqual([moved(together), 'delete', ['p', 'd10.5', 'd10', 11, 'nope']])
    const last = refs.map((_, position) => [9, 10, 12, 13, 14].includes(position))
    expect(results).toEqual(last.map((isLast) => (isLast ? alone : done)))
  })

  it('leaves to the end what the kernel does not delete', async () => {
    const links: Known[] = [
      ...dummies(8),
      { index: 1, name: 'lo', group: 0 },
      { index: 5, name: 'tunl0', kind: 'ipip', fallback: true, group: 0 },
    ]
    const { results, asked } = await remove(links)
    expect(asked).toEqual([moved(dummies(8)), 'delete', ['lo', 'tunl0']])
    expect(results).toEqual([...dummies(8).map(() => done), alone, alone])
  })

  it('is carried out one by one where few are left for the group', async () => {
    const { asked } = await remove([...dummies(7), { index: 1, name: 'lo', group: 0 }])
    expect(asked).toEqual([[...dummies(7).map(({ name }) => name), 'lo']])
  })

  it('puts the groups back and goes one by one where the kernel refuses the group', async () => {
    const links = dummies(10).map((link) => ({ ...link, group: link.index }))
    const { results, asked } = await remove(links, { deleteGroup: async () => false })
    expect(asked).toEqual([
      moved(links),
      Object.fromEntries(links.map(({ index }) => [index, index])),
      links.map(({ name }) => name),
    ])
    expect(results).toEqual(links.map(() => alone))
  })

  it('leaves to the end those that the kernel does not move, and puts back none of them', async () => {
    const links = dummies(10)
    const put: number[][] = []
    const regroup: BulkSteps['regroup'] = async (indexes) => {
      put.push([...indexes])
      return new Set([2, 5])
    }
    const some = await remove(links, { regroup })
    expect(some.results.map((result) => result.ok && result.value)).toEqual(
      links.map((_, i) => (i === 2 || i === 5 ? 'one by one' : undefined)),
    )
    await remove(links, { regroup, deleteGroup: async () => false })
    expect(put.at(-1)).toEqual([10, 11, 13, 14, 16, 17, 18, 19])
  })
})
