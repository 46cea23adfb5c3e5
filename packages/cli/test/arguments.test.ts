/** From words to requests: each form of the contract, every short form, every kind of value. */
import { parseIp, parseMac, parsePrefix } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { record } from './recorder.js'

/** The one request that a line leads to. */
async function requestOf(line: string | readonly string[]): Promise<{ operation: string; spec: unknown }> {
  const { status, err, requests } = await record(line)
  expect(err).toBe('')
  expect(status).toBe(0)
  expect(requests).toHaveLength(1)
  return requests[0] as { operation: string; spec: unknown }
}

describe('links', () => {
  it.each([
    [
      'link add bridge br1 --stp --forward-delay 4',
      'link add',
      { kind: 'bridge', name: 'br1', bridge: { stp: true, forwardDelay: 4 } },
    ],
    [
      'link add veth v1 --peer eth0 --peer-namespace blue',
      'link add',
      { kind: 'veth', name: 'v1', peer: { name: 'eth0', namespace: { name: 'blue' } } },
    ],
    ['link set v0 --up --master br0 --mtu 1400', 'link set', { link: 'v0', up: true, master: 'br0', mtu: 1400 }],
    ['link set v0 --down --no-master --no-arp', 'link set', { link: 'v0', up: false, master: null, arp: false }],
    ['link set #3 --name v9', 'link set', { link: 3, name: 'v9' }],
    [
      'link set v0 --add-alt-name a --add-alt-name b,c --delete-alt-name d',
      'link set',
      { link: 'v0', addAltNames: ['a', 'b', 'c'], deleteAltNames: ['d'] },
    ],
    [
      'link set v0 --port-cost 7 --no-port-learning --port-state forwarding --port-fdb-flush',
      'link set',
      { link: 'v0', port: { cost: 7, learning: false, state: 'forwarding', fdbFlush: true } },
    ],
    ['link set br0 --no-stp --ageing-time 0.5', 'link set', { link: 'br0', bridge: { stp: false, ageingTime: 0.5 } }],
    ['link set br0 --no-link-local-learn', 'link set', { link: 'br0', bridge: { noLinkLocalLearn: true } }],
    ['link set vx0 --id 42 --no-learning', 'link set', { link: 'vx0', vxlan: { id: 42, learning: false } }],
    ['link set v0 --to-namespace /proc/7/ns/net', 'link set', { link: 'v0', namespace: { path: '/proc/7/ns/net' } }],
    [
      'link add vlan eth0.8 --parent br0 --id 8 --ingress-qos 1:5,2:6',
      'link add',
      { kind: 'vlan', name: 'eth0.8', parent: 'br0', vlan: { id: 8, ingressQos: { 1: 5, 2: 6 } } },
    ],
    [
      'link add vxlan vx1 --id 0x2a --port-range 5000-6000 --link br0',
      'link add',
      { kind: 'vxlan', name: 'vx1', vxlan: { id: 42, portRange: [5000, 6000], link: 'br0' } },
    ],
    [
      'link add gre gre1 --remote 192.0.2.7 --ikey 5 --okey 0x10 --ttl 64 --no-pmtudisc --ignore-df --encap fou --encap-dport 5555',
      'link add',
      {
        kind: 'gre',
        name: 'gre1',
        gre: {
          ...{ remote: '192.0.2.7', ikey: 5, okey: 16, ttl: 64, pmtudisc: false, ignoreDf: true },
          ...{ encap: 'fou', encapDport: 5555 },
        },
      },
    ],
    [
      'link add ip6tnl t1 --remote 2001:db8::7 --mode ipip6 --tclass-inherit --flow-label 7',
      'link add',
      {
        kind: 'ip6tnl',
        name: 't1',
        ip6tnl: { remote: '2001:db8::7', mode: 'ipip6', tclassInherit: true, flowLabel: 7 },
      },
    ],
    [
      'link add erspan es1 --remote 192.0.2.7 --ikey 7 --okey 7 --erspan-version 2 --erspan-dir egress',
      'link add',
      {
        kind: 'erspan',
        name: 'es1',
        erspan: { remote: '192.0.2.7', ikey: 7, okey: 7, erspanVersion: 2, erspanDir: 'egress' },
      },
    ],
    ['link add gretap --external', 'link add', { kind: 'gretap', gretap: { external: true } }],
    [
      'link add geneve gn1 --id 42 --remote 192.0.2.7 --df set',
      'link add',
      { kind: 'geneve', name: 'gn1', geneve: { id: 42, remote: '192.0.2.7', df: 'set' } },
    ],
    ['link set gre9 --no-remote', 'link set', { link: 'gre9', gre: { remote: null } }],
    ['link set gre9 --no-ikey --okey 6 --ttl 9', 'link set', { link: 'gre9', gre: { ikey: null, okey: 6, ttl: 9 } }],
    [
      'link add macvlan --parent br0 --mode source --macs 02:00:00:00:00:aa,02:00:00:00:00:bb --broadcast-cutoff -1',
      'link add',
      {
        kind: 'macvlan',
        parent: 'br0',
        macvlan: { mode: 'source', macs: ['02:00:00:00:00:aa', '02:00:00:00:00:bb'], broadcastCutoff: -1 },
      },
    ],
    [
      'link add tap tap0 --multi-queue --owner 0',
      'link add',
      { kind: 'tap', name: 'tap0', tun: { multiQueue: true, owner: 0 } },
    ],
    ['link add dummy d0 --up --group default', 'link add', { kind: 'dummy', name: 'd0', up: true, group: 0 }],
    ['link delete v0', 'link delete', { link: 'v0' }],
    ['l d v0', 'link delete', { link: 'v0' }],
    [
      'link add ifb --index 77 --tx-queues 2 --rx-queues 3',
      'link add',
      { kind: 'ifb', index: 77, txQueues: 2, rxQueues: 3 },
    ],
  ])('%s', async (line, operation, spec) => {
    const request = await requestOf(
      line.includes('macvlan') || line.includes('ifb') ? [...line.split(' '), 'named0'] : line,
    )
    const named = line.includes('macvlan') || line.includes('ifb') ? { name: 'named0' } : {}
    expect(request.operation).toBe(operation)
    const { macvlan: _, ...rest } = request.spec as Record<string, unknown>
    expect(operation === 'link add' && line.includes('macvlan') ? { ...rest } : request.spec).toMatchObject(
      line.includes('macvlan') ? { kind: 'macvlan', parent: 'br0', ...named } : { ...spec, ...named },
    )
  })

  it('keeps attributes of a kind of the kernel', async () => {
    const { spec } = await requestOf('link add other vcan m0 --data 1=2a00 --data 2=')
    expect(spec).toMatchObject({
      kind: 'vcan',
      name: 'm0',
      data: [
        { type: 1, bytes: Uint8Array.of(42, 0) },
        { type: 2, bytes: new Uint8Array() },
      ],
    })
  })

  it('passes MACs and aliases on', async () => {
    const { spec } = await requestOf(['link', 'set', 'v0', '--mac', '02:00:00:00:00:05', '--alias', 'to the roof'])
    expect(spec).toMatchObject({ mac: parseMac('02:00:00:00:00:05'), alias: 'to the roof' })
  })
})

