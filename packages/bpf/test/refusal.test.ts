/** Expressions that are none, or that cannot be carried out: where, why, and what to write instead. */
import { type CaptureFormat, isVnetError } from '@vnet/core'
import { expect, it } from 'vitest'
import { compileCaptureFilter, compileFilter, FilterError } from '../src/index.js'
import { openLibpcap } from './libpcap.js'

const libpcap = openLibpcap()

/** What libpcap takes and we do not, or the other way round; the reasons are in docs/decisions/0104. */
const onlyHere = new Set(['protochain 6', 'ip protochain \\tcp', 'decnet host 70.1'])

const cases: readonly (readonly [
  expression: string,
  at: number,
  said: RegExp,
  hint?: RegExp | undefined,
  format?: CaptureFormat,
])[] = [
  ['icmp and', 8, /^syntax error: expected a primitive .*, found the end/],
  ['(icmp', 5, /^syntax error: expected “\)”, found the end/],
  ['icmp)', 4, /^syntax error: expected and, or, or the end, found “\)”/],
  ['tcp udp', 4, /^syntax error: expected and, or, or the end, found “udp”/],
  ['port 80 443', 8, /^syntax error/],
  ['80', 2, /^syntax error: expected a comparison/],
  ['tcp[0] + 1', 10, /^syntax error: expected a comparison/],
  ['ip > 3', 3, /^syntax error/],
  ['foo', 0, /^syntax error: expected a primitive/],
  ['not', 3, /^syntax error/],
  ['or tcp', 0, /^syntax error/],
  ['host', 4, /^syntax error: expected an address, a number or a name, found the end/],
  ['src proto 6', 4, /^syntax error/],
  ['tcp or 80', 7, /^syntax error/, /host, net, port, proto/],
  ['ip proto tcp', 9, /^syntax error/, /\\tcp/],
  ['port 80 or (tcp or 53)', 19, /^syntax error/],
  ['ip[0', 4, /^syntax error: expected “\]”/],
  ['ip[0:]', 5, /^syntax error: expected 1, 2 or 4 octets/],
  ['net 10 mask 255.0.0.0', 7, /^syntax error/],
  ['net 10.0.0.0 mask 8', 18, /^syntax error: expected a mask/],
  ['less x', 5, /^syntax error: expected a number of octets/],
  ['byte 3 = ip', 9, /^syntax error: expected a number/],
  ['byte 3 ! 4', 7, /^syntax error: expected one of/],
  ['ifindex eth0', 8, /^syntax error: expected the index of a link/],
  ['llc nonsense', 4, /^syntax error: expected one of i, s, u/],
  ['vlan 5 + 1 = 6', 7, /^syntax error/],
  ['host 10.0.0.1 ~', 14, /^syntax error: illegal character "~"/],
  ['type mgt', 0, /^syntax error/, /802\.11/],
  ['on eth0', 0, /^syntax error/, /pf/],
  ['lane', 0, /^syntax error/, /ATM/],
  ['08 = 8', 0, /non-octal digit/],
  ['len > 4294967296', 6, /overflows 32 bits/],
  ['port 99999', 5, /^illegal port number 99999 > 65535/],
  ['portrange 1-70000', 10, /^illegal port number 70000/],
  ['port 80-90', 5, /^unknown port '80-90'/, /number/],
  ['port nosuch', 5, /^unknown port 'nosuch'/, /number/],
  ['portrange http-nosuch', 10, /^unknown port in range/],
  ['udp port ssh', 9, /^port 'ssh' is tcp/],
  ['icmp port 3', 10, /^illegal qualifier of 'port'/, /icmp and port/],
  ['port ::1', 5, /^invalid qualifier against an address/],
  ['ip proto 10.0.0.1', 9, /^invalid qualifier against an address/],
  ['host example', 5, /^unknown host 'example'/, /address/],
  ['net example', 4, /^unknown network 'example'/, /address/],
  ['ether host example', 11, /^unknown ether host 'example'/, /address/],
  ['host 300.1.1.1', 5, /^invalid IPv4 address '300.1.1.1'/],
  ['host 1.2.3.4.5', 5, /^unknown host/],
  ['net 10.0.0.1/8', 4, /^non-network bits set in "10.0.0.1\/8"/],
  ['net 10.0.0.0/33', 4, /^mask length must be <= 32/],
  ['net 10.0.0.1 mask 255.0.0.0', 4, /^non-network bits set in "10.0.0.1 mask 255.0.0.0"/],
  ['host 10.0.0.0/8', 5, /^Mask syntax for networks only/, /net/],
  ['net fe80::1/64', 4, /^non-network bits set/],
  ['net fe80::/129', 4, /^mask length must be <= 128/],
  ['host fe80::/10', 5, /^Mask syntax for networks only/, /net/],
  ['tcp host 10.0.0.1', 9, /^'tcp' modifier applied to host/, /tcp and host/],
  ['ip6 host 10.0.0.1', 9, /^'ip6' modifier applied to ip host/],
  ['ip host ::1', 8, /^'ip' modifier applied to ip6 host/],
  ['ether host 10.0.0.1', 11, /^illegal link layer address/],
  ['host 2:0:0:0:0:1', 5, /^ethernet address used in non-ether expression/, /ether host/],
  ['decnet host 70.1', 12, /^invalid DECnet address/],
  ['ip proto nosuch', 9, /^unknown ip proto 'nosuch'/, /number/],
  ['ether proto nosuch', 12, /^unknown ether proto 'nosuch'/],
  ['tcp proto 5', 10, /^'tcp proto' is bogus/],
  ['arp proto 5', 10, /^arp does not encapsulate another protocol/],
  ['ether', 0, /^link layer applied in wrong context/, /ether host/],
  ['radio', 0, /^'radio' is not a valid protocol type/],
  ['radio[0] = 1', 0, /^radio information not present/],
  ['stp[0] = 1', 0, /^unsupported index operation/],
  ['esp[0] = 1', 0, /^unsupported index operation/],
  ['ip[0:3] = 1', 0, /^data size must be 1, 2, or 4/],
  ['ip[0] / 0 = 1', 6, /^division by zero/],
  ['ip[0] % 0 = 1', 6, /^modulus by zero/],
  ['1 << 32 = 1', 2, /^shift by more than 31 bits/],
  ['vlan 4096', 0, /^VLAN tag 4096 greater than maximum 4095/],
  ['mpls 1048576', 0, /^MPLS label 1048576 greater than maximum 1048575/],
  ['pppoes 65536', 0, /^PPPoE session number 65536 greater than maximum 65535/],
  ['geneve 16777216', 0, /^Geneve VNI 16777216 greater than maximum 16777215/],
  ['mpls and arp', 9, /^unsupported protocol over mpls/],
  ['mpls and vlan', 9, /^no VLAN match after MPLS/],
  ['pppoes and vlan', 11, /^no VLAN support for PPP/],
  ['pppoes and ether host 2:0:0:0:0:1', 22, /^ethernet addresses supported only on ethernet/],
  ['gateway foo', 8, /^'gateway' not supported/, /ether host/],
  ['protochain 6', 11, /^'protochain' not supported/, /proto/],
  ['ip protochain \\tcp', 14, /^'protochain' not supported/],
  ['ip broadcast', 0, /^netmask not known/, /255\.255\.255\.255/],
  ['arp broadcast', 0, /^only link-layer/],
  ['tcp multicast', 0, /^only link-layer/],
  ['vlan', 0, /^no VLAN support for Raw IP/, undefined, 'ip'],
  ['mpls', 0, /^no MPLS support for Linux cooked/, undefined, 'cooked'],
  ['broadcast', 0, /^not a broadcast link/, undefined, 'ip'],
  ['multicast', 0, /^link-layer multicast filters/, undefined, 'cooked'],
  ['llc', 0, /^'llc' not supported/, undefined, 'ip'],
  [`${'('.repeat(300)}tcp${')'.repeat(300)}`, 201, /nested too deeply/],
  [`${'not '.repeat(300)}tcp`, 804, /nested too deeply/],
]

