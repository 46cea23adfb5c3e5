/** Frames in which all that an expression can name is there now and then: a few addresses and ports, in every header. */
import type { CaptureFormat } from '@vnet/core'
import fc from 'fast-check'

const octets = (...numbers: readonly number[]) => Uint8Array.from(numbers)
const half = (value: number) => octets(value >>> 8, value)
const word = (value: number) => octets(value >>> 24, value >>> 16, value >>> 8, value)
const joined = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]))

/** Values that frames and expressions have in common. */
export const macs = ['02:00:00:00:00:01', '02:00:00:00:00:02', 'ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:05']
export const addresses4 = ['10.0.0.1', '10.0.0.2', '10.1.2.3', '192.168.1.1', '224.0.0.5', '255.255.255.255']
export const addresses6 = ['fe80::1', '2001:db8::5', 'ff02::1']
export const ports = [22, 53, 80, 443, 6081, 1024]

const mac = fc
  .constantFrom(...macs)
  .map((text) => Uint8Array.from(text.split(':'), (part) => Number.parseInt(part, 16)))
const address4 = fc.constantFrom(...addresses4).map((text) => Uint8Array.from(text.split('.'), Number))
const address6 = fc.constantFrom([0xfe, 0x80, 1], [0x20, 0x01, 5], [0xff, 0x02, 1]).map(([a, b, z]) => {
  const address = new Uint8Array(16)
  address.set([a as number, b as number])
  if (a === 0x20) address.set([0x0d, 0xb8], 2)
  address[15] = z as number
  return address
})
const port = fc.constantFrom(...ports)
const data = fc.uint8Array({ minLength: 0, maxLength: 30 })

/** What is behind an IP header: the protocol's number, its octets. */
type Part = readonly [number: number, octets: Uint8Array]

const tcp: fc.Arbitrary<Part> = fc
  .tuple(port, port, fc.constantFrom(0x02, 0x10, 0x12, 0x11, 0x04), data)
  .map(([from, to, flags, rest]) => [
    6,
    joined(half(from), half(to), word(1), word(2), octets(0x50, flags, 1, 0), word(0), rest),
  ])
const udp: fc.Arbitrary<Part> = fc
  .tuple(port, port, data)
  .map(([from, to, rest]) => [17, joined(half(from), half(to), half(8 + rest.length), half(0), rest)])
const sctp: fc.Arbitrary<Part> = fc
  .tuple(port, port, data)
  .map(([from, to, rest]) => [132, joined(half(from), half(to), word(3), word(4), rest)])
const icmp: fc.Arbitrary<Part> = fc
  .tuple(fc.constantFrom(0, 3, 8), fc.nat(2), data)
  .map(([type, code, rest]) => [1, joined(octets(type, code, 0, 0), word(5), rest)])
const icmp6: fc.Arbitrary<Part> = fc
  .tuple(fc.constantFrom(128, 129, 135, 1), fc.nat(2), data)
  .map(([type, code, rest]) => [58, joined(octets(type, code, 0, 0), word(5), rest)])
const other: fc.Arbitrary<Part> = fc.tuple(fc.constantFrom(2, 9, 50, 51, 89, 103, 112, 47), data)

const geneve = (inner: fc.Arbitrary<Typed>): fc.Arbitrary<Part> =>
  fc
    .tuple(port, fc.constantFrom(5, 7), fc.nat(2), fc.constantFrom(0, 0, 0, 0x40), inner)
    .map(([from, vni, options, version, [type, frame]]) => [
      17,
      joined(
        half(from),
        half(6081),
        half(0),
        half(0),
        octets(version | options, 0),
        half(type),
        word(vni << 8),
        new Uint8Array(4 * options),
        frame,
      ),
    ])

/** What is behind a link header: EtherType, octets. */
type Typed = readonly [type: number, octets: Uint8Array]

