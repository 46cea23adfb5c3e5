/** What older kernels tell otherwise than the one that the mock is like, so that random programs can be compared there too. @module */
import { bridgePortFields, kindOptions, type LooseRequest } from '@vnet/core'
import { olderThan } from '../kernel-release.js'
import { differences } from './difference.js'
import type { Told } from './event-sequence.js'

/** Properties that are told since some kernel, by core's tables and besides them. */
const newer: ReadonlySet<string> = new Set([
  ...[...Object.values(kindOptions).map(({ fields }) => fields), bridgePortFields].flatMap((fields) =>
    Object.entries(fields)
      .filter(([, field]) => field.since !== undefined)
      .map(([name]) => name),
  ),
  // Linux 6.3.
  'groIpv4MaxSize',
  'gsoIpv4MaxSize',
  // Told where there is more than one processor (CONFIG_RPS).
  'rxQueues',
  // Linux 6.7, and of VLANs of bridges Linux 6.4.
  'fdbLearned',
  'neighbourSuppress',
])

const expected: readonly RegExp[] = [
  // The default depends on how much room the kernel leaves for headers (LL_MAX_HEADER).
  /\.mtu: 1332 \| 1428$/,
  // The speed that a tap tells: 10 Mbit/s once.
  /\.port\.cost: 2 \| 100$/,
  // Version 0 forgets its key with the first frame (`erspan_xmit`).
  /\.erspan\.okey: 5 \| \(missing\)$/,
  // Bonds that a port without frames was about to enter, and could not (`bond_setup_by_slave`).
  /\.maxMtu: 65535 \| 1500$/,
]

/** What depends on the kernel: the ticks of its clock, and the most that an old driver takes at once. */
const otherwise: ReadonlySet<string> = new Set(['multicastStartupQueryInterval', 'tsoMaxSize'])

/** Where two values differ, mock and kernel, but for what an older kernel tells otherwise. */
export function unlike(left: unknown, right: unknown): string[] {
  if (!isOld) return differences(left, right)
  return differences(left, right, Number.POSITIVE_INFINITY).filter((line) => !isToBeExpected(line))
}

/** Where what was told differs, mock and kernel: what of objects, and else in which order. */
export function unlikeEvents(left: Told, right: Told): string[] {
  const [mine, yours] = [left.histories, right.histories]
  const found = [
    ...mine.filter((line) => !yours.includes(line)).map((line) => `event ${line} | (missing)`),
    ...yours
      .filter((line) => !mine.includes(line) && !(isOld && toldTwice.test(line)))
      .map((line) => `event (missing) | ${line}`),
  ]
  // Older kernels forget neighbours in the order of a hash.
  return found.length > 0 || isOld ? found : unlikeOrder(left.order, right.order)
}

/** Of an entry of a bridge itself older kernels tell also as of a link's own filter. */
const toldTwice = /^fdb .* self : set/

/** The first place at which two orders part, with what comes there on either side. */
function unlikeOrder(left: readonly string[], right: readonly string[]): string[] {
  const length = Math.max(left.length, right.length)
  const at = Array.from({ length }, (_, i) => i).find((i) => left[i] !== right[i])
  if (at === undefined) return []
  const from = (order: readonly string[]) => order.slice(at, at + 4).join('; ') || '(nothing)'
  return [`order after ${at === 0 ? 'the beginning' : left[at - 1]}: ${from(left)} | ${from(right)}`]
}

/**
 * Whether an older kernel is known to answer otherwise, mock and kernel: it looks at a name that is taken before or after
 * what is wrong besides, and renames no link that is up, nor moves some to where they are. What follows differs then.
 */
export function isOlderAnswer({ operation, spec }: LooseRequest, left?: string, right?: string): boolean {
  if (left === right) return false
  // Masters of the mock take no links without frames (docs/mock-vs-kernel.md).
  if ('master' in spec && left === 'EOPNOTSUPP' && right === 'ok') return true
  if (!isOld) return false
  if (right === 'VNET_UNSUPPORTED') return true
  if (operation === 'link add') return left !== 'ok' && right !== 'ok' && (left === 'EEXIST' || right === 'EEXIST')
  if (operation !== 'link set') return false
  return ('name' in spec && right === 'EBUSY') || ('namespace' in spec && left === 'ok' && right === 'EINVAL')
}

const isOld = olderThan('6.15')

function isToBeExpected(line: string): boolean {
  const [, name = '', missing] = /([A-Za-z0-9]+): .* \| (\(missing\)$)?/.exec(line) ?? []
  if (otherwise.has(name)) return true
  if (missing !== undefined && newer.has(name)) return true
  return expected.some((pattern) => pattern.test(line))
}
