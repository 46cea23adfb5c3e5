/** How the attributes of messages of traffic control are named in a request's specification. @module */

import { readAttribute } from '../../netlink/attribute-run.js'
import type { Octets } from '../../netlink/octets.js'
import type { MessageTable } from '../path.js'
import { actionMessageTable } from './action-message.js'
import {
  RTM_DELACTION,
  RTM_GETACTION,
  RTM_NEWACTION,
  RTM_NEWQDISC,
  RTM_NEWTCLASS,
  RTM_NEWTFILTER,
} from './constants.js'
import { filterOf } from './kind/filter.js'
import { classOf, disciplineOf } from './kind/index.js'
import type { TrafficKind } from './kind/kind.js'
import { tcmsg, trafficAttributes } from './message.js'
import { sizeTableAttributes } from './size-table.js'

/** Options stand beside the other properties, so the attributes inside are named from the specification on. */
function table(kindOf: (kind: string) => TrafficKind<never> | undefined): MessageTable {
  return {
    headerSize: tcmsg.size,
    table: trafficAttributes,
    prefix: 'spec',
    inside: {
      sizeTable: () => ({ headerSize: 0, table: sizeTableAttributes, prefix: 'spec.sizeTable', paths: { base: '' } }),
      options(from: Octets, start: number, end: number) {
        const word = readAttribute(trafficAttributes.kind, from, start, end, 'kind') ?? ''
        const kind = kindOf(word)
        if (kind === undefined) return undefined
        const { headerSize, attributes, paths } = kind
        return { headerSize, table: attributes, prefix: 'spec', ...(paths === undefined ? {} : { paths }) }
      },
    },
  }
}

/** The tables by RTM number. */
export const trafficMessageTables: Readonly<Record<number, MessageTable>> = {
  [RTM_NEWQDISC]: table(disciplineOf),
  [RTM_NEWTCLASS]: table(classOf),
  [RTM_NEWTFILTER]: table(filterOf),
  [RTM_NEWACTION]: actionMessageTable,
  [RTM_DELACTION]: actionMessageTable,
  [RTM_GETACTION]: actionMessageTable,
}
