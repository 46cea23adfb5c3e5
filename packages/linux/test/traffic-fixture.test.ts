import { cleanRequest, type LooseRequest, type Qdisc, type TrafficFilter } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import type { NetlinkOperation, OperationCodec } from '../src/rtnetlink/codec.js'
import { codecs } from '../src/rtnetlink/index.js'
import { listFixtures, loadFixture } from './fixtures/load.js'

const link = 'v0'
const root = { link, handle: '1:' }
const tbf = { ...root, kind: 'tbf' }
const slow = { rate: 10_000_000, burst: 10_000, limit: 50_000 }
const netem = { ...root, kind: 'netem' }
const htb = { link, classId: '1:10', kind: 'htb' }
const anyIp = { link, parent: 'egress', protocol: 'ip', priority: 5, kind: 'u32' }
const to10 = { offset: 16, value: 0x0a000000, mask: 0xff000000 }
const inBlock = { block: 7, protocol: 'ip', priority: 5 }
const fromAny = { ...anyIp, parent: 'ingress' }
const toAll = { link, parent: 'egress', priority: 5, kind: 'matchall' }
const copy = { kind: 'mirred', mode: 'mirror', link: 2 }
const police = { kind: 'police' }
const estimator = { interval: 1000, timeConstant: 8000 }

const flower = (match: object): readonly [operation: NetlinkOperation, spec: Record<string, unknown>] => [
  'filter add',
  { link, parent: 'ingress', priority: 5, kind: 'flower', ...match },
]

