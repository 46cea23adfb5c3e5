/** Addresses, routes, rules, neighbours, FDB entries, namespaces against what iproute2 6.1 wrote (Linux 6.18). */
import type { Address, FdbEntry, Neighbour, Route, Rule } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { addressJson, addressListJson } from '../src/render/ip-json/address.js'
import { fdbJson } from '../src/render/ip-json/fdb.js'
import { namespaceJson } from '../src/render/ip-json/namespace.js'
import { neighbourJson } from '../src/render/ip-json/neighbour.js'
import { type RouteDetail, routeJson } from '../src/render/ip-json/route.js'
import { ruleJson } from '../src/render/ip-json/rule.js'
import { testLink, testNames } from './names.js'

const names = testNames([
  { index: 1, name: 'lo' },
  { index: 2, name: 'br0' },
  { index: 4, name: 'v2' },
  { index: 16, name: 'd0' },
])
const infinite = Number.POSITIVE_INFINITY

const address = (own: Partial<Address>): Address => ({
  link: 2,
  family: 4,
  address: '10.0.0.1',
  prefixLength: 24,
  scope: 'global',
  flags: ['permanent'],
  validLifetime: infinite,
  preferredLifetime: infinite,
  other: [],
  ...own,
})
const route = (own: Partial<Route>): Route => ({
  family: 4,
  type: 'unicast',
  destination: 'default',
  nextHops: [],
  table: 'main',
  protocol: 'boot',
  scope: 'global',
  tos: 0,
  flags: [],
  other: [],
  ...own,
})
const rule = (own: Partial<Rule>): Rule => ({
  family: 4,
  priority: 500,
  action: 'table',
  table: 'main',
  protocol: 'unspec',
  flags: [],
  other: [],
  ...own,
})
const neighbour = (own: Partial<Neighbour>): Neighbour => ({
  link: 4,
  family: 4,
  address: '172.20.1.2',
  state: 'permanent',
  flags: [],
  other: [],
  ...own,
})
const entry = (own: Partial<FdbEntry>): FdbEntry => ({
  link: 4,
  mac: '02:00:00:00:02:01',
  state: 'permanent',
  stale: false,
  flags: [],
  other: [],
  ...own,
})

describe('ip -j address', () => {
  it.each<[string, Partial<Address>, string]>([
    [
      'an alias',
      { address: '172.10.1.10', label: 'br0:1' },
      '{"family":"inet","local":"172.10.1.10","prefixlen":24,"scope":"global","label":"br0:1","valid_life_time":4294967295,"preferred_life_time":4294967295}',
    ],
    [
      'a secondary address',
      { address: '172.20.1.5', label: 'v2', flags: ['secondary', 'permanent'] },
      '{"family":"inet","local":"172.20.1.5","prefixlen":24,"scope":"global","secondary":true,"label":"v2","valid_life_time":4294967295,"preferred_life_time":4294967295}',
    ],
    [
      'a broadcast address',
      { address: '172.20.1.1', broadcast: '172.20.1.255', label: 'v2' },
      '{"family":"inet","local":"172.20.1.1","prefixlen":24,"broadcast":"172.20.1.255","scope":"global","label":"v2","valid_life_time":4294967295,"preferred_life_time":4294967295}',
    ],
    [
      'a peer',
      { address: '10.9.9.1', peer: '10.9.9.2', prefixLength: 32, label: 'd0' },
      '{"family":"inet","local":"10.9.9.1","address":"10.9.9.2","prefixlen":32,"scope":"global","label":"d0","valid_life_time":4294967295,"preferred_life_time":4294967295}',
    ],
    [
      'a lifetime and a metric',
      {
        address: '10.8.8.1',
        metric: 77,
        flags: ['noprefixroute'],
        label: 'd0',
        validLifetime: 999,
        preferredLifetime: 499,
      },
      '{"family":"inet","local":"10.8.8.1","prefixlen":24,"metric":77,"scope":"global","dynamic":true,"noprefixroute":true,"label":"d0","valid_life_time":999,"preferred_life_time":499}',
    ],
    [
      'flags of IPv6',
      {
        family: 6,
        address: 'fd00::6',
        prefixLength: 64,
        flags: ['deprecated', 'tentative', 'permanent'],
        preferredLifetime: 0,
      },
      '{"family":"inet6","local":"fd00::6","prefixlen":64,"scope":"global","deprecated":true,"tentative":true,"valid_life_time":4294967295,"preferred_life_time":0}',
    ],
    [
      'temporary addresses and a home address',
      { family: 6, address: 'fd00::5', prefixLength: 64, flags: ['home', 'tentative', 'permanent', 'mngtmpaddr'] },
      '{"family":"inet6","local":"fd00::5","prefixlen":64,"scope":"global","home":true,"tentative":true,"mngtmpaddr":true,"valid_life_time":4294967295,"preferred_life_time":4294967295}',
    ],
  ])('writes %s', (_, own, recorded) => {
    expect(JSON.stringify(addressJson(address(own), names))).toBe(recorded)
  })

  it('writes links with their addresses, and links without', () => {
    const links = [
      testLink({ index: 2, name: 'br0', mac: '02:00:00:00:00:01', alias: 'not shown', altNames: ['bridge-of-all'] }),
      testLink({ index: 4, name: 'v2', mac: '02:00:00:00:00:02' }),
    ]
    const json = addressListJson(links, [address({ label: 'br0' })], names)
    expect(JSON.stringify(json)).toBe(
      '[{"ifindex":2,"ifname":"br0","flags":["BROADCAST","MULTICAST"],"mtu":1500,"qdisc":"noop","operstate":"DOWN","group":"default","txqlen":1000,"link_type":"ether","address":"02:00:00:00:00:01","broadcast":"ff:ff:ff:ff:ff:ff","altnames":["bridge-of-all"],"addr_info":[{"family":"inet","local":"10.0.0.1","prefixlen":24,"scope":"global","label":"br0","valid_life_time":4294967295,"preferred_life_time":4294967295}]},{"ifindex":4,"ifname":"v2","flags":["BROADCAST","MULTICAST"],"mtu":1500,"qdisc":"noop","operstate":"DOWN","group":"default","txqlen":1000,"link_type":"ether","address":"02:00:00:00:00:02","broadcast":"ff:ff:ff:ff:ff:ff","addr_info":[]}]',
    )
  })

  it('leaves the hardware out where a version of IP is asked for', () => {
    const [json] = addressListJson([testLink({ index: 2, name: 'br0', mac: '02:00:00:00:00:01' })], [], names, {
      family: 4,
    })
    expect(Object.keys(json ?? {})).toEqual([
      'ifindex',
      'ifname',
      'flags',
      'mtu',
      'qdisc',
      'operstate',
      'group',
      'txqlen',
      'addr_info',
    ])
  })
})

