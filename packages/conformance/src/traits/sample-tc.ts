/** Operations of `tc`: disciplines, classes, filters. @module */
import type { Operation } from '@vnet/core'
import type { Context } from '../context.js'
import { noLink, type Sample, sample } from './sample-form.js'

const filterNeeds = ['qdisc htb', 'filter u32'] as const
const filterSpec = { link: 'v0', protocol: 'ip', priority: 5, kind: 'u32', classId: '1:99' } as const

const actionNeeds = ['shared actions', 'action mirred'] as const
const actionSpec = { kind: 'mirred', link: 'v1', index: 5 } as const

/** Makes what they need. */
export async function prepareTc({ ns, supports }: Context): Promise<void> {
  if (actionNeeds.every((need) => supports[need] === true)) await ns.action.add(actionSpec)
  await ns.qdisc.add({ link: 'br0', handle: '1:', kind: 'pfifo' })
  if (supports['qdisc htb'] !== true) return
  await ns.qdisc.add({ link: 'v0', handle: '1:', kind: 'htb' })
  await ns.class.add({ link: 'v0', classId: '1:10', kind: 'htb', rate: 8000 })
  if (supports['filter u32'] === true) await ns.filter.add(filterSpec)
}

/** What is known of each. */
export const tcSamples = {
  'qdisc add': sample(
    true,
    { operation: 'qdisc add', spec: { link: 'v1', handle: '2:', kind: 'pfifo', limit: 7 } },
    'EEXIST',
    { operation: 'qdisc add', spec: { link: 'v1', parent: '9:1', handle: '2:', kind: 'pfifo' } },
    { code: 'ENOENT' },
  ),
  'qdisc set': sample(
    true,
    { operation: 'qdisc set', spec: { link: 'v1', handle: '2:', kind: 'pfifo', limit: 7 } },
    'ok',
    { operation: 'qdisc set', spec: { link: 'nope', kind: 'pfifo' } },
    noLink,
  ),
  'qdisc change': sample(
    true,
    { operation: 'qdisc change', spec: { link: 'br0', handle: '1:', kind: 'pfifo', limit: 7 } },
    'ok',
    { operation: 'qdisc change', spec: { link: 'v1', handle: '2:', kind: 'pfifo', limit: 7 } },
    { code: 'ENOENT' },
  ),
  'qdisc delete': sample(
    true,
    { operation: 'qdisc delete', spec: { link: 'br0' } },
    'ENOENT',
    { operation: 'qdisc delete', spec: { link: 'v1' } },
    { code: 'ENOENT' },
  ),
  'qdisc list': sample(
    false,
    { operation: 'qdisc list', spec: { link: 'br0' } },
    'ok',
    { operation: 'qdisc list', spec: { link: 'nope' } },
    noLink,
  ),
  'class add': sample(
    true,
    { operation: 'class add', spec: { link: 'v0', classId: '1:20', kind: 'htb', rate: 8000 } },
    'EEXIST',
    { operation: 'class add', spec: { link: 'v0', classId: '9:20', kind: 'htb', rate: 8000 } },
    { code: 'ENOENT' },
    ['qdisc htb'],
  ),
  'class set': sample(
    true,
    { operation: 'class set', spec: { link: 'v0', classId: '1:20', kind: 'htb', rate: 8000 } },
    'ok',
    { operation: 'class set', spec: { link: 'nope', classId: '1:20', kind: 'htb', rate: 8000 } },
    noLink,
    ['qdisc htb'],
  ),
  'class change': sample(
    true,
    { operation: 'class change', spec: { link: 'v0', classId: '1:10', kind: 'htb', rate: 16_000 } },
    'ok',
    { operation: 'class change', spec: { link: 'v0', classId: '1:20', kind: 'htb', rate: 8000 } },
    { code: 'ENOENT' },
    ['qdisc htb'],
  ),
  'class delete': sample(
    true,
    { operation: 'class delete', spec: { link: 'v0', classId: '1:10' } },
    'ENOENT',
    { operation: 'class delete', spec: { link: 'v0', classId: '1:20' } },
    { code: 'ENOENT' },
    ['qdisc htb'],
  ),
  'class list': sample(
    false,
    { operation: 'class list', spec: { link: 'v0' } },
    'ok',
    { operation: 'class list', spec: { link: 'nope' } },
    noLink,
  ),
  'filter add': sample(
    true,
    { operation: 'filter add', spec: { ...filterSpec, handle: '800::5' } },
    'EEXIST',
    { operation: 'filter add', spec: { ...filterSpec, link: 'nope' } },
    noLink,
    filterNeeds,
  ),
  'filter set': sample(
    true,
    { operation: 'filter set', spec: { ...filterSpec, handle: '800::5' } },
    'ok',
    { operation: 'filter set', spec: { ...filterSpec, link: 'nope' } },
    noLink,
    filterNeeds,
  ),
  'filter change': sample(
    true,
    { operation: 'filter change', spec: { ...filterSpec, handle: '800::800', keys: [] } },
    'ok',
    { operation: 'filter change', spec: { ...filterSpec, priority: 9 } },
    { code: 'ENOENT' },
    filterNeeds,
  ),
  'filter delete': sample(
    true,
    { operation: 'filter delete', spec: { link: 'v0', priority: 5 } },
    'ENOENT',
    { operation: 'filter delete', spec: { link: 'v0', priority: 9 } },
    { code: 'ENOENT' },
    filterNeeds,
  ),
  'filter list': sample(
    false,
    { operation: 'filter list', spec: { link: 'v0' } },
    'ok',
    { operation: 'filter list', spec: { link: 'nope' } },
    noLink,
  ),
  'action add': sample(
    true,
    { operation: 'action add', spec: { ...actionSpec, index: 6 } },
    'EEXIST',
    { operation: 'action add', spec: { ...actionSpec, index: 7, link: 'nope' } },
    noLink,
    actionNeeds,
  ),
  'action set': sample(
    true,
    { operation: 'action set', spec: { ...actionSpec, mode: 'mirror' } },
    'ok',
    { operation: 'action set', spec: { ...actionSpec, link: 'nope' } },
    noLink,
    actionNeeds,
  ),
  'action delete': sample(
    true,
    { operation: 'action delete', spec: { kind: 'mirred', index: 5 } },
    'ENOENT',
    { operation: 'action delete', spec: { kind: 'mirred', index: 9 } },
    { code: 'ENOENT' },
    actionNeeds,
  ),
  'action get': sample(
    false,
    { operation: 'action get', spec: { kind: 'mirred', index: 5 } },
    'ok',
    { operation: 'action get', spec: { kind: 'nope', index: 5 } },
    { code: 'EINVAL' },
    actionNeeds,
  ),
  'action list': sample(
    false,
    { operation: 'action list', spec: { kind: 'mirred' } },
    'ok',
    { operation: 'action list', spec: { kind: 'nope' } },
    { value: [] },
  ),
  'action flush': sample(
    true,
    { operation: 'action flush', spec: { kind: 'mirred' } },
    'ok',
    { operation: 'action flush', spec: { kind: 'nope' } },
    { code: 'EINVAL' },
    actionNeeds,
  ),
} satisfies { readonly [O in Operation]?: Sample }
