/** Random requests of traffic control: disciplines, classes, filters and what these do. @module */
import { classFields, type FieldTable, filterFields, type LooseRequest, qdiscFields } from '@vnet/core'
import * as fc from 'fast-check'
import { valuesFor } from '../traffic-option.js'
import { newName as anyName, both, one, some } from './universe.js'

/** Mostly the link that has something of traffic control from the beginning. */
const target = fc.oneof({ weight: 6, arbitrary: fc.constant('l1') }, { weight: 2, arbitrary: anyName })
const handle = fc.constantFrom('1:', '2:', '10:')
const classId = fc.constantFrom('1:1', '1:10', '1:20', '2:1')
/**
 * Where a discipline stands, and its handle: each has one place, because newer kernels refuse to move those that are there
 * and older ones do not.
 */
const stand = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom({ parent: 'root', handle: '1:' }, { parent: 'root', handle: '2:' }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      { parent: '1:1', handle: '11:' },
      { parent: '1:10', handle: '12:' },
      { parent: '2:1', handle: '13:' },
      { parent: '10:', handle: '14:' },
    ),
  },
)

/** An option of a table, or none; what several options say together is for tests of their own. */
function options(table: FieldTable, without: readonly string[] = []): fc.Arbitrary<object> {
  const plain = Object.entries(table).filter(
    ([name, field]) =>
      !without.includes(name) &&
      field.readOnly !== true &&
      ['boolean', 'integer', 'milliseconds', 'chance', 'rate', 'choice'].includes(field.type),
  )
  const values = Object.fromEntries(plain.map(([name, field]) => [name, fc.constantFrom(...valuesFor(field))]))
  return plain.length === 0 ? fc.constant({}) : fc.option(one(values), { nil: {} })
}

const bucket = {
  rate: fc.constantFrom(8000, 10_000_000),
  burst: fc.constantFrom(2000, 10_000),
  limit: fc.constant(50_000),
}
const placed = both(fc.record({ link: target }), stand)
const atRoot = (kind: string, more: fc.Arbitrary<object>) =>
  both(
    placed,
    more.map((own) => ({ ...own, kind })),
  )
/** Blocks that disciplines share, one for what comes in and one for what goes out: newer kernels have a link in one once. */
const blocks = { in: 3, out: 4 }
const entering = (kind: string, gates: readonly string[]) =>
  both(
    fc.record({ link: target, kind: fc.constant(kind) }),
    some(
      Object.fromEntries(
        gates.map((gate) => [`${gate}Block`, fc.constant(gate === 'ingress' ? blocks.in : blocks.out)]),
      ),
    ),
  )

const sizeTable = some({
  sizeTable: fc.constantFrom(
    { overhead: 24 },
    { linkLayer: 'atm', overhead: -4 },
    { leastPacket: 64, mtu: 9000, size: 16 },
  ),
})

const qdisc = fc.oneof(
  atRoot('htb', options(qdiscFields.htb)),
  atRoot('prio', options(qdiscFields.prio)),
  atRoot(
    'tbf',
    both(fc.record(bucket), both(options(qdiscFields.tbf, ['rate', 'burst', 'limit', 'latency']), sizeTable)),
  ),
  atRoot('netem', options(qdiscFields.netem)),
  atRoot('fq_codel', options(qdiscFields.fq_codel)),
  atRoot('pfifo', both(options(qdiscFields.pfifo), sizeTable)),
  atRoot('bfifo', options(qdiscFields.bfifo)),
  entering('ingress', ['ingress']),
  entering('clsact', ['ingress', 'egress']),
  atRoot('warp', fc.constant({})),
)

const htbClass = both(
  fc.record({ link: target, classId, kind: fc.constant('htb'), rate: fc.constantFrom(8000, 1_000_000) }),
  both(some({ parent: fc.oneof(handle, classId) }), options(classFields.htb, ['rate'])),
)

const priority = fc.constantFrom(1, 2)
const place = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ link: target, parent: fc.constantFrom('root', 'ingress', 'egress', '1:'), priority }),
  },
  { weight: 2, arbitrary: fc.record({ block: fc.constantFrom(blocks.in, blocks.out), priority }) },
)
const action = fc.oneof(
  fc.record({ kind: fc.constant('gact'), control: fc.constantFrom('ok', 'pipe', 'continue') }),
  both(
    fc.record({ kind: fc.constant('mirred'), mode: fc.constantFrom('mirror', 'redirect') }),
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ link: target }) },
      { weight: 1, arbitrary: fc.constant({ block: blocks.in }) },
    ),
  ),
  fc.record({
    kind: fc.constant('police'),
    rate: bucket.rate,
    burst: bucket.burst,
    exceed: fc.constantFrom('ok', 'pipe'),
  }),
)
const result = some({ classId, actions: fc.array(action, { minLength: 1, maxLength: 2 }) })
const keys = some({
  keys: fc.constantFrom(
    [{ offset: 16, value: 0x0a000000, mask: 0xff000000 }],
    [{ offset: 0, value: 0x50, mask: 0xffff, fromNextHeader: true }],
  ),
  handle: fc.constantFrom('800::1', '800::800', '2:1:1'),
  table: fc.constantFrom('2:', '2:1:', '800:'),
})
const next = some({
  nextTable: fc.constantFrom('2:', '800:'),
  nextHeader: fc.constantFrom({ plus: 4 }, { mask: 0x0f00, shift: 6, eat: true }),
})
const filter = fc.oneof(
  both(place, both(both(keys, next), result)).map((spec) => ({ ...spec, kind: 'u32', protocol: 'ip' })),
  place.map((spec) => ({ ...spec, kind: 'u32', protocol: 'ip', handle: '2:', divisor: 4 })),
  both(place, both(result, some({ handle: fc.constantFrom(1, 7) }))).map((spec) => ({ ...spec, kind: 'matchall' })),
  both(place, both(result, both(some({ handle: fc.constantFrom(1, 7) }), options(filterFields.flower)))).map(
    (spec) => ({
      ...spec,
      kind: 'flower',
      protocol: 'ip',
    }),
  ),
)
/** No other table, for Linux knows of filters that led to one for a little while after they are gone. */
const filterKey = both(
  place,
  some({
    handle: fc.constantFrom<string | number>('800::800', '800:', 1),
    kind: fc.constantFrom('u32', 'flower'),
  }),
)

const request = (operation: string, spec: fc.Arbitrary<object>) =>
  spec.map((value) => ({ operation, spec: value }) as unknown as LooseRequest)

/** Requests of traffic control, each with its weight. */
export const trafficRequests: readonly fc.WeightedArbitrary<LooseRequest>[] = [
  { weight: 24, arbitrary: request('qdisc add', qdisc) },
  { weight: 12, arbitrary: request('qdisc set', qdisc) },
  { weight: 8, arbitrary: request('qdisc change', qdisc) },
  {
    weight: 6,
    arbitrary: request(
      'qdisc delete',
      fc.oneof(placed, fc.record({ link: target, parent: fc.constantFrom('ingress', 'root') })),
    ),
  },
  { weight: 16, arbitrary: request('class add', htbClass) },
  { weight: 8, arbitrary: request('class set', htbClass) },
  { weight: 4, arbitrary: request('class change', htbClass) },
  { weight: 4, arbitrary: request('class delete', fc.record({ link: target, classId })) },
  { weight: 20, arbitrary: request('filter add', filter) },
  { weight: 8, arbitrary: request('filter set', filter) },
  { weight: 4, arbitrary: request('filter change', filter) },
  { weight: 6, arbitrary: request('filter delete', filterKey) },
]
