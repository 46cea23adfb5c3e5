/** Disciplines that are there and are asked for other blocks of filters: the kernel keeps those they have, without a word (`qdisc_change`, `net/sched/sch_api.c`). @module */
import { type Qdisc, type Request, subjectOf, VnetError } from '@vnet/core'
import type { Carrier } from './compound.js'

const blocks = ['ingressBlock', 'egressBlock'] as const
type Change = Request & { readonly operation: 'qdisc set' | 'qdisc change' }

/** Whether a request may be such a change. */
export const namesBlocks = ({ operation, spec }: Request): boolean =>
  (operation === 'qdisc set' || operation === 'qdisc change') && blocks.some((name) => name in spec)

/** Carries it out. It fails where the discipline has other blocks afterwards, and nothing has changed then. */
export async function carryOutWithBlocks(run: Carrier, request: Change): Promise<unknown> {
  const done = await run.trusted(request)
  const { link, kind, ...asked } = request.spec
  const [listed] = await run.plain([{ operation: 'qdisc list', spec: { link, kind } }])
  const [found] = listed?.ok ? (listed.value as Qdisc[]) : []
  const kept = found === undefined ? undefined : blocks.find((name) => (asked[name] ?? found[name]) !== found[name])
  if (kept === undefined) return done
  throw new VnetError({
    code: 'EOPNOTSUPP',
    operation: request.operation,
    subject: subjectOf(request),
    attribute: `spec.${kept}`,
    errno: 95,
    hint: 'the kernel keeps the blocks of a discipline that is there: delete it, and make it again with others',
  })
}