/** Every request that `tc` made, as the specification that means the same. */
const meaning: Record<string, readonly [operation: NetlinkOperation, spec: Record<string, unknown>]> = {
  'qdisc/add-bfifo': ['qdisc add', { link, handle: '2:', kind: 'bfifo' }],
  'qdisc/add-clsact': ['qdisc add', { link, kind: 'clsact' }],
  'qdisc/add-htb': ['qdisc add', { ...root, kind: 'htb', default: 0x30, r2q: 20, directQueueLength: 7 }],
  'qdisc/add-ingress': ['qdisc add', { link, kind: 'ingress' }],
  'qdisc/add-pfifo': ['qdisc add', { link, handle: '2:', kind: 'pfifo', limit: 7 }],
  'qdisc/add-tbf': ['qdisc add', { ...tbf, rate: 10_000_000, burst: 10_000, limit: 50_000 }],
  'qdisc/add-tbf-latency': ['qdisc add', { link, kind: 'tbf', rate: 8_000_000, burst: 4000, latency: 50 }],
  'qdisc/add-tbf-peak': [
    'qdisc add',
    {
      ...{ ...tbf, rate: 8_000_000, burst: 4000, limit: 9000 },
      ...{ peakRate: 16_000_000, peakBurst: 2000, leastPacket: 64, overhead: 10 },
    },
  ],
  'qdisc/add-tbf-overhead': ['qdisc add', { ...tbf, ...slow, sizeTable: { overhead: -4 } }],
  'qdisc/add-tbf-cells': [
    'qdisc add',
    { ...tbf, ...slow, sizeTable: { overhead: 24, linkLayer: 'atm', leastPacket: 96 } },
  ],
  'qdisc/add-pfifo-cells': [
    'qdisc add',
    { ...root, kind: 'pfifo', limit: 7, sizeTable: { linkLayer: 'atm', mtu: 100_000, size: 3 } },
  ],
  'qdisc/add-estimator': ['qdisc add', { ...root, kind: 'pfifo', limit: 7, estimator }],
  'qdisc/add-estimator-fast': [
    'qdisc add',
    { ...root, kind: 'pfifo', limit: 7, estimator: { interval: 250, timeConstant: 500 } },
  ],
  'qdisc/change': ['qdisc change', { link, handle: '2:', kind: 'pfifo', limit: 9 }],
  'qdisc/delete': ['qdisc delete', { link, handle: '1:' }],
  'qdisc/replace': ['qdisc set', { link, handle: '2:', kind: 'pfifo', limit: 9 }],
  'guest-qdisc/same-fq-codel': [
    'qdisc add',
    {
      ...{ ...root, kind: 'fq_codel', limit: 500, flows: 64, target: 3, interval: 50 },
      ...{ quantum: 300, ecn: false, memoryLimit: 4_000_000 },
    },
  ],
  'guest-qdisc/same-fq-codel-selector': [
    'qdisc add',
    { ...root, kind: 'fq_codel', ceThreshold: 3, ceSelector: 1, ceMask: 3 },
  ],
  'guest-qdisc/same-netem': [
    'qdisc add',
    {
      ...{ ...netem, delay: 100, jitter: 10, delayCorrelation: 0.25, loss: 0.1, lossCorrelation: 0.5 },
      ...{ duplicate: 0.2, corrupt: 0.3, reorder: 0.4, reorderCorrelation: 0.5, gap: 5 },
    },
  ],
  'guest-qdisc/same-netem-loss-gemodel': [
    'qdisc add',
    { ...netem, lossGemodel: { p: 0.1, r: 0.2, lossBad: 0.7, lossGood: 0.05 } },
  ],
  'guest-qdisc/same-netem-loss-state': [
    'qdisc add',
    { ...netem, lossState: { p13: 0.1, p31: 0.2, p32: 0.3, p23: 0.4, p14: 0.05 } },
  ],
  'class/add': [
    'class add',
    {
      ...{ ...htb, rate: 10_000_000, ceil: 20_000_000, burst: 10_000, ceilBurst: 20_000 },
      ...{ priority: 3, quantum: 3000 },
    },
  ],
  'class/add-default-burst': ['class add', { ...htb, rate: 8_000_000 }],
  'class/add-wide': [
    'class add',
    { ...htb, rate: 40_000_000_000, burst: 320_000, ceilBurst: 320_000, leastPacket: 64, overhead: 24 },
  ],
  'class/add-estimator': [
    'class add',
    { ...htb, rate: 8_000_000, estimator: { interval: 4000, timeConstant: 60_000 } },
  ],
  'class/change': ['class change', { ...htb, rate: 16_000_000 }],
  'class/delete': ['class delete', { link, classId: '1:10' }],
  'filter/add-u32': [
    'filter add',
    { link, parent: 'ingress', protocol: 'ip', priority: 5, kind: 'u32', keys: [to10], classId: '1:10' },
  ],
  'filter/add-u32-mirred': [
    'filter add',
    { link, parent: 'ingress', priority: 1, kind: 'u32', actions: [{ kind: 'mirred', link: 'ifb9' }] },
  ],
  'filter/add-u32-table': [
    'filter add',
    { link, parent: 'egress', protocol: 'ip', priority: 5, kind: 'u32', handle: '1:', divisor: 16 },
  ],
  'filter/add-u32-offset-eat': [
    'filter add',
    { ...anyIp, nextTable: '2:', nextHeader: { mask: 0x0f00, shift: 6, eat: true } },
  ],
  'filter/add-u32-offset-plus': [
    'filter add',
    { ...anyIp, nextTable: '2:', nextHeader: { at: -2, mask: 0xffff, plus: 4 } },
  ],
  'filter/add-u32-nexthdr': [
    'filter add',
    { ...anyIp, keys: [{ offset: 4, value: 0x50, mask: 0xffff, fromNextHeader: true }], classId: '1:10' },
  ],
  'filter/add-u32-chain': ['filter add', { ...fromAny, actions: [{ ...copy, control: 'goto chain 5' }] }],
  'filter/add-u32-jump': ['filter add', { ...fromAny, actions: [{ ...copy, control: 'jump 1' }] }],
  'filter/add-u32-cookie': [
    'filter add',
    { ...fromAny, actions: [{ ...copy, cookie: Uint8Array.of(10, 11, 12), sharedCounters: true }] },
  ],
  'filter/add-u32-counters': ['filter add', { ...fromAny, actions: [{ ...copy, hardwareStatistics: 'delayed' }] }],
  'filter/add-u32-indev': ['filter add', { ...fromAny, inputLink: 'v0', skipHardware: true, classId: '1:10' }],
  'filter/add-u32-mark': ['filter add', { ...fromAny, mark: 0x10, markMask: 0xff, classId: '1:10' }],
  'filter/add-u32-estimator': ['filter add', { ...fromAny, estimator, actions: [copy] }],
  'guest-filter/same-police-packets': [
    'filter add',
    { ...toAll, actions: [{ ...police, packetRate: 1000, packetBurst: 50, exceed: 'shot', conform: 'pipe' }] },
  ],
  'guest-filter/same-police-average': [
    'filter add',
    { ...toAll, estimator, actions: [{ ...police, averageRate: 1_000_000, exceed: 'shot' }] },
  ],
  'guest-filter/same-police-peak': [
    'filter add',
    {
      ...toAll,
      actions: [
        {
          ...{ ...police, rate: 8_000_000, burst: 10_000, peakRate: 16_000_000, mtu: 2000, exceed: 'shot' },
          ...{ conform: 'trap', overhead: 4, leastPacket: 64, linkLayer: 'atm' },
        },
      ],
    },
  ],
  'guest-filter/same-police-size': [
    'filter add',
    { ...toAll, actions: [{ ...police, mtu: 1000, exceed: 'continue', conform: 'pipe' }] },
  ],
  'guest-filter/same-gact-jump': [
    'filter add',
    { ...toAll, actions: ['jump 2', 'shot', 'ok'].map((control) => ({ kind: 'gact', control })) },
  ],
  'guest-filter/same-gact-chain': ['filter add', { ...toAll, actions: [{ kind: 'gact', control: 'goto chain 7' }] }],
  'guest-filter/same-gact-trap': [
    'filter add',
    {
      ...toAll,
      actions: [{ kind: 'gact', control: 'trap', random: { way: 'determ', control: 'shot', value: 5 } }],
    },
  ],
  'guest-filter/same-matchall-flags': ['filter add', { ...toAll, skipHardware: true, classId: '1:1' }],
  'filter/add-block': ['filter add', { ...inBlock, kind: 'u32', keys: [to10], classId: '1:10' }],
  'filter/delete-block': ['filter delete', { block: 7, priority: 5 }],
  'filter/delete': ['filter delete', { link, parent: 'ingress', priority: 5 }],
  'guest-filter/same-flower': [
    'filter add',
    {
      ...{ link, parent: 'ingress', protocol: 'ip', priority: 5, kind: 'flower', classId: '1:10' },
      ...{ sourceMac: '02:00:00:00:00:07', to: '10.0.0.0/8', ipProtocol: 6, destinationPort: 80 },
    },
  ],
  'guest-filter/same-flower-tcp': flower({
    ...{ protocol: 'ip', ipProtocol: 6, tcpFlags: 0x02, tcpFlagsMask: 0x12, tos: 0x10, tosMask: 0xfc, ttl: 64 },
  }),
  'guest-filter/same-flower-ports': flower({
    ...{ protocol: 'ip', ipProtocol: 17, sourcePorts: [1000, 2000], destinationPort: 53, destinationPortMask: 255 },
  }),
  'guest-filter/same-flower-sctp': flower({ protocol: 'ipv6', ipProtocol: 132, sourcePort: 7 }),
  'guest-filter/same-flower-icmp': flower({ protocol: 'ip', ipProtocol: 1, icmpType: 8, icmpCode: 0 }),
  'guest-filter/same-flower-icmpv6': flower({ protocol: 'ipv6', ipProtocol: 58, icmpType: 128, icmpTypeMask: 254 }),
  'guest-filter/same-flower-arp': flower({
    ...{ protocol: 'arp', arpOperation: 1, arpSender: '10.0.0.0/8', arpSenderMac: '02:00:00:00:00:07' },
    ...{ arpTargetMac: '02:00:00:00:00:00', arpTargetMacMask: 'ff:ff:ff:00:00:00' },
  }),
  'guest-filter/same-flower-fragment': flower({ protocol: 'ip', fragment: true, firstFragment: false }),
  'guest-filter/same-flower-group': flower({
    ...{ destinationMac: '01:00:00:00:00:00', destinationMacMask: '01:00:00:00:00:00' },
  }),
  'guest-filter/same-flower-tag': flower({
    ...{ protocol: '802.1Q', vlan: 5, vlanPriority: 3, vlanEtherType: 'ip', to: '10.0.0.1/32' },
  }),
  'guest-filter/same-flower-two-tags': flower({
    ...{ protocol: '802.1ad', vlan: 5, vlanEtherType: '802.1Q', innerVlan: 6, innerVlanPriority: 2 },
    ...{ innerVlanEtherType: 'ipv6', ipProtocol: 17 },
  }),
  'guest-filter/same-flower-tags': flower({ vlanCount: 2, vlan: 5, innerVlan: 6 }),
  'guest-filter/same-flower-label': flower({
    ...{ protocol: 'mpls_uc', mpls: [{ depth: 1, label: 77, trafficClass: 3, bottom: 1, ttl: 64 }] },
  }),
  'guest-filter/same-flower-labels': flower({
    protocol: 'mpls_uc',
    mpls: [
      { depth: 1, label: 5, trafficClass: 2, bottom: 0, ttl: 3 },
      { depth: 3, label: 7 },
    ],
  }),
  'guest-filter/same-flower-session': flower({
    ...{ protocol: 'ppp_ses', pppoeSession: 77, pppProtocol: 0x21, to: '10.0.0.1/32' },
  }),
  'guest-filter/same-flower-tunnel': flower({
    ...{ tunnelKey: 5, tunnelFrom: '10.0.0.0/8', tunnelTo: '10.0.0.1/32', tunnelDestinationPort: 4789 },
    ...{ tunnelTos: 4, tunnelTosMask: 0xfc, tunnelTtl: 3 },
  }),
  'guest-filter/same-flower-tunnel-ipv6': flower({
    ...{ protocol: 'ip', tunnelFrom: '2001:db8::/32', tunnelTo: '2001:db8::1/128', tunnelTtl: 3, tunnelTtlMask: 7 },
  }),
  'guest-filter/same-flower-geneve': flower({
    tunnelKey: 5,
    geneveOptions: [{ class: 0x0102, type: 0x80, data: '00800022' }],
  }),
  'guest-filter/same-flower-geneve-two': flower({
    protocol: 'ip',
    geneveOptions: [
      { class: 0x0102, type: 0x80, typeMask: 0x80, data: '00800000', dataMask: 'FFFFFF00' },
      { class: 0x0100, classMask: 0xff00, type: 1, data: '0011223300000000', dataMask: 'ffffffff00000000' },
    ],
  }),
  'guest-filter/same-flower-vxlan': flower({ tunnelDestinationPort: 4789, vxlanOptions: { gbp: 258 } }),
  'guest-filter/same-flower-vxlan-mask': flower({ vxlanOptions: { gbp: 258, gbpMask: 0xffff } }),
  'guest-filter/same-flower-erspan': flower({ erspanOptions: { version: 1, index: 0xfffff } }),
  'guest-filter/same-flower-erspan-mask': flower({ erspanOptions: { version: 1, index: 0xfff, indexMask: 0xfff } }),
  'guest-filter/same-flower-erspan-hardware': flower({ erspanOptions: { version: 2, dir: 'egress', hwid: 37 } }),
  'guest-filter/same-flower-erspan-hardware-mask': flower({ erspanOptions: { version: 2, hwid: 32, hwidMask: 48 } }),
  'guest-filter/same-flower-gtp': flower({ gtpOptions: { pduType: 1, qfi: 0x3f } }),
  'guest-filter/same-flower-gtp-mask': flower({ gtpOptions: { pduType: 1, qfi: 0xf, qfiMask: 0xf } }),
  'guest-filter/same-flower-connection': flower({
    ...{ protocol: 'ip', connectionTracked: true, connectionEstablished: true, connectionNew: false },
    ...{ connectionMark: 7, connectionMarkMask: 15 },
  }),
  'guest-filter/same-flower-skip': flower({ skipHardware: true }),
  'guest-filter/same-matchall-drop': [
    'filter add',
    { link, parent: 'egress', priority: 5, kind: 'matchall', actions: [{ kind: 'gact', control: 'shot' }] },
  ],
  'guest-filter/same-police': [
    'filter add',
    {
      ...{ link, parent: 'egress', priority: 5, kind: 'matchall' },
      actions: [{ kind: 'police', rate: 8_000_000, burst: 10_000, exceed: 'shot', conform: 'pipe' }],
    },
  ],
}

