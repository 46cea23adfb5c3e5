/** A client and a concentrator of our own, on time that is counted. */
import { describe, expect, test } from 'vitest'
import { automatonLimits, decodeDiscovery, encodeDiscovery } from '../src/index.js'
import { clientMac, concentratorMac, Line } from './line.js'

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