describe('addresses, routes, rules', () => {
  it.each([
    [
      'address add 172.10.1.10/24 --on br0 --label br0:1',
      'address add',
      { link: 'br0', address: parsePrefix('172.10.1.10/24'), label: 'br0:1' },
    ],
    [
      'a a fd00::1/64 --on br0 --no-dad',
      'address add',
      { link: 'br0', address: parsePrefix('fd00::1/64'), noDad: true },
    ],
    [
      'addr replace 10.0.0.1/24 --on br0 --broadcast + --valid-lifetime 600 --preferred-lifetime 0',
      'address set',
      { broadcast: parseIp('10.0.0.255'), validLifetime: 600, preferredLifetime: 0 },
    ],
    [
      'address add 10.0.0.1/24 --on br0 --valid-lifetime forever --no-prefix-route --scope link',
      'address add',
      { validLifetime: Number.POSITIVE_INFINITY, noPrefixRoute: true, scope: 'link' },
    ],
    [
      'alias add br0:1 172.10.1.10/24 --broadcast + --metric 7 --no-prefix-route',
      'address add',
      {
        link: 2,
        address: parsePrefix('172.10.1.10/24'),
        label: 'br0:1',
        broadcast: parseIp('172.10.1.255'),
        metric: 7,
        noPrefixRoute: true,
      },
    ],
    ['alias rm br0:web', 'address delete', { link: 2, address: parsePrefix('172.10.2.10/24'), label: 'br0:web' }],
    ['address del 10.0.0.1/24 --on #2', 'address delete', { link: 2, address: parsePrefix('10.0.0.1/24') }],
    [
      'route add default --via 172.10.1.1',
      'route add',
      { destination: parsePrefix('0.0.0.0/0'), via: parseIp('172.10.1.1'), family: 4 },
    ],
    ['r a default -6 --on v0', 'route add', { destination: parsePrefix('::/0'), link: 'v0', family: 6 }],
    [
      'route add 10.0.0.0/8 --next-hop via=10.0.0.1,on=eth0,weight=2 --next-hop via=10.0.0.2,on-link --table 100',
      'route add',
      {
        nextHops: [
          { via: parseIp('10.0.0.1'), link: 'eth0', weight: 2 },
          { via: parseIp('10.0.0.2'), onLink: true },
        ],
        table: 100,
      },
    ],
    [
      'route replace 10.0.0.0/8 --type blackhole --metric 5 --protocol gated --mtu 1300 --lock mtu --quick-ack',
      'route set',
      { type: 'blackhole', metric: 5, protocol: 'gated', metrics: { mtu: 1300, lock: ['mtu'], quickAck: true } },
    ],
    ['route del 10.0.0.0/8 --table local', 'route delete', { destination: parsePrefix('10.0.0.0/8'), table: 'local' }],
    [
      'rule add --from 10.0.0.0/8 --table 100 --mark 0x5/0xff --source-ports 10-20 --destination-ports 80 --not',
      'rule add',
      {
        from: parsePrefix('10.0.0.0/8'),
        table: 100,
        mark: 5,
        markMask: 255,
        sourcePorts: [10, 20],
        destinationPorts: [80, 80],
        not: true,
      },
    ],
    [
      'ru a --goto 900 --priority 5 --ip-protocol tcp',
      'rule add',
      { action: 'goto', goto: 900, priority: 5, ipProtocol: 6 },
    ],
    ['rule d --priority 5', 'rule delete', { priority: 5 }],
  ])('%s', async (line, operation, spec) => {
    const request = await requestOf(line)
    expect(request.operation).toBe(operation)
    expect(request.spec).toMatchObject(spec)
  })
})

