import fc from 'fast-check'
import { Address4, Address6 } from 'ip-address'
import { describe, expect, it } from 'vitest'
import { formatIp, formatPrefix, isNetwork, networkOf, parseIp, parsePrefix, splitZone } from '../src/index.js'

const octets = (text: string) => Array.from(parseIp(text) ?? [])

describe('IPv4 text', () => {
  it('is four decimal numbers', () => {
    expect(octets('10.0.0.1')).toEqual([10, 0, 0, 1])
    expect(octets('255.255.255.255')).toEqual([255, 255, 255, 255])
  })
  it.each([
    '010.0.0.1',
    '10.0.0',
    '10.0.0.0.1',
    '256.1.1.1',
    '10.0.0.1 ',
    '',
    '.',
    '1..2.3',
    '0x1.2.3.4',
    '1.2.3.-4',
    '1.2.3.4/8',
    '١.٢.٣.٤',
  ])('refuses %j', (text) => expect(parseIp(text)).toBeUndefined())
  it('agrees with ip-address on anything made of digits and dots', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{0,4}(\.[0-9]{0,4}){0,4}$/), (text) => {
        let library: number[] | undefined
        try {
          library = new Address4(text).toArray()
        } catch {
          library = undefined
        }
        expect(parseIp(text) === undefined ? undefined : octets(text)).toEqual(library)
      }),
      { numRuns: 20_000 },
    )
  })
})

describe('IPv6 text', () => {
  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['fe80:0000::0001', 'fe80::1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ])('%s is %s (RFC 5952)', (text, canonical) => {
    expect(formatIp(parseIp(text) as Uint8Array)).toBe(canonical)
  })
  it.each(['fe80::1%eth0', ':::', '1::2::3', 'g::1', '::1/64', '1:2:3:4:5:6:7', '::ffff:10.0.0.01', '12345::'])(
    'refuses %j',
    (text) => expect(parseIp(text)).toBeUndefined(),
  )
  it('comes back from its canonical text, and ip-address reads that alike', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const text = formatIp(bytes)
        expect(octets(text)).toEqual(Array.from(bytes))
        expect(new Address6(text).toUnsignedByteArray()).toEqual(Array.from(bytes))
      }),
      { numRuns: 3000 },
    )
  })
  it('keeps zones apart', () => {
    expect(splitZone('fe80::1%eth0')).toEqual({ address: 'fe80::1', zone: 'eth0' })
    expect(splitZone('fe80::1')).toEqual({ address: 'fe80::1' })
  })
})

describe('prefixes', () => {
  it('have a length, the whole address without one', () => {
    expect(parsePrefix('10.0.0.0/8')).toEqual({ octets: Uint8Array.of(10, 0, 0, 0), length: 8 })
    expect(parsePrefix('10.0.0.1')?.length).toBe(32)
    expect(parsePrefix('::1')?.length).toBe(128)
  })
  it.each(['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/08', '10.0.0.0/-1', '10.0.0.0/8/8', '/8'])(
    'refuses %j',
    (text) => expect(parsePrefix(text)).toBeUndefined(),
  )
  it('know their host bits', () => {
    const prefix = parsePrefix('10.1.2.3/12')
    expect(prefix && isNetwork(prefix)).toBe(false)
    expect(prefix && formatPrefix(networkOf(prefix))).toBe('10.0.0.0/12')
    expect(isNetwork({ octets: Uint8Array.of(10, 16, 0, 0), length: 12 })).toBe(true)
  })
})