const ipv4 = (part: fc.Arbitrary<Part>): fc.Arbitrary<Typed> =>
  fc
    .tuple(address4, address4, part, fc.constantFrom(0, 0, 4, 12), fc.constantFrom(0, 0, 0, 0x2000, 0x4000, 5, 0x2005))
    .map(([source, destination, [protocol, rest], options, fragment]) => [
      0x0800,
      joined(
        octets(0x45 + options / 4, 0),
        half(20 + options + rest.length),
        half(7),
        half(fragment),
        octets(64, protocol, 0, 0),
        source,
        destination,
        new Uint8Array(options).fill(1),
        rest,
      ),
    ])

const extended = (part: fc.Arbitrary<Part>): fc.Arbitrary<Part> =>
  fc.oneof(
    { weight: 5, arbitrary: part },
    { weight: 1, arbitrary: part.map(([next, rest]): Part => [44, joined(octets(next, 0, 0, 1), word(9), rest)]) },
    { weight: 1, arbitrary: part.map(([next, rest]): Part => [0, joined(octets(next, 0, 1, 4, 0, 0, 0, 0), rest)]) },
    { weight: 1, arbitrary: part.map(([next, rest]): Part => [60, joined(octets(next, 0, 1, 4, 0, 0, 0, 0), rest)]) },
  )

const ipv6 = (part: fc.Arbitrary<Part>): fc.Arbitrary<Typed> =>
  fc
    .tuple(address6, address6, extended(part))
    .map(([source, destination, [next, rest]]) => [
      0x86dd,
      joined(octets(0x60, 0, 0, 0), half(rest.length), octets(next, 64), source, destination, rest),
    ])

const arp: fc.Arbitrary<Typed> = fc
  .tuple(fc.constantFrom(0x0806, 0x0806, 0x8035), fc.constantFrom(1, 2), mac, address4, mac, address4)
  .map(([type, operation, sender, senderIp, target, targetIp]) => [
    type,
    joined(half(1), half(0x0800), octets(6, 4), half(operation), sender, senderIp, target, targetIp),
  ])

const llc: fc.Arbitrary<Typed> = fc
  .tuple(
    fc.constantFrom([0x42, 0x42], [0xfe, 0xfe], [0xe0, 0xe0], [0xf0, 0xf0], [0xff, 0xff], [0x06, 0x06], [0xfe, 0x03]),
    fc.constantFrom(0x00, 0x01, 0x03, 0x05, 0x09, 0x63, 0x43, 0x6f, 0xe3, 0xaf, 0x87, 0x13),
    fc.constantFrom(0x81, 0x82, 0x83),
    fc.constantFrom(15, 16, 17, 18, 20, 24, 25, 26, 27),
    data,
  )
  .map(([[dsap, ssap], control, iso, pdu, rest]) => [
    30,
    joined(octets(dsap as number, ssap as number, control, iso, 0, 0, 0, pdu), rest),
  ])
const snap: fc.Arbitrary<Typed> = fc
  .tuple(fc.constantFrom([0, 0, 0], [0x08, 0x00, 0x07]), fc.constantFrom(0x8137, 0x809b, 0x80f3, 0x0800), data)
  .map(([organisation, type, rest]) => [40, joined(octets(0xaa, 0xaa, 3, ...organisation), half(type), rest)])
const decnet: fc.Arbitrary<Typed> = fc
  .tuple(fc.constantFrom([0x02], [0x06], [0x81, 0x02], [0x81, 0x06]), fc.uint8Array({ minLength: 30, maxLength: 30 }))
  .map(([flags, rest]) => {
    const at = flags.length
    rest.set([0x05, 0x04], flags.at(-1) === 2 ? 0 : 6)
    rest.set([0x05, 0x04], flags.at(-1) === 2 ? 2 : 14)
    return [0x6003, joined(half(20), octets(...flags), rest.subarray(0, 30 - at))]
  })
const foreign: fc.Arbitrary<Typed> = fc.tuple(
  fc.constantFrom(0x88b5, 0x8863, 0x9000, 0x8137, 0x809b, 0x80f3, 0x6001, 0x6004, 0x6007),
  data,
)

