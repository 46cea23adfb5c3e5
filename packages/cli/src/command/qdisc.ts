/** `vnet qdisc`: queueing disciplines of links, as `tc qdisc`. @module */
import {
  estimatorField,
  type QdiscFilter,
  type QdiscKey,
  type QdiscSpec,
  qdiscFields,
  sizeTableField,
} from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, withExample } from '../define.js'
import { parametersOf } from '../field-parameter.js'
import { namesOf } from '../names.js'
import { printList } from '../output.js'
import * as take from '../parameter.js'
import { qdiscColumns } from '../render/columns/qdisc.js'
import { qdiscJson } from '../render/tc-json/qdisc.js'
import { declareKinds, type TrafficKinds, trafficDetails } from './traffic-kind.js'

const place: readonly take.Parameter[] = [
  take.link('link', 'the link', { flag: 'on', required: true }),
  take.text('parent', 'parent', 'where it stands: root, ingress, a discipline (1:) or a class (1:10)'),
  take.text('handle', 'handle', 'its handle, such as 1:'),
]

const kinds: TrafficKinds = {
  object: 'qdisc',
  tables: qdiscFields,
  base: [
    ...place,
    take.whole('ingressBlock', 'number of a block of filters shared on what comes in'),
    take.whole('egressBlock', 'number of a block of filters shared on what goes out'),
    ...parametersOf({ sizeTable: sizeTableField, estimator: estimatorField }, 'add'),
  ],
  examples: {
    htb: ' --handle 1: --default 0x30',
    netem: ' --delay 100ms --loss 1%',
    tbf: ' --rate 10mbit --burst 10kb --latency 50ms',
  },
}

const filter: readonly take.Parameter[] = [
  take.link('link', 'only those of this link', { flag: 'on' }),
  take.text('kind', 'kind', 'only this kind'),
]

/** Declares `qdisc` and its verbs. */
export function defineQdisc(qdisc: Command, context: Context): void {
  withExample(qdisc, 'vnet qdisc list --on eth0')
  const changes = [
    ['add', 'make a discipline', 'vnet qdisc add tbf --on eth0 --rate 10mbit --burst 10kb --latency 50ms'],
    ['set', 'make, replace or change a discipline (tc replace)', 'vnet qdisc set netem --on eth0 --delay 100ms'],
    ['change', 'change a discipline that is there', 'vnet qdisc change netem --on eth0 --handle 1: --delay 50ms'],
  ] as const
  for (const [verb, about, example] of changes) {
    declareKinds(define(qdisc, verb, about, example), kinds, (spec) =>
      context.withHost((host) => host.qdisc[verb](spec as unknown as QdiscSpec)),
    )
  }

  const remove = define(qdisc, 'delete', 'remove a discipline, and all inside it', 'vnet qdisc delete --on eth0')
  take.declare(remove, place)
  remove.action(async (given: Record<string, unknown>) => {
    await context.withHost((host) => host.qdisc.delete(take.collect(place, given) as unknown as QdiscKey))
  })

  const list = define(qdisc, 'list', 'the disciplines', 'vnet qdisc list --on eth0 -s')
  take.declare(list, [...filter, ...trafficDetails])
  list.action(async (given: Record<string, unknown>) => {
    const asked = take.collect(filter, given) as QdiscFilter
    const detail = { ...take.collect(trafficDetails, given), oneLink: asked.link !== undefined }
    await context.withHost(
      async (host) => {
        const found = await host.qdisc.list(asked)
        const names = namesOf(await host.link.list())
        await printList(
          context,
          found,
          (row) => qdiscJson(row, names, detail),
          () => qdiscColumns(names, detail),
        )
      },
      { reading: true },
    )
  })
}
