/** What is peculiar in how kernels tell the state of a kind. */
import { describe, expect, test } from 'vitest'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import { bridge } from '../src/rtnetlink/kind/bridge.js'
import { bridgePort } from '../src/rtnetlink/kind/bridge-port.js'
import { macvlan } from '../src/rtnetlink/kind/macvlan.js'
import { vlan } from '../src/rtnetlink/kind/vlan.js'
import { vxlan } from '../src/rtnetlink/kind/vxlan.js'
import { flagWords, operationalStates, typeWord } from '../src/rtnetlink/link-flags.js'
import { readStatistics, rtnl_link_stats64 } from '../src/rtnetlink/link-statistics.js'
import { readStruct } from '../src/rtnetlink/struct.js'

/** A run of attributes by `write`, then read by `read`. */
function told<T>(write: (to: MessageWriter) => void, kind: { decode(from: Octets, start: number, end: number): T }): T {
  const to = new MessageWriter()
  to.begin(0, 0)
  write(to)
  return kind.decode(new Octets(to.bytes.slice(0, to.length)), 16, to.length)
}

describe('bridge', () => {
  test('identities: priority in hexadecimal, a dot, the MAC', () => {
    const id = Uint8Array.of(0x80, 0, 2, 0, 0, 0, 0, 0xb0)
    const state = told((to) => to.octetsAttribute(11, id), bridge)
    expect(state).toStrictEqual({ bridgeId: '8000.02:00:00:00:00:b0' })
    expect(told((to) => to.octetsAttribute(13, id.fill(0)), bridgePort)).toStrictEqual({
      rootId: '0000.00:00:00:00:00:00',
    })
  })
  test('switches that the kernel does not have are absent', () => {
    const switches = (values: number, mask: number) =>
      told((to) => to.octetsAttribute(46, new Uint8Array(Uint32Array.of(values, mask).buffer)), bridge)
    expect(switches(1, 3)).toStrictEqual({ noLinkLocalLearn: true, multicastVlanSnooping: false })
    expect(switches(0, 0xff)).toStrictEqual({
      noLinkLocalLearn: false,
      multicastVlanSnooping: false,
      mstEnabled: false,
      mdbOffloadFailNotification: false,
    })
  })
  test('user space STP is STP', () => expect(told((to) => to.u32Attribute(5, 2), bridge)).toStrictEqual({ stp: true }))
  test('times in seconds', () => {
    expect(told((to) => to.u32Attribute(1, 1500), bridge)).toStrictEqual({ forwardDelay: 15 })
    expect(told((to) => to.u64Attribute(35, 3124), bridge)).toStrictEqual({ multicastStartupQueryInterval: 31.24 })
  })
})

describe('VLAN', () => {
  const none = { reorderHeader: false, gvrp: false, looseBinding: false, mvrp: false, bridgeBinding: false }
  test('no flags at all is how the kernel tells that none is set', () => {
    expect(told((to) => to.u16Attribute(1, 5), vlan)).toStrictEqual({ id: 5, ...none })
  })
  test('a protocol without a word stays a number', () => {
    const state = told((to) => {
      to.u16Attribute(1, 5)
      to.u16beAttribute(5, 0x9100)
    }, vlan)
    expect(state.protocol).toBe('37120')
  })
  test('without an id it is none', () => expect(() => told(() => {}, vlan)).toThrow('no id'))
})

describe('macvlan', () => {
  test('an empty list of MACs is left out by the kernel', () => {
    expect(told((to) => to.u32Attribute(1, 16), macvlan)).toStrictEqual({ mode: 'source', macs: [] })
    expect(told((to) => to.u32Attribute(1, 4), macvlan)).toStrictEqual({ mode: 'bridge' })
  })
  test('-1 of the cutoff', () => {
    expect(told((to) => to.u32Attribute(9, -1), macvlan)).toStrictEqual({ broadcastCutoff: -1 })
  })
})

describe('VXLAN', () => {
  test('IPv4 and IPv6 are one; a flag may come as u8; flags are told by presence', () => {
    const state = told((to) => {
      to.octetsAttribute(16, new Uint8Array(16).fill(0xff, 0, 1))
      to.u8Attribute(28, 0)
      to.flagAttribute(23)
    }, vxlan)
    expect(state).toStrictEqual({
      remote: 'ff00::',
      ttlInherit: false,
      gbp: true,
      gpe: false,
      remoteChecksumNoPartial: false,
    })
    expect(told((to) => to.u8Attribute(28, 1), vxlan).ttlInherit).toBe(true)
  })
})

describe('counters', () => {
  const bytes = (size: number) =>
    new Octets(new Uint8Array(BigUint64Array.from({ length: size / 8 }, (_, i) => BigInt(i + 1)).buffer))
  test('by hand as by the description, for structs of all ages', () => {
    for (const size of [184, 192, 200, 240]) {
      const from = bytes(size)
      const wanted = readStruct(from, rtnl_link_stats64, 0, size)
      expect(readStatistics(from, 0, size)).toStrictEqual(wanted)
      expect(wanted.rxNoHandler).toBe(size === 184 ? 0 : 24)
    }
    expect(readStatistics(bytes(8), 0, 0).rxPackets).toBe(0)
  })
  test('beyond 32 bits', () => {
    const from = new Octets(new Uint8Array(new BigUint64Array(24).fill(2n ** 52n + 1n).buffer))
    expect(readStatistics(from, 0, 192).txBytes).toBe(2 ** 52 + 1)
  })
})

describe('words', () => {
  test('flags in the order of ip', () => {
    expect(flagWords(0x11043)).toEqual(['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'])
    expect(flagWords(0x1003)).toEqual(['NO-CARRIER', 'BROADCAST', 'MULTICAST', 'UP'])
    expect(flagWords(0x1002)).toEqual(['BROADCAST', 'MULTICAST'])
    expect(flagWords(0x10049)).toEqual(['LOOPBACK', 'UP', 'LOWER_UP'])
    expect(flagWords(0x80000001 | 0x40)).toEqual(['UP', '80000000'])
    expect(flagWords(0)).toEqual([])
    expect(flagWords(0x11043)).toBe(flagWords(0x11043))
    expect(Object.isFrozen(flagWords(0x1003))).toBe(true)
    for (let i = 0; i < 5000; i++) expect(flagWords((i << 19) | 0x40)).toHaveLength(i === 0 ? 0 : 1)
  })
  test('hardware types', () => {
    const words = {
      1: 'ether',
      772: 'loopback',
      65534: 'none',
      776: 'sit',
      778: 'gre',
      768: 'ipip',
      769: 'tunnel6',
      823: 'gre6',
      512: 'ppp',
      0: 'generic',
      799: 'fcfb12',
      786: 'fcpl',
      4242: '[4242]',
    }
    for (const [type, word] of Object.entries(words)) expect(typeWord(Number(type))).toBe(word)
  })
  test('operational states', () => expect(operationalStates[6]).toBe('up'))
})
