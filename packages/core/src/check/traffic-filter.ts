/** Checks of requests about filters. @module */
import { rangeFault, typeFault } from '../argument.js'
import { filterProtocols } from '../traffic/filter-protocol.js'
import { flowerMacs, flowerPrefixes } from '../traffic/flower.js'
import { parseFilterParent, parseHandle, parseU32Handle } from '../traffic/handle.js'
import {
  type CleanFilterKey,
  type CleanFilterQuery,
  type CleanFilterSpec,
  filterFields,
  type U32NextHeader,
} from '../traffic-filter.js'
import { actions } from './action.js'
import { filterProtocol } from './filter-protocol.js'
import { type CleanFlower, checkFlower } from './flower.js'
import { connectionLabel } from './flower-connection.js'
import { tunnelOptionChecks } from './flower-tunnel-options.js'
import { asObject, type Checks, objectOf, optionChecks } from './object.js'
import { anyMac, type Check, ipNetwork, linkName, linkRef, wholeNumber, word } from './scalar.js'
import { estimator, handleBy, oneOfLinkAndBlock, trafficKind } from './traffic.js'

const parent = handleBy(parseFilterParent, 'root, ingress, egress, or the handle of a discipline (1:)')
const u32Handle = handleBy(parseU32Handle, 'hexadecimal table, bucket and node, such as 800::1')
const number = wholeNumber(1, 0xffffffff)
const handle: Check<number> = (value, path) =>
  typeof value === 'string' ? u32Handle(value, path) : number(value, path)

const where: Checks = { link: linkRef, parent, block: number }
const place: Checks = {
  ...where,
  protocol: filterProtocol,
  priority: wholeNumber(1, 65_535),
  handle,
  chain: wholeNumber(0, 0x0fffffff),
  kind: trafficKind,
}

const numbers = 'two hexadecimal numbers with a colon, such as 1:10'
const base: Checks = { ...place, classId: handleBy(parseHandle, numbers), actions, estimator }
const own: { readonly [kind: string]: Checks } = {
  u32: {
    ...optionChecks(filterFields.u32, 'add').checks,
    table: u32Handle,
    nextTable: u32Handle,
    inputLink: linkName,
  },
  matchall: optionChecks(filterFields.matchall, 'add').checks,
  flower: {
    ...optionChecks(filterFields.flower, 'add').checks,
    inputLink: linkName,
    ...Object.fromEntries(flowerMacs.flatMap((name) => [name, `${name}Mask`]).map((name) => [name, anyMac])),
    ...Object.fromEntries(['connectionLabel', 'connectionLabelMask'].map((name) => [name, connectionLabel])),
    ...Object.fromEntries(flowerPrefixes.map((name) => [name, ipNetwork])),
    ...tunnelOptionChecks,
  },
}
const checkers = new Map(Object.entries(own).map(([kind, checks]) => [kind, objectOf({ ...base, ...checks })]))

/** `filter add`, `filter set` and `filter change`. */
export function filterSpec(value: unknown): CleanFilterSpec {
  const source = asObject(value, 'spec')
  const kind = word([...checkers.keys()])(source.kind, 'spec.kind')
  const clean = (checkers.get(kind) as Check)(source, 'spec') as Record<string, unknown>
  if ((kind === 'u32') !== (typeof source.handle === 'string') && source.handle !== undefined)
    throw rangeFault(
      'spec.handle',
      `is no number of a filter of kind ${kind}`,
      kind === 'u32' ? 'such as 800::1' : 'a whole number from 1',
    )
  if (kind === 'u32') checkU32(clean)
  if (clean.skipHardware === true && clean.skipSoftware === true)
    throw rangeFault('spec.skipSoftware', 'together with skipHardware leaves nobody to look', 'give one of the two')
  const average = ((clean.actions ?? []) as { averageRate?: number }[]).some(
    ({ averageRate }) => averageRate !== undefined,
  )
  if (average && clean.estimator === undefined)
    throw typeFault('spec.estimator', 'an estimator', undefined, 'averageRate goes by what it measured')
  if (kind === 'flower') checkFlower(clean as CleanFlower)
  return { protocol: filterProtocols.all, ...placed(clean) } as unknown as CleanFilterSpec
}

