/** Network emulation: a line that is late, loses, doubles and damages (`netem`; `struct tc_netem_qopt`, `TCA_NETEM_*`). @module */
import { bool, choice, type Field, integer, rate, since } from '../field.js'

/** Loss by four states (`loss state`): chances, 0–1, to go from one to another. 1 good, 2 good in a burst, 3 loss in a burst, 4 loss alone. */
export interface NetemStateLoss {
  /** From good to loss in a burst. */
  readonly p13: number
  /** From loss in a burst to good; default 1 less `p13`. */
  readonly p31?: number
  /** From good within a burst to loss; default 0. */
  readonly p32?: number
  /** From loss to good within a burst; default 1. */
  readonly p23?: number
  /** From good to a single loss; default 0. */
  readonly p14?: number
}

/** Loss by two states after Gilbert and Elliott (`loss gemodel`): chances, 0–1. */
export interface NetemGemodelLoss {
  /** From good to bad. */
  readonly p: number
  /** From bad to good; default 1 less `p`. */
  readonly r?: number
  /** Chance of loss when bad; default 1. */
  readonly lossBad?: number
  /** Chance of loss when good; default 0. */
  readonly lossGood?: number
}

/** Packets are held back and let go together (`slot`), as a radio's medium access does. */
export interface NetemSlot {
  /** Least time between two slots, milliseconds. */
  readonly minDelay?: number
  /** Most time between two slots, milliseconds; default `minDelay`. */
  readonly maxDelay?: number
  /** Mean time between two slots in place of the least and the most, milliseconds; needs `jitter` and `distribution`. */
  readonly delay?: number
  /** How much that varies, milliseconds. */
  readonly jitter?: number
  /** How the time between two slots is distributed. */
  readonly distribution?: NetemDistribution
  /** Most packets of a slot; 0, the default: any number. */
  readonly packets?: number
  /** Most octets of a slot; 0, the default: any number. */
  readonly bytes?: number
}

/** How the delay varies around its mean: evenly within the jitter, or as these curves have it, the jitter their deviation. */
export type NetemDistribution = 'uniform' | 'normal' | 'pareto' | 'paretonormal'

/** Options of `netem`, as `tc qdisc add … netem delay 100ms 10ms loss 1%`. A change sets all of them; what is left out is off. */
export interface NetemOptions {
  /** Most packets that are held back; default 1,000. */
  readonly limit?: number
  /** Time by which each packet is late, milliseconds. */
  readonly delay?: number
  /** How much that varies, milliseconds. */
  readonly jitter?: number
  /** How much a delay depends on the one before, 0–1. */
  readonly delayCorrelation?: number
  /** How the delay varies. Not told by the kernel; a change without it keeps it. */
  readonly distribution?: NetemDistribution
  /** Chance that a packet is lost, 0–1. One of `loss`, `lossState`, `lossGemodel`. */
  readonly loss?: number
  /** How much a loss depends on the one before, 0–1. */
  readonly lossCorrelation?: number
  /** Loss by four states. */
  readonly lossState?: NetemStateLoss
  /** Loss by two states. */
  readonly lossGemodel?: NetemGemodelLoss
  /** Chance that a packet comes twice, 0–1. */
  readonly duplicate?: number
  /** How much that depends on the packet before, 0–1. */
  readonly duplicateCorrelation?: number
  /** Chance that one bit of a packet is turned over, 0–1. */
  readonly corrupt?: number
  /** How much that depends on the packet before, 0–1. */
  readonly corruptCorrelation?: number
  /** Chance that a packet is not late at all and overtakes the others, 0–1. Needs `delay`. */
  readonly reorder?: number
  /** How much that depends on the packet before, 0–1. */
  readonly reorderCorrelation?: number
  /** Only each such packet may overtake; needs `reorder`, whose default for it is 1. */
  readonly gap?: number
  /** Rate of the line, bit/s. */
  readonly rate?: number
  /** Octets that each packet counts as more at that rate; negative for less. */
  readonly packetOverhead?: number
  /** Octets of a cell that packets are cut into; 0, the default: none. */
  readonly cellSize?: number
  /** Octets that each cell counts as more. */
  readonly cellOverhead?: number
  /** Mark packets (ECN) instead of losing them. */
  readonly ecn?: boolean
  /** Hold packets back and let them go together. A change without it keeps it; `{ minDelay: 0 }` takes it away. */
  readonly slot?: NetemSlot
  /**
   * Where chance begins, as decimal digits, 0–18,446,744,073,709,551,615: of the same packets the same are lost. A change
   * without it begins anew, with a number of the kernel's choice, which is told too. Linux 6.6.
   */
  readonly seed?: string
}

const chance = (about: string): Field => ({ type: 'chance', about })
const time = (about: string): Field => ({ type: 'milliseconds', min: 0, max: 9_000_000_000, about })
const distribution = choice(['uniform', 'normal', 'pareto', 'paretonormal'], 'how the delay varies')

/** What each option of `netem` takes. */
export const netemFields: Readonly<Record<keyof NetemOptions, Field>> = {
  limit: integer(1, 0xffffffff, 'most that is held back', 'packets'),
  delay: time('time by which each packet is late'),
  jitter: time('how much the delay varies'),
  delayCorrelation: chance('how much a delay depends on the one before'),
  distribution,
  loss: chance('chance that a packet is lost'),
  lossCorrelation: chance('how much a loss depends on the one before'),
  lossState: {
    type: 'record',
    about: 'loss by four states',
    fields: {
      p13: { ...chance('from good to loss in a burst'), required: true },
      p31: chance('from loss in a burst to good'),
      p32: chance('from good within a burst to loss'),
      p23: chance('from loss to good within a burst'),
      p14: chance('from good to a single loss'),
    },
  },
  lossGemodel: {
    type: 'record',
    about: 'loss after Gilbert and Elliott',
    fields: {
      p: { ...chance('from good to bad'), required: true },
      r: chance('from bad to good'),
      lossBad: chance('loss when bad'),
      lossGood: chance('loss when good'),
    },
  },
  duplicate: chance('chance that a packet comes twice'),
  duplicateCorrelation: chance('how much that depends on the packet before'),
  corrupt: chance('chance that one bit of a packet is turned over'),
  corruptCorrelation: chance('how much that depends on the packet before'),
  reorder: chance('chance that a packet overtakes the others'),
  reorderCorrelation: chance('how much that depends on the packet before'),
  gap: integer(0, 0xffffffff, 'only each such packet may overtake', 'packets'),
  rate: rate('rate of the line'),
  packetOverhead: integer(-0x80000000, 0x7fffffff, 'octets that each packet counts as more', 'octets'),
  cellSize: integer(0, 0xffffffff, 'cells that packets are cut into', 'octets'),
  cellOverhead: integer(-0x80000000, 0x7fffffff, 'octets that each cell counts as more', 'octets'),
  ecn: bool('mark packets instead of losing them'),
  slot: {
    type: 'record',
    about: 'hold packets back and let them go together',
    fields: {
      minDelay: time('least time between two slots'),
      maxDelay: time('most time between two slots'),
      delay: time('mean time between two slots'),
      jitter: time('how much that varies'),
      distribution,
      packets: integer(0, 0x7fffffff, 'most packets of a slot', 'packets'),
      bytes: integer(0, 0x7fffffff, 'most octets of a slot', 'octets'),
    },
  },
  seed: since('Linux 6.6', {
    type: 'text',
    octets: 20,
    about: 'where chance begins: the same number, the same losses',
  }),
}
