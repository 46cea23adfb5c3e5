/** Messages: what is written is read again; long options, overloaded fields, compressed names; what is broken is refused. */
import { isArgumentError, isDecodeError } from '@vnet/core'
import { decodeDhcp, encodeDhcp } from '@vnet/wire'
import { describe, expect, test } from 'vitest'
import { type DhcpMessageSpec, type DhcpOptions, decodeDhcpMessage, encodeDhcpMessage } from '../src/index.js'

const offer: DhcpMessageSpec = {
  type: 'offer',
  transaction: 0x12345678,
  clientMac: '02:00:00:00:00:01',
  yourIp: '10.0.0.9',
  relayIp: '10.0.0.3',
  broadcast: true,
  seconds: 7,
}

const options: DhcpOptions = {
  'server-identifier': '10.0.0.1',
  'subnet-mask': '255.255.255.0',
  routers: ['10.0.0.1', '10.0.0.2'],
  'dns-servers': ['10.0.0.53'],
  'lease-time': 3600,
  'renewal-time': 1800,
  'rebinding-time': 3150,
  mtu: 1400,
  'domain-name': 'example.org',
  'domain-search': ['example.org', 'lab.example.org', 'test'],
  'client-identifier': Uint8Array.of(1, 2, 0, 0, 0, 0, 1),
  'client-fqdn': { serverUpdates: true, overridden: false, noUpdates: false, name: 'host.example.org.', encoded: true },
  'classless-routes': [
    { destination: '0.0.0.0/0', router: '10.0.0.1' },
    { destination: '10.9.0.0/17', router: '0.0.0.0' },
  ],
  parameters: [1, 3, 6],
  'relay-agent': Uint8Array.of(1, 2, 3, 4),
}

const codesOf = (bytes: Uint8Array) =>
  decodeDhcp(bytes).options.map((option) => (option.name === 'other' ? option.code : option.name))

test('what is written is read again, and what a relay added stands at the end', () => {
  const other = [{ code: 224, bytes: Uint8Array.of(9, 9) }]
  const bytes = encodeDhcpMessage({ ...offer, options, other }, { maximumSize: 1500 })
  expect(decodeDhcpMessage(bytes)).toEqual({
    ...offer,
    hardwareType: 1,
    hops: 0,
    clientIp: '0.0.0.0',
    serverIp: '0.0.0.0',
    serverName: '',
    file: '',
    options,
    other,
  })
  expect(codesOf(bytes).at(0)).toBe('message-type')
  expect(
    codesOf(bytes)
      .filter((code) => code !== 'pad')
      .at(-1),
  ).toBe(82)
})

test('a short message has the 300 octets of BOOTP', () => {
  expect(encodeDhcpMessage({ ...offer, type: 'discover' })).toHaveLength(300)
})

