/** Sessions that do not come up, or not for everybody, and why. */
import { describe, expect, test } from 'vitest'
import { AddressPool } from '../src/address-pool.js'
import { ClientAddresses } from '../src/client-addresses.js'
import { automatonLimits, decodeDiscovery, encodeDiscovery } from '../src/index.js'
import { carry, clientMac, concentratorMac, Line, type LineOptions } from './line.js'

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
