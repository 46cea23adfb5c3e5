/** Wrong arguments of actions that filters share: what is refused, and how. @module */
import type { BadArgument } from './bad-argument.js'

const own = { kind: 'gact', control: 'ok' }
const nobody = { skipHardware: true, skipSoftware: true }

/** A filter whose action is refused. */
const ofFilter = (title: string, action: object, field: string, name: BadArgument[3] = 'RangeError'): BadArgument => [
  title,
  'filter add',
  { link: 'v0', parent: 'ingress', kind: 'u32', actions: [action] },
  name,
  `spec.actions.0.${field}`,
]

/** Every row is refused on every backend alike. */
export const actionArguments: readonly BadArgument[] = [
  ['an action of an unknown kind', 'action add', { kind: 'warp', index: 1 }, 'RangeError', 'spec.kind'],
  ['an action that is only named', 'action add', { kind: 'police', index: 7 }, 'TypeError', 'spec.rate'],
  ['an action with the number 0', 'action add', { ...own, index: 0 }, 'RangeError', 'spec.index'],
  ['an action that nobody carries out', 'action set', { ...own, ...nobody }, 'RangeError', 'spec.skipSoftware'],
  [
    'an average without an estimator',
    'action add',
    { kind: 'police', averageRate: 8000 },
    'RangeError',
    'spec.averageRate',
  ],
  ['an action without a number', 'action delete', { kind: 'police' }, 'TypeError', 'spec.index'],
  ['an action that is asked for by half', 'action get', { index: 7 }, 'TypeError', 'spec.kind'],
  ['the actions of all kinds', 'action list', {}, 'TypeError', 'spec.kind'],
  [
    'actions that were used in no time',
    'action list',
    { kind: 'gact', usedWithin: 0 },
    'RangeError',
    'spec.usedWithin',
  ],
  ['a flush of all kinds', 'action flush', {}, 'TypeError', 'spec.kind'],
  ['a flush of one', 'action flush', { kind: 'gact', index: 1 }, 'TypeError', 'spec.index'],
  ofFilter('an action of a filter with the number 0', { ...own, index: 0 }, 'index'),
  ofFilter('a named action of no kind', { index: 1 }, 'kind', 'TypeError'),
  ofFilter('a named action of an unknown kind', { kind: 'warp', index: 1 }, 'kind'),
  ofFilter(
    'an action of a filter that only the kernel is to carry out',
    { ...own, skipHardware: true },
    'skipHardware',
    'TypeError',
  ),
]
