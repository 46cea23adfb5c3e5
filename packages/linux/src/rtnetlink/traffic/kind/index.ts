/** The disciplines and classes that have options here. @module */
import type { ClassKind, QdiscKind } from '@vnet/core'
import { fifo } from './fifo.js'
import { fqCodel } from './fq-codel.js'
import { htb } from './htb.js'
import { htbClass } from './htb-class.js'
import type { TrafficKind } from './kind.js'
import { netem } from './netem.js'
import { prio } from './prio.js'
import { tbf } from './tbf.js'

/** A kind that has no options. */
const plain: TrafficKind<object> = { headerSize: 0, attributes: {}, encode: () => {}, decode: () => ({}) }

const disciplines: { readonly [K in QdiscKind]: TrafficKind<never> } = {
  bfifo: fifo,
  clsact: plain,
  fq_codel: fqCodel,
  htb,
  ingress: plain,
  mq: plain,
  netem,
  noqueue: plain,
  pfifo: fifo,
  prio,
  tbf,
}

/** The discipline of a kind; `undefined` where vnet has no name for it. */
export function disciplineOf(kind: string): TrafficKind<never> | undefined {
  // What the kernel puts where none is chosen tells bands as `prio` does.
  if (kind === 'pfifo_fast') return prio
  return Object.hasOwn(disciplines, kind) ? disciplines[kind as QdiscKind] : undefined
}

const classes: { readonly [K in ClassKind]: TrafficKind<never> } = { htb: htbClass }

/** The class of a discipline's kind; `undefined` where vnet has no name for it. */
export function classOf(kind: string): TrafficKind<never> | undefined {
  return Object.hasOwn(classes, kind) ? classes[kind as ClassKind] : undefined
}
