/** A client and a concentrator of our own, on time that is counted. */
import { describe, expect, test } from 'vitest'
import { AddressPool } from '../src/address-pool.js'
import { ClientAddresses } from '../src/client-addresses.js'
import {
  automatonLimits,
  controlCodes,
  decodeControl,
  decodeDiscovery,
  decodeSession,
  encodeControl,
  encodeDiscovery,
  encodeSession,
} from '../src/index.js'
import { chance, clientMac, concentratorMac, Line, type LineOptions } from './line.js'

const ipv4Packet = (size = 20) => {
  const packet = new Uint8Array(size)
  packet[0] = 0x45
  return packet
}

describe('connecting', () => {
  test('a session comes up, with addresses and name servers', () => {
    const line = new Line({ concentrator: { dns: ['192.0.2.53', '192.0.2.54'] } })
    expect(line.connect()).toBe(true)
    expect(line.now).toBeLessThan(0.05)
    expect(line.clientEvent('session')).toMatchObject({ session: 1, mac: concentratorMac, concentrator: 'vnet' })
    expect(line.clientEvent('line')).toMatchObject({ mtu: 1492 })
    expect(line.clientEvent('authenticated')).toMatchObject({ method: 'chap-md5', user: 'alice', by: 'peer' })
    expect(line.sessionEvent('authenticated')).toMatchObject({ method: 'chap-md5', user: 'alice', by: 'us' })
    const dns = ['192.0.2.53', '192.0.2.54']
    expect(line.clientEvent('ipv4-up')?.ipv4).toEqual({ local: '10.0.0.10', remote: '10.0.0.1', dns })
    expect(line.sessionEvent('ipv4-up')?.ipv4).toEqual({ local: '10.0.0.1', remote: '10.0.0.10', dns: [] })
    const { local, remote } = line.clientEvent('ipv6-up')?.ipv6 ?? {}
    expect(line.sessionEvent('ipv6-up')?.ipv6).toEqual({ local: remote, remote: local })
    expect(local).toMatch(/^fe80::/)
    expect(local).not.toBe(remote)
  })

  test.each(['pap', 'chap-md5'] as const)('by %s, which the concentrator likes less', (method) => {
    const other = method === 'pap' ? 'chap-md5' : 'pap'
    const line = new Line({ client: { methods: [method] }, concentrator: { methods: [other, method] } })
    expect(line.connect()).toBe(true)
    expect(line.sessionEvent('authenticated')).toMatchObject({ method, user: 'alice' })
  })

  test('without a password where nobody asks', () => {
    const { secretOf: _, ...open } = { secretOf: undefined }
    const line = new Line({ concentrator: { ...open, secretOf: undefined as never } })
    expect(line.connect()).toBe(true)
    expect(line.clientEvent('authenticated')).toBeUndefined()
  })

  test.each([
    ['IPv4', { ipv6: false }, 'ipv4-up', 'ipv6-up'],
    ['IPv6', { ipv4: false }, 'ipv6-up', 'ipv4-up'],
  ] as const)('with %s alone, as the client wants it', (_, client, up, missing) => {
    const line = new Line({ client })
    line.client.start(0)
    line.run(40)
    expect(line.clientEvent(up)).toBeDefined()
    expect(line.clientEvent(missing)).toBeUndefined()
    expect(line.sessionEvent(missing)).toBeUndefined()
    expect(line.clientEvent('end')).toBeUndefined()
  })

  test('packets pass both ways, of the size that was agreed on and no longer', () => {
    const line = new Line()
    expect(line.client.write(ipv4Packet())).toBe(false)
    line.connect()
    expect(line.client.write(ipv4Packet(1492))).toBe(true)
    expect(line.client.write(ipv4Packet(1493))).toBe(false)
    expect(line.client.write(new Uint8Array(40))).toBe(false)
    expect(line.concentrator.write(1, ipv4Packet(40))).toBe(true)
    expect(line.concentrator.write(2, ipv4Packet(40))).toBe(false)
    line.run(0.01)
    expect(line.sessionPackets).toEqual([{ session: 1, packet: ipv4Packet(1492) }])
    expect(line.clientPackets).toEqual([ipv4Packet(40)])
  })

  test('packets of 1500 octets where both can (RFC 4638), of 1492 where one cannot', () => {
    const both = new Line({ client: { mru: 1500 }, concentrator: { mru: 1500 } })
    expect(both.connect()).toBe(true)
    expect(both.clientEvent('session')).toMatchObject({ maxPayload: 1500 })
    expect(both.clientEvent('line')).toMatchObject({ mtu: 1500 })
    expect(both.sessionEvent('line')).toMatchObject({ mtu: 1500 })
    const one = new Line({ client: { mru: 1500 } })
    expect(one.connect()).toBe(true)
    expect(one.clientEvent('line')).toMatchObject({ mtu: 1492 })
    expect(one.sessionEvent('line')).toMatchObject({ mtu: 1492 })
  })

  test('a payload of less than 1492 that is told is as none', () => {
    const line = new Line({ client: { mru: 1500 } })
    const value = { kind: 'PADS', session: 9, services: [''], maxPayload: 10 } as const
    const other = { mac: concentratorMac, kind: 'session', concentrator: 'vnet', session: 9 }
    line.client.start(0)
    line.run(1, () => line.frames.at(-1)?.frame[15] === 0x19)
    const { hostUniq } = decodeDiscovery((line.frames.at(-1) as { frame: Uint8Array }).frame).value
    const pads = {
      source: concentratorMac,
      destination: clientMac,
      value: { ...value, hostUniq: hostUniq as Uint8Array },
    }
    line.client.receive(encodeDiscovery(pads), line.now)
    expect(line.clientEvent('session')).toEqual(other)
    const both = new Line({ client: { mru: 1500 }, concentrator: { mru: 1500 } })
    both.concentrator.receive(
      encodeDiscovery({
        ...pads,
        source: clientMac,
        destination: concentratorMac,
        value: { ...pads.value, kind: 'PADI', session: 0 },
      }),
      0,
    )
    expect(decodeDiscovery((both.frames.at(-1) as { frame: Uint8Array }).frame).value.maxPayload).toBeUndefined()
  })

  test('the same seed gives the same octets', () => {
    const frames = (seed: number) => {
      const line = new Line({ seed, loss: 0.2 })
      line.connect(300)
      return line.frames
    }
    expect(frames(5)).toEqual(frames(5))
    expect(frames(5)).not.toEqual(frames(6))
  })

  test.each([0.1, 0.2, 0.4])('frames are lost (%f) and come twice, and it comes up all the same', (loss) => {
    for (let seed = 1; seed <= 20; seed++) {
      const discovery = { restart: 1, attempts: 20 }
      const limits = { ...automatonLimits, restart: 1, maxConfigure: 40 }
      const both = { limits, keepAlive: { interval: 0, failures: 3 } }
      const line = new Line({ seed, loss, twice: 0.1, client: { discovery, ...both }, concentrator: both })
      expect(line.connect(600), `seed ${seed}`).toBe(true)
      line.client.close(line.now)
      line.run(300)
      expect(line.clientEvents.at(-1)).toMatchObject({ kind: 'end', end: { cause: 'closed' } })
      expect(line.concentrator.sessions, `seed ${seed}`).toEqual([])
    }
  })
})

