/** Rules of translation as octets, beside those that `nft` sent for the same, and read back. */
import { cleanRequest, type NatSpec } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { readAttributes } from '../src/netlink/attribute-run.js'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import { ruleAttributes } from '../src/nftables/attributes.js'
import { commentOctets, commentOf } from '../src/nftables/comment.js'
import { natMeaning } from '../src/nftables/nat-decode.js'
import { addition } from '../src/nftables/nat-message.js'
import { recorded } from './nft-octets.js'

const [tcp, udp] = [6, 17]
const specs: readonly NatSpec[] = [
  {
    kind: 'dnat',
    toLocal: true,
    exceptInputLink: 'docker0',
    ipProtocol: tcp,
    destinationPorts: 8080,
    address: '172.17.0.2',
    ports: 80,
  },
  {
    kind: 'dnat',
    inputLink: 'eth0',
    from: '10.0.0.0/9',
    to: '192.0.2.0/24',
    except: ['192.0.2.64/27', '192.0.2.1'],
    ipProtocol: udp,
    sourcePorts: [1000, 2000],
    destinationPorts: 7,
    address: '10.0.0.1',
    lastAddress: '10.0.0.9',
    ports: [1000, 1010],
    random: true,
    persistent: true,
  },
  { kind: 'redirect', ipProtocol: udp, destinationPorts: 53, ports: 5353 },
  { kind: 'redirect', hook: 'output', outputLink: 'lo', to: '10.1.2.0/23' },
  { kind: 'masquerade', exceptOutputLink: 'docker0', from: '172.17.0.0/16', comment: 'as docker' },
  {
    kind: 'masquerade',
    from: '10.0.0.0/20',
    ipProtocol: tcp,
    destinationPorts: [5, 9],
    ports: [1024, 2048],
    fullyRandom: true,
  },
  { kind: 'snat', ipProtocol: 1, address: '192.0.2.1', persistent: true },
  { kind: 'dnat', toLocal: true, ipProtocol: tcp, destinationPorts: 8080, address: '2001:db8::2', ports: 80 },
  { kind: 'masquerade', from: '2001:db8:8::/45' },
  { kind: 'snat', from: '2001:db8::/64', except: ['2001:db8::1'], address: '2001:db8::5', lastAddress: '2001:db8::6' },
]

/** The attributes of a run by number, with those inside, whatever their order. */
function dissected(bytes: Uint8Array, start = 0): unknown[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const found: [number, unknown][] = []
  for (let at = start; at + 4 <= bytes.length; at += (view.getUint16(at, true) + 3) & ~3) {
    const type = view.getUint16(at + 2, true)
    const value = bytes.subarray(at + 4, at + view.getUint16(at, true))
    found.push([type & 0x3fff, type & 0x8000 ? dissected(value) : Buffer.from(value).toString('hex')])
  }
  return found.sort(([a], [b]) => a - b)
}

/** The message that makes a rule, from behind the netlink header. */
function written(spec: NatSpec): Uint8Array {
  const request = cleanRequest({ operation: 'nat add', spec })
  if (request.operation !== 'nat add') throw new TypeError('no rule')
  const to = new MessageWriter()
  addition(request.spec)[2]?.encode(to)
  return to.bytes.slice(16, to.length)
}

const octetsOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))

describe('rules of translation', () => {
  it.each(Object.entries(recorded).map(([told, hex], at) => [told, hex, specs[at] as NatSpec] as const))(
    '%s',
    (_, hex, spec) => {
      const theirs = octetsOf(hex)
      const ours = written(spec)
      expect(ours.subarray(0, 4)).toEqual(theirs.subarray(0, 4))
      expect(dissected(ours, 4)).toEqual(dissected(theirs, 4))
      const family = theirs[0] === 2 ? 4 : 6
      const meaning = (bytes: Uint8Array) => {
        const { values, other } = readAttributes(ruleAttributes, new Octets(bytes), 4, bytes.length, 'rule')
        expect(other).toEqual([])
        return natMeaning(values.expressions as never, family)
      }
      expect(meaning(theirs)).toEqual(meaning(ours))
      expect(meaning(theirs)).toMatchObject({ kind: spec.kind })
    },
  )

  it('every cut of a message is a decode error or a rule that vnet has no words for, and nothing else', () => {
    for (const hex of Object.values(recorded)) {
      const bytes = octetsOf(hex)
      for (let end = 4; end < bytes.length; end++) {
        try {
          const { values } = readAttributes(ruleAttributes, new Octets(bytes.slice(0, end)), 4, end, 'rule')
          natMeaning((values.expressions ?? []) as never, 4)
        } catch (error) {
          expect((error as Error).name, String(error)).toBe('DecodeError')
        }
      }
    }
  })

  it('a bit changed anywhere brings no exception but a decode error', () => {
    const bytes = octetsOf(Object.values(recorded)[1] as string)
    for (let at = 4; at < bytes.length; at++) {
      for (const bit of [1, 0x10, 0x80]) {
        const changed = Uint8Array.from(bytes)
        changed[at] = (changed[at] as number) ^ bit
        try {
          const { values } = readAttributes(ruleAttributes, new Octets(changed), 4, changed.length, 'rule')
          natMeaning((values.expressions ?? []) as never, 4)
        } catch (error) {
          expect((error as Error).name, String(error)).toBe('DecodeError')
        }
      }
    }
  })
})

describe('comments', () => {
  it('are read back, also behind what others keep there', () => {
    expect(commentOf(commentOctets('é'))).toBe('é')
    expect(commentOf(Uint8Array.of(9, 2, 1, 2, ...commentOctets('x')))).toBe('x')
    expect(commentOf(Uint8Array.of(9, 2, 1, 2))).toBeUndefined()
    expect(commentOf(Uint8Array.of(0, 9, 65))).toBe('A')
    expect(commentOf(new Uint8Array(0))).toBeUndefined()
  })
})
