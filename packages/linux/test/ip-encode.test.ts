import { cleanRequest, type LooseRequest } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { MessageWriter } from '../src/netlink/writer.js'
import type { NetlinkOperation, OperationCodec } from '../src/rtnetlink/codec.js'
import { codecs } from '../src/rtnetlink/index.js'
import { dissect } from './dissect.js'
import { listFixtures, loadFixture } from './fixtures/load.js'

// Every request that iproute2 made, as the specification that means the same. Indexes are those of the recording.
const v4 = { link: 'v0', address: '192.0.2.1/24' }
const v6 = { link: 'v0', address: '2001:db8::1/64' }
const to4 = { destination: '198.51.100.0/24', via: '192.0.2.2' }
const net4 = { destination: '198.51.100.0/24' }
const to6 = { destination: '2001:db8:1::/48', via: '2001:db8::2' }
const net6 = { destination: '2001:db8:1::/48' }
const from4 = { from: '192.0.2.0/24' }
const t100 = { table: 100 }
const n4 = { link: 'v0', address: '192.0.2.2', mac: '02:00:00:00:00:22' }
const port = { link: 'v0', mac: '02:00:00:00:0f:01', master: true }
const vx = { link: 'vx0', mac: '02:00:00:00:0f:01', remote: '192.0.2.2' }

