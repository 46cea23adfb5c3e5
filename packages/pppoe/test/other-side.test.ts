/** What the other side may say in a session, and ours must bear. */
import { describe, expect, test } from 'vitest'
import { controlCodes, decodeControl, decodeSession, encodeControl, encodeSession } from '../src/index.js'
import { chance, clientMac, concentratorMac, Line } from './line.js'

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
