/** Options of disciplines in the shape of `tc -j qdisc show` (iproute2 6.1). @module */
import { lineOctets, type Qdisc } from '@vnet/core'
import { ordered } from '../../ip-json/object.js'
import { bucketSize, bucketTime, octetsPerSecond, type Renderer, sizeText } from '../quantity.js'
import { netem } from './netem.js'

const limit: Renderer<Qdisc> = (qdisc) => ordered([['limit', qdisc.limit]])

const bands: Renderer<Qdisc> = (qdisc) =>
  ordered([
    ['bands', qdisc.bands],
    ['priomap', qdisc.priorityMap],
    // Told of a discipline with a queue each for the queues of the hardware; there is none.
    ['multiqueue', false],
  ])

const htb: Renderer<Qdisc> = (qdisc, detail) =>
  ordered([
    ['r2q', qdisc.r2q],
    ['default', hexadecimal(qdisc.default ?? 0)],
    ['direct_packets_stat', qdisc.directPackets],
    detail.details === true && ['ver', qdisc.version],
    ['direct_qlen', qdisc.directQueueLength],
    qdisc.offload === true && ['offload', null],
  ])

function tbf(qdisc: Qdisc, detail: { readonly details?: boolean }) {
  const { rate = 0, burst = 0, peakRate, peakBurst = 0, overhead = 0, leastPacket = 0, linkLayer } = qdisc
  const size = (octets: number, speed: number) => {
    const counted = bucketSize(lineOctets(octets, qdisc), speed)
    return detail.details ? `${sizeText(counted)}/1` : counted
  }
  // The longest wait, as far as the limit is more than what leaves at once.
  const wait = (speed: number, bucket: number) =>
    Math.floor((1e6 * (qdisc.limit ?? 0)) / octetsPerSecond(speed)) - bucketTime(lineOctets(bucket, qdisc), speed)
  const waits = [wait(rate, burst), ...(peakRate === undefined ? [] : [wait(peakRate, peakBurst)])]
  const latency = Math.max(...waits)
  return ordered([
    ['rate', octetsPerSecond(rate)],
    ['burst', size(burst, rate)],
    detail.details === true && ['mpu', leastPacket],
    // The peak rate itself `tc` writes for people only.
    peakRate !== undefined && [detail.details ? 'mtu' : 'minburst', size(peakBurst, peakRate)],
    (waits[0] as number) >= 0 ? ['lat', latency] : ['limit', qdisc.limit],
    overhead !== 0 && ['overhead', overhead],
    detail.details === true && ['linklayer', linkLayer],
  ])
}

const fqCodel: Renderer<Qdisc> = (qdisc) =>
  ordered([
    ['limit', qdisc.limit],
    ['flows', qdisc.flows],
    ['quantum', qdisc.quantum],
    ['target', microseconds(qdisc.target)],
    ['ce_threshold', microseconds(qdisc.ceThreshold)],
    ['ce_threshold_selector', qdisc.ceMask ? qdisc.ceSelector : undefined],
    ['ce_threshold_mask', qdisc.ceMask || undefined],
    ['interval', microseconds(qdisc.interval)],
    ['memory_limit', qdisc.memoryLimit],
    qdisc.ecn === true && ['ecn', true],
    ['drop_batch', qdisc.dropBatch],
  ])

const microseconds = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : Math.round(milliseconds * 1000)

/** A number as C's `%#x` writes it. */
const hexadecimal = (value: number): string => (value === 0 ? '0' : `0x${value.toString(16)}`)

/** The options of each kind; other kinds have an empty object. */
export const disciplines: { readonly [kind: string]: Renderer<Qdisc> | undefined } = {
  bfifo: limit,
  fq_codel: fqCodel,
  htb,
  netem,
  pfifo: limit,
  pfifo_fast: bands,
  prio: bands,
  tbf,
}