const simplePart = fc.oneof(tcp, tcp, udp, udp, sctp, icmp, icmp6, other)
const packet = (part: fc.Arbitrary<Part>): fc.Arbitrary<Typed> => fc.oneof(ipv4(part), ipv4(part), ipv6(part))

const mpls = fc
  .tuple(fc.array(fc.constantFrom(16, 1024, 5), { minLength: 1, maxLength: 3 }), packet(simplePart))
  .map(
    ([labels, [, rest]]): Typed => [
      0x8847,
      joined(...labels.map((label, at) => word((label << 12) | (at === labels.length - 1 ? 0x100 : 0) | 64)), rest),
    ],
  )
const pppoe = fc
  .tuple(
    fc.constantFrom(1, 3),
    packet(simplePart),
    fc.constantFrom(undefined, undefined, undefined, 0xc021, 0x0023, 0x0281),
  )
  .map(
    ([session, [type, rest], protocol]): Typed => [
      0x8864,
      joined(
        octets(0x11, 0),
        half(session),
        half(rest.length + 2),
        half(protocol ?? (type === 0x0800 ? 0x21 : 0x57)),
        rest,
      ),
    ],
  )

const ethernetOf = (typed: fc.Arbitrary<Typed>): fc.Arbitrary<Uint8Array> =>
  fc.tuple(mac, mac, typed).map(([destination, source, [type, rest]]) => joined(destination, source, half(type), rest))

const tagged = (typed: fc.Arbitrary<Typed>): fc.Arbitrary<Typed> =>
  fc
    .tuple(fc.constantFrom(0x8100, 0x8100, 0x88a8, 0x9100), fc.constantFrom(5, 42, 0x2005), typed)
    .map(([tpid, tci, [type, rest]]) => [tpid, joined(half(tci), half(type), rest)])

const inner: fc.Arbitrary<Typed> = fc.oneof(
  ethernetOf(fc.oneof(packet(simplePart), arp, tagged(packet(simplePart)))).map((frame): Typed => [0x6558, frame]),
  packet(simplePart),
)
const part = fc.oneof({ weight: 9, arbitrary: simplePart }, { weight: 2, arbitrary: geneve(inner) })
const plain: fc.Arbitrary<Typed> = fc.oneof(
  { weight: 12, arbitrary: packet(part) },
  { weight: 3, arbitrary: arp },
  { weight: 2, arbitrary: llc },
  ...[snap, decnet, foreign, mpls, mpls, pppoe, pppoe].map((arbitrary) => ({ weight: 1, arbitrary })),
)
const typed: fc.Arbitrary<Typed> = fc.oneof(
  { weight: 6, arbitrary: plain },
  { weight: 2, arbitrary: tagged(plain) },
  { weight: 1, arbitrary: tagged(tagged(plain)) },
)

const cut = (whole: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight: 5, arbitrary: whole },
    { weight: 1, arbitrary: fc.tuple(whole, fc.nat(70)).map(([frame, length]) => frame.slice(0, length)) },
    {
      weight: 1,
      arbitrary: fc.tuple(whole, fc.nat(60), fc.nat(255)).map(([frame, at, value]) => {
        if (at < frame.length) frame[at] = value
        return frame
      }),
    },
  )

/** Frames as they are recorded, by what they begin with. */
export const frameOf: Readonly<Record<CaptureFormat, fc.Arbitrary<Uint8Array>>> = {
  ethernet: cut(ethernetOf(typed)),
  ip: cut(packet(part).map(([, octets]) => octets)),
  cooked: cut(
    fc
      .tuple(
        fc.constantFrom(0, 1, 2, 3, 4),
        fc.oneof(plain, tagged(plain)),
        fc.constantFrom(undefined, undefined, undefined, 1),
      )
      .map(([type, [protocol, rest], number]) =>
        joined(
          half(type),
          half(1),
          half(6),
          octets(2, 0, 0, 0, 0, 1, 0, 0),
          half(number ?? (protocol <= 1500 ? 4 : protocol)),
          rest,
        ),
      ),
  ),
}
