/** Wrong arguments of traffic control: what is refused, and how. @module */
import type { BadArgument } from './bad-argument.js'

const qdisc = { link: 'v0', handle: '1:' }
const tbf = { ...qdisc, kind: 'tbf', rate: 8000, burst: 2000, limit: 3000 }
const netem = { ...qdisc, kind: 'netem' }
const htb = { link: 'v0', classId: '1:10', kind: 'htb', rate: 8000 }
const filter = { link: 'v0', parent: 'ingress', kind: 'u32' }
const key = { offset: 0, value: 1, mask: 1 }

/** A discipline that is refused at one of its fields. */
const bad = (title: string, spec: object, field: string, name: BadArgument[3] = 'RangeError'): BadArgument => [
  title,
  'qdisc add',
  spec,
  name,
  `spec.${field}`,
]

/** Every row is refused on every backend alike. */
export const trafficArguments: readonly BadArgument[] = [
  bad('a discipline without a kind', qdisc, 'kind', 'TypeError'),
  bad('a kind of two words', { ...qdisc, kind: 'a b' }, 'kind'),
  bad('a kind of 16 letters', { ...qdisc, kind: 'abcdefghijklmnop' }, 'kind'),
  bad('the handle of a class', { ...tbf, handle: '1:1' }, 'handle'),
  bad('the handle 0:', { ...tbf, handle: '0:' }, 'handle'),
  bad('a handle without a colon', { ...tbf, handle: '1' }, 'handle'),
  bad('a handle as a number', { ...tbf, handle: 1 }, 'handle', 'TypeError'),
  bad('the handle of ingress', { ...tbf, handle: 'ffff:' }, 'handle'),
  bad('ingress at the root', { link: 'v0', kind: 'ingress', parent: 'root' }, 'parent'),
  bad('htb at ingress', { ...qdisc, kind: 'htb', parent: 'ingress' }, 'parent'),
  bad('a parent of no handle', { ...tbf, parent: 'top' }, 'parent'),
  bad('an option of another kind', { ...tbf, delay: 1 }, 'delay', 'TypeError'),
  bad('a rate of 0', { ...tbf, rate: 0 }, 'rate'),
  bad('a rate of 7 bit/s', { ...tbf, rate: 7 }, 'rate'),
  bad('a rate as text', { ...tbf, rate: '10mbit' }, 'rate', 'TypeError'),
  bad('no rate', { ...qdisc, kind: 'tbf', burst: 2000, limit: 3000 }, 'rate', 'TypeError'),
  bad('a burst of 0', { ...tbf, burst: 0 }, 'burst'),
  bad('a burst of an hour', { ...tbf, burst: 4_000_000 }, 'burst'),
  bad('neither limit nor latency', { ...tbf, limit: undefined }, 'limit', 'TypeError'),
  bad('limit and latency', { ...tbf, latency: 50 }, 'latency'),
  bad('a peak without its bucket', { ...tbf, peakRate: 16_000 }, 'peakBurst', 'TypeError'),
  bad('a peak that is none', { ...tbf, peakRate: 8000, peakBurst: 2000 }, 'peakRate'),
  bad('a block of a tbf', { ...tbf, ingressBlock: 1 }, 'ingressBlock'),
  bad('an egress block of ingress', { link: 'v0', kind: 'ingress', egressBlock: 1 }, 'egressBlock'),
  bad('one band', { ...qdisc, kind: 'prio', bands: 1 }, 'bands'),
  bad('a map of 15 priorities', { ...qdisc, kind: 'prio', priorityMap: Array(15).fill(0) }, 'priorityMap'),
  bad('a band that is not there', { ...qdisc, kind: 'prio', priorityMap: Array(16).fill(3) }, 'priorityMap.0'),
  bad('a loss of 101 %', { ...netem, loss: 1.01 }, 'loss'),
  bad('a negative delay', { ...netem, delay: -1 }, 'delay'),
  bad('jitter without delay', { ...netem, jitter: 1 }, 'delay', 'TypeError'),
  bad('two models of loss', { ...netem, loss: 0.1, lossGemodel: { p: 0.1 } }, 'lossGemodel'),
  bad('a model without its chance', { ...netem, lossState: {} }, 'lossState.p13', 'TypeError'),
  bad('reordering without delay', { ...netem, reorder: 0.5 }, 'delay', 'TypeError'),
  bad('a slot without a time', { ...netem, slot: { packets: 3 } }, 'slot.minDelay', 'TypeError'),
  bad('a slot that ends before it begins', { ...netem, slot: { minDelay: 2, maxDelay: 1 } }, 'slot.maxDelay'),
  bad('0 flows', { ...qdisc, kind: 'fq_codel', flows: 0 }, 'flows'),
  bad('options of an unknown kind as a list', { ...qdisc, kind: 'sfq', data: [1] }, 'data', 'TypeError'),
  ['a discipline without a link', 'qdisc delete', {}, 'TypeError', 'spec.link'],
  ['a class without a number', 'class add', { ...htb, classId: undefined }, 'TypeError', 'spec.classId'],
  ['a class with the number of a discipline', 'class add', { ...htb, classId: '1:' }, 'RangeError', 'spec.classId'],
  ['a class below itself', 'class add', { ...htb, parent: '1:10' }, 'RangeError', 'spec.parent'],
  ['a class without a rate', 'class add', { ...htb, rate: undefined }, 'TypeError', 'spec.rate'],
  ['a class with a rate of 0', 'class change', { ...htb, rate: 0 }, 'RangeError', 'spec.rate'],
  ['a class of priority 8', 'class add', { ...htb, priority: 8 }, 'RangeError', 'spec.priority'],
  ['the classes of all links', 'class list', {}, 'TypeError', 'spec.link'],
  ['a filter of an unknown kind', 'filter add', { ...filter, kind: 'warp' }, 'RangeError', 'spec.kind'],
  ['a priority of 0', 'filter add', { ...filter, priority: 0 }, 'RangeError', 'spec.priority'],
  ['an unknown protocol', 'filter add', { ...filter, protocol: 'ipx' }, 'RangeError', 'spec.protocol'],
  ['a number as handle of u32', 'filter add', { ...filter, handle: 1 }, 'RangeError', 'spec.handle'],
  ['a filter as table of u32', 'filter add', { ...filter, table: '2:3:7' }, 'RangeError', 'spec.table'],
  ['a bucket as next table', 'filter add', { ...filter, nextTable: '2:3:' }, 'RangeError', 'spec.nextTable'],
  [
    'a hash without a table',
    'filter add',
    { ...filter, hashKey: { offset: 16, mask: 255 } },
    'TypeError',
    'spec.nextTable',
  ],
  ['an offset of 2', 'filter add', { ...filter, keys: [{ ...key, offset: 2 }] }, 'RangeError', 'spec.keys.0.offset'],
  [
    'bits outside the mask',
    'filter add',
    { ...filter, keys: [{ ...key, value: 2 }] },
    'RangeError',
    'spec.keys.0.value',
  ],
  ['three buckets', 'filter add', { ...filter, divisor: 3 }, 'RangeError', 'spec.divisor'],
  ['an unknown action', 'filter add', { ...filter, actions: [{ kind: 'x' }] }, 'RangeError', 'spec.actions.0.kind'],
  ['mirred to nowhere', 'filter add', { ...filter, actions: [{ kind: 'mirred' }] }, 'TypeError', 'spec.actions.0.link'],
  [
    'police with a rate of 0',
    'filter add',
    { ...filter, actions: [{ kind: 'police', rate: 0, burst: 1 }] },
    'RangeError',
    'spec.actions.0.rate',
  ],
  [
    'a port without a protocol',
    'filter add',
    { ...filter, kind: 'flower', protocol: 'ip', sourcePort: 80 },
    'TypeError',
    'spec.ipProtocol',
  ],
  [
    'a prefix of the other version',
    'filter add',
    { ...filter, kind: 'flower', protocol: 'ip', to: '2001:db8::/32' },
    'RangeError',
    'spec.to',
  ],
  [
    'a handle without its priority',
    'filter delete',
    { link: 'v0', handle: 1, kind: 'flower' },
    'TypeError',
    'spec.priority',
  ],
]
