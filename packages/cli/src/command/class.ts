/** `vnet class`: classes of disciplines, as `tc class`. @module */
import { type ClassFilter, type ClassKey, type ClassSpec, classFields, estimatorField } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, withExample } from '../define.js'
import { parametersOf } from '../field-parameter.js'
import { printList } from '../output.js'
import * as take from '../parameter.js'
import { classColumns } from '../render/columns/class.js'
import { classJson } from '../render/tc-json/class.js'
import { declareKinds, type TrafficKinds, trafficDetails } from './traffic-kind.js'

const link = take.link('link', 'the link', { flag: 'on', required: true })
const key: readonly take.Parameter[] = [
  link,
  take.text('classId', 'class', 'its number, such as 1:10', { required: true }),
]

const kinds: TrafficKinds = {
  object: 'class',
  tables: classFields,
  base: [
    ...key,
    take.text('parent', 'parent', 'the discipline (1:) or another class (1:1)'),
    ...parametersOf({ estimator: estimatorField }, 'add'),
  ],
  examples: { htb: ' --class-id 1:10 --rate 10mbit --ceil 20mbit' },
}

/** Declares `class` and its verbs. */
export function defineClass(command: Command, context: Context): void {
  withExample(command, 'vnet class list --on eth0')
  const changes = [
    ['add', 'make a class', 'vnet class add htb --on eth0 --class-id 1:10 --rate 10mbit'],
    ['set', 'make or change a class (tc replace)', 'vnet class set htb --on eth0 --class-id 1:10 --rate 20mbit'],
    ['change', 'change a class that is there', 'vnet class change htb --on eth0 --class-id 1:10 --rate 20mbit'],
  ] as const
  for (const [verb, about, example] of changes) {
    declareKinds(define(command, verb, about, example), kinds, (spec) =>
      context.withHost((host) => host.class[verb](spec as unknown as ClassSpec)),
    )
  }

  const remove = define(command, 'delete', 'remove a class', 'vnet class delete --on eth0 --class-id 1:10')
  take.declare(remove, key)
  remove.action(async (given: Record<string, unknown>) => {
    await context.withHost((host) => host.class.delete(take.collect(key, given) as unknown as ClassKey))
  })

  const list = define(command, 'list', 'the classes of a link', 'vnet class list --on eth0 -s')
  take.declare(list, [link, ...trafficDetails])
  list.action(async (given: Record<string, unknown>) => {
    const asked = take.collect([link], given) as unknown as ClassFilter
    const detail = take.collect(trafficDetails, given)
    await context.withHost(
      async (host) => {
        const found = await host.class.list(asked)
        await printList(
          context,
          found,
          (row) => classJson(row, detail),
          () => classColumns(detail),
        )
      },
      { reading: true },
    )
  })
}