describe('ip -j route', () => {
  it.each<[string, Partial<Route>, RouteDetail, string]>([
    [
      'a default route',
      { via: '172.20.1.254', link: 4 },
      {},
      '{"dst":"default","gateway":"172.20.1.254","dev":"v2","flags":[]}',
    ],
    [
      'metrics',
      {
        destination: '10.50.0.0/16',
        via: '172.20.1.253',
        link: 4,
        protocol: 'static',
        metric: 50,
        flags: ['linkdown'],
        metrics: { mtu: 1300, advmss: 1200 },
      },
      {},
      '{"dst":"10.50.0.0/16","gateway":"172.20.1.253","dev":"v2","protocol":"static","metric":50,"flags":["linkdown"],"metrics":[{"mtu":1300,"advmss":1200}]}',
    ],
    [
      'all metrics in order',
      {
        destination: '10.56.0.0/16',
        link: 16,
        protocol: 77,
        scope: 'link',
        metrics: {
          mtu: 1200,
          lock: ['mtu'],
          hopLimit: 33,
          initialCongestionWindow: 9,
          quickAck: true,
          rtoMin: 0.2,
          window: 1000,
          initialReceiveWindow: 22,
        },
      },
      {},
      '{"dst":"10.56.0.0/16","dev":"d0","protocol":"77","scope":"link","flags":[],"metrics":[{"mtu":1200,"window":1000,"hoplimit":33,"initcwnd":9,"rto_min":200,"initrwnd":22,"quickack":1}]}',
    ],
    [
      'several ways',
      {
        destination: '10.52.0.0/16',
        nextHops: [
          { via: '172.20.1.2', link: 4, weight: 2, flags: [] },
          { link: 16, weight: 5, flags: [] },
        ],
      },
      {},
      '{"dst":"10.52.0.0/16","flags":[],"nexthops":[{"gateway":"172.20.1.2","dev":"v2","weight":2,"flags":[]},{"dev":"d0","weight":5,"flags":[]}]}',
    ],
    [
      'a black hole',
      { type: 'blackhole', destination: '10.53.0.0/16' },
      {},
      '{"type":"blackhole","dst":"10.53.0.0/16","flags":[]}',
    ],
    [
      'another table and a type of service',
      { destination: '10.55.0.0/16', link: 16, table: 100, tos: 16, scope: 'link' },
      {},
      '{"dst":"10.55.0.0/16","tos":"0x10","dev":"d0","table":"100","scope":"link","flags":[]}',
    ],
    [
      'a gateway of the other version of IP',
      { destination: '10.58.0.0/16', via: 'fd00::77', link: 16 },
      {},
      '{"dst":"10.58.0.0/16","via":{"family":"inet6","host":"fd00::77"},"dev":"d0","flags":[]}',
    ],
    [
      'a nexthop object',
      { destination: '10.60.0.0/16', nextHopId: 5, via: '172.20.1.9', link: 4 },
      {},
      '{"dst":"10.60.0.0/16","nhid":5,"gateway":"172.20.1.9","dev":"v2","flags":[]}',
    ],
    [
      'a single address, made by the kernel',
      { destination: '10.9.9.2/32', link: 16, protocol: 'kernel', scope: 'link', source: '10.9.9.1' },
      {},
      '{"dst":"10.9.9.2","dev":"d0","protocol":"kernel","scope":"link","prefsrc":"10.9.9.1","flags":[]}',
    ],
    [
      'IPv6 with a lifetime',
      {
        family: 6,
        destination: 'fd04::/64',
        via: 'fd00::99',
        link: 16,
        metric: 1024,
        expires: 498,
        preference: 'high',
      },
      {},
      '{"dst":"fd04::/64","gateway":"fd00::99","dev":"d0","metric":1024,"flags":[],"expires":498,"pref":"high"}',
    ],
    [
      'IPv6 with several ways',
      {
        family: 6,
        destination: 'fd02::/64',
        metric: 1024,
        preference: 'medium',
        nextHops: [{ via: 'fd00::98', link: 16, weight: 2, flags: [] }],
      },
      {},
      '{"dst":"fd02::/64","metric":1024,"flags":[],"pref":"medium","nexthops":[{"gateway":"fd00::98","dev":"d0","weight":2,"flags":[]}]}',
    ],
    [
      'everything, with details',
      { via: '172.20.1.254', link: 4 },
      { details: true, oneTable: true },
      '{"type":"unicast","dst":"default","gateway":"172.20.1.254","dev":"v2","protocol":"boot","scope":"global","flags":[]}',
    ],
    [
      'less, where the question says the rest',
      { destination: '10.50.0.0/16', via: '172.20.1.253', link: 4, protocol: 'static', table: 100 },
      { oneTable: true, oneLink: true, oneMaker: true },
      '{"dst":"10.50.0.0/16","gateway":"172.20.1.253","flags":[]}',
    ],
    [
      'the answer of get',
      { destination: '10.0.0.255/32', type: 'broadcast', link: 4, source: '10.0.0.1', mark: 51, uid: 0 },
      { answer: true },
      '{"type":"broadcast","dst":"10.0.0.255","dev":"v2","prefsrc":"10.0.0.1","flags":[],"mark":51,"uid":0,"cache":["local","brd"]}',
    ],
  ])('writes %s', (_, own, detail, recorded) => {
    expect(JSON.stringify(routeJson(route(own), names, detail))).toBe(recorded)
  })
})

