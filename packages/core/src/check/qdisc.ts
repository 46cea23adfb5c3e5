/** Checks of requests about queueing disciplines. @module */
import { rangeFault, typeFault } from '../argument.js'
import type { CleanQdiscKey, CleanQdiscSpec, QdiscFilter } from '../qdisc.js'
import { qdiscFields } from '../qdisc.js'
import { ingressParent, parseParent } from '../traffic/handle.js'
import { type LineOptions, lineOctets } from '../traffic/line.js'
import { type SizeTable, sizeTableField } from '../traffic/size-table.js'
import { asObject, type Checks, objectOf, optionChecks } from './object.js'
import { linkRef, wholeNumber } from './scalar.js'
import { checkBucket, disciplineHandle, estimator, handleBy, rawOptions, trafficKind } from './traffic.js'

const parent = handleBy(parseParent, 'root, ingress, the handle of a discipline (1:) or of a class (1:10)')
const block = wholeNumber(1, 0xffffffff)
const base: Checks = {
  link: linkRef,
  parent,
  handle: disciplineHandle,
  kind: trafficKind,
  ingressBlock: block,
  egressBlock: block,
  ...optionChecks({ sizeTable: sizeTableField }, 'add').checks,
  estimator,
}

const checkers = new Map(
  Object.entries(qdiscFields).map(([kind, fields]) => {
    const { checks, needed } = optionChecks(fields, 'add')
    return [kind, objectOf({ ...base, ...checks }, ['link', ...needed])]
  }),
)
const other = objectOf({ ...base, data: rawOptions }, ['link'])

/** Kinds that stand at the link's `ingress` and nowhere else. */
const entrance: readonly unknown[] = ['ingress', 'clsact']
/** `root` as a number. */
const atRoot = parseParent('root') as number

/** `qdisc add`, `qdisc set` and `qdisc change`. */
export function qdiscSpec(value: unknown): CleanQdiscSpec {
  const source = asObject(value, 'spec')
  if (source.kind === undefined)
    throw typeFault('spec.kind', 'the kind of discipline', undefined, `such as ${[...checkers.keys()].join(', ')}`)
  const kind = trafficKind(source.kind, 'spec.kind')
  const clean = (checkers.get(kind) ?? other)(source, 'spec') as Draft
  const enters = entrance.includes(kind)
  if (clean.parent === undefined) clean.parent = enters ? ingressParent : atRoot
  else if (enters !== (clean.parent === ingressParent)) {
    throw rangeFault(
      'spec.parent',
      enters ? `${kind} stands at ingress only` : `${kind} cannot stand at ingress`,
      enters ? 'leave parent out' : 'ingress is for the kinds ingress and clsact',
    )
  }
  if (enters && clean.handle !== undefined && clean.handle !== 0xffff0000)
    throw rangeFault('spec.handle', `the handle of ${kind} is ffff:`, 'leave it out')
  // Said to the kernel too: without it, one kind would take the place of the other.
  if (enters) clean.handle = 0xffff0000
  else if (clean.handle === 0xffff0000)
    throw rangeFault('spec.handle', 'ffff: is the handle of ingress and clsact', 'take 1: to fffe:')
  if (clean.ingressBlock !== undefined && !enters) refuseBlock('spec.ingressBlock', 'ingress and clsact')
  if (clean.egressBlock !== undefined && kind !== 'clsact') refuseBlock('spec.egressBlock', 'clsact')
  if (clean.sizeTable !== undefined) checkSizeTable(clean.sizeTable as SizeTable, clean.parent)
  rules[kind]?.(clean)
  return clean as unknown as CleanQdiscSpec
}

type Draft = Record<string, unknown>

function refuseBlock(path: string, kinds: string): never {
  throw rangeFault(path, `only ${kinds} share filters so`, 'leave it out')
}

/** Kernels before 6.12 let disciplines inside others have one, and could crash by it. */
function checkSizeTable(table: SizeTable, place: unknown): void {
  if (place !== atRoot)
    throw rangeFault('spec.sizeTable', 'only the discipline at the root has one', 'give it there; all inside go by it')
  const { overhead = 0, linkLayer, leastPacket = 0 } = table
  if (overhead === 0 && linkLayer === undefined && leastPacket === 0)
    throw rangeFault('spec.sizeTable', 'changes no size', 'give overhead, linkLayer or leastPacket')
  if (linkLayer === 'atm' || leastPacket !== 0) return
  for (const name of ['mtu', 'size'] as const)
    if (table[name] !== undefined)
      throw rangeFault(`spec.sizeTable.${name}`, 'an overhead alone has no table', 'give linkLayer atm, or leastPacket')
}

const rules: Readonly<Record<string, (clean: Draft) => void>> = {
  tbf: checkTbf,
  prio(clean) {
    const { bands = 3, priorityMap } = clean as { bands?: number; priorityMap?: number[] }
    // Without a map of its own a discipline of two bands takes its second for the third.
    const beyond = priorityMap?.findIndex((band) => band >= bands) ?? -1
    if (beyond !== -1) throw rangeFault(`spec.priorityMap.${beyond}`, `there are ${bands} bands only`, 'count from 0')
  },
  netem: checkNetem,
  fq_codel: checkThreshold,
}

