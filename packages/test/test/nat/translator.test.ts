/** The translator alone: packets and time go in, packets come out. @module */
import { parseIp } from '@vnet/core'
import { fragmentsOf, setU16At, tcpFlags, u16At, u32At } from '@vnet/wire'
import { describe, expect, it } from 'vitest'
import { Translator, type Verdict } from '../../src/nat/translator.js'
import { behaviourOf, type NatDependence, type NatOptions } from '../../src/nat/type.js'
import { echo, packetOf, tcp, udp, unreachable, wayOf } from './packets.js'

const X = '192.0.2.1'
const A = '10.0.0.1:5000'
const B = '10.0.0.2:5000'
const P1 = '198.51.100.1:1'
const P2 = '198.51.100.1:2'
const Q1 = '203.0.113.1:1'

const nat = (options: NatOptions = {}, seed = 1) =>
  new Translator(u32At(parseIp(X) as Uint8Array, 0), behaviourOf(options), { mappings: [], chance: seed })

/** What became of a packet, in words. */
const told = (verdict: Verdict): string =>
  'packet' in verdict
    ? `${verdict.to} ${wayOf(verdict.packet)}`
    : verdict.to === 'nowhere'
      ? `nowhere ${verdict.cause}`
      : verdict.to

/** The outside of a host's mapping towards another, as `192.0.2.1:1234`; made where it is not there. */
function outsideOf(box: Translator, from: string, to: string, now = 0): string {
  const text = told(box.outbound(udp(from, to), now))
  const found = /^outside (\S+) > /.exec(text)?.[1]
  if (found === undefined) throw new Error(text)
  expect(text).toBe(`outside ${found} > ${to}`)
  return found
}

const dependences = ['endpoint-independent', 'address-dependent', 'address-and-port-dependent'] as const