describe('ip -j rule', () => {
  it.each<[Partial<Rule>, string]>([
    [{ priority: 0, table: 'local', protocol: 'kernel' }, '{"priority":0,"src":"all","table":"local"}'],
    [{ from: '10.0.0.0/8', table: 100 }, '{"priority":500,"src":"10.0.0.0","srclen":8,"table":"100"}'],
    [
      { priority: 501, to: '10.1.0.0/16', mark: 5, markMask: 255, inputLink: 'v2' },
      '{"priority":501,"src":"all","dst":"10.1.0.0","dstlen":16,"fwmark":"0x5","fwmask":"0xff","iif":"v2","table":"main"}',
    ],
    [
      {
        priority: 502,
        not: true,
        from: '10.2.0.1/32',
        outputLink: 'd0',
        action: 'unreachable',
        flags: ['oif_detached'],
      },
      '{"priority":502,"not":null,"src":"10.2.0.1","oif":"d0","oif_detached":null,"action":"unreachable"}',
    ],
    [
      {
        priority: 503,
        ipProtocol: 6,
        sourcePorts: [10, 20],
        destinationPorts: [80, 80],
        uids: [0, 100],
        tos: 16,
        table: 200,
      },
      '{"priority":503,"src":"all","tos":"0x10","uid_start":0,"uid_end":100,"ipproto":"tcp","sport_start":10,"sport_end":20,"dport":80,"table":"200"}',
    ],
    [{ priority: 504, action: 'goto', goto: 32766 }, '{"priority":504,"src":"all","goto":32766}'],
    [
      { priority: 505, suppressPrefixLength: 8, suppressGroup: 3, protocol: 'static' },
      '{"priority":505,"src":"all","table":"main","suppress_prefixlen":8,"suppress_ifgroup":"3","protocol":"static"}',
    ],
    [{ priority: 506, l3mdev: true }, '{"priority":506,"src":"all","l3mdev":null}'],
    [{ priority: 507, action: 'nop' }, '{"priority":507,"src":"all","nop":null}'],
    [{ priority: 508, action: 'blackhole' }, '{"priority":508,"src":"all","action":"blackhole"}'],
    [
      { priority: 510, inputLink: 'nonexist', flags: ['iif_detached'] },
      '{"priority":510,"src":"all","iif":"nonexist","iif_detached":null,"table":"main"}',
    ],
    [{ priority: 511, tunnelId: 77 }, '{"priority":511,"src":"all","tun_id":77,"table":"main"}'],
    [{ family: 6, from: 'fd00::/64', table: 100 }, '{"priority":500,"src":"fd00::","srclen":64,"table":"100"}'],
  ])('%#', (own, recorded) => {
    expect(JSON.stringify(ruleJson(rule(own), names))).toBe(recorded)
  })

  it('tells the maker with details', () => {
    expect(
      JSON.stringify(ruleJson(rule({ priority: 0, table: 'local', protocol: 'kernel' }), names, { details: true })),
    ).toBe('{"priority":0,"src":"all","table":"local","protocol":"kernel"}')
  })
})