function checkTbf(clean: Draft): void {
  const { rate, burst, latency, peakRate, peakBurst } = clean as { [name: string]: number }
  // The kernel keeps the time that the bucket takes on the line.
  const line = (octets: number | undefined) => octets && lineOctets(octets, clean as LineOptions)
  checkBucket('spec.burst', line(burst), rate as number)
  checkBucket('spec.peakBurst', line(peakBurst), peakRate ?? 1)
  if (clean.limit !== undefined && latency !== undefined)
    throw rangeFault('spec.latency', 'limit says the same in octets', 'give one of the two')
  if (peakRate !== undefined && peakBurst === undefined)
    throw typeFault('spec.peakBurst', 'the size of the peak bucket', undefined, 'about the MTU and 14 octets')
  if (peakBurst !== undefined && peakRate === undefined)
    throw typeFault('spec.peakRate', 'the peak rate', undefined, 'more than rate')
  if (peakRate !== undefined && peakRate <= (rate as number))
    throw rangeFault('spec.peakRate', `${peakRate} is not more than the rate`, 'a peak is higher than the rate')
  if (latency !== undefined) {
    const waiting = (bits: number, bucket: number) => Math.floor((bits / 8) * (latency / 1000) + bucket)
    const limits = [waiting(rate as number, burst as number)]
    if (peakRate !== undefined) limits.push(waiting(peakRate, peakBurst as number))
    const limit = Math.min(...limits)
    if (limit > 0xffffffff)
      throw rangeFault('spec.latency', 'is more than 4 GiB at this rate', 'give less, or limit in octets')
    clean.limit = limit
    delete clean.latency
  } else if (clean.limit === undefined) {
    throw typeFault('spec.limit', 'how much may wait', undefined, 'give limit in octets, or latency in milliseconds')
  }
}

/** A number of 64 bits, of which JavaScript's hold 53: it stays text. */
function seedText(text: string): string {
  if (!/^\d+$/.test(text) || BigInt(text) > 0xffff_ffff_ffff_ffffn)
    throw rangeFault('spec.seed', `${JSON.stringify(text)} is no such number`, 'give 0–18446744073709551615 in digits')
  return String(BigInt(text))
}

function checkThreshold(clean: Draft): void {
  const { ceSelector, ceMask, ceThreshold } = clean as { readonly [name: string]: number | undefined }
  if (ceSelector === undefined && ceMask === undefined) return
  for (const [name, value] of Object.entries({ ceThreshold, ceSelector, ceMask }))
    if (value === undefined)
      throw typeFault(`spec.${name}`, 'a value', undefined, 'ceThreshold, ceSelector and ceMask go together')
  if (((ceSelector as number) & ~(ceMask as number)) !== 0)
    throw rangeFault('spec.ceSelector', 'has bits that ceMask leaves out', 'they could never match')
}

function checkNetem(clean: Draft): void {
  if (clean.seed !== undefined) clean.seed = seedText(clean.seed as string)
  const models = ['loss', 'lossState', 'lossGemodel'].filter((name) => clean[name] !== undefined)
  if (models.length > 1)
    throw rangeFault(`spec.${models[1]}`, `${models[0]} says how packets are lost`, 'give one of the two')
  const needs = (property: string, of: string, hint: string) => {
    if (clean[property] !== undefined && clean[of] === undefined)
      throw typeFault(`spec.${of}`, 'a value', undefined, hint)
  }
  needs('jitter', 'delay', 'jitter is how much the delay varies')
  needs('delayCorrelation', 'jitter', 'without jitter delays do not vary')
  needs('distribution', 'jitter', 'without jitter delays do not vary')
  needs('lossCorrelation', 'loss', 'give the chance of loss')
  needs('duplicateCorrelation', 'duplicate', 'give the chance of a double')
  needs('corruptCorrelation', 'corrupt', 'give the chance of damage')
  needs('reorder', 'delay', 'without a delay there is nothing to overtake')
  needs('reorderCorrelation', 'reorder', 'give the chance of overtaking')
  needs('gap', 'delay', 'without a delay there is nothing to overtake')
  for (const name of ['packetOverhead', 'cellSize', 'cellOverhead']) needs(name, 'rate', 'give the rate of the line')
  const slot = clean.slot as { [name: string]: unknown } | undefined
  if (slot === undefined) return
  const curve = ['delay', 'jitter', 'distribution'].filter((name) => slot[name] !== undefined)
  if (curve.length > 0 && curve.length < 3)
    throw typeFault(
      'spec.slot.distribution',
      'delay, jitter and distribution',
      undefined,
      'give all three, or minDelay',
    )
  if (curve.length === 0 && slot.minDelay === undefined)
    throw typeFault('spec.slot.minDelay', 'the time between two slots', undefined, 'give minDelay in milliseconds')
  if (curve.length > 0 && (slot.minDelay !== undefined || slot.maxDelay !== undefined))
    throw rangeFault('spec.slot.minDelay', 'delay and jitter say the same', 'give one of the two')
  if (((slot.maxDelay as number | undefined) ?? Number.POSITIVE_INFINITY) < (slot.minDelay as number))
    throw rangeFault('spec.slot.maxDelay', 'is less than minDelay', 'give at least minDelay')
}

const key = objectOf({ link: linkRef, parent, handle: disciplineHandle }, ['link'])

/** `qdisc delete`. */
export function qdiscKey(value: unknown): CleanQdiscKey {
  const clean = key(value, 'spec') as Draft
  return { parent: clean.handle === 0xffff0000 ? ingressParent : atRoot, ...clean } as unknown as CleanQdiscKey
}

const filter = objectOf({ link: linkRef, kind: trafficKind })

/** `qdisc list`. */
export function qdiscList(value: unknown): QdiscFilter {
  return filter(value, 'spec') as QdiscFilter
}
