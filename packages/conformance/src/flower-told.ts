/** What filters of `flower` match, as it is told afterwards (`tc filter add … flower`). @module */
import type { Capability, FilterSpec } from '@vnet/core'
import { expect } from 'vitest'
import { fails, refusalOf } from './expectation.js'
import type { Suite } from './suite.js'
import { addPair, mac } from './surroundings.js'

const link = 'v0'
const needs: readonly Capability[] = ['link veth', 'qdisc clsact', 'filter flower']

/** Registers a test for each field, and some for fields together. */
export function flowerTold(suite: Suite): void {
  suite.group('flower', (inner) => {
    for (const [title, match] of flowers) {
      inner.test(title, needs, async ({ ns, skip }) => {
        await addPair(ns)
        await ns.qdisc.add({ link, kind: 'clsact' })
        const spec = { link, parent: 'ingress', priority: 1, kind: 'flower', ...match } as FilterSpec
        const refused = await refusalOf(ns.filter.add(spec))
        if (refused !== undefined) {
          // What needs a part of the kernel that is not there is told, and nothing is left of it.
          const lack = refused.detail?.startsWith('Conntrack') ? refused.detail : refused.hint
          const isOption = refused.detail?.startsWith('Unknown tunnel option')
          expect(isOption ? ['EINVAL'] : ['EOPNOTSUPP', 'VNET_UNSUPPORTED']).toContain(refused.code)
          expect(lack).toMatch(/^Conntrack|needs Linux/)
          expect(await ns.filter.list({ link, parent: 'ingress' })).toEqual([])
          return skip(`lacks capability: ${lack?.replace(/^.*needs /, 'fields of ')}`)
        }
        // There is no hardware.
        const told = { kind: 'flower', handle: 1, inHardware: false, ...match }
        const [found] = await ns.filter.list({ link, parent: 'ingress' })
        expect(found).toMatchObject(told)
        expect(found).not.toHaveProperty('data')
        expect(Object.keys(found ?? {}).filter((name) => !(name in told) && !always.has(name))).toEqual([])
      })
    }

    inner.test('not by software: no hardware is there', needs, async ({ ns }) => {
      await addPair(ns)
      await ns.qdisc.add({ link, kind: 'clsact' })
      const spec = { link, parent: 'ingress', priority: 1, kind: 'flower', skipSoftware: true } as const
      await fails(ns.filter.add(spec), 'EOPNOTSUPP')
      expect(await ns.filter.list({ link, parent: 'ingress' })).toEqual([])
    })
  })
}

/** What every filter tells. */
const always = new Set(['link', 'parent', 'priority', 'protocol', 'chain', 'actions', 'other'])