describe('refusals', () => {
  const refused = (options: LineOptions, seconds = 120) => {
    const line = new Line(options)
    line.client.start(0)
    line.run(seconds)
    expect(line.clientEvent('ipv4-up')).toBeUndefined()
    expect(line.concentrator.sessions).toEqual([])
    return line.clientEvent('end')?.end
  }

  test.each(['pap', 'chap-md5'] as const)('a wrong password, by %s', (method) => {
    const end = refused({ client: { password: 'wrong', methods: [method] } })
    expect(end).toEqual({ cause: 'authentication', text: 'wrong name or password' })
  })

  test.each(['pap', 'chap-md5'] as const)('an unknown user, by %s', (method) => {
    const end = refused({ client: { user: 'mallory', methods: [method] } })
    expect(end).toEqual({ cause: 'authentication', text: 'wrong name or password' })
  })

  test('no password where one is asked for', () => {
    const end = refused({ client: { user: undefined as never } })
    expect(end).toMatchObject({ cause: 'terminated', text: 'the peer does not authenticate itself' })
  })

  test('no method that both have', () => {
    const end = refused({ client: { methods: ['pap'] }, concentrator: { methods: ['chap-md5'] } })
    expect(end).toMatchObject({ cause: 'terminated' })
  })

  test('a service that is not there, and a concentrator of another name: nobody answers, or nobody fits', () => {
    const services = { concentrator: { services: ['internet'] } }
    expect(refused({ ...services, client: { service: 'video' } })).toMatchObject({ cause: 'no-offer' })
    const end = refused({ client: { concentrator: 'other' } })
    expect(end).toEqual({ cause: 'no-offer', text: 'there were offers, but none that fits: vnet ("")' })
  })

  test('nobody there at all', () => {
    const line = new Line()
    line.cut = true
    line.client.start(0)
    line.run(60)
    expect(line.frames.map(({ at }) => at)).toEqual([0, 1, 3, 7, 15])
    expect(line.clientEvent('end')?.end).toEqual({ cause: 'no-offer', text: 'no concentrator answered 5 PADI' })
  })

  test('a service and a name that grow when they are quoted: the refusals fit into a frame all the same', () => {
    const long = '\u0000'.repeat(250)
    const line = new Line({ client: { user: long }, concentrator: { services: ['internet'] } })
    const request = (kind: 'PADI' | 'PADR', service: string, cookie?: Uint8Array) => {
      const value = { kind, session: 0, services: [service], ...(cookie === undefined ? {} : { cookie }) }
      line.concentrator.receive(encodeDiscovery({ source: clientMac, destination: concentratorMac, value }), 0)
      return decodeDiscovery((line.frames.at(-1) as { frame: Uint8Array }).frame).value
    }
    const { cookie } = request('PADI', '')
    expect(request('PADR', long.repeat(5), cookie).fault).toMatchObject({ kind: 'service-name' })
    line.client.start(0)
    line.run(30)
    expect(line.sessionEvent('end')?.end.cause).toBe('authentication')
    expect(line.frames.filter(({ frame }) => frame.length > 1514)).toEqual([])
    expect(line.concentrator.sessions).toEqual([])
  })

  test('discovery frames that are longer than any may be are passed over', () => {
    const line = new Line()
    const value = { kind: 'PADI', session: 0, services: ['\ufffd'.repeat(20_000)] } as const
    line.concentrator.receive(encodeDiscovery({ source: clientMac, destination: concentratorMac, value }), 0)
    expect([line.frames.length, line.concentrator.discarded]).toEqual([0, 1])
  })

  test('too many sessions', () => {
    const line = new Line({ concentrator: { maxSessions: 1 } })
    line.connect()
    const second = new Line({ seed: 9, client: { mac: '02:00:00:00:00:03' } })
    second.client.start(0)
    carry(second, line, 4)
    expect(second.clientEvent('end')?.end).toEqual({ cause: 'refused', text: 'there are too many sessions' })
  })

  test('no address is left', () => {
    const end = refused({ concentrator: { pool: { first: '10.0.0.1', last: '10.0.0.1' } } })
    expect(end).toEqual({ cause: 'terminated', text: 'there is no free address' })
  })

  test('an address of the user that is none: the session ends, the concentrator goes on', () => {
    const end = refused({ concentrator: { addressOf: () => '10.0.0' } })
    expect(end).toEqual({ cause: 'terminated', text: 'the address of this user is none: "10.0.0"' })
  })

  test('the address of a user is not given to others, and is free again afterwards', () => {
    let own: string | undefined = '10.0.0.10'
    const range = { first: '10.0.0.10', last: '10.0.0.10' }
    const line = new Line({ concentrator: { pool: range, addressOf: () => own } })
    for (const address of [own, undefined]) {
      own = address
      expect(line.connect()).toBe(true)
      expect(line.clientEvent('ipv4-up')?.ipv4.local).toBe('10.0.0.10')
      line.client.close(line.now)
      line.run(5)
      line.clientEvents.length = 0
      line.sessionEvents.length = 0
    }
  })

  test('a pool gives each address in turn, and those that were given back last', () => {
    const pool = new AddressPool('10.0.0.254', '10.0.1.1')
    const taken = new Set<string>()
    const take = () => pool.take((address) => !taken.has(address) && taken.add(address).size > 0)
    expect([take(), take(), take()]).toEqual(['10.0.0.254', '10.0.0.255', '10.0.1.0'])
    taken.delete('10.0.0.255')
    expect([take(), take(), take()]).toEqual(['10.0.1.1', '10.0.0.255', undefined])
  })

  test('an address is of one session: who has it before by the pool, or as the same user, is the one that ends', () => {
    const own: Record<string, string> = { alice: '10.0.0.10', bob: '10.0.0.1', eve: '192.0.2.7' }
    const pool = { first: '10.0.0.9', last: '10.0.0.10' }
    const addresses = new ClientAddresses({ local: '10.0.0.1', pool, addressOf: (user) => own[user] })
    expect([addresses.grant(1, undefined), addresses.grant(2, 'else'), addresses.grant(3, 'else')]).toEqual([
      { address: '10.0.0.9' },
      { address: '10.0.0.10' },
      { problem: 'there is no free address' },
    ])
    expect(addresses.grant(4, 'alice')).toEqual({ address: '10.0.0.10', before: 2 })
    addresses.release(2)
    // Negotiated anew, it is the same; and the pool does not give what a user has.
    expect(addresses.grant(4, 'alice')).toEqual({ address: '10.0.0.10' })
    expect(addresses.grant(3, 'else')).toEqual({ problem: 'there is no free address' })
    expect(addresses.grant(5, 'eve')).toEqual({ address: '192.0.2.7' })
    expect(addresses.grant(6, 'eve')).toEqual({ address: '192.0.2.7', before: 5 })
    expect(addresses.grant(7, 'bob')).toEqual({ problem: 'the address of this user is ours: 10.0.0.1' })
    addresses.release(4)
    expect(addresses.grant(3, 'else')).toEqual({ address: '10.0.0.10' })
  })

  test('the same user again: the session of before is told why it ends, and the new one has the address', () => {
    const line = new Line({ concentrator: { addressOf: () => '10.0.0.10' } })
    expect(line.connect()).toBe(true)
    const first = line.clientEvents.splice(0)
    expect(first.some(({ kind }) => kind === 'ipv4-up')).toBe(true)
    // The client was switched off and on again, and has forgotten all.
    const second = new Line({ seed: 5, client: { mac: '02:00:00:00:00:03' } })
    second.client.start(0)
    carry(second, line, 30)
    expect(second.clientEvent('ipv4-up')?.ipv4.local).toBe('10.0.0.10')
    expect(line.concentrator.sessions).toEqual([2])
    const text = 'its address 10.0.0.10 is given to session 2'
    expect(line.sessionEvent('end')).toEqual({ kind: 'end', end: { cause: 'closed', text } })
    line.run(1)
    expect(line.clientEvent('end')?.end).toEqual({ cause: 'terminated', text })
  })

  test('one MAC address takes a few sessions, others still have theirs', () => {
    const line = new Line({ concentrator: { maxSessionsPerMac: 1 } })
    line.connect()
    const same = new Line({ seed: 9 })
    same.client.start(0)
    carry(same, line, 4)
    expect(same.clientEvent('end')?.end).toEqual({
      cause: 'refused',
      text: 'there are too many sessions of 02:00:00:00:00:01',
    })
    const other = new Line({ seed: 9, client: { mac: '02:00:00:00:00:03' } })
    other.client.start(0)
    carry(other, line, 4)
    expect(other.clientEvent('session')).toMatchObject({ session: 2 })
    expect(() => new Line({ concentrator: { maxSessionsPerMac: 0 } })).toThrow(/maxSessionsPerMac/)
  })

  test('an address of its own that the concentrator does not give', () => {
    const end = refused({ client: { address: '192.0.2.9', ipv6: false } })
    expect(end?.cause).toMatch(/no-agreement|terminated/)
  })

  test('arguments that are wrong', () => {
    expect(() => new Line({ client: { mac: 'x' } })).toThrow(/mac/)
    expect(() => new Line({ client: { mru: 20 } })).toThrow(/mru/)
    expect(() => new Line({ client: { user: 'u'.repeat(256) } })).toThrow(/user/)
    expect(() => new Line({ concentrator: { local: 'x' } })).toThrow(/local/)
    expect(() => new Line({ concentrator: { pool: { first: '10.0.0.9', last: '10.0.0.2' } } })).toThrow(/pool/)
    expect(() => new Line({ client: { discovery: { restart: 0, attempts: 1 } } })).toThrow(/restart/)
    expect(() => new Line({ client: { ipv4: false, ipv6: false } })).toThrow(/neither/)
    for (const both of [
      { keepAlive: { interval: -1, failures: 3 } },
      { keepAlive: { interval: 20, failures: 0 } },
      { limits: { ...automatonLimits, restart: 0 } },
      { limits: { ...automatonLimits, maxConfigure: Number.NaN } },
      { methods: [] },
      { methods: ['mschap' as never] },
    ]) {
      expect(() => new Line({ client: both }), JSON.stringify(both)).toThrow(RangeError)
      expect(() => new Line({ concentrator: both }), JSON.stringify(both)).toThrow(RangeError)
    }
    expect(() => new Line({ concentrator: { rechallenge: -1 } })).toThrow(/rechallenge/)
    expect(() => new Line({ concentrator: { dns: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] } })).toThrow(/dns/)
    expect(() => new Line({ concentrator: { pool: undefined as never } })).toThrow(/local/)
    expect(() => new Line({ concentrator: { local: undefined as never } })).toThrow(/local/)
  })
})

