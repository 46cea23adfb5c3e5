/** The octets of discovery, control packets and their options, written by hand after the RFCs, and MD5 against Node's. */
import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  authenticationMethod,
  authenticationOption,
  chapResponse,
  type DiscoveryContent,
  decodeChapValue,
  decodeControl,
  decodeDiscovery,
  decodeOptions,
  decodePapMessage,
  decodePapRequest,
  decodeSession,
  encodeChapValue,
  encodeControl,
  encodeDiscovery,
  encodeOptions,
  encodePapMessage,
  encodePapRequest,
  encodeSession,
} from '../src/index.js'
import { hmacMd5, md5 } from '../src/md5.js'
import { chance } from './line.js'

const octets = (hex: string) =>
  Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
const text = (value: string) => new TextEncoder().encode(value)
const addresses = 'ffffffffffff 020000000001'

describe('discovery', () => {
  const frame = octets(`${addresses} 8863 11 09 0000 0010 0101 0000 0103 0008 0001020304050607`)
  const content: DiscoveryContent = { kind: 'PADI', session: 0, services: [''], hostUniq: octets('0001020304050607') }

  test('a PADI as RFC 2516 appendix B has it', () => {
    expect(decodeDiscovery(frame)).toEqual({
      source: '02:00:00:00:00:01',
      destination: 'ff:ff:ff:ff:ff:ff',
      value: content,
    })
    expect(encodeDiscovery(decodeDiscovery(frame))).toEqual(frame)
  })

  test('every tag comes back', () => {
    const value: DiscoveryContent = {
      kind: 'PADS',
      session: 0x1234,
      services: ['', 'internet'],
      concentrator: 'ac',
      hostUniq: octets('01'),
      cookie: octets('0203'),
      relay: octets('040506'),
      maxPayload: 1500,
      vendors: [octets('00000de9 0102')],
      fault: { kind: 'system', text: 'full' },
    }
    const both = { source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02' }
    expect(decodeDiscovery(encodeDiscovery({ ...both, value }))).toEqual({ ...both, value })
  })

  test('what stands behind End-Of-List, tags that are not known, and padding are passed over', () => {
    const more = octets(`${addresses} 8863 11 09 0000 0011 7777 0001 00 0000 0000 0101 0004 61626364`)
    more[19] = more.length - 20
    const padded = new Uint8Array(60)
    padded.set(more)
    expect(decodeDiscovery(padded).value).toEqual({ kind: 'PADI', session: 0, services: [] })
  })

  test.each([
    ['no frame', '0102', 'ethernet'],
    ['another type', `${addresses} 0800 11 09 0000 0000`, 'ethernet.type'],
    ['another version', `${addresses} 8863 21 09 0000 0000`, 'pppoe-discovery.version'],
    ['another code', `${addresses} 8863 11 01 0000 0000`, 'pppoe-discovery.code'],
    ['a length beyond the frame', `${addresses} 8863 11 09 0000 0004`, 'pppoe-discovery.length'],
    ['a tag that overruns', `${addresses} 8863 11 09 0000 0006 0101 0003 0000`, 'pppoe-discovery.tags'],
    ['half a tag', `${addresses} 8863 11 09 0000 0002 0101`, 'pppoe-discovery.tags'],
    [
      'a payload of three octets',
      `${addresses} 8863 11 09 0000 0007 0120 0003 000000`,
      'pppoe-discovery.tags.maxPayload',
    ],
  ])('%s is a decode error', (_, hex, path) => {
    expect(() => decodeDiscovery(octets(hex))).toThrow(expect.objectContaining({ name: 'DecodeError', path }))
  })
})

describe('session frames', () => {
  const frame = octets('020000000002 020000000001 8864 11 00 0007 000a c021 09 01 0008 01020304')

  test('an echo request as RFC 2516 appendix B has it', () => {
    const value = { session: 7, protocol: 0xc021, information: octets('0901000801020304') }
    const framed = { source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02', value }
    expect(decodeSession(frame)).toEqual(framed)
    expect(encodeSession(framed)).toEqual(frame)
  })

  test.each([
    ['another type', 12, 0x08, 'ethernet.type'],
    ['a code', 15, 0x09, 'pppoe-session'],
    ['another version', 14, 0x21, 'pppoe-session'],
    ['a length beyond the frame', 19, 0x40, 'pppoe-session.length'],
  ])('%s is a decode error', (_, at, octet, path) => {
    const broken = Uint8Array.from(frame)
    broken[at] = octet
    expect(() => decodeSession(broken)).toThrow(expect.objectContaining({ name: 'DecodeError', path }))
  })

  test('every cut is a decode error', () => {
    for (let size = 0; size < 24; size++) {
      expect(() => decodeSession(frame.subarray(0, size)), `${size}`).toThrow(/at octet/)
    }
  })
})

describe('control packets', () => {
  test('a Configure-Request with MRU and magic number, padded', () => {
    const bytes = octets('01 05 000e 01 04 05d4 05 06 01020304 0000')
    const packet = decodeControl(bytes)
    expect(packet).toEqual({ code: 1, identifier: 5, data: octets('010405d4050601020304') })
    const options = decodeOptions(packet.data)
    expect(options).toEqual([
      { type: 1, value: octets('05d4') },
      { type: 5, value: octets('01020304') },
    ])
    expect(encodeControl({ ...packet, data: encodeOptions(options) })).toEqual(bytes.subarray(0, 14))
  })

  test.each(['', '010500', '01050003', '01050005'])('%s is too short', (hex) => {
    expect(() => decodeControl(octets(hex))).toThrow(/at octet/)
  })

  test.each(['01', '0100', '0101', '010400', '0104'])('options %s are cut', (hex) => {
    expect(() => decodeOptions(octets(hex))).toThrow(/at octet/)
  })

  test('what does not fit is refused', () => {
    expect(() => encodeControl({ code: 256, identifier: 0, data: octets('') })).toThrow(RangeError)
    expect(() => encodeControl({ code: 1, identifier: -1, data: octets('') })).toThrow(RangeError)
    expect(() => encodeControl({ code: 1, identifier: 0, data: new Uint8Array(65_532) })).toThrow(RangeError)
    expect(() => encodeOptions([{ type: 300, value: octets('') }])).toThrow(RangeError)
    expect(() => encodeOptions([{ type: 1, value: new Uint8Array(254) }])).toThrow(RangeError)
  })
})

describe('authentication', () => {
  test('the options of LCP that ask for it', () => {
    expect(encodeOptions([authenticationOption('pap')])).toEqual(octets('0304c023'))
    expect(encodeOptions([authenticationOption('chap-md5')])).toEqual(octets('0305c22305'))
    const methodOf = (hex: string) => decodeOptions(octets(hex)).map(authenticationMethod)
    // MS-CHAPv2, EAP, PAP with something behind it.
    expect(methodOf('0304c023 0305c22305 0305c22381 0304c227 0305c02300')).toEqual([
      'pap',
      'chap-md5',
      undefined,
      undefined,
      undefined,
    ])
  })

  test('PAP', () => {
    const request = { user: text('alice'), password: text('secret') }
    expect(encodePapRequest(request)).toEqual(octets('05616c69636506736563726574'))
    expect(decodePapRequest(encodePapRequest(request))).toEqual(request)
    expect(decodePapMessage(encodePapMessage(text('no')))).toEqual(text('no'))
    expect(decodePapMessage(octets(''))).toEqual(octets(''))
    for (const cut of ['', '05616c', '05616c696365', '05616c6963650673']) {
      expect(() => decodePapRequest(octets(cut)), cut).toThrow(/pap/)
    }
    expect(() => encodePapRequest({ user: new Uint8Array(256), password: text('') })).toThrow(RangeError)
  })

  test('CHAP: the value is MD5 over identifier, password and challenge', () => {
    const challenge = octets('00112233445566778899aabbccddeeff')
    const expected = createHash('md5').update(Uint8Array.of(7)).update('secret').update(challenge).digest()
    expect(Buffer.from(chapResponse(7, text('secret'), challenge)).equals(expected)).toBe(true)
    const value = { value: challenge, name: text('ac') }
    expect(decodeChapValue(encodeChapValue(value))).toEqual(value)
    for (const cut of ['', '00', '0201']) expect(() => decodeChapValue(octets(cut)), cut).toThrow(/chap/)
  })

  test('MD5 and its HMAC are those of Node, for every length around a block', () => {
    const random = chance(7)
    for (let size = 0; size < 300; size++) {
      const message = Uint8Array.from({ length: size }, () => Math.floor(random() * 256))
      expect(Buffer.from(md5(message)).toString('hex')).toBe(createHash('md5').update(message).digest('hex'))
      const key = message.subarray(0, 64)
      const mac = createHmac('md5', key).update(message).digest('hex')
      expect(
        Buffer.from(hmacMd5(key, message.subarray(0, size >> 1), message.subarray(size >> 1))).toString('hex'),
      ).toBe(mac)
    }
  })
})