const flowers: readonly (readonly [title: string, match: object])[] = [
  ['MACs', { sourceMac: mac(7), destinationMac: mac(8) }],
  ['IPv4 prefixes', { protocol: 'ip', from: '10.0.0.0/8', to: '10.1.2.3/32' }],
  ['IPv6 prefixes', { protocol: 'ipv6', from: '2001:db8::/33', to: '2001:db8::1/128' }],
  ['TCP ports', { protocol: 'ip', ipProtocol: 6, sourcePort: 1000, destinationPort: 80 }],
  ['UDP ports', { protocol: 'ipv6', ipProtocol: 17, destinationPort: 53 }],
  ['a VLAN', { protocol: '802.1Q', vlan: 77, vlanPriority: 5 }],
  ['a type of service and a time to live', { protocol: 'ip', tos: 0x10, tosMask: 0xfc, ttl: 64, ttlMask: 0xfe }],
  ['a traffic class and a hop limit', { protocol: 'ipv6', tos: 0xff, ttl: 255 }],
  ['fragments', { protocol: 'ip', fragment: true, firstFragment: false }],
  ['no fragments', { protocol: 'ipv6', fragment: false }],
  ['TCP flags', { protocol: 'ip', ipProtocol: 6, tcpFlags: 2, tcpFlagsMask: 0x12 }],
  ['all TCP flags', { protocol: 'ipv6', ipProtocol: 6, tcpFlags: 0xfff }],
  ['ranges of ports', { protocol: 'ip', ipProtocol: 17, sourcePorts: [1, 2], destinationPorts: [1000, 65_535] }],
  [
    'some bits of SCTP ports',
    {
      ...{ protocol: 'ip', ipProtocol: 132, sourcePort: 0x1000, sourcePortMask: 0xf000 },
      ...{ destinationPort: 8, destinationPortMask: 0xf },
    },
  ],
  ['ICMP', { protocol: 'ip', ipProtocol: 1, icmpType: 8, icmpCode: 0 }],
  [
    'some bits of ICMPv6',
    { protocol: 'ipv6', ipProtocol: 58, icmpType: 128, icmpTypeMask: 0xfe, icmpCode: 0, icmpCodeMask: 1 },
  ],
  ['ARP', { protocol: 'arp', arpOperation: 1, arpSender: '10.0.0.0/8', arpTarget: '10.0.0.1/32' }],
  [
    'MACs in ARP, some bits of one',
    {
      ...{ protocol: 'arp', arpOperation: 2, arpOperationMask: 3, arpSenderMac: mac(7) },
      ...{ arpTargetMac: '02:00:00:00:00:00', arpTargetMacMask: 'ff:ff:ff:00:00:00' },
    },
  ],
  [
    'some bits of MACs',
    {
      ...{ destinationMac: '01:00:00:00:00:00', destinationMacMask: '01:00:00:00:00:00' },
      ...{ sourceMac: '02:00:00:00:00:00', sourceMacMask: 'ff:ff:f0:00:00:00' },
    },
  ],
  ['a link that it came in by', { inputLink: 'v0' }],
  ['a class', { classId: '1:5' }],
  ['an EtherType behind a tag', { protocol: '802.1Q', vlan: 5, vlanEtherType: 'ip', to: '10.0.0.1/32' }],
  ['an EtherType that has no word', { protocol: '802.1ad', vlanEtherType: '802.1Q', innerVlanEtherType: 0x88b5 }],
  [
    'two tags, and TCP behind them',
    {
      ...{ protocol: '802.1ad', vlan: 5, vlanPriority: 1, vlanEtherType: '802.1Q', innerVlan: 6, innerVlanPriority: 2 },
      ...{ innerVlanEtherType: 'ipv6', from: '2001:db8::/32', ipProtocol: 6, destinationPort: 80 },
    },
  ],
  ['a type of ICMPv6 behind a tag', { protocol: '802.1Q', vlanEtherType: 'ipv6', ipProtocol: 58, icmpType: 128 }],
  ['ARP behind a tag', { protocol: '802.1ad', vlan: 5, vlanEtherType: 'arp', arpOperation: 1 }],
  ['a number of tags', { vlanCount: 2, vlan: 5, innerVlan: 6 }],
  ['no tag', { protocol: 'ip', vlanCount: 0 }],
  ['one tag, and what is behind', { vlanCount: 1, vlan: 5, vlanEtherType: 'ip' }],
  ['a label', { protocol: 'mpls_uc', mpls: [{ depth: 1, label: 77, trafficClass: 3, bottom: 1, ttl: 64 }] }],
  [
    'some labels of a stack',
    {
      protocol: 'mpls_mc',
      mpls: [{ depth: 1, label: 5, trafficClass: 2, bottom: 0, ttl: 3 }, { depth: 3, label: 0xfffff }, { depth: 7 }],
    },
  ],
  ['a label behind a tag', { protocol: '802.1Q', vlanEtherType: 'mpls_uc', mpls: [{ depth: 1, label: 0 }] }],
  ['a session of PPPoE', { protocol: 'ppp_ses', pppoeSession: 77 }],
  ['IPv4 in PPPoE', { protocol: 'ppp_ses', pppoeSession: 77, pppProtocol: 0x21, to: '10.0.0.1/32' }],
  ['LCP in PPPoE', { protocol: 'ppp_ses', pppProtocol: 0xc021 }],
  ['PPPoE behind a tag', { protocol: '802.1Q', vlan: 5, vlanEtherType: 'ppp_ses', pppProtocol: 0x57 }],
  ['a session of L2TP', { protocol: 'ip', ipProtocol: 115, l2tpSession: 0xfedcba98 }],
  [
    'a tunnel over IPv4',
    {
      ...{ tunnelKey: 0xfffffe, tunnelFrom: '10.0.0.0/8', tunnelTo: '10.0.0.1/32', tunnelDestinationPort: 4789 },
      ...{ tunnelTos: 4, tunnelTosMask: 0xfc, tunnelTtl: 3 },
    },
  ],
  [
    'a tunnel over IPv6',
    {
      ...{ protocol: 'ip', tunnelFrom: '2001:db8::/32', tunnelTo: '2001:db8::1/128', tunnelTos: 4 },
      ...{ tunnelTtl: 3, tunnelTtlMask: 7, tunnelSourcePort: 0x1000, tunnelSourcePortMask: 0xf000 },
    },
  ],
  ['an option of Geneve', { geneveOptions: [{ class: 0x102, type: 0x80, data: '00800022' }] }],
  [
    'some bits of two options of Geneve',
    {
      protocol: 'ip',
      geneveOptions: [
        { class: 0x100, classMask: 0xff00, type: 0x80, typeMask: 0x80, data: '00800000', dataMask: 'ffff0000' },
        { type: 7, data: '0000000000000000', dataMask: '0000000000000000' },
      ],
    },
  ],
  ['the longest option of Geneve', { tunnelKey: 5, geneveOptions: [{ class: 1, data: 'c0'.repeat(124) }] }],
  ['a group of VXLAN', { tunnelKey: 7, vxlanOptions: { gbp: 0x48fffe } }],
  ['some bits of a group of VXLAN', { vxlanOptions: { gbp: 0x102, gbpMask: 0xffff } }],
  ['an index of ERSPAN', { erspanOptions: { version: 1, index: 0xfffff } }],
  ['some bits of an index of ERSPAN', { erspanOptions: { version: 1, index: 0x12, indexMask: 0xff } }],
  ['a version of ERSPAN', { erspanOptions: { version: 1 } }],
  ['a direction and an engine of ERSPAN', { erspanOptions: { version: 2, dir: 'egress', hwid: 37 } }],
  ['some bits of an engine of ERSPAN', { erspanOptions: { version: 2, hwid: 0x20, hwidMask: 0x30 } }],
  ['frames of ERSPAN that came in', { erspanOptions: { version: 2, dir: 'ingress' } }],
  ['a session of GTP', { gtpOptions: { pduType: 1, qfi: 0x3f } }],
  ['some bits of a session of GTP', { gtpOptions: { qfi: 3, qfiMask: 7 } }],
  ['a node of PFCP', { pfcpOptions: { type: 0 } }],
  ['a session of PFCP', { pfcpOptions: { type: 1, seid: 'fedcba9876543210' } }],
  ['some bits of a session of PFCP', { pfcpOptions: { seid: 'fe00000000000000', seidMask: 'ff00000000000000' } }],
  [
    'what a connection is and is not',
    { protocol: 'ip', connectionTracked: true, connectionEstablished: true, connectionNew: false },
  ],
  ['the way back of what is related', { connectionTracked: true, connectionRelated: true, connectionReply: true }],
  ['no known connection', { connectionTracked: false }],
  ['no valid connection', { connectionTracked: true, connectionInvalid: true }],
  ['a zone of connections', { connectionZone: 5 }],
  ['some bits of a zone', { connectionZone: 5, connectionZoneMask: 0xff }],
  ['a mark of connections', { connectionMark: 0xfedcba98 }],
  ['some bits of a mark', { connectionMark: 0x80000007, connectionMarkMask: 0x8000000f }],
  ['a label of connections', { connectionLabel: '0102030405060708090a0b0c0d0e0f10' }],
  ['some bits of a label', { connectionLabel: `01${'0'.repeat(30)}`, connectionLabelMask: `ff${'0'.repeat(30)}` }],
  ['some flags of a tunnel', { tunnelKey: 5, tunnelChecksum: true, tunnelOam: false, tunnelCritical: true }],
  ['a tunnel that may fragment', { tunnelDontFragment: false }],
  ['an index of ESP', { protocol: 'ip', ipProtocol: 50, spi: 0xfedcba98 }],
  ['some bits of an index of AH', { protocol: 'ipv6', ipProtocol: 51, spi: 0x80000001, spiMask: 0x8000000f }],
  ['a level of fault management', { protocol: 0x8902, cfmLevel: 5 }],
  ['checks of continuity', { protocol: 0x8902, cfmLevel: 0, cfmOpcode: 1 }],
  ['checks of continuity behind a tag', { protocol: '802.1Q', vlanEtherType: 0x8902, cfmOpcode: 1 }],
  ['what a bridge knows not where to send', { l2Miss: true }],
  ['what a bridge knows where to send', { l2Miss: false }],
  ['a hash', { hash: 0xfedcba98 }],
  ['some bits of a hash', { hash: 3, hashMask: 7 }],
  ['not by hardware', { skipHardware: true }],
]
