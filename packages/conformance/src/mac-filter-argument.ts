/** Wrong arguments of MAC filters. @module */
import type { BadArgument } from './bad-argument.js'

const link = 'p1'
const deny = ['02:00:00:00:00:01']

/** Every row is refused on every backend alike, because no backend is asked. */
export const macFilterArguments: readonly BadArgument[] = (
  [
    ['no link', 'set', { deny }, 'TypeError', 'link'],
    ['no list', 'set', { link }, 'TypeError', 'allow'],
    ['an index', 'set', { link: 3, deny }, 'TypeError', 'link'],
    ['a name of 16 octets', 'set', { link: 'sixteen-octets-1', deny }, 'RangeError', 'link'],
    ['a list that is none', 'set', { link, deny: deny[0] }, 'TypeError', 'deny'],
    ['a MAC that is none', 'set', { link, allow: ['02:00:00:00:00:01', '02:00'] }, 'RangeError', 'allow.1'],
    ['a MAC of 7 octets', 'set', { link, allow: [new Uint8Array(7)] }, 'RangeError', 'allow.0'],
    ['a group', 'set', { link, deny: ['01:00:5e:00:00:01'] }, 'RangeError', 'deny.0'],
    ['everybody', 'set', { link, deny: [...deny, 'ff:ff:ff:ff:ff:ff'] }, 'RangeError', 'deny.1'],
    ['nobody', 'set', { link, allow: ['00:00:00:00:00:00'] }, 'RangeError', 'allow.0'],
    ['4097 MACs', 'set', { link, deny: Array(4097).fill(deny[0]) }, 'RangeError', 'deny'],
    ['what a list tells', 'set', { link, deny, passed: { packets: 0, bytes: 0 } }, 'TypeError', 'passed'],
    ['a policy', 'set', { link, deny, policy: 'drop' }, 'TypeError', 'policy'],
    ['no link to delete', 'delete', {}, 'TypeError', 'link'],
    ['an empty name to delete', 'delete', { link: '' }, 'RangeError', 'link'],
    ['filters of a bridge', 'list', { bridge: 'br0' }, 'TypeError', 'bridge'],
    ['filters of an index', 'list', { link: 1 }, 'TypeError', 'link'],
  ] as const
).map(([title, verb, spec, name, field]) => [
  `a MAC filter: ${title}`,
  `macFilter ${verb}`,
  spec,
  name,
  `spec.${field}`,
])