describe('ip -j neighbour', () => {
  it.each<[Partial<Neighbour>, object, string]>([
    [
      { mac: '02:00:00:00:01:02' },
      {},
      '{"dst":"172.20.1.2","dev":"v2","lladdr":"02:00:00:00:01:02","state":["PERMANENT"]}',
    ],
    [
      { mac: '02:00:00:00:01:04', state: 'reachable', flags: ['extern_learn'] },
      {},
      '{"dst":"172.20.1.2","dev":"v2","lladdr":"02:00:00:00:01:04","extern_learn":null,"state":["REACHABLE"]}',
    ],
    [{ state: 'none', flags: ['proxy'] }, {}, '{"dst":"172.20.1.2","dev":"v2","proxy":null}'],
    [{ state: 'none' }, {}, '{"dst":"172.20.1.2","dev":"v2"}'],
    [
      { mac: '02:00:00:00:01:02' },
      { oneLink: true },
      '{"dst":"172.20.1.2","lladdr":"02:00:00:00:01:02","state":["PERMANENT"]}',
    ],
  ])('%#', (own, detail, recorded) => {
    expect(JSON.stringify(neighbourJson(neighbour(own), names, detail))).toBe(recorded)
  })
})

describe('bridge -j fdb', () => {
  it.each<[Partial<FdbEntry>, object, string]>([
    [
      { mac: '33:33:00:00:00:01', flags: ['self'] },
      {},
      '{"mac":"33:33:00:00:00:01","ifname":"v2","flags":["self"],"state":"permanent"}',
    ],
    [
      { master: 2, state: 'static', flags: ['sticky'] },
      {},
      '{"mac":"02:00:00:00:02:01","ifname":"v2","flags":["sticky"],"master":"br0","state":"static"}',
    ],
    [
      { master: 2, state: 'dynamic', flags: ['extern_learn'] },
      { oneLink: true },
      '{"mac":"02:00:00:00:02:01","flags":["extern_learn"],"master":"br0","state":""}',
    ],
    [
      { remote: '172.20.1.7', port: 1234, vni: 9, via: 16, flags: ['self'] },
      {},
      '{"mac":"02:00:00:00:02:01","ifname":"v2","dst":"172.20.1.7","port":1234,"vni":9,"viaIf":"d0","flags":["self"],"state":"permanent"}',
    ],
    [
      { remote: '172.20.1.7', vni: 6, sourceVni: 5, flags: ['self'] },
      {},
      '{"mac":"02:00:00:00:02:01","ifname":"v2","dst":"172.20.1.7","vni":6,"src_vni":5,"flags":["self"],"state":"permanent"}',
    ],
    [
      { master: 2, used: 2, updated: 2 },
      { statistics: true },
      '{"mac":"02:00:00:00:02:01","ifname":"v2","used":2,"updated":2,"flags":[],"master":"br0","state":"permanent"}',
    ],
  ])('%#', (own, detail, recorded) => {
    expect(JSON.stringify(fdbJson(entry(own), names, detail))).toBe(recorded)
  })
})

describe('ip -j netns', () => {
  it('writes the number where there is one', () => {
    expect(JSON.stringify(namespaceJson({ name: 'blue', id: 0, identity: '4:1' }))).toBe('{"name":"blue","id":0}')
    expect(JSON.stringify(namespaceJson({ name: 'blue', identity: '4:1' }))).toBe('{"name":"blue"}')
  })
})
