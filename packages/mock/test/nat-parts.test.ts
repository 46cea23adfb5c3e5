/** The parts of connection tracking by themselves: tuples, states, free ports, rewriting. @module */
import { parseIp } from '@vnet/core'
import { checksumOf, encodeFrame, type LayerSpec, pseudoSum4, pseudoSum6, tcpFlags } from '@vnet/wire'
import { describe, expect, it } from 'vitest'
import { addressIn } from '../src/nat/address-choice.js'
import { newConnection } from '../src/nat/connection.js'
import { ConnectionTable } from '../src/nat/connection-table.js'
import { crc32c } from '../src/nat/crc32c.js'
import { freeTuple, type NatRange } from '../src/nat/free-tuple.js'
import { rewrite } from '../src/nat/rewrite.js'
import { nextTcpState, type TcpState } from '../src/nat/tcp-state.js'
import { inverse, type Tuple, tupleAt, tupleKey } from '../src/nat/tuple.js'

const [inside, outside, server] = [
  [10, 0, 0, 2],
  [192, 0, 2, 1],
  [192, 0, 2, 9],
].map((octets) => Uint8Array.from(octets)) as [Uint8Array, Uint8Array, Uint8Array]

const udp = (source: number, destination = 53, from = inside): Tuple => ({
  protocol: 17,
  from,
  to: server,
  source,
  destination,
})

describe('tuples', () => {
  it('of queries have the answer as inverse, and theirs again', () => {
    const echo: Tuple = { protocol: 1, from: inside, to: server, source: 77, destination: 8 << 8 }
    expect(inverse(echo)).toEqual({ protocol: 1, from: server, to: inside, source: 77, destination: 0 })
    expect(inverse(inverse(echo))).toEqual(echo)
    expect(tupleKey(inverse(udp(1, 2)))).not.toBe(tupleKey(udp(1, 2)))
  })

  it('are none of what is cut short', () => {
    const frame = encodeFrame([
      { layer: 'ethernet', destination: '02:00:00:00:00:01', source: '02:00:00:00:00:02' },
      { layer: 'ipv4', source: '10.0.0.2', destination: '192.0.2.9' },
      { layer: 'udp', sourcePort: 5000, destinationPort: 53 },
    ])
    expect(tupleAt(frame, 14, 42)?.tuple).toEqual(udp(5000))
    for (let end = 14; end < 42; end++) expect(tupleAt(frame, 14, end)).toBeUndefined()
  })
})

describe('TCP', () => {
  const { syn, ack, fin, rst } = tcpFlags
  const run = (...packets: readonly [from: 'original' | 'reply', flags: number][]) => {
    const states: (TcpState | 'invalid')[] = []
    let state: TcpState | undefined
    for (const [direction, flags] of packets) {
      const next = nextTcpState(state, direction, flags)
      states.push(next)
      if (next !== 'invalid') state = next
    }
    return states
  }

  it('goes from state to state', () => {
    expect(
      run(
        ['original', syn],
        ['reply', syn | ack],
        ['original', ack],
        ['reply', ack],
        ['original', fin | ack],
        ['reply', ack],
        ['reply', fin | ack],
        ['original', ack],
      ),
    ).toEqual(['SYN_SENT', 'SYN_RECV', 'ESTABLISHED', 'ESTABLISHED', 'FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT'])
  })

  it('knows what cannot be', () => {
    expect(run(['original', syn | ack])).toEqual(['invalid'])
    expect(run(['original', rst])).toEqual(['invalid'])
    expect(run(['original', 0])).toEqual(['invalid'])
    expect(run(['original', syn | fin])).toEqual(['invalid'])
    expect(run(['original', syn], ['original', ack])).toEqual(['SYN_SENT', 'invalid'])
    expect(run(['original', ack], ['reply', rst])).toEqual(['ESTABLISHED', 'CLOSE'])
  })
})