describe('options that need more room', () => {
  test('more than 255 octets are written in pieces, and joined (RFC 3396)', () => {
    const routers = Array.from({ length: 100 }, (_, i) => `10.1.0.${i}`)
    const bytes = encodeDhcpMessage({ ...offer, options: { routers } }, { maximumSize: 1500 })
    expect(codesOf(bytes)).toEqual(['message-type', 3, 3])
    expect(decodeDhcpMessage(bytes).options).toEqual({ routers })
  })

  test('the fields of file and server hold what does not fit (option 52)', () => {
    const other = [200, 201, 202, 203].map((code, i) => ({
      code,
      bytes: new Uint8Array([100, 100, 60, 110][i] as number).fill(code),
    }))
    const bytes = encodeDhcpMessage({ ...offer, other })
    expect(codesOf(bytes)).toEqual(['message-type', 'overload', 200, 201, 202])
    expect(decodeDhcp(bytes).options[1]).toEqual({ name: 'overload', value: 1 })
    const read = decodeDhcpMessage(bytes)
    expect(read.other).toEqual(other)
    expect(read.file).toBe('')
    const more = { code: 204, bytes: new Uint8Array(58).fill(7) }
    const full = encodeDhcpMessage({ ...offer, other: [...other, more] })
    expect(decodeDhcp(full).options[1]).toEqual({ name: 'overload', value: 3 })
    expect(decodeDhcpMessage(full).other).toEqual([...other, more])
    expect(full.length + 28).toBeLessThanOrEqual(576)
  })

  test('pieces in several fields are joined in order: options, file, server', () => {
    const bytes = new Uint8Array(320).map((_, i) => i)
    const encoded = encodeDhcpMessage({ ...offer, other: [{ code: 200, bytes }] })
    expect(codesOf(encoded)).toEqual(['message-type', 'overload', 200])
    expect(decodeDhcpMessage(encoded).other).toEqual([{ code: 200, bytes }])
  })

  test('fields in use hold no options, and what fits nowhere is refused', () => {
    const other = [200, 201, 202, 203].map((code) => ({ code, bytes: new Uint8Array(100) }))
    const spec = { ...offer, other, file: 'boot', serverName: 'server' }
    const refusal = (() => {
      try {
        return encodeDhcpMessage(spec)
      } catch (error) {
        return error
      }
    })()
    expect(isArgumentError(refusal) && refusal).toMatchObject({
      code: 'VNET_RANGE',
      attribute: 'message.options',
      message: expect.stringMatching('options 202, 203 do not fit'),
      hint: expect.any(String),
    })
    const read = decodeDhcpMessage(encodeDhcpMessage(spec, { maximumSize: 1500 }))
    expect([read.file, read.serverName, read.other]).toEqual(['boot', 'server', other])
  })
})

/** A message of options as they stand. */
const raw = (list: readonly (readonly [code: number, ...octets: number[]])[], more = {}) =>
  encodeDhcp({
    operation: 2,
    transaction: 1,
    clientMac: '02:00:00:00:00:01',
    options: list.map(([code, ...octets]) => ({ name: 'other', code, bytes: Uint8Array.from(octets) })),
    ...more,
  })
const ascii = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0))

describe('names', () => {
  const search = (...octets: number[]) =>
    decodeDhcpMessage(
      raw([
        [53, 2],
        [119, ...octets.slice(0, 255)],
        ...(octets.length > 255 ? [[119, ...octets.slice(255)] as const] : []),
      ]),
    )
  test('may be compressed, also over pieces of the option (RFC 3397)', () => {
    const apple = [3, ...ascii('eng'), 5, ...ascii('apple'), 3, ...ascii('com'), 0, 9, ...ascii('marketing'), 0xc0, 4]
    expect(search(...apple).options['domain-search']).toEqual(['eng.apple.com', 'marketing.apple.com'])
    const split = decodeDhcpMessage(
      raw([
        [53, 2],
        [119, ...apple.slice(0, 20)],
        [119, ...apple.slice(20)],
      ]),
    )
    expect(split.options['domain-search']).toEqual(['eng.apple.com', 'marketing.apple.com'])
  })

  test.each([
    ['a pointer to itself', [0xc0, 0]],
    ['pointers in a ring', [1, 97, 0xc0, 4, 0xc0, 2]],
    ['a pointer to the back', [0xc0, 2, 1, 97, 0]],
    ['a pointer that is cut', [1, 97, 0xc0]],
    ['a label that leads out', [5, 97, 98]],
    ['a label without an end', [1, 97]],
    ['a label of another sort', [0x41, 97, 0]],
    ['an empty name', [0]],
    ['a line end in a name', [3, 97, 10, 98, 0]],
    ['nothing', []],
  ])('%s is left as octets', (_, octets) => {
    const { options: read, other } = search(...octets)
    expect(read['domain-search']).toBeUndefined()
    expect(other).toEqual([{ code: 119, bytes: Uint8Array.from(octets) }])
  })

  test('pointers to pointers are followed as often as a name has labels, so that a chain of them costs no time', () => {
    const chain = (length: number) =>
      search(1, 97, 0, ...Array.from({ length }, (_, i) => [0xc0, i === 0 ? 0 : 2 * i + 1]).flat()).options[
        'domain-search'
      ]
    expect(chain(100)).toEqual(Array(101).fill('a'))
    expect(chain(127)).toHaveLength(128)
    expect(chain(128)).toBeUndefined()
  })

  test('of the client: in text, a part of it, none (RFC 4702)', () => {
    const read = (...octets: number[]) =>
      decodeDhcpMessage(
        raw([
          [53, 2],
          [81, ...octets],
        ]),
      ).options['client-fqdn']
    expect(read(0, 0, 0, ...ascii('old.example'))).toMatchObject({ name: 'old.example', encoded: false })
    expect(read(4, 255, 255, 4, ...ascii('host'))).toMatchObject({ name: 'host', encoded: true })
    expect(read(8, 0, 0)).toMatchObject({ name: '', noUpdates: true })
    expect(read(4, 0, 0, 4, ...ascii('host'), 0, 1)).toBeUndefined()
    expect(read(4, 0)).toBeUndefined()
  })
})

