/** What no `tc` of the tests' machines can be asked for: fields of `flower` that are younger than iproute2 6.1, or that `tc -j` leaves out. */
import type { TrafficFilter } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { flowerKeys } from '../src/render/tc-json/flower.js'

const keysOf = (match: Partial<TrafficFilter>) =>
  flowerKeys({
    ...{ link: 1, parent: 'ingress', protocol: 'all', priority: 1, chain: 0, kind: 'flower', actions: [], other: [] },
    ...match,
  } as TrafficFilter)

describe('fields of flower in JSON', () => {
  const esp = { protocol: 'ip', ipProtocol: 50 } as const
  const ofEsp = { eth_type: 'ipv4', ip_proto: '32' }
  const rows: readonly (readonly [title: string, match: Partial<TrafficFilter>, keys: object])[] = [
    ['an index', { ...esp, spi: 0xfedcba98 }, { ...ofEsp, spi: 'fedcba98' }],
    [
      'bits of an index',
      { ...esp, spi: 0x80000001, spiMask: 0x8000000f },
      { ...ofEsp, spi: '80000001', spi_mask: '8000000f' },
    ],
    ['fault management', { protocol: 0x8902, cfmLevel: 0, cfmOpcode: 1 }, { eth_type: '8902', cfm: { mdl: 0, op: 1 } }],
    ['an opcode', { protocol: 0x8902, cfmOpcode: 40 }, { eth_type: '8902', cfm: { op: 40 } }],
    ['what a bridge knows', { l2Miss: false }, { l2_miss: 0 }],
    ['what a bridge does not know', { l2Miss: true }, { l2_miss: 1 }],
    ['a hash', { hash: 3, hashMask: 7 }, { hash: 3, hash_mask: '7' }],
    ['flags of a tunnel', { tunnelChecksum: true, tunnelOam: false }, { enc_flags: { tuncsum: true, tunoam: false } }],
    [
      'other flags',
      { tunnelDontFragment: true, tunnelCritical: false },
      { enc_flags: { tundf: true, tuncrit: false } },
    ],
    [
      'GTP',
      { gtpOptions: { pduType: 1, qfi: 3, qfiMask: 7 } },
      { gtp_opt_key: [{ pdu_type: 1, qfi: 3 }], gtp_opt_mask: [{ pdu_type: 255, qfi: 7 }] },
    ],
    [
      'a session of PFCP',
      { pfcpOptions: { type: 1, seid: 'fedcba9876543210' } },
      {
        pfcp_opt_key: [{ type: 1, seid: 'fedcba9876543210' }],
        pfcp_opt_mask: [{ type: 255, seid: 'ffffffffffffffff' }],
      },
    ],
    [
      'any session of PFCP',
      { pfcpOptions: { type: 1 } },
      {
        pfcp_opt_key: [{ type: 1, seid: '0000000000000000' }],
        pfcp_opt_mask: [{ type: 255, seid: '0000000000000000' }],
      },
    ],
  ]
  it.for(rows)('%s', ([, match, keys]) => {
    expect(keysOf(match)).toEqual(keys)
  })
})