/** Requests that differ, and why. */
const without: Record<string, string> = {
  'qdisc/add-tbf-wide': 'tc counts the bucket at the highest rate that 32 bits hold; the kernel goes by TCA_TBF_BURST',
}

const folders = ['qdisc', 'class', 'filter', 'guest-qdisc', 'guest-filter']

describe('requests of traffic control equal those of tc', () => {
  it('has a meaning, or a reason to have none, for every recording', () => {
    const names = folders
      .flatMap((folder) => listFixtures(folder))
      .filter((name) => !/\/list/.test(name) && (!name.startsWith('guest-') || name.includes('/same-')))
    expect(names.filter((name) => meaning[name] === undefined && without[name] === undefined)).toEqual([])
  })
  for (const [name, [operation, spec]] of Object.entries(meaning)) {
    it(name, () => {
      const recorded = loadFixture(name).requests.at(-1) as Uint8Array
      const request = cleanRequest({ operation, spec } as unknown as LooseRequest)
      const to = new MessageWriter()
      const codec = codecs[operation] as OperationCodec<never>
      codec.encode(to, request.spec as never, {
        linkIndex: (ref) => (typeof ref === 'number' ? ref : ref === 'v0' ? v0(recorded) : 4),
        timerFrequency: () => 1e9,
        namespaceFd: () => 3,
      })
      expect(taken(to.bytes.slice(0, to.length))).toEqual(taken(recorded))
    })
  }
})