const meaning: Record<string, Record<string, unknown>> = {
  'address/add-v4-all': {
    ...v4,
    broadcast: '192.0.2.255',
    label: 'v0:1',
    scope: 'host',
    validLifetime: Infinity,
    preferredLifetime: 1800,
    metric: 9,
  },
  'address/add-v4-broadcast-computed': { ...v4, broadcast: true },
  'address/add-v4-broadcast': { ...v4, broadcast: '192.0.2.255' },
  'address/add-v4-label': { ...v4, label: 'v0:1' },
  'address/add-v4-lifetimes': { ...v4, validLifetime: 3600, preferredLifetime: 1800 },
  'address/add-v4-metric': { ...v4, metric: 500 },
  'address/add-v4-noprefixroute': { ...v4, noPrefixRoute: true },
  'address/add-v4-peer': { link: 'v0', address: '192.0.2.1', peer: '192.0.2.2/32' },
  'address/add-v4-plain': v4,
  'address/add-v4-scope': { ...v4, scope: 'link' },
  'address/add-v4-without-length': { link: 'v0', address: '192.0.2.1' },
  'address/add-v6-home': { ...v6, homeAddress: true },
  'address/add-v6-lifetimes': { ...v6, validLifetime: 3600, preferredLifetime: 1800 },
  'address/add-v6-link-scope': { link: 'v0', address: 'fe80::1/64', scope: 'link', noDad: true },
  'address/add-v6-mngtmpaddr': { ...v6, manageTemporary: true },
  'address/add-v6-nodad': { ...v6, noDad: true },
  'address/add-v6-noprefixroute': { ...v6, noPrefixRoute: true, noDad: true },
  'address/add-v6-peer': { link: 'v0', address: '2001:db8::1', peer: '2001:db8::2/128' },
  'address/add-v6-plain': v6,
  'address/delete-v4': v4,
  'address/delete-v6': v6,
  'address/replace': { ...v4, validLifetime: 60, preferredLifetime: 30 },
  'route/add-blackhole': { ...net4, type: 'blackhole' },
  'route/add-broadcast': { destination: '198.51.100.255/32', type: 'broadcast', link: 'v0' },
  'route/add-default': { destination: 'default', via: '192.0.2.2' },
  'route/add-dev': { ...net4, link: 'v0' },
  'route/add-host': { destination: '198.51.100.7', via: '192.0.2.2' },
  'route/add-local': { ...net4, type: 'local', link: 'lo' },
  'route/add-metric': { ...to4, metric: 500 },
  'route/add-metrics': {
    ...to4,
    metrics: { mtu: 1400, advmss: 1360, window: 65535, hopLimit: 32, initialCongestionWindow: 20, quickAck: true },
  },
  'route/add-mtu-lock': { ...to4, metrics: { mtu: 1400, lock: ['mtu'] } },
  'route/add-multipath-dev': {
    ...net4,
    nextHops: [
      { via: '192.0.2.2', link: 'v0', weight: 10 },
      { link: 'v1', weight: 20 },
    ],
  },
  'route/add-multipath': {
    ...net4,
    nextHops: [
      { via: '192.0.2.2', weight: 1 },
      { via: '192.0.2.3', weight: 3 },
    ],
  },
  'route/add-onlink': { ...net4, via: '203.0.113.1', link: 'v0', onLink: true },
  'route/add-prohibit': { ...net4, type: 'prohibit' },
  'route/add-proto': { ...to4, protocol: 'static' },
  'route/add-scope': { ...net4, link: 'v0', scope: 'host' },
  'route/add-src': { ...to4, source: '192.0.2.1' },
  'route/add-table-above-255': { ...to4, table: 1000 },
  'route/add-table': { ...to4, table: 100 },
  'route/add-throw': { ...net4, type: 'throw', table: 100 },
  'route/add-tos': { ...to4, tos: 0x10 },
  'route/add-unreachable': { ...net4, type: 'unreachable' },
  'route/add-v6-blackhole': { ...net6, type: 'blackhole' },
  'route/add-v6-default': { destination: 'default', via: '2001:db8::2' },
  'route/add-v6-dev': { ...net6, link: 'v0' },
  'route/add-v6-expires': { ...to6, expires: 600 },
  'route/add-v6-from': { ...to6, from: '2001:db8:2::/48' },
  'route/add-v6-link-local': { ...net6, via: 'fe80::2', link: 'v0', metric: 7 },
  'route/add-v6-metrics': { ...to6, metrics: { mtu: 1400, hopLimit: 32 } },
  'route/add-v6-multipath': {
    ...net6,
    nextHops: [
      { via: '2001:db8::2', weight: 1 },
      { via: '2001:db8::3', weight: 2 },
    ],
  },
  'route/add-v6-onlink': { ...net6, via: '2001:db8:9::9', link: 'v0', onLink: true },
  'route/add-v6-pref': { ...to6, preference: 'high' },
  'route/add-v6-src': { ...to6, source: '2001:db8::1' },
  'route/add-v6-table': { ...to6, table: 1000 },
  'route/add-v6-via': to6,
  'route/add-via-dev': { ...to4, link: 'v0' },
  'route/add-via-inet6': { ...net4, via: 'fe80::2', link: 'v0' },
  'route/add-via': to4,
  'route/delete-v6': net6,
  'route/delete-via': { ...to4, link: 'v0', protocol: 'boot' },
  'route/delete': net4,
  'route/replace': { ...to4, metric: 0, metrics: { mtu: 1400 } },
  'rule/add-blackhole': { ...from4, action: 'blackhole' },
  'rule/add-from-to': { from: '192.0.2.1', to: '198.51.100.0/24', table: 'main' },
  'rule/add-from': { ...from4, ...t100 },
  'rule/add-fwmark-mask': { mark: 0x10, markMask: 0xff, ...t100 },
  'rule/add-fwmark': { mark: 0x10, ...t100 },
  'rule/add-goto-nowhere': { priority: 100, goto: 5000 },
  'rule/add-goto': { priority: 100, goto: 32766 },
  'rule/add-iif': { inputLink: 'v0', ...t100 },
  'rule/add-ipproto': { ipProtocol: 17, ...t100 },
  'rule/add-l3mdev': { priority: 1000, l3mdev: true },
  'rule/add-nop': { priority: 77, action: 'nop' },
  'rule/add-not': { not: true, ...from4, ...t100 },
  'rule/add-oif': { outputLink: 'v0', ...t100 },
  'rule/add-ports': { ipProtocol: 6, sourcePorts: [1000, 1000], destinationPorts: [80, 90], ...t100 },
  'rule/add-priority': { ...from4, priority: 1234, ...t100 },
  'rule/add-prohibit': { ...from4, action: 'prohibit' },
  'rule/add-protocol': { ...from4, protocol: 99, ...t100 },
  'rule/add-suppress-ifgroup': { table: 'main', suppressGroup: 42 },
  'rule/add-suppress-prefixlength': { table: 'main', suppressPrefixLength: 0 },
  'rule/add-table-above-255': { ...from4, table: 1000 },
  'rule/add-to': { to: '198.51.100.0/24', ...t100 },
  'rule/add-tos': { tos: 0x10, ...t100 },
  'rule/add-uidrange': { uids: [1000, 1999], ...t100 },
  'rule/add-unreachable': { ...from4, action: 'unreachable' },
  'rule/add-v6-all': { family: 6, priority: 7, mark: 1, inputLink: 'lo', uids: [0, 0], ipProtocol: 1, table: 1000 },
  'rule/add-v6-from': { from: '2001:db8::/32', ...t100 },
  'rule/delete-by-priority': { priority: 50 },
  'rule/delete': { ...from4, ...t100 },
  'neighbour/add-delay': { ...n4, state: 'delay' },
  'neighbour/add-failed': { ...n4, state: 'failed' },
  'neighbour/add-incomplete': { ...n4, state: 'incomplete' },
  'neighbour/add-noarp': { ...n4, state: 'noarp' },
  'neighbour/add-none': { ...n4, state: 'none' },
  'neighbour/add-permanent': { ...n4, state: 'permanent' },
  'neighbour/add-probe': { ...n4, state: 'probe' },
  'neighbour/add-proxy-v6': { link: 'v0', address: '2001:db8::100', proxy: true },
  'neighbour/add-proxy': { link: 'v0', address: '192.0.2.100', proxy: true },
  'neighbour/add-reachable': { ...n4, state: 'reachable' },
  'neighbour/add-stale': { ...n4, state: 'stale' },
  'neighbour/add-v6': { link: 'v0', address: '2001:db8::2', mac: '02:00:00:00:00:22', router: true },
  'neighbour/add-without-mac': { link: 'v0', address: '192.0.2.2', state: 'failed' },
  'neighbour/add': n4,
  'neighbour/replace': { ...n4, mac: '02:00:00:00:00:99' },
  'neighbour/delete-proxy': { link: 'v0', address: '192.0.2.100', proxy: true },
  'neighbour/delete': { link: 'v0', address: '192.0.2.2' },
  'fdb/add-bridge-self': { link: 'br0', mac: '02:00:00:00:0f:01', self: true },
  'fdb/add-dynamic': { ...port, state: 'dynamic' },
  'fdb/add-extern-learn': { ...port, state: 'dynamic', externallyLearned: true },
  'fdb/add-local': port,
  'fdb/add-master-permanent': port,
  'fdb/add-self': { link: 'v0', mac: '02:00:00:00:0f:01' },
  'fdb/add-static': { ...port, state: 'static' },
  'fdb/add-sticky': { ...port, state: 'static', sticky: true },
  'fdb/add-use-router': { ...port, use: true, router: true },
  'fdb/add-vlan': { ...port, state: 'static', vlan: 10 },
  'fdb/delete': port,
  'fdb/flush': { link: 'br0' },
  'fdb/flush-port': { link: 'br0', port: 'v0', permanent: false },
  'fdb/replace': { ...port, state: 'static' },
  'fdb/vxlan-add-all': { ...vx, port: 4790, vni: 99, via: 'v0', self: true },
  'fdb/vxlan-add-v6': { ...vx, remote: '2001:db8::2' },
  'fdb/vxlan-add': vx,
  'fdb/vxlan-append-flood': { link: 'vx0', mac: '00:00:00:00:00:00', remote: '192.0.2.2', append: true },
  'fdb/vxlan-delete': vx,
  'fdb/vxlan-replace': { ...vx, remote: '192.0.2.3' },
  'fdb/vxlan-src-vni': { ...vx, sourceVni: 7 },
}

