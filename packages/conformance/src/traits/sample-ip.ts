/** Operations of `ip`: links, addresses, routes, rules, neighbours, namespaces; and ping. @module */
import type { Operation } from '@vnet/core'
import type { Context } from '../context.js'
import { mac } from '../surroundings.js'
import { fixed, noLink, type Sample, sample } from './sample-form.js'

const named = ['namespace named'] as const

/** Makes what they need. */
export async function prepareIp({ ns, supports }: Context): Promise<void> {
  await ns.route.add({ destination: '10.9.0.0/16', via: '10.0.0.2' })
  await ns.rule.add({ priority: 100, from: '10.0.0.0/8', table: 77 })
  await ns.neighbour.add({ link: 'br0', address: '10.0.0.7', mac: mac(7) })
  if (supports.nat === true) await ns.nat.add({ kind: 'masquerade', from: '10.0.0.0/24' })
}

/** What is known of each. */
export const ipSamples = {
  'nic get': sample(
    false,
    { operation: 'nic get', spec: { link: 'v0' } },
    'ok',
    { operation: 'nic get', spec: { link: 'nope' } },
    { value: undefined },
    ['nic'],
  ),
  'nic list': sample(
    false,
    { operation: 'nic list', spec: {} },
    'ok',
    // Lists all there are: there is no subject that could be missing.
    { operation: 'nic list', spec: { physical: false } },
    { value: 'anything' },
    ['nic'],
  ),
  'sysctl get': sample(
    false,
    { operation: 'sysctl get', spec: { name: 'net.ipv4.ip_default_ttl' } },
    'ok',
    { operation: 'sysctl get', spec: { name: 'net.ipv4.conf.nope.forwarding' } },
    { value: undefined },
    ['sysctl'],
  ),
  'sysctl set': sample(
    true,
    { operation: 'sysctl set', spec: { name: 'net.ipv4.ip_forward', value: 1 } },
    'ok',
    { operation: 'sysctl set', spec: { name: 'net.ipv4.conf.nope.forwarding', value: 1 } },
    { code: 'ENOENT' },
    ['sysctl'],
  ),
  'sysctl list': sample(
    false,
    { operation: 'sysctl list', spec: { below: 'net.ipv4.conf.lo' } },
    'ok',
    { operation: 'sysctl list', spec: { below: 'net.ipv4.conf.nope' } },
    { value: [] },
    ['sysctl'],
  ),
  'nat add': sample(
    true,
    { operation: 'nat add', spec: { kind: 'masquerade', from: '10.1.0.0/24' } },
    'ok',
    { operation: 'nat add', spec: { kind: 'masquerade', index: 9 } },
    { code: 'ENOENT' },
    ['nat'],
  ),
  'nat delete': sample(
    true,
    // Handles count up, and the chain has the first.
    { operation: 'nat delete', spec: { handle: 2 } },
    'ENOENT',
    { operation: 'nat delete', spec: { handle: 99 } },
    { code: 'ENOENT' },
    ['nat'],
  ),
  'nat list': sample(
    false,
    { operation: 'nat list', spec: { family: 4 } },
    'ok',
    { operation: 'nat list', spec: { family: 6 } },
    { value: [] },
    ['nat'],
  ),
  'nat flush': sample(
    true,
    { operation: 'nat flush', spec: {} },
    'ok',
    { operation: 'nat flush', spec: { family: 6 } },
    { value: undefined },
    ['nat'],
  ),
  'link add': sample(
    true,
    { operation: 'link add', spec: { kind: 'bridge', name: 'br1' } },
    'EEXIST',
    { operation: 'link add', spec: { kind: 'bridge', name: 'br1', master: 'nope' } },
    noLink,
  ),
  'link set': sample(
    true,
    { operation: 'link set', spec: { link: 'v1', mtu: 1400 } },
    'ok',
    { operation: 'link set', spec: { link: 'nope', mtu: 1400 } },
    noLink,
  ),
  'link delete': sample(
    true,
    { operation: 'link delete', spec: { link: 'v0' } },
    'ENODEV',
    { operation: 'link delete', spec: { link: 'nope' } },
    noLink,
  ),
  'link get': sample(
    false,
    { operation: 'link get', spec: { link: 'v0' } },
    'ok',
    { operation: 'link get', spec: { link: 'nope' } },
    { value: undefined },
  ),
  'link list': sample(
    false,
    { operation: 'link list', spec: { master: 'br0' } },
    'ok',
    { operation: 'link list', spec: { master: 'nope' } },
    noLink,
  ),
  'address add': sample(
    true,
    { operation: 'address add', spec: { link: 'v1', address: '10.5.0.1/24' } },
    'EEXIST',
    { operation: 'address add', spec: { link: 'nope', address: '10.5.0.1/24' } },
    noLink,
  ),
  'address set': sample(
    true,
    { operation: 'address set', spec: { link: 'v1', address: '10.5.0.1/24' } },
    'ok',
    { operation: 'address set', spec: { link: 'nope', address: '10.5.0.1/24' } },
    noLink,
  ),
  'address delete': sample(
    true,
    { operation: 'address delete', spec: { link: 'br0', address: '10.0.0.1/24' } },
    'EADDRNOTAVAIL',
    { operation: 'address delete', spec: { link: 'br0', address: '10.0.0.99/24' } },
    { code: 'EADDRNOTAVAIL' },
  ),
  'address list': sample(
    false,
    { operation: 'address list', spec: { link: 'br0' } },
    'ok',
    { operation: 'address list', spec: { link: 'nope' } },
    noLink,
  ),
  'route add': sample(
    true,
    { operation: 'route add', spec: { destination: '10.8.0.0/16', via: '10.0.0.2' } },
    'EEXIST',
    { operation: 'route add', spec: { destination: '10.8.0.0/16', link: 'nope' } },
    noLink,
  ),
  'route set': sample(
    true,
    { operation: 'route set', spec: { destination: '10.8.0.0/16', via: '10.0.0.2' } },
    'ok',
    { operation: 'route set', spec: { destination: '10.8.0.0/16', link: 'nope' } },
    noLink,
  ),
  'route delete': sample(
    true,
    { operation: 'route delete', spec: { destination: '10.9.0.0/16' } },
    'ESRCH',
    { operation: 'route delete', spec: { destination: '10.77.0.0/16' } },
    { code: 'ESRCH' },
  ),
  'route get': sample(
    false,
    { operation: 'route get', spec: { to: '10.0.0.7' } },
    'ok',
    { operation: 'route get', spec: { to: '99.0.0.7' } },
    { value: undefined },
  ),
  'route list': sample(
    false,
    { operation: 'route list', spec: { link: 'br0' } },
    'ok',
    { operation: 'route list', spec: { link: 'nope' } },
    noLink,
  ),
  'rule add': sample(
    true,
    { operation: 'rule add', spec: { priority: 50, mark: 1, table: 77 } },
    'EEXIST',
    // A rule may name a link that is not there: it waits for it.
    { operation: 'rule add', spec: { priority: 51, inputLink: 'nope', table: 77 } },
    { value: undefined },
  ),
  'rule delete': sample(
    true,
    { operation: 'rule delete', spec: { priority: 100 } },
    'ENOENT',
    { operation: 'rule delete', spec: { priority: 555 } },
    { code: 'ENOENT' },
  ),
  'rule list': sample(
    false,
    { operation: 'rule list', spec: {} },
    'ok',
    // Lists rules only: there is no subject that could be missing.
    { operation: 'rule list', spec: { family: 6 } },
    { value: 'anything' },
  ),
  'neighbour add': sample(
    true,
    { operation: 'neighbour add', spec: { link: 'br0', address: '10.0.0.8', mac: mac(8) } },
    'EEXIST',
    { operation: 'neighbour add', spec: { link: 'nope', address: '10.0.0.8', mac: mac(8) } },
    noLink,
  ),
  'neighbour set': sample(
    true,
    { operation: 'neighbour set', spec: { link: 'br0', address: '10.0.0.8', mac: mac(8) } },
    'ok',
    { operation: 'neighbour set', spec: { link: 'nope', address: '10.0.0.8', mac: mac(8) } },
    noLink,
  ),
  'neighbour delete': sample(
    true,
    { operation: 'neighbour delete', spec: { link: 'br0', address: '10.0.0.7' } },
    'ENOENT',
    { operation: 'neighbour delete', spec: { link: 'br0', address: '10.0.0.99' } },
    { code: 'ENOENT' },
  ),
  'neighbour get': sample(
    false,
    { operation: 'neighbour get', spec: { link: 'br0', address: '10.0.0.7' } },
    'ok',
    { operation: 'neighbour get', spec: { link: 'br0', address: '10.0.0.99' } },
    { value: undefined },
  ),
  'neighbour list': sample(
    false,
    { operation: 'neighbour list', spec: { link: 'br0' } },
    'ok',
    { operation: 'neighbour list', spec: { link: 'nope' } },
    noLink,
  ),
  'token set': sample(
    true,
    { operation: 'token set', spec: { link: 'v0', token: '::5' } },
    'ok',
    { operation: 'token set', spec: { link: 'nope', token: '::5' } },
    noLink,
  ),
  'token delete': sample(
    true,
    { operation: 'token delete', spec: { link: 'v0' } },
    'ok',
    { operation: 'token delete', spec: { link: 'nope' } },
    noLink,
  ),
  'token list': sample(
    false,
    { operation: 'token list', spec: { link: 'v0' } },
    'ok',
    { operation: 'token list', spec: { link: 'nope' } },
    noLink,
  ),
  'namespace add': {
    needs: named,
    request: ({ free }) => ({ operation: 'namespace add', spec: { name: free } }),
    // Nothing can be missing when a name is added: the trait asks for one that is taken instead.
    missing: ({ taken }) => ({ operation: 'namespace add', spec: { name: taken } }),
    missingGives: { code: 'EEXIST' },
    again: 'EEXIST',
    changes: true,
  },
  'namespace delete': {
    needs: named,
    request: ({ taken }) => ({ operation: 'namespace delete', spec: { name: taken } }),
    missing: ({ free }) => ({ operation: 'namespace delete', spec: { name: free } }),
    missingGives: { code: 'ENOENT' },
    again: 'ENOENT',
    changes: true,
  },
  'namespace list': {
    needs: named,
    request: fixed({ operation: 'namespace list', spec: {} }),
    missing: fixed({ operation: 'namespace list', spec: {} }),
    missingGives: { value: 'anything' },
    again: 'ok',
    changes: false,
  },
  ping: {
    needs: ['packets'],
    request: fixed({ operation: 'ping', spec: { address: '127.0.0.1' } }),
    missing: fixed({ operation: 'ping', spec: { address: '99.0.0.1' } }),
    missingGives: { code: 'ENETUNREACH' },
    again: 'ok',
    changes: false,
  },
} satisfies { readonly [O in Operation]?: Sample }