describe('free ports', () => {
  /** A table in which the server's port 53 speaks with the outside address at ports. */
  function tableWith(ports: Iterable<number>): ConnectionTable {
    const table = new ConnectionTable()
    for (const port of ports) {
      const connection = newConnection(udp(port, 53, Uint8Array.of(10, 0, 0, 3)))
      connection.reply = inverse(udp(port, 53, outside))
      connection.expires = 100
      expect(table.enter(connection, 0)).toBe(true)
    }
    return table
  }
  const range: NatRange = { addresses: [outside, outside] }
  const find = (connections: ConnectionTable, port: number, more: Partial<NatRange> = {}, random = () => 0) =>
    freeTuple({ connections, now: 1, random }, udp(port), 'source', { ...range, ...more }).source

  it('are those that packets have, where they are free', () => {
    expect(find(tableWith([]), 5000)).toBe(5000)
    expect(find(tableWith([5001]), 5000)).toBe(5000)
    expect(find(tableWith([5000]), 5000)).toBe(1024)
    expect(find(tableWith([5000, 1024, 1025]), 5000)).toBe(1026)
    expect(find(tableWith([1]), 1)).toBe(2)
    expect(find(tableWith([700, 600]), 700)).toBe(601)
  })

  it('are looked for from a place by chance, and in ever smaller stretches', () => {
    const busy = tableWith([5000, ...Array.from({ length: 300 }, (_, i) => 1024 + i)])
    const rolls = [0, 100, 400]
    expect(find(busy, 5000, {}, () => rolls.shift() as number)).toBe(1424)
    expect(find(tableWith([]), 5000, { isRandom: true }, () => 10)).toBe(1034)
  })

  it('may be named, and may be none', () => {
    expect(find(tableWith([]), 5000, { ports: [7000, 7001] })).toBe(7000)
    expect(find(tableWith([]), 7001, { ports: [7000, 7001] })).toBe(7001)
    expect(find(tableWith([7000]), 5000, { ports: [7000, 7001] })).toBe(7001)
    const full = tableWith([7000, 7001])
    const left = freeTuple({ connections: full, now: 1, random: () => 0 }, udp(5000), 'source', {
      ...range,
      ports: [7000, 7001],
    })
    expect(full.find(inverse(left), 1)).toBeDefined()
  })

  it('stay the same for the same source', () => {
    const table = new ConnectionTable()
    const connection = newConnection(udp(5000))
    connection.reply = inverse(udp(6000, 53, outside))
    connection.expires = 100
    table.enter(connection, 0)
    const other = { ...udp(5000), destination: 54 }
    expect(freeTuple({ connections: table, now: 1, random: () => 0 }, other, 'source', range).source).toBe(6000)
    expect(freeTuple({ connections: table, now: 101, random: () => 0 }, other, 'source', range).source).toBe(5000)
  })
})

describe('the table of connections', () => {
  it('forgets those whose time is over, and refuses two of a tuple', () => {
    const table = new ConnectionTable()
    for (let port = 1; port <= 500; port++) {
      const connection = newConnection(udp(port))
      connection.expires = port
      expect(table.enter(connection, 0)).toBe(true)
    }
    const again = newConnection(udp(400))
    again.expires = 1000
    expect(table.enter(again, 10)).toBe(false)
    expect(table.find(udp(3), 10)).toBeUndefined()
    expect([...table.all(490)]).toHaveLength(10)
    expect(table.enter(again, 400)).toBe(true)
  })

  it('looks only at those whose time may be over', () => {
    const table = new ConnectionTable()
    let looks = 0
    const enter = (port: number, expires: number, now: number) => {
      let until = expires
      const connection = Object.defineProperty(newConnection(udp(port)), 'expires', {
        get() {
          looks++
          return until
        },
        set(time: number) {
          until = time
        },
      })
      expect(table.enter(connection, now)).toBe(true)
      return connection
    }
    const count = 500
    for (let port = 1; port <= count; port++) enter(port, 1000, 0)
    looks = 0
    // Each of these goes before the next one comes; the others stay as they are.
    for (let i = 0; i < count; i++) enter(10_000 + i, i + 0.5, i)
    expect(looks).toBeLessThan(4 * count)
    expect([...table.all(999)]).toHaveLength(count)
    looks = 0
    enter(40_000, 3000, 1000)
    expect(looks).toBeLessThan(2 * count + 10)
    expect([...table.all(0)]).toHaveLength(1)
  })

  it('follows packets that make the end of a connection later, or sooner', () => {
    const table = new ConnectionTable()
    const [late, soon] = [newConnection(udp(1)), newConnection(udp(2))]
    for (const one of [late, soon]) {
      one.expires = 100
      table.enter(one, 0)
    }
    const changed = (port: number, expires: number) => {
      const found = table.find(udp(port), 0)
      if (found === undefined) throw new Error('it is not there')
      found.connection.expires = expires
      table.follow(found)
    }
    changed(1, 500)
    changed(2, 10)
    table.enter(Object.assign(newConnection(udp(3)), { expires: 1000 }), 20)
    // With a time before all: those that were removed are not there at any time.
    expect([...table.all(0)].map(({ original }) => original.source)).toEqual([1, 3])
    table.enter(Object.assign(newConnection(udp(4)), { expires: 1000 }), 200)
    table.enter(Object.assign(newConnection(udp(5)), { expires: 1000 }), 500)
    expect([...table.all(0)].map(({ original }) => original.source)).toEqual([3, 4, 5])
  })
})

