/** Checks of actions of filters. @module */
import { rangeFault, typeFault } from '../argument.js'
import { type ActionControl, type ActionSpec, isActionReference, policeFields } from '../traffic/action.js'
import type { ActionFilter, ActionFlush, ActionKey, OwnActionSpec } from '../traffic-action.js'
import { filterFields } from '../traffic-filter.js'
import { asObject, type Checks, listOf, objectOf, optionChecks } from './object.js'
import { type Check, linkRef, wholeNumber, word } from './scalar.js'
import { checkBucket, oneOfLinkAndBlock, trafficKind } from './traffic.js'

const words = ['continue', 'ok', 'reclassify', 'shot', 'pipe', 'stolen', 'trap'] as const
/** Most actions of a list (`TCA_ACT_MAX_PRIO`). */
const most = 32
/** Chains have 28 bits. */
const lastChain = 0x0fffffff

/** What follows an action: a word, or a place to go on at. */
const control: Check<ActionControl> = (value, path) => {
  const [, place, number] = /^(jump|goto chain) (\d+)$/.exec(typeof value === 'string' ? value : '') ?? []
  if (place === undefined) return word(words)(value, path)
  const [least, last] = place === 'jump' ? [1, most] : [0, lastChain]
  const at = wholeNumber(least, last)(Number(number), path)
  return place === 'jump' ? `jump ${at}` : `goto chain ${at}`
}

/** Where the kernel lets no chain follow. */
const inner: Check<ActionControl> = (value, path) => {
  const clean = control(value, path)
  if (clean.startsWith('goto'))
    throw rangeFault(path, `${clean} cannot follow here`, 'only what an action does otherwise leads to a chain')
  return clean
}

/** The longest text for whoever made an action (`TC_COOKIE_MAX_SIZE`). */
const longestCookie = 16

const number = wholeNumber(1, 0xffffffff)
const base: Checks = {
  kind: trafficKind,
  index: number,
  hardwareStatistics: word(['immediate', 'delayed', 'disabled'] as const),
  cookie(value, path) {
    if (!(value instanceof Uint8Array)) throw typeFault(path, 'octets (a Uint8Array)', value)
    if (value.length === 0 || value.length > longestCookie)
      throw rangeFault(path, `${value.length} octets`, `1 to ${longestCookie}`)
    return value
  },
  ...optionChecks({ sharedCounters: { type: 'boolean', about: 'one set of counters for all CPUs' } }, 'add').checks,
}

/** What each kind takes, and what it needs. */
const kinds: Readonly<Record<string, readonly [checks: Checks, needed: readonly string[]]>> = {
  mirred: [
    {
      ...base,
      mode: word(['redirect', 'mirror'] as const),
      direction: word(['egress', 'ingress'] as const),
      link: linkRef,
      block: number,
      control,
    },
    [],
  ],
  police: [{ ...base, exceed: control, conform: inner, ...optionChecks(policeFields, 'add').checks }, []],
  gact: [
    {
      ...base,
      control,
      random: objectOf({ way: word(['netrand', 'determ'] as const), control: inner, value: wholeNumber(1, 0x7fff) }, [
        'way',
        'control',
        'value',
      ]),
    },
    ['control'],
  ],
}
type Checker = Check<Record<string, unknown>>
const checkersWith = (more: Checks): ReadonlyMap<string, Checker> =>
  new Map(Object.entries(kinds).map(([kind, [checks, needed]]) => [kind, objectOf({ ...checks, ...more }, needed)]))
const ofFilters = checkersWith({})
/** Made by themselves they say who is to carry them out, as a filter does with those that are made with it. */
const ofTheirOwn = checkersWith(optionChecks(filterFields.matchall, 'add').checks)
const reference = objectOf({ kind: trafficKind, index: number })

function newAction(checkers: ReadonlyMap<string, Checker>, value: unknown, path: string): Record<string, unknown> {
  const source = asObject(value, path)
  const kind = word([...checkers.keys()])(source.kind, `${path}.kind`)
  const clean = (checkers.get(kind) as Checker)(source, path)
  if (kind === 'police') checkPolice(clean as Police, path)
  if (kind === 'mirred') oneOfLinkAndBlock(clean, path)
  return clean
}

const action: Check = (value, path) => {
  const source = asObject(value, path)
  if (!isActionReference(source as unknown as ActionSpec)) return newAction(ofFilters, source, path)
  word([...ofFilters.keys()])(source.kind, `${path}.kind`)
  return reference(source, path)
}

/** `action add`. */
export function actionSpec(value: unknown): OwnActionSpec {
  const clean = actionChange(value)
  if ((clean as Police).averageRate !== undefined)
    throw rangeFault('spec.averageRate', 'goes by an estimator, which only filters have', 'make it in a filter')
  return clean
}

/** `action set`. */
export function actionChange(value: unknown): OwnActionSpec {
  const clean = newAction(ofTheirOwn, value, 'spec')
  if (clean.skipHardware === true && clean.skipSoftware === true)
    throw rangeFault('spec.skipSoftware', 'together with skipHardware leaves nobody to do it', 'give one of the two')
  return clean as unknown as OwnActionSpec
}

const key = objectOf({ kind: trafficKind, index: number }, ['kind', 'index'])
const list = objectOf({ kind: trafficKind, usedWithin: number }, ['kind'])
const flush = objectOf({ kind: trafficKind }, ['kind'])

/** `action delete` and `action get`. */
export const actionKey = (value: unknown): ActionKey => key(value, 'spec') as unknown as ActionKey

/** `action list`. */
export const actionList = (value: unknown): ActionFilter => list(value, 'spec') as unknown as ActionFilter

/** `action flush`. */
export const actionFlush = (value: unknown): ActionFlush => flush(value, 'spec') as unknown as ActionFlush

/** The actions of a filter. */
export const actions: Check = (value, path) => {
  const list = listOf(action)(value, path)
  if (list.length > most) throw rangeFault(path, `${list.length} actions`, `at most ${most}`)
  return list
}

type Police = { readonly [P in keyof typeof policeFields]?: number }

function checkPolice(police: Police, path: string): void {
  const { rate, burst, packetRate, peakRate } = police
  if ([rate, packetRate, police.averageRate, police.mtu].every((limit) => limit === undefined))
    throw typeFault(`${path}.rate`, 'a rate', undefined, 'give rate, packetRate, averageRate or mtu')
  if (rate !== undefined && packetRate !== undefined)
    throw rangeFault(`${path}.packetRate`, 'is another limit beside rate', 'give an action for each')
  const needs = (name: keyof Police, other: keyof Police, hint: string) => {
    if (police[name] !== undefined && police[other] === undefined)
      throw typeFault(`${path}.${other}`, 'a value', undefined, hint)
  }
  needs('rate', 'burst', 'the size of its bucket, octets')
  needs('packetRate', 'packetBurst', 'the size of its bucket, packets')
  needs('packetBurst', 'packetRate', 'packetBurst is the size of its bucket')
  for (const name of ['burst', 'peakRate', 'leastPacket', 'overhead', 'linkLayer'] as const)
    needs(name, 'rate', `${name} says more about it`)
  needs('peakRate', 'mtu', 'the largest packet, which a peak rate needs')
  if (rate !== undefined) checkBucket(`${path}.burst`, burst, rate)
  if (peakRate !== undefined && peakRate <= (rate as number))
    throw rangeFault(`${path}.peakRate`, `${peakRate} is not more than the rate`, 'a peak is higher than the rate')
}