describe('answers to tc', () => {
  const read = <T>(name: string, operation: NetlinkOperation): T[] => {
    const { decode } = codecs[operation] as OperationCodec<never>
    return loadFixture(name).replies.flatMap((message) => {
      const from = new Octets(message)
      if (from.u16(4) < 16) return []
      const object = decode?.(from, 16, message.length, from.u16(4), {} as never)
      return object === undefined ? [] : [object as T]
    })
  }
  it('disciplines', () => {
    expect(read<Qdisc>('qdisc/list', 'qdisc list')).toMatchObject([
      { kind: 'htb', handle: '1:', parent: 'root', default: 0x30, r2q: 10, version: '3.17', other: [] },
      { kind: 'clsact', handle: 'ffff:', parent: 'ingress', other: [] },
    ])
  })
  it('what packets count as', () => {
    const sizeTable = { overhead: 24, linkLayer: 'atm', leastPacket: 96, mtu: 2047, size: 512 }
    expect(read<Qdisc>('qdisc/list-cells', 'qdisc list')).toMatchObject([
      { kind: 'pfifo', limit: 7, sizeTable, other: [] },
    ])
  })
  it('where the next header begins', () => {
    const nextHeader = { at: 0, mask: 0x0f00, shift: 6, plus: 4, eat: true }
    const told = { nextTable: '2:', nextHeader, statistics: { tried: 0, matched: 0, keys: [0] } }
    expect(read<TrafficFilter>('guest-filter/list-u32-offset', 'filter list').at(-1)).toMatchObject(told)
  })
  it('a filter of a block: its number in the place of a link and a parent', () => {
    const [, told] = read<TrafficFilter>('filter/list-block', 'filter list')
    expect(told).toMatchObject({ ...inBlock, kind: 'u32', handle: '800::800', keys: [to10], classId: '1:10' })
    expect(told).not.toHaveProperty('link')
    expect(told).not.toHaveProperty('parent')
  })
  it('actions in all words, and what is told of them', () => {
    const told = (name: string) => read<TrafficFilter>(`guest-filter/list-${name}`, 'filter list').at(-1)
    const actionsOf = (name: string) => told(name)?.actions
    const packets = { packetRate: 1000, packetBurst: 50, mtu: 0xffffffff, exceed: 'shot', conform: 'pipe' }
    expect(actionsOf('police-packets')).toMatchObject([packets])
    expect(actionsOf('police-packets')?.[0]).not.toHaveProperty('rate')
    expect(actionsOf('police-average')).toMatchObject([
      { averageRate: 1_000_000, exceed: 'shot', statistics: { rate: 0, packetRate: 0 } },
    ])
    const peak = { rate: 8_000_000, burst: 10_000, peakRate: 16_000_000, mtu: 2000, exceed: 'shot', conform: 'trap' }
    expect(actionsOf('police-peak')).toMatchObject([{ ...peak, overhead: 4, leastPacket: 64, linkLayer: 'atm' }])
    expect(actionsOf('police-size')).toMatchObject([{ mtu: 1000, exceed: 'continue', conform: 'pipe' }])
    expect(actionsOf('gact-jump')).toMatchObject([{ control: 'jump 2' }, { control: 'shot' }, { control: 'ok' }])
    expect(actionsOf('gact-chain')).toMatchObject([{ control: 'goto chain 7' }])
    expect(actionsOf('gact-trap')).toMatchObject([
      { control: 'trap', random: { way: 'determ', control: 'shot', value: 5 } },
    ])
    expect(told('matchall-flags')).toMatchObject({ skipHardware: true, inHardware: false })
    expect(told('u32-mark')).toMatchObject({ mark: 0x10, markMask: 0xff, statistics: { markMatched: 0 } })
  })
  it('a police that a filter of u32 was given in the old way', () => {
    const [, filter] = read<TrafficFilter>('guest-filter/list-u32-police', 'filter list')
    expect(filter).toMatchObject({ classId: '1:1' })
    expect(filter?.actions).toMatchObject([{ kind: 'police', rate: 8_000_000, burst: 10_000, exceed: 'shot' }])
  })
  it('what an estimator measured, and which packets a threshold is for', () => {
    expect(read<Qdisc>('qdisc/list-estimator', 'qdisc list')).toMatchObject([
      { kind: 'pfifo', statistics: { rate: 0, packetRate: 0 } },
    ])
    expect(read<Qdisc>('guest-qdisc/list-fq-codel-selector', 'qdisc list')).toMatchObject([
      { kind: 'fq_codel', ceSelector: 1, ceMask: 3 },
    ])
  })
  const toldFlower = (name: string) => read<TrafficFilter>(`guest-filter/list-flower-${name}`, 'filter list').at(-1)
  it('what flower matches of the options of tunnels, without bits that do not count', () => {
    expect(toldFlower('geneve')?.geneveOptions).toEqual([{ class: 0x0102, type: 0x80, data: '00800022' }])
    expect(toldFlower('geneve-two')?.geneveOptions).toEqual([
      { class: 0x0102, type: 0x80, typeMask: 0x80, data: '00800000', dataMask: 'ffffff00' },
      { class: 0x0100, classMask: 0xff00, type: 1, data: '0011223300000000', dataMask: 'ffffffff00000000' },
    ])
    expect(toldFlower('vxlan')?.vxlanOptions).toEqual({ gbp: 258, gbpMask: 0xffff })
    expect(toldFlower('erspan')?.erspanOptions).toEqual({ version: 1, index: 0xfff, indexMask: 0xfff })
    expect(toldFlower('erspan-hardware')?.erspanOptions).toEqual({ version: 2, dir: 'egress', hwid: 37 })
    expect(toldFlower('gtp')?.gtpOptions).toEqual({ pduType: 1, qfi: 0xf, qfiMask: 0xf })
    for (const name of ['geneve', 'geneve-two', 'vxlan', 'erspan', 'erspan-hardware', 'gtp'])
      expect(toldFlower(name)).not.toHaveProperty('data')
  })
  it('what flower matches, masks too', () => {
    const told = toldFlower
    expect(told('arp')).toMatchObject({ protocol: 'arp', arpOperation: 1, arpTarget: '192.0.2.1/32' })
    expect(told('arp')).not.toHaveProperty('data')
    expect(told('arp')).not.toHaveProperty('arpOperationMask')
    expect(told('mac')).toMatchObject({ sourceMac: '02:00:00:00:00:00', sourceMacMask: 'ff:ff:ff:00:00:00' })
    expect(told('mac')).not.toHaveProperty('destinationMacMask')
    expect(told('vlan')).toMatchObject({ vlan: 10, vlanPriority: 3, vlanEtherType: 'ip' })
    expect(told('vlan')).not.toHaveProperty('data')
    expect(told('two-tags')).toMatchObject({
      ...{ protocol: '802.1ad', vlanEtherType: '802.1Q', innerVlan: 6, innerVlanEtherType: 'ipv6' },
      from: '2001:db8::/32',
    })
    const label = { depth: 1, label: 77, trafficClass: 3, bottom: 1, ttl: 64 }
    expect(told('label')).toMatchObject({ protocol: 'mpls_uc', mpls: [label] })
    expect(told('labels')?.mpls).toEqual([
      { depth: 1, label: 5 },
      { depth: 3, ttl: 7 },
    ])
    expect(told('session')).toMatchObject({ pppoeSession: 77, pppProtocol: 0x21, to: '10.0.0.1/32' })
    expect(told('tunnel')).toMatchObject({
      ...{ tunnelKey: 5, tunnelFrom: '10.0.0.0/8', tunnelDestinationPort: 4789, tunnelTos: 4, tunnelTosMask: 0xfc },
      ...{ skipHardware: true, inHardware: false },
    })
    expect(told('connection')).toMatchObject({ connectionTracked: true, connectionNew: false })
    expect(told('connection')).not.toHaveProperty('connectionRelated')
  })
  it('filters, without the line that begins a priority', () => {
    expect(read<TrafficFilter>('filter/list', 'filter list')).toMatchObject([
      { kind: 'u32', handle: '800:', divisor: 1 },
      {
        ...{ kind: 'u32', handle: '800::800', protocol: 'ip', priority: 5, parent: 'ingress', keys: [to10] },
        ...{
          classId: '1:10',
          actions: [
            {
              kind: 'mirred',
              mode: 'mirror',
              direction: 'egress',
              statistics: { packets: 0 },
              times: { lastUsed: expect.any(Number) },
            },
          ],
        },
      },
    ])
  })
  it('cut at any octet they are a decode error or an object, never anything else', () => {
    const { decode } = codecs['filter list'] as OperationCodec<never>
    for (const message of loadFixture('filter/list').replies.filter((one) => one.length > 100)) {
      for (let end = 16; end < message.length; end++) {
        try {
          decode?.(new Octets(message.slice(0, end)), 16, end, 44, {} as never)
        } catch (error) {
          expect((error as Error).name).toBe('DecodeError')
        }
      }
    }
  })
})