// Requests that have no counterpart here, each with the reason.
const without: Record<string, string> = {
  'address/add-echo': 'add-v4-plain with NLM_F_ECHO',
  'address/change-lifetimes': 'ip change: REPLACE without CREATE; set makes or replaces',
  'route/add-echo': 'add-via with NLM_F_ECHO',
  'route/add-realm': 'realms are not offered',
  'route/append': 'append is not offered for routes',
  'route/prepend': 'prepend is not offered for routes',
  'route/change': 'ip change: REPLACE without CREATE',
  'rule/add-realms': 'realms are not offered',
  'neighbour/add-extern-learn': 'protocol is not offered for neighbours',
  'neighbour/add-managed': 'managed is not offered',
  'neighbour/add-use': 'use is not offered',
  'neighbour/change': 'ip change: REPLACE without CREATE',
  'fdb/append': 'a bridge keeps one port a MAC; append is for VXLAN',
}

const verbs: Record<string, string> = { add: 'add', delete: 'delete', replace: 'set', append: 'add', flush: 'flush' }
const mutating = (name: string) => !/\/(?:list|get)/.test(name)

describe('requests about addresses, routes, rules, neighbours and FDB entries equal those of iproute2', () => {
  const names = ['address', 'route', 'rule', 'neighbour', 'fdb']
    .flatMap((object) => listFixtures(object))
    .filter(mutating)
  it('has a meaning, or a reason to have none, for every recording', () => {
    expect(names.filter((name) => meaning[name] === undefined && without[name] === undefined)).toEqual([])
  })
  for (const [name, spec] of Object.entries(meaning)) {
    it(name, () => {
      const fixture = loadFixture(name)
      const [object, file] = name.split('/') as [string, string]
      const verb = Object.keys(verbs).find((word) => file.split('-').includes(word)) ?? 'add'
      const operation = `${object} ${verbs[verb]}` as NetlinkOperation
      const request = cleanRequest({ operation, spec } as unknown as LooseRequest)
      const codec = codecs[operation] as OperationCodec<never>
      const to = new MessageWriter()
      const recorded = fixture.requests.at(-1) as Uint8Array
      codec.encode(to, request.spec as never, {
        linkIndex: (ref) =>
          object === 'fdb'
            ? recordedIndex(recorded, ref === spec.via || ref === spec.port)
            : (indexes[ref as string] as number),
        timerFrequency: () => 1e9,
        namespaceFd: () => 3,
      })
      expect(dissect(to.bytes.slice(0, to.length), object)).toEqual(dissect(recorded, object))
    })
  }
})

const indexes: Record<string, number> = { lo: 1, v1: 2, v0: 3 }

/** The set-ups of FDB recordings differ, and so do their indexes: taken from the recording. */
function recordedIndex(message: Uint8Array, via: boolean): number {
  const view = new DataView(message.buffer, message.byteOffset, message.length)
  if (!via) return view.getUint32(20, true)
  for (let at = 28; at < message.length; at += (view.getUint16(at, true) + 3) & ~3) {
    if (view.getUint16(at + 2, true) === 8) return view.getUint32(at + 4, true)
  }
  return 0
}