describe('ends', () => {
  test('the client closes: terminated in good order, then a PADT', () => {
    const line = new Line()
    line.connect()
    line.client.close(line.now)
    line.run(1)
    expect(line.clientEvents.slice(-3).map(({ kind }) => kind)).toEqual(['ipv4-down', 'ipv6-down', 'end'])
    expect(line.clientEvent('end')?.end).toEqual({ cause: 'closed', text: 'closed' })
    expect(line.sessionEvent('end')?.end).toMatchObject({ cause: 'terminated' })
    expect(line.client.write(ipv4Packet())).toBe(false)
    expect(line.client.deadline).toBeUndefined()
    expect(line.concentrator.deadline).toBeUndefined()
  })

  test('the concentrator closes: a PADT ends the client', () => {
    const line = new Line()
    line.connect()
    line.concentrator.close(line.now)
    line.run(1)
    expect(line.clientEvent('end')?.end).toEqual({ cause: 'terminated', text: 'the concentrator ended the session' })
    line.client.start(line.now)
    line.run(60)
    expect(line.clientEvent('end')?.end).toMatchObject({ cause: 'no-offer' })
  })

  test('a PADT of somebody else ends nothing', () => {
    const line = new Line()
    line.connect()
    line.concentrator.close(line.now)
    const padt = Uint8Array.from((line.frames.at(-1) as { frame: Uint8Array }).frame)
    const second = new Line()
    second.connect()
    padt[11] = 0x77
    second.client.receive(padt, second.now)
    expect(second.clientEvent('end')).toBeUndefined()
  })

  test('the line is cut: echoes are not answered, both end, and a new session is another', () => {
    const line = new Line()
    line.connect()
    line.cut = true
    line.run(79)
    expect(line.clientEvent('end')).toBeUndefined()
    line.run(5)
    expect(line.clientEvent('end')?.end).toEqual({ cause: 'silent', text: 'no answer to 3 echo requests' })
    expect(line.sessionEvent('end')?.end).toMatchObject({ cause: 'silent' })
    line.cut = false
    line.clientEvents.length = 0
    line.client.start(line.now)
    line.run(1)
    expect(line.clientEvent('session')).toMatchObject({ session: 2 })
    expect(line.clientEvent('ipv4-up')?.ipv4.local).toBe('10.0.0.11')
  })

  test('echoes keep it up for half a day', () => {
    const line = new Line({ loss: 0.0001 })
    expect(line.connect(100)).toBe(true)
    line.run(43_200)
    expect(line.clientEvent('end')).toBeUndefined()
  })

  test('the client has vanished and comes again: its old session is told to be none', () => {
    const line = new Line()
    line.connect()
    const first = line.frames.findLast(({ from }) => from === 'client') as { frame: Uint8Array }
    const restarted = new Line({ seed: 3 })
    restarted.concentrator.receive(first.frame, 0)
    restarted.run(0.01)
    expect(restarted.concentrator.discarded).toBe(1)
    line.client.receive((restarted.frames.at(-1) as { frame: Uint8Array }).frame, line.now)
    expect(line.clientEvent('end')?.end).toMatchObject({ cause: 'terminated' })
  })

  test('challenges again and again, and a password that is wrong meanwhile', () => {
    let password = 'secret'
    const line = new Line({ concentrator: { secretOf: () => password, rechallenge: 60 } })
    line.connect()
    line.run(200)
    expect(line.clientEvent('end')).toBeUndefined()
    password = 'changed'
    line.run(70)
    expect(line.clientEvent('end')?.end).toMatchObject({ cause: 'authentication' })
    expect(line.sessionEvent('end')?.end).toMatchObject({ cause: 'authentication' })
  })
})

