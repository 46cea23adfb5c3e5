/** Which kind of discipline is at work how. @module */
import { qdiscFields } from '@vnet/core'
import type { QdiscEntry } from '../entry.js'
import { Bands, Queues } from './branches.js'
import type { Discipline, Line } from './discipline.js'
import { Fifo } from './fifo.js'
import { FairQueues } from './fq-codel.js'
import { ClassTree } from './htb.js'
import { Emulation } from './netem.js'
import { TokenBucket } from './tbf.js'
import { Equalized } from './teql.js'

const kinds: { readonly [kind: string]: (new (line: Line, entry: QdiscEntry) => Discipline) | undefined } = {
  pfifo: Fifo,
  bfifo: Fifo,
  prio: Bands,
  mq: Queues,
  tbf: TokenBucket,
  htb: ClassTree,
  fq_codel: FairQueues,
  netem: Emulation,
}

/** The discipline of an entry, one of a `teql0` where vnet has no name for it; `undefined` of the kinds in which nothing waits: `noqueue`, `ingress`, `clsact`. */
export function disciplineOf(line: Line, entry: QdiscEntry): Discipline | undefined {
  const kind = kinds[entry.kind]
  if (kind !== undefined) return new kind(line, entry)
  return entry.kind in qdiscFields ? undefined : new Equalized(line, entry)
}