describe('RFC 4787', () => {
  // What counts as the same one to each behaviour: P1 itself; another port of its host; another host.
  const counts = (dependence: NatDependence) => [
    true,
    dependence !== 'address-and-port-dependent',
    dependence === 'endpoint-independent',
  ]

  it.each(dependences)('§ 4.1: mapping that is %s', (mapping) => {
    const box = nat({ mapping })
    const [first, ...others] = [P1, P1, P2, Q1].map((to) => outsideOf(box, A, to))
    expect(others.map((other) => other === first)).toEqual(counts(mapping))
    expect(outsideOf(box, B, P1)).not.toBe(first)
  })

  it.each(dependences)('§ 5: filtering that is %s', (filtering) => {
    const box = nat({ filtering })
    const outside = outsideOf(box, A, P1)
    const heard = [P1, P2, Q1].map((from) => told(box.inbound(udp(from, outside), 0)) === `inside ${from} > ${A}`)
    expect(heard).toEqual(counts(filtering))
    for (const [at, from] of [P1, P2, Q1].entries())
      if (!heard[at]) expect(told(box.inbound(udp(from, outside), 0))).toBe('nowhere nat-filtered')
    outsideOf(box, A, Q1)
    expect(told(box.inbound(udp(Q1, outside), 0))).toBe(`inside ${Q1} > ${A}`)
  })

  it('§ 4.2: ports are kept where that is wished and they are free, and never shared', () => {
    const box = nat({ keepPort: true })
    expect(outsideOf(box, A, P1)).toBe(`${X}:5000`)
    expect(outsideOf(box, B, P1)).not.toBe(`${X}:5000`)
    // Other protocols have ports of their own.
    expect(told(box.outbound(tcp(B, P1, tcpFlags.syn), 0))).toBe(`outside ${X}:5000 > ${P1}`)
    const other = nat({ keepPort: true, ports: [6000, 6001] })
    expect(outsideOf(other, A, P1)).toMatch(/:600[01]$/)
  })

  it('§ 4.2: there are as many mappings as ports, until one expires', () => {
    const box = nat({ ports: [7000, 7002] })
    const ports = [1, 2, 3].map((port) => outsideOf(box, `10.0.0.1:${port}`, P1))
    expect([...ports].sort()).toEqual([`${X}:7000`, `${X}:7001`, `${X}:7002`])
    expect(told(box.outbound(udp(B, P1), 1))).toBe('nowhere nat-no-port')
    outsideOf(box, '10.0.0.1:2', P1, 299)
    expect(outsideOf(box, B, P1, 300)).not.toBe(ports[1])
    expect(box.mappings(300).map(({ inside }) => inside.port)).toEqual([2, 5000])
  })

  it('§ 4.3: what goes out keeps a mapping, what comes in where that is wished', () => {
    for (const inboundRefresh of [false, true]) {
      const box = nat({ inboundRefresh })
      const outside = outsideOf(box, A, P1)
      expect(outsideOf(box, A, P1, 200)).toBe(outside)
      expect(told(box.inbound(udp(P1, outside), 499))).toBe(`inside ${P1} > ${A}`)
      expect(box.mappings(499)).toHaveLength(1)
      expect(box.mappings(500)).toHaveLength(inboundRefresh ? 1 : 0)
      expect(told(box.inbound(udp(P1, outside), 500))).toBe(
        inboundRefresh ? `inside ${P1} > ${A}` : 'nowhere nat-no-mapping',
      )
    }
  })

  it('§ 4.3: each host outside is remembered for itself', () => {
    const box = nat({ lifetimes: { udp: 10 } })
    const outside = outsideOf(box, A, P1)
    outsideOf(box, A, Q1, 9)
    expect(told(box.inbound(udp(P1, outside), 9))).toBe(`inside ${P1} > ${A}`)
    expect(told(box.inbound(udp(P1, outside), 10))).toBe('nowhere nat-filtered')
    expect(told(box.inbound(udp(Q1, outside), 10))).toBe(`inside ${Q1} > ${A}`)
  })

  it('§ 6: hosts inside meet by their mappings, with the address outside as source', () => {
    const box = nat({ type: 'full-cone' })
    const outside = outsideOf(box, B, P1)
    const verdict = box.outbound(udp(A, outside), 0)
    expect(told(verdict)).toMatch(/^inside 192\.0\.2\.1:\d+ > 10\.0\.0\.2:5000$/)
    const own = told(verdict).split(' ')[1] as string
    expect(told(box.outbound(udp(B, own), 0))).toBe(`inside ${outside} > ${A}`)
    // The filter is the same for those who are turned round.
    const strict = nat({ type: 'port-restricted' })
    const [a, b] = [outsideOf(strict, A, P1), outsideOf(strict, B, P1)]
    expect(told(strict.outbound(udp(A, b), 0))).toBe('nowhere nat-filtered')
    expect(told(strict.outbound(udp(B, a), 0))).toBe(`inside ${b} > ${A}`)
    expect(told(strict.outbound(udp(A, b), 0))).toBe(`inside ${a} > ${B}`)
    expect(told(nat({ hairpin: false }).outbound(udp(A, outside), 0))).toBe('nowhere nat-no-hairpin')
  })

  const data = Uint8Array.from({ length: 3001 }, (_, i) => i & 255)
  const inPieces = (): Uint8Array[] => {
    const frame = new Uint8Array(14 + 3029)
    frame.set([0x08, 0x00], 12)
    frame.set(udp(A, P1, data), 14)
    return fragmentsOf(frame, 1500, 0).map((piece) => piece.slice(14))
  }

  it('§ 11: fragments are put together, in whatever order they come', () => {
    const box = nat()
    const pieces = inPieces()
    expect(pieces).toHaveLength(3)
    const verdicts = pieces.reverse().map((piece) => box.outbound(piece, 0))
    expect(verdicts.slice(0, 2).map(told)).toEqual(['later', 'later'])
    const whole = verdicts[2] as Verdict
    expect(told(whole)).toMatch(/^outside 192\.0\.2\.1:\d+ > 198\.51\.100\.1:1$/)
    expect('packet' in whole && Buffer.compare(whole.packet.subarray(28), data)).toBe(0)
  })

  it('fragments wait half a minute for the others, and no longer than the box is on', () => {
    const [first, second, third] = inPieces() as [Uint8Array, Uint8Array, Uint8Array]
    const last = (pause: number, between: (box: Translator) => void = () => {}): string => {
      const box = nat()
      box.outbound(first, 0)
      box.outbound(second, 20)
      between(box)
      return told(box.outbound(third, pause)).split(' ')[0] as string
    }
    expect([last(29), last(31), last(29, (box) => box.reset())]).toEqual(['outside', 'later', 'later'])
  })
})