/** Filters are asked by a discipline of a link, the one at its root where nobody says which, or are in a block. */
function placed(clean: Record<string, unknown>): object {
  oneOfLinkAndBlock(clean, 'spec')
  if (clean.block === undefined) return { parent: 0, ...clean }
  if (clean.parent !== undefined)
    throw rangeFault('spec.parent', 'a block has none', 'it is asked by all disciplines that share it')
  return clean
}

function checkU32(clean: Record<string, unknown>): void {
  const { divisor, keys = [] } = clean as { divisor?: number; keys?: { offset: number; value: number; mask: number }[] }
  for (const [index, key] of keys.entries()) {
    if (key.offset % 4 !== 0)
      throw rangeFault(`spec.keys.${index}.offset`, `${key.offset} is no multiple of 4`, 'use mask')
    if ((key.value & ~key.mask) >>> 0 !== 0)
      throw rangeFault(`spec.keys.${index}.value`, 'has bits that the mask leaves out', 'they could never match')
  }
  const { mark, markMask = 0xffffffff } = clean as { mark?: number; markMask?: number }
  if (mark === undefined && clean.markMask !== undefined)
    throw typeFault('spec.mark', 'a value', undefined, 'markMask says which of its bits count')
  if (mark !== undefined && (mark & ~markMask) >>> 0 !== 0)
    throw rangeFault('spec.mark', 'has bits that markMask leaves out', 'they could never match')
  const { table, nextTable, hashKey, nextHeader } = clean as {
    table?: number
    nextTable?: number
    hashKey?: object
    nextHeader?: U32NextHeader
  }
  if (table !== undefined && table % 0x1000 !== 0)
    throw rangeFault('spec.table', 'is a filter', 'give a table, such as 2:, or a bucket of one, such as 2:3:')
  if (nextTable !== undefined && nextTable % 0x100000 !== 0)
    throw rangeFault('spec.nextTable', 'is a bucket or a filter', 'give a table, such as 2:')
  if (hashKey !== undefined && nextTable === undefined)
    throw typeFault('spec.nextTable', 'a table', undefined, 'hashKey chooses a bucket of it')
  if (nextHeader !== undefined) checkNextHeader(nextHeader, nextTable)
  if (keys.length > 128) throw rangeFault('spec.keys', `${keys.length} keys`, 'at most 128')
  if (divisor === undefined) return
  if ((divisor & (divisor - 1)) !== 0)
    throw rangeFault('spec.divisor', `${divisor} is no power of two`, '1, 2, 4 … 256')
  for (const name of inNoTable)
    if (clean[name] !== undefined) throw rangeFault(`spec.${name}`, 'a hash table has none', 'leave it out, or divisor')
}

/** What belongs to a filter, not to a hash table. */
const inNoTable = [
  ...['keys', 'classId', 'actions', 'estimator', 'table', 'nextTable', 'hashKey', 'nextHeader'],
  ...['mark', 'markMask', 'inputLink'],
]

function checkNextHeader(next: U32NextHeader, table: number | undefined): void {
  const { at = 0, mask, plus, eat } = next
  if (table === undefined) throw typeFault('spec.nextTable', 'a table', undefined, 'nextHeader is for its filters')
  if (at % 2 !== 0) throw rangeFault('spec.nextHeader.at', `${at} is odd`, 'use mask and shift')
  for (const name of ['at', 'shift'] as const)
    if (next[name] !== undefined && mask === undefined)
      throw typeFault('spec.nextHeader.mask', 'a mask', undefined, `${name} says where the bits under it are`)
  if (mask === undefined && plus === undefined && eat !== true)
    throw rangeFault('spec.nextHeader', 'says nothing', 'give mask, plus or eat')
}

const key = objectOf(place)

/** `filter delete`. */
export function filterKey(value: unknown): CleanFilterKey {
  const clean = key(value, 'spec')
  if (clean.handle !== undefined) {
    for (const name of ['priority', 'kind'])
      if (clean[name] === undefined)
        throw typeFault(`spec.${name}`, 'a value', undefined, 'handle needs priority and kind')
  }
  return placed(clean) as unknown as CleanFilterKey
}

const query = objectOf(where)

/** `filter list`. */
export function filterQuery(value: unknown): CleanFilterQuery {
  return placed(query(value, 'spec')) as CleanFilterQuery
}
