/** Options of `netem` in the shape of `tc -j qdisc show` (iproute2 6.1). @module */
import type { Qdisc } from '@vnet/core'
import { type JsonObject, ordered } from '../../ip-json/object.js'
import { octetsPerSecond } from '../quantity.js'

/** Milliseconds as seconds. */
const seconds = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : Number((milliseconds / 1000).toPrecision(12))

/** A chance with what it depends on. */
function chance(name: string, value: number | undefined, correlation: number | undefined): JsonObject | undefined {
  return value === undefined ? undefined : { [name]: value, correlation: correlation ?? 0 }
}

/** The options. */
export function netem(qdisc: Qdisc): JsonObject {
  const { lossState, lossGemodel, slot } = qdisc
  return ordered([
    ['limit', qdisc.limit],
    qdisc.delay !== undefined && [
      'delay',
      { delay: seconds(qdisc.delay), jitter: seconds(qdisc.jitter) ?? 0, correlation: qdisc.delayCorrelation ?? 0 },
    ],
    ['loss-random', chance('loss', qdisc.loss, qdisc.lossCorrelation)],
    lossState !== undefined && [
      'loss-state',
      ordered((['p13', 'p31', 'p32', 'p23', 'p14'] as const).map((name) => [name, lossState[name]])),
    ],
    lossGemodel !== undefined && [
      'loss-gemodel',
      {
        p: lossGemodel.p,
        r: lossGemodel.r,
        '1-h': lossGemodel.lossBad,
        '1-k': lossGemodel.lossGood,
      },
    ],
    ['duplicate', chance('duplicate', qdisc.duplicate, qdisc.duplicateCorrelation)],
    ['reorder', chance('reorder', qdisc.reorder, qdisc.reorderCorrelation)],
    ['corrupt', chance('corrupt', qdisc.corrupt, qdisc.corruptCorrelation)],
    qdisc.rate !== undefined && [
      'rate',
      {
        rate: octetsPerSecond(qdisc.rate),
        packetoverhead: qdisc.packetOverhead ?? 0,
        cellsize: qdisc.cellSize ?? 0,
        celloverhead: qdisc.cellOverhead ?? 0,
      },
    ],
    slot !== undefined && [
      'slot',
      ordered([
        ['min-delay', seconds(slot.minDelay)],
        ['max-delay', seconds(slot.maxDelay)],
        ['distribution', seconds(slot.delay)],
        ['jitter', seconds(slot.jitter)],
        ['packets', slot.packets],
        ['bytes', slot.bytes],
      ]),
    ],
    // As iproute2 has it from 6.6 on; what is more than a number of JSON can say stays digits.
    qdisc.seed !== undefined && ['seed', Number.isSafeInteger(Number(qdisc.seed)) ? Number(qdisc.seed) : qdisc.seed],
    // `tc` writes these two whatever they are.
    ['ecn', qdisc.ecn === true],
    ['gap', qdisc.gap ?? 0],
  ])
}