it.each(cases.map((one) => ({ one, expression: one[0] })))(
  '$expression',
  ({ one: [expression, at, said, hint, format = 'ethernet'] }) => {
    const refusal = (() => {
      try {
        return compileFilter(expression, format)
      } catch (error) {
        return error
      }
    })()
    expect(refusal).toBeInstanceOf(FilterError)
    const { message, at: place, hint: told } = refusal as FilterError
    expect(message).toMatch(said)
    expect(place).toBe(at)
    expect(message).toContain(`(at character ${at + 1})`)
    if (hint !== undefined) expect(told).toMatch(hint)
    // libpcap does not take them either: nothing is refused for want of ours.
    const theirs = libpcap?.compile(expression, format, false)
    if (theirs !== undefined && !onlyHere.has(expression) && !message.includes('nested'))
      expect(theirs).toBeTypeOf('string')
  },
)

it('as the error of a capture', () => {
  const refused = (() => {
    try {
      return compileCaptureFilter('host example', undefined, 'any')
    } catch (error) {
      return error
    }
  })()
  expect(isVnetError(refused)).toBe(true)
  expect(refused).toMatchObject({
    code: 'EINVAL',
    operation: 'capture open',
    subject: 'any',
    attribute: 'options.filter',
    detail: "unknown host 'example' (at character 6)",
    hint: 'names are not looked up: give the address; the language is described in pcap-filter(7)',
  })
})

it('a program that is longer than the kernel takes', () => {
  const hosts = (count: number) => Array.from({ length: count }, (_, i) => `10.${i >> 8}.${i & 255}.1`).join(' or ')
  expect(() => compileFilter(`host ${hosts(1000)}`, 'ethernet')).toThrow(
    /instructions, more than the 4096 of the kernel/,
  )
  expect(() => compileFilter(`port ${Array.from({ length: 5000 }, (_, i) => i).join(' or ')}`, 'ethernet')).toThrow(
    FilterError,
  )
})
