/** What is compared of frames in random networks, and what is left out. */
import { describe, expect, it } from 'vitest'
import { arp, ethernet, ip6, ipv4, ipv6, joined } from '../src/frame.js'
import { packetLine } from '../src/random/packet-line.js'

const [one, two] = ['02:00:00:00:00:01', '02:00:00:00:00:02']
const message = (type: number, code: number, identifier: number, ...rest: number[]) =>
  Uint8Array.of(type, code, 0, 0, identifier, identifier, 0, 1, ...rest)
const echo = (identifier = 7) => message(8, 0, identifier, 1, 2, 3, 4)
const frame4 = (payload: Uint8Array, hops = 64, id = 1) =>
  ethernet(two, one, 0x0800, ipv4('10.0.0.1', '10.0.0.2', 1, payload, hops, id))
const frame6 = (payload: Uint8Array, protocol = 58) =>
  ethernet(two, one, 0x86dd, ipv6(ip6('2001:db8::1'), ip6('2001:db8::2'), protocol, payload))

describe('packetLine', () => {
  it('tells who sent what to whom', () => {
    expect(packetLine(frame4(echo()))).toEqual({
      way: `${one} > ${two} 10.0.0.1 > 10.0.0.2`,
      offset: 0,
      text: 'hops 64 service 0 length 32 whole echo sum 1030',
    })
    expect(packetLine(frame6(message(129, 0, 7, 9)))?.text).toBe('hops 64 service 0 length 49 answer sum 2304')
  })

  it('differs by hops, MACs, VLAN and content, not by identifiers', () => {
    const tagged = joined(frame4(echo()).subarray(0, 12), Uint8Array.of(0x81, 0, 0xe0, 20), frame4(echo()).subarray(12))
    const others = [
      frame4(echo(), 63),
      tagged,
      frame4(message(8, 0, 7, 1, 2, 3, 5)),
      frame4(message(0, 0, 7, 1, 2, 3, 4)),
    ]
    const lines = [frame4(echo()), ...others].map((frame) => JSON.stringify(packetLine(frame)))
    expect(new Set(lines).size).toBe(5)
    expect(packetLine(tagged)?.way).toContain('VLAN 20 10.0.0.1')
    expect(packetLine(frame4(echo(9), 64, 99))).toEqual(packetLine(frame4(echo())))
  })

  it('tells of an error what it is about', () => {
    const about = frame4(echo(), 1).subarray(14)
    expect(packetLine(frame4(joined(message(11, 0, 0), about)))?.text).toMatch(
      /^hops 64 service 0 length 60 whole error 11 0 0 1 about 10\.0\.0\.1 > 10\.0\.0\.2 hops 1 .* echo sum 1030$/,
    )
  })

  it('tells parts of packets', () => {
    const last = Uint8Array.of(58, 0, 0x0b, 0x50, 0, 0, 0, 1, 5, 6)
    expect(packetLine(frame6(last, 44))).toMatchObject({
      offset: 2896,
      text: expect.stringMatching(/at 2896 sum 1286$/),
    })
  })

  it('leaves out what hosts send in their own time', () => {
    const ownTime = [
      arp(1, 'ff:ff:ff:ff:ff:ff', one, '10.0.0.1', '00:00:00:00:00:00', '10.0.0.2'),
      frame4(message(5, 1, 0)),
      frame4(message(3, 1, 0)),
      ethernet(two, one, 0x0800, ipv4('10.0.0.1', '224.0.0.22', 2, message(0x22, 0, 0))),
      ...[133, 134, 135, 136, 137, 143].map((type) => frame6(message(type, 0, 0))),
      frame6(message(1, 3, 0)),
      frame6(message(143, 0, 0), 0),
      ethernet(two, one, 39, new Uint8Array(39)),
    ]
    expect(ownTime.map(packetLine)).toEqual(ownTime.map(() => undefined))
    expect(packetLine(frame4(joined(message(3, 0, 0), frame4(echo()).subarray(14))))).toBeDefined()
  })
})