describe('rewriting', () => {
  const ethernet = { layer: 'ethernet', destination: '02:00:00:00:00:01', source: '02:00:00:00:00:02' } as const
  const target: Tuple = { protocol: 17, from: outside, to: server, source: 61000, destination: 53 }
  const data: LayerSpec = { layer: 'payload', bytes: Uint8Array.from({ length: 31 }, (_, i) => i * 7) }

  it.each([
    ['udp', [{ layer: 'udp', sourcePort: 5000, destinationPort: 53 }, data], 17],
    ['tcp', [{ layer: 'tcp', sourcePort: 5000, destinationPort: 53 }, data], 6],
  ] as const)('%s over IPv4 keeps checksums right', (_, layers, protocol) => {
    const frame = encodeFrame([ethernet, { layer: 'ipv4', source: '10.0.0.2', destination: '192.0.2.9' }, ...layers])
    rewrite({ octets: frame, ip: 14, end: frame.length }, 'source', { ...target, protocol })
    expect(tupleAt(frame, 14, frame.length)?.tuple).toEqual({ ...target, protocol })
    expect(checksumOf(frame, 14, 34)).toBe(0)
    expect(checksumOf(frame, 34, frame.length, pseudoSum4(frame, 14, protocol, frame.length - 34))).toBe(0)
  })

  it('echo over IPv6 too', () => {
    const frame = encodeFrame([
      ethernet,
      { layer: 'ipv6', source: 'fd00::2', destination: '2001:db8::9' },
      { layer: 'icmpv6', kind: 'echo', type: 128, identifier: 5, sequence: 1, data: Uint8Array.of(1, 2, 3) },
    ])
    const before = tupleAt(frame, 14, frame.length)?.tuple as Tuple
    const after = { ...before, from: before.to, source: 999 }
    rewrite({ octets: frame, ip: 14, end: frame.length }, 'source', after)
    expect(tupleAt(frame, 14, frame.length)?.tuple).toEqual(after)
    expect(checksumOf(frame, 54, frame.length, pseudoSum6(frame, 14, 58, frame.length - 54))).toBe(0)
  })

  it('SCTP sums up its packet', () => {
    // The check value of the catalogue of CRC algorithms.
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
    const frame = encodeFrame([
      ethernet,
      { layer: 'ipv4', source: '10.0.0.2', destination: '192.0.2.9', protocol: 132 },
      data,
    ])
    rewrite({ octets: frame, ip: 14, end: frame.length }, 'source', { ...target, protocol: 132 })
    const sum = new DataView(frame.buffer).getUint32(42, true)
    frame.fill(0, 42, 46)
    expect(sum).toBe(crc32c(frame.subarray(34)))
  })
})

describe('addresses of a range', () => {
  const ends = [Uint8Array.of(192, 0, 2, 16), Uint8Array.of(192, 0, 2, 31)] as const

  it('are the same for the same two ends, or for the same client, and all are used', () => {
    const seen = new Set<number>()
    for (let last = 1; last < 200; last++) {
      const tuple = { ...udp(1), to: Uint8Array.of(198, 51, 100, last) }
      const address = addressIn(ends, tuple, false)
      expect(addressIn(ends, { ...tuple, source: 9 }, false)).toEqual(address)
      expect(addressIn(ends, tuple, true)).toEqual(addressIn(ends, udp(1), true))
      seen.add(address[3] as number)
    }
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => 16 + i))
  })

  it('are those that Linux 6.18 gives', () => {
    const given = [22, 20, 26, 18, 21, 21, 30, 23, 26, 29]
    for (const [at, last] of given.entries()) {
      const tuple = { ...udp(1), to: Uint8Array.of(198, 51, 100, at + 1) }
      expect(addressIn(ends, tuple, false)).toEqual(Uint8Array.of(192, 0, 2, last))
      expect(addressIn(ends, tuple, true)).toEqual(Uint8Array.of(192, 0, 2, 31))
    }
    const six = (text: string) => parseIp(text) as Uint8Array
    const range = [six('2001:db8::5'), six('2001:db8::2:3')] as const
    const tuple = { ...udp(1), from: six('fd00::2'), to: six('2001:db8:5::2') }
    expect(addressIn(range, tuple, false)).toEqual(six('2001:db8::1:4393'))
    expect(addressIn(range, tuple, true)).toEqual(six('2001:db8::2dde'))
  })

  it('of IPv6 lie between the ends', () => {
    const six = (last: number, before = 0) =>
      Uint8Array.from([0x20, 1, 0xd, 0xb8, ...new Array<number>(10).fill(0), before, last])
    for (let last = 0; last < 50; last++) {
      const address = addressIn([six(5), six(3, 2)], { ...udp(1), from: six(1), to: six(last) }, false)
      const value = (address[14] as number) * 256 + (address[15] as number)
      expect(value).toBeGreaterThanOrEqual(5)
      expect(value).toBeLessThanOrEqual(515)
    }
  })
})