describe('RFC 5382: TCP', () => {
  const { syn, ack, fin, rst } = tcpFlags
  const opened = () => {
    const box = nat()
    const outside = told(box.outbound(tcp(A, P1, syn), 0)).split(' ')[1] as string
    box.inbound(tcp(P1, outside, syn | ack), 1)
    box.outbound(tcp(A, P1, ack), 2)
    return { box, outside }
  }

  it('a connection that stands is remembered for hours, one that is being made for minutes', () => {
    const { box, outside } = opened()
    expect(told(box.inbound(tcp(P1, outside, ack), 7441))).toBe(`inside ${P1} > ${A}`)
    expect([box.mappings(7441 + 7439).length, box.mappings(7441 + 7440).length]).toEqual([1, 0])
    const half = nat()
    half.outbound(tcp(A, P1, syn), 0)
    expect([half.mappings(239).length, half.mappings(240).length]).toEqual([1, 0])
  })

  it('one that both sides end, or one resets, is forgotten in minutes', () => {
    const ended = opened()
    ended.box.outbound(tcp(A, P1, fin | ack), 10)
    expect(ended.box.mappings(1000)).toHaveLength(1)
    ended.box.inbound(tcp(P1, ended.outside, fin | ack), 1000)
    expect([ended.box.mappings(1239).length, ended.box.mappings(1240).length]).toEqual([1, 0])
    const reset = opened()
    reset.box.inbound(tcp(P1, reset.outside, rst), 10)
    expect([reset.box.mappings(249).length, reset.box.mappings(250).length]).toEqual([1, 0])
    // A new one between the same ports begins anew.
    const again = opened()
    again.box.inbound(tcp(P1, again.outside, rst), 10)
    again.box.outbound(tcp(A, P1, syn), 20)
    again.box.inbound(tcp(P1, again.outside, syn | ack), 20)
    expect(again.box.mappings(7000)).toHaveLength(1)
  })
})

describe('RFC 5508: ICMP', () => {
  const [a, p] = ['10.0.0.1', '198.51.100.1']

  it('echo requests have mappings by their identifiers, for a minute', () => {
    const box = nat()
    const out = told(box.outbound(echo(a, p, 77, 8), 0))
    const identifier = Number(out.split(' ').at(-1))
    expect(out).toBe(`outside ${X} > ${p} id ${identifier}`)
    expect(told(box.inbound(echo(p, X, identifier, 0), 59))).toBe(`inside ${p} > ${a} id 77`)
    expect(told(box.inbound(echo('203.0.113.1', X, identifier, 0), 59))).toBe('nowhere nat-filtered')
    expect(told(box.inbound(echo(p, X, identifier, 0), 60))).toBe(`here ${p} > ${X} id ${identifier}`)
    // Each destination has its own where the mapping depends on it.
    const symmetric = nat({ type: 'symmetric' })
    const ids = [p, p, '203.0.113.1'].map((to) =>
      told(symmetric.outbound(echo(a, to, 77, 8), 0))
        .split(' ')
        .at(-1),
    )
    expect([ids[0] === ids[1], ids[1] === ids[2]]).toEqual([true, false])
  })

  it('what is for the box itself stays there', () => {
    const box = nat()
    expect(told(box.inbound(echo(p, X, 5, 8), 0))).toBe(`here ${p} > ${X} id 5`)
    expect(told(box.outbound(echo(a, X, 5, 8), 0))).toBe(`here ${a} > ${X} id 5`)
    expect(told(box.outbound(echo(a, p, 5, 0), 0))).toBe('nowhere nat-no-mapping')
  })

  it('errors find the host that they are about, on both sides of the box, and keep nothing alive', () => {
    const box = nat()
    const outside = outsideOf(box, A, P1)
    for (const router of [p, '203.0.113.9']) {
      const verdict = box.inbound(unreachable(router, X, udp(outside, P1).slice(0, 28)), 299)
      expect(told(verdict)).toBe(`inside ${router} > ${a} about ${A} > ${P1}`)
    }
    expect(told(box.outbound(unreachable(a, p, udp(P1, A)), 299))).toBe(`outside ${X} > ${p} about ${P1} > ${outside}`)
    expect(box.mappings(300)).toEqual([])
    const about = unreachable(p, X, udp(outside, P1))
    expect(told(box.inbound(about, 300))).toBe(`here ${p} > ${X} about ${outside} > ${P1}`)
    expect(told(box.outbound(unreachable(a, p, udp(P1, A)), 300))).toBe('nowhere nat-no-mapping')
  })

  it('errors about what nobody sent there stay at the box', () => {
    const box = nat()
    const outside = outsideOf(box, A, P1)
    const about = unreachable('203.0.113.1', X, udp(outside, Q1))
    expect(told(box.inbound(about, 0))).toBe(`here 203.0.113.1 > ${X} about ${outside} > ${Q1}`)
  })

  it('errors of hosts that met by their mappings are turned round', () => {
    const box = nat({ type: 'full-cone' })
    const [a1, b1] = [outsideOf(box, A, P1), outsideOf(box, B, P1)]
    box.outbound(udp(A, b1), 0)
    expect(told(box.outbound(unreachable('10.0.0.2', X, udp(a1, B)), 0))).toBe(
      `inside ${X} > 10.0.0.1 about ${A} > ${b1}`,
    )
  })
})