/** Index of the link in the recording: behind `tcm_family` and its padding. */
const v0 = (message: Uint8Array): number => new Octets(message).u32(20)

interface Taken {
  readonly type: number
  readonly flags: number
  readonly header: string
  readonly attributes: readonly unknown[]
}

/** A message without what means nothing: the wish for an answer, numbers of the conversation, the order of attributes. */
function taken(message: Uint8Array): Taken {
  const from = new Octets(message)
  const ACK = 4
  const attributes = parts(message, 36) ?? []
  return { type: from.u16(4), flags: from.u16(6) & ~ACK, header: hex(message.subarray(16, 36)), attributes }
}

/** Attributes in order of their numbers, each as attributes again where it holds such; `undefined` for what are none. */
function parts(bytes: Uint8Array, start: number): readonly unknown[] | undefined {
  const from = new Octets(bytes)
  const found: [number, unknown][] = []
  for (let at = start; at < bytes.length; ) {
    const length = bytes.length - at < 4 ? 0 : from.u16(at)
    const type = bytes.length - at < 4 ? 0 : from.u16(at + 2) & 0x3fff
    if (length < 4 || at + length > bytes.length || type === 0 || type > 120) return undefined
    const value = bytes.subarray(at + 4, at + length)
    // What netem is not asked for, vnet says is off and `tc` leaves out; a text may have its NUL or not.
    const inside = value.length === 0 ? undefined : (parts(value, 0) ?? parts(value, 24))
    const plain = hex(value).replace(/(?:00)+$/, '')
    if (inside !== undefined ? inside.length > 0 : plain !== '') found.push([type, inside ?? plain])
    at += (length + 3) & ~3
  }
  return found.sort(([a], [b]) => a - b)
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