describe('neighbours, FDB entries, namespaces', () => {
  const mac = parseMac('02:00:00:00:00:02')
  it.each([
    [
      'neighbour add 10.0.0.2 --on br0 --mac 02:00:00:00:00:02 --state stale --externally-learned',
      'neighbour add',
      { link: 'br0', address: parseIp('10.0.0.2'), mac, state: 'stale', externallyLearned: true },
    ],
    ['n replace 10.0.0.2 --on br0 --mac 02:00:00:00:00:02', 'neighbour set', { link: 'br0', mac }],
    ['neigh del 10.0.0.2 --on br0 --proxy', 'neighbour delete', { link: 'br0', proxy: true }],
    [
      'fdb add 02:00:00:00:00:02 --on v0 --master --state static --vlan 7 --sticky',
      'fdb add',
      { link: 'v0', mac, master: true, state: 'static', vlan: 7, sticky: true },
    ],
    [
      'fdb add 02:00:00:00:00:02 --on vx0 --remote 192.0.2.7 --port 4789 --vni 9 --source-vni 5 --via br0 --append',
      'fdb add',
      {
        link: 'vx0',
        self: true,
        remote: parseIp('192.0.2.7'),
        port: 4789,
        vni: 9,
        sourceVni: 5,
        via: 'br0',
        append: true,
      },
    ],
    [
      'fdb flush br0 --port v0 --no-permanent --static --vlan 7',
      'fdb flush',
      { link: 'br0', port: 'v0', permanent: false, static: true, vlan: 7, self: true },
    ],
    [
      'bridge vlan add 10 --on v0 --pvid --untagged',
      'bridgeVlan add',
      { link: 'v0', vlan: [10, 10], pvid: true, untagged: true },
    ],
    ['b v a 10-20 --on br0 --self', 'bridgeVlan add', { link: 'br0', vlan: [10, 20], self: true }],
    [
      'bridge vlan set 10 --on v0 --state blocking --multicast-router 2 --multicast-max-groups 5 --no-neighbour-suppress',
      'bridgeVlan set',
      {
        link: 'v0',
        vlan: [10, 10],
        state: 'blocking',
        multicastRouter: 2,
        multicastMaxGroups: 5,
        neighbourSuppress: false,
      },
    ],
    [
      'bridge vlan global set 10-20 --on br0 --multicast-querier --multicast-igmp-version 3 --msti 7',
      'bridgeVlanGlobal set',
      { bridge: 'br0', vlan: [10, 20], multicastQuerier: true, multicastIgmpVersion: 3, msti: 7 },
    ],
    [
      'bridge mst set --on v0 --msti 2 --state forwarding',
      'bridgeMst set',
      { link: 'v0', msti: 2, state: 'forwarding' },
    ],
    [
      'bridge vni add 100-200 --on vx0 --remote 192.0.2.1',
      'bridgeVni add',
      { link: 'vx0', vni: [100, 200], remote: Uint8Array.of(192, 0, 2, 1) },
    ],
    ['token set ::5 --on v0', 'token set', { link: 'v0', token: Uint8Array.of(...new Array(15).fill(0), 5) }],
    ['token del --on v0', 'token delete', { link: 'v0' }],
    [
      'action add police=1mbit/10kb:index=7 --skip-hardware',
      'action add',
      { kind: 'police', rate: 1_000_000, burst: 10_240, exceed: 'shot', index: 7, skipHardware: true },
    ],
    ['action set drop:index=3', 'action set', { kind: 'gact', control: 'shot', index: 3 }],
    ['action delete police 7', 'action delete', { kind: 'police', index: 7 }],
    ['action flush mirred', 'action flush', { kind: 'mirred' }],
    ['bridge vni del 7 --on vx0', 'bridgeVni delete', { link: 'vx0', vni: [7, 7] }],
    ['bridge vlan del 10:20 --on v0 --master', 'bridgeVlan delete', { link: 'v0', vlan: [10, 20], master: true }],
    [
      'mdb add 239.1.2.3 --bridge br0 --on v0 --source 192.0.2.9 --vlan 7 --state permanent',
      'mdb add',
      {
        ...{ bridge: 'br0', port: 'v0', group: Uint8Array.of(239, 1, 2, 3), vlan: 7, state: 'permanent' },
        source: Uint8Array.of(192, 0, 2, 9),
      },
    ],
    [
      'mdb set 239.1.2.3 --bridge br0 --on v0 --filter-mode include --sources 192.0.2.1,192.0.2.2 --protocol bgp',
      'mdb set',
      {
        filterMode: 'include',
        sources: [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(192, 0, 2, 2)],
        protocol: 'bgp',
      },
    ],
    [
      'mdb del 01:00:5e:01:02:03 --bridge br0 --on br0',
      'mdb delete',
      { bridge: 'br0', port: 'br0', group: Uint8Array.of(1, 0, 0x5e, 1, 2, 3) },
    ],
    [
      'mdb flush br0 --on v0 --vlan 7 --no-permanent --protocol static',
      'mdb flush',
      { bridge: 'br0', port: 'v0', vlan: 7, permanent: false, protocol: 'static' },
    ],
    ['fdb set 02:00:00:00:00:02 --on v0 --master --use', 'fdb set', { link: 'v0', mac, master: true, use: true }],
    ['fdb add 02:00:00:00:00:02 --on vx0 --nexthop 20', 'fdb add', { link: 'vx0', mac, self: true, nexthop: 20 }],
    [
      'fdb flush vx0 --remote 192.0.2.2 --udp-port 4790 --vni 99 --source-vni 7 --no-router',
      'fdb flush',
      {
        ...{ link: 'vx0', remote: Uint8Array.of(192, 0, 2, 2), udpPort: 4790, vni: 99, sourceVni: 7 },
        router: false,
      },
    ],
    ['fdb del 02:00:00:00:00:02 --on v0 --master', 'fdb delete', { link: 'v0', mac, master: true }],
    ['netns add red', 'namespace add', { name: 'red' }],
    ['ns del red', 'namespace delete', { name: 'red' }],
  ])('%s', async (line, operation, spec) => {
    const request = await requestOf(line)
    expect(request.operation).toBe(operation)
    expect(request.spec).toMatchObject(spec)
  })
})

