/** How changes of MAC filters are taken back. @module */
import type { MacFilter, MacFilterSpec } from '../mac-filter.js'
import { ask } from './ask.js'
import type { LooseRequest } from './loose-request.js'
import type { Preparations } from './undo.js'

/** How the operations of `macFilter` are prepared for. */
export const macFilterPreparations: Preparations = {
  'macFilter set': async (connection, { link }) => {
    const [before] = await ask(connection, 'macFilter list', { link })
    return () => [before === undefined ? { operation: 'macFilter delete', spec: { link } } : again(before)]
  },
  'macFilter delete': async (connection, { link }) => {
    const before = await ask(connection, 'macFilter list', { link })
    return () => before.map(again)
  },
}

/** The request that makes a filter again; it counts from 0. */
function again({ passed: _, dropped: __, ...spec }: MacFilter): LooseRequest {
  return { operation: 'macFilter set', spec: spec satisfies MacFilterSpec }
}