describe('what the other side may do', () => {
  /** Sends a packet of a protocol as if it came from the concentrator. */
  const say = (line: Line, protocol: number, code: number, data = new Uint8Array(0), identifier = 77) => {
    const information = encodeControl({ code, identifier, data })
    const value = { session: 1, protocol, information }
    line.client.receive(encodeSession({ source: concentratorMac, destination: clientMac, value }), line.now)
  }
  const answer = (line: Line) => {
    const { protocol, information } = decodeSession((line.frames.at(-1) as { frame: Uint8Array }).frame).value
    return { protocol, ...decodeControl(information) }
  }

  test('a protocol that is not known is rejected, with its octets', () => {
    const line = new Line()
    line.connect()
    say(line, 0x80fd, 1, Uint8Array.of(1, 2, 3))
    const { protocol, code, data } = answer(line)
    expect(line.client.discarded).toBe(0)
    expect([protocol, code]).toEqual([0xc021, controlCodes.protocolReject])
    expect([...data]).toEqual([0x80, 0xfd, 1, 77, 0, 7, 1, 2, 3])
  })

  test('options that are cut, and IP before it may pass, are counted', () => {
    const line = new Line({ concentrator: { ipv6: false } })
    line.client.start(0)
    line.run(30)
    const before = line.client.discarded
    say(line, 0x8021, controlCodes.configureRequest, Uint8Array.of(3, 9))
    const value = { session: 1, protocol: 0x57, information: Uint8Array.of(0x60) }
    line.client.receive(encodeSession({ source: concentratorMac, destination: clientMac, value }), line.now)
    expect(line.client.discarded - before).toBe(2)
  })

  test('a code that is not known is rejected, with its octets', () => {
    const line = new Line()
    line.connect()
    say(line, 0x8021, 99)
    const { protocol, code, data } = answer(line)
    expect([protocol, code, ...data]).toEqual([0x8021, controlCodes.codeReject, 99, 77, 0, 4])
  })

  test('an echo is answered with our magic number', () => {
    const line = new Line()
    line.connect()
    say(line, 0xc021, controlCodes.echoRequest, Uint8Array.of(1, 2, 3, 4, 5))
    const { code, identifier, data } = answer(line)
    expect([code, identifier, data.length, data[4]]).toEqual([controlCodes.echoReply, 77, 5, 5])
    expect([...data.subarray(0, 4)]).not.toEqual([1, 2, 3, 4])
  })

  test('a concentrator that names no MRU, and cannot carry more than usual, gets no more than that', () => {
    const line = new Line({ client: { mru: 1500, ipv6: false } })
    line.client.start(0)
    line.run(1, () => line.clientEvent('session') !== undefined)
    line.cut = true
    say(line, 0xc021, controlCodes.configureRequest)
    const requests = line.frames.filter(({ from, frame }) => from === 'client' && frame[13] === 0x64)
    const asked = decodeControl(decodeSession((requests[0] as { frame: Uint8Array }).frame).value.information)
    say(line, 0xc021, controlCodes.configureAck, Uint8Array.from(asked.data), asked.identifier)
    expect(line.clientEvent('line')).toEqual({ kind: 'line', mtu: 1492 })
  })

  test('packets that are too small for IPv6: the session goes on with IPv4, or ends', () => {
    const line = new Line({ client: { mru: 1000 } })
    line.client.start(0)
    line.run(30)
    expect(line.clientEvent('ipv4-up')).toBeDefined()
    const refusal = { kind: 'ipv6-refused', text: 'IPv6 needs packets of 1280 octets, not 1000' }
    expect(line.clientEvents).toContainEqual(refusal)
    expect(line.sessionEvents).toContainEqual({ session: 1, event: refusal })
    expect(line.clientEvent('end')).toBeUndefined()
    const alone = new Line({ client: { mru: 1000, ipv4: false } })
    alone.client.start(0)
    alone.run(30)
    expect(alone.clientEvent('end')?.end).toEqual({ cause: 'no-agreement', text: 'there is neither IPv4 nor IPv6' })
    expect(alone.concentrator.sessions).toEqual([])
  })

  test('IPV6CP is rejected: the session goes on with IPv4', () => {
    const line = new Line({ concentrator: { ipv6: false } })
    line.client.start(0)
    line.run(30)
    expect(line.clientEvent('ipv4-up')).toBeDefined()
    expect(line.clientEvent('ipv6-up')).toBeUndefined()
    expect(line.clientEvent('end')).toBeUndefined()
  })

  test('the line is negotiated anew: IP goes down and comes up again', () => {
    const line = new Line()
    line.connect()
    say(line, 0xc021, controlCodes.configureRequest)
    line.run(10)
    const kinds = line.clientEvents.map(({ kind }) => kind)
    expect(kinds.slice(kinds.indexOf('ipv4-down'))).toContain('ipv4-up')
    expect(line.clientEvent('ipv4-up')?.ipv4.local).toBe('10.0.0.10')
    expect(line.clientEvent('end')).toBeUndefined()
  })

  test('who hears only himself gives up', () => {
    const line = new Line()
    line.client.start(0)
    line.run(1, () => line.clientEvent('session') !== undefined)
    // From here on every session frame of the client comes back to it.
    let seen = line.frames.length
    for (let i = 0; i < 400 && line.clientEvent('end') === undefined; i++) {
      for (; seen < line.frames.length; seen++) {
        const { from, frame } = line.frames[seen] as { from: string; frame: Uint8Array }
        if (from !== 'client' || frame[13] !== 0x64) continue
        const { value } = decodeSession(frame)
        line.client.receive(encodeSession({ source: concentratorMac, destination: clientMac, value }), line.now)
      }
      line.now += 1
      line.client.advance(line.now)
    }
    expect(line.clientEvent('end')?.end).toMatchObject({ cause: 'no-agreement' })
  })

  test('random packets of every protocol: nothing is thrown, and the next session comes up', () => {
    const random = chance(42)
    const protocols = [0xc021, 0xc023, 0xc223, 0x8021, 0x8057, 0x21, 0x57]
    for (let round = 0; round < 30; round++) {
      const line = new Line({ seed: round + 1 })
      line.client.start(0)
      line.run(random() * 0.02)
      for (let i = 0; i < 60; i++) {
        const data = Uint8Array.from({ length: Math.floor(random() * 20) }, () => Math.floor(random() * 256))
        const protocol = protocols[Math.floor(random() * protocols.length)] as number
        say(line, protocol, Math.floor(random() * 14), data, Math.floor(random() * 4))
        line.run(random() * 0.2)
      }
      line.client.abandon(line.now)
      line.clientEvents.length = 0
      line.sessionEvents.length = 0
      expect(line.connect(60), `round ${round}`).toBe(true)
    }
  })
})

/** Carries frames of the client of one line to the concentrator of another, and back, for some rounds. */
function carry(from: Line, to: Line, rounds: number): void {
  let sent = 0
  for (let round = 0; round < rounds; round++) {
    const before = to.frames.length
    for (const each of from.frames.slice(sent))
      if (each.from === 'client') to.concentrator.receive(each.frame, Math.max(1, to.now))
    sent = from.frames.length
    for (const each of to.frames.slice(before)) from.client.receive(each.frame, 1)
  }
}