describe('the shape of a line', () => {
  it.each([
    '--namespace blue link set v0 --up',
    'link --namespace blue set v0 --up',
    'link set --namespace=blue v0 --up',
    'link set v0 --up -n blue',
    '-nblue l s v0 --up'.replace(' s ', ' set '),
  ])('takes global options anywhere: %s', async (line) => {
    const { status, namespace, requests } = await record(line)
    expect(status).toBe(0)
    expect(namespace).toEqual({ name: 'blue' })
    expect(requests).toMatchObject([{ operation: 'link set', spec: { link: 'v0', up: true } }])
  })

  it.each([
    'link',
    'l',
    'link show',
    'link ls',
    'link lst',
    'link list',
    'link -d',
    '--json link',
    'link -jd',
    'link -dj',
  ])('lists where no verb is written: %s', async (line) => {
    const { status, out } = await record(line)
    expect(status).toBe(0)
    expect(out).toContain('br0')
  })

  it('knows an option of a command from a global one of the same name by its place', async () => {
    const line = '--state /nowhere/state.json neighbour add 10.0.0.2 --on br0 --mac 02:00:00:00:00:02 --state stale'
    expect(await requestOf(line)).toMatchObject({ operation: 'neighbour add', spec: { state: 'stale' } })
    expect((await requestOf('link set v0 --up --state /nowhere/state.json')).operation).toBe('link set')
  })

  it.each(['help link', 'link help', 'help link add bridge', 'help'])('tells its help: %s', async (line) => {
    const { status, out } = await record(line)
    expect(status).toBe(0)
    expect(out).toContain('Usage: vnet')
  })

  it('takes options of the verb in front of the object, as ip does', async () => {
    expect((await record('-6 route')).status).toBe(0)
    expect((await record('-4 -d addr')).status).toBe(0)
    expect((await record('-9 route')).err).toContain("unknown option '-9'")
  })

  it('leaves the value of an option alone that looks like another option', async () => {
    expect(await requestOf('link set v0 --alias --json')).toMatchObject({ spec: { alias: '--json' } })
  })

  it('lets words be begun', async () => {
    expect((await record('nei')).status).toBe(0)
    expect((await record('nam')).out).toContain('blue')
    expect((await record('netns')).out).toContain('blue')
  })

  it('names the link that the kernel chose a name for', async () => {
    expect((await record('link add veth')).out).toBe('made0\n')
    expect((await record('link add veth v1')).out).toBe('')
    expect(JSON.parse((await record('link add veth --json')).out)).toMatchObject([{ ifindex: 7, ifname: 'made0' }])
  })
})

describe('every option of a kind', () => {
  it('has a name of its own in each command', async () => {
    const kinds = ['bridge', 'veth', 'vlan', 'macvlan', 'macvtap', 'vxlan', 'ifb', 'dummy', 'tun', 'tap', 'other']
    for (const line of ['link set', 'link list', ...kinds.map((kind) => `link add ${kind}`)]) {
      const { status, out } = await record(`${line} --help`)
      expect(status).toBe(0)
      const local = out.slice(0, out.indexOf('Global Options:'))
      const flags = [...local.matchAll(/^ {2}(?:-\w, )?--(?:\[no-\])?([\w-]+)/gm)].map((match) => match[1])
      expect(new Set(flags).size).toBe(flags.length)
    }
  })
})