it('a packet has as many hops as before, and a datagram without a checksum gets none', () => {
  const plain = udp(A, P1)
  setU16At(plain, 26, 0)
  const verdict = nat().outbound(plain, 0)
  expect('packet' in verdict && [verdict.packet[8], u16At(verdict.packet, 26)]).toEqual([61, 0])
})

it('the same seed gives the same ports, also after a copy, and another one others', () => {
  const ports = (box: Translator) => [1, 2, 3, 4].map((port) => outsideOf(box, `10.0.0.9:${port}`, P1))
  const [one, other] = [nat({}, 5), nat({}, 5)]
  const first = ports(one)
  expect(ports(other)).toEqual(first)
  expect(ports(nat({}, 6))).not.toEqual(first)
  const copy = new Translator(one.address, one.behaviour, one.state)
  expect(ports(copy)).toEqual(first)
  expect(outsideOf(copy, A, P1)).toBe(outsideOf(one, A, P1))
  one.reset()
  expect([one.mappings(0).length, copy.mappings(0).length]).toEqual([0, 5])
})

it('what it cannot read or has no ports is dropped with its cause, whatever it is', () => {
  const gre = packetOf('10.0.0.1', '198.51.100.1', { layer: 'gre', protocol: 0x0800 })
  expect(told(nat().outbound(gre, 0))).toBe('nowhere nat-protocol')
  const box = nat({ type: 'full-cone' })
  const outside = outsideOf(box, A, P1)
  const samples = [
    udp(A, P1),
    tcp(A, P1, tcpFlags.syn),
    echo('10.0.0.1', '198.51.100.1', 3, 8),
    udp(P1, outside),
    unreachable('198.51.100.1', X, udp(outside, P1)),
  ]
  for (const sample of samples) {
    for (let length = 0; length < sample.length; length++) {
      const cut = sample.slice(0, length)
      for (const verdict of [box.outbound(cut, 0), box.inbound(cut, 0)])
        expect(verdict).toEqual({ to: 'nowhere', cause: 'nat-malformed' })
    }
    for (let at = 0; at < sample.length; at++) {
      for (const value of [0, 1, 0x0f, 0x45, 0x4f, 0x7f, 0xff]) {
        const changed = sample.slice()
        changed[at] = value
        for (const { to } of [box.outbound(changed, 0), box.inbound(changed, 0)])
          expect(['inside', 'outside', 'here', 'nowhere', 'later']).toContain(to)
      }
    }
  }
})