test.each([
  ['no message type', raw([[1, 255, 0, 0, 0]]), /BOOTP/],
  ['a type of two octets', raw([[53, 2, 2]]), /option 53 of 2 octets/],
  ['a type that contradicts the operation', raw([[53, 1]]), /operation 2 of a message of type discover/],
  [
    'a lease of three octets',
    raw([
      [53, 2],
      [51, 1, 2, 3],
    ]),
    /lease-time.*3 octets/,
  ],
  ['a mask of none', raw([[53, 2], [1]]), /subnet-mask.*0 octets/],
  [
    'two servers at once',
    raw([
      [53, 2],
      [54, 10, 0, 0, 1],
      [54, 10, 0, 0, 2],
    ]),
    /server-identifier.*8 octets/,
  ],
  [
    'an overload of 4',
    raw([
      [53, 2],
      [52, 4],
    ]),
    /overload.*4 is not/,
  ],
  [
    'a file that leads out',
    raw(
      [
        [53, 2],
        [52, 1],
      ],
      { file: String.fromCharCode(12, 200, 97) },
    ),
    /option of 200 octets/,
  ],
  ['an option that leads out', raw([[53, 2]]).subarray(0, 242), /option of 1 octets in 0/],
  ['a hardware address of 17 octets', raw([[53, 2]]).fill(17, 2, 3), /17 octets, 16 fit/],
  ['too few octets', new Uint8Array(239), /octets, needs 240/],
])('%s: refused', (_, bytes, said) => {
  const failure = (() => {
    try {
      return decodeDhcpMessage(bytes)
    } catch (error) {
      return error
    }
  })()
  expect(isDecodeError(failure) && failure.message).toMatch(said)
})

test('a known option of an unusual length stays octets, and an unknown type a number', () => {
  const {
    options: read,
    other,
    type,
  } = decodeDhcpMessage(
    raw([
      [53, 13],
      [42, 1, 2, 3],
      [61, 1],
      [121, 33, 1, 2, 3, 4],
    ]),
  )
  expect(type).toBe(13)
  expect(read).toEqual({})
  expect(other.map(({ code }) => code)).toEqual([42, 61, 121])
})

test('zeros behind a text are no part of it (RFC 2132)', () => {
  const { options: read } = decodeDhcpMessage(
    raw([
      [53, 2],
      [12, 0],
      [15, ...ascii('lab.example'), 0, 0],
    ]),
  )
  expect(read).toEqual({ 'host-name': '', 'domain-name': 'lab.example' })
})

test.each<[string, DhcpOptions]>([
  ['a name that is none', { 'domain-search': ['a b'] }],
  ['a label of 64 letters', { 'domain-search': ['a'.repeat(64)] }],
  ['a full name that is none', { 'client-fqdn': { serverUpdates: true, name: 'a..b' } }],
  ['an address that is none', { routers: ['10.0.0'] }],
  ['a time that does not fit', { 'lease-time': 2 ** 32 }],
])('%s is not written', (_, wrong) => {
  expect(() => encodeDhcpMessage({ ...offer, options: wrong })).toThrow(/dhcp\.options/)
})
