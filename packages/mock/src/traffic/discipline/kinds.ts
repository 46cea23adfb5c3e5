/** Which kind of discipline is at work how. @module */

import type { QdiscEntry } from '../entry.js'
import { Bands, Queues } from './branches.js'
import type { Discipline, Line } from './discipline.js'
import { Fifo } from './fifo.js'
import { FairQueues } from './fq-codel.js'
import { ClassTree } from './htb.js'
import { Emulation } from './netem.js'
import { TokenBucket } from './tbf.js'

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

/** The discipline of an entry; `undefined` of the kinds in which nothing waits: `noqueue`, `ingress`, `clsact`. */
export function disciplineOf(line: Line, entry: QdiscEntry): Discipline | undefined {
  const kind = kinds[entry.kind]
  return kind === undefined ? undefined : new kind(line, entry)
}
