/** Learning, forwarding, flooding, and what ports can be told to do. @module */
import { FrameBatch } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { Switch, type SwitchEvent, type SwitchOptions, type SwitchPortOptions } from '../src/index.js'
import { broadcast, frame, host, out, own, pass, portsOf } from './frames.js'

const bridge = (ports: SwitchPortOptions[], options: Partial<SwitchOptions> = {}) => {
  const made = new Switch({ mac: own, ...options })
  for (const port of ports) made.addPort(0, port)
  return made
}
const to = (made: Switch, port: number, destination: string, source: string, now = 0) =>
  portsOf(pass(made, port, [frame(destination, source)], now))

describe('forwarding', () => {
  it('floods what is not known, never back, and sends what is known to one port', () => {
    const made = bridge([{}, {}, {}])
    expect(to(made, 1, host(2), host(1))).toEqual([2, 3])
    expect(to(made, 2, host(1), host(2))).toEqual([1])
    expect(to(made, 1, host(2), host(1))).toEqual([2])
    expect(to(made, 3, broadcast, host(3))).toEqual([0, 1, 2])
    expect(to(made, 3, '01:00:5e:00:00:01', host(3))).toEqual([0, 1, 2])
    expect(made.macs.map(({ mac, port }) => [mac, port])).toEqual([
      [host(1), 1],
      [host(2), 2],
      [host(3), 3],
    ])
  })

  it('gives frames to its own address to the host and to no port', () => {
    const made = bridge([{}, {}])
    expect(to(made, 1, own, host(1))).toEqual([0])
    expect(to(made, 0, host(1), own)).toEqual([1])
    expect(to(made, 0, broadcast, own)).toEqual([1, 2])
    const without = bridge([{}, {}], { host: false })
    expect(to(without, 1, own, host(1))).toEqual([])
    expect(without.counters(1).dropped.nowhere).toBe(1)
    expect(to(without, 1, broadcast, host(1))).toEqual([2])
    expect(() => pass(without, 0, [])).toThrow('there is no port 0')
  })

  it('keeps the order of frames and all of a batch', () => {
    const made = bridge([{}, {}, {}])
    pass(made, 2, [frame(broadcast, host(2))])
    const frames = [1, 2, 3, 4].map((mark) => frame(mark % 2 ? host(2) : broadcast, host(1), { mark }))
    const sent = pass(made, 1, frames)
    expect(sent.get(2)).toEqual(frames)
    expect(sent.get(3)).toEqual([frames[1], frames[3]])
    const { inFrames, inOctets, flooded } = made.counters(1)
    expect({ inFrames, inOctets, flooded }).toEqual({ inFrames: 4, inOctets: 240, flooded: 2 })
    expect(made.counters(2)).toMatchObject({ outFrames: 4, outOctets: 240, inFrames: 1 })
  })

  it('forgets nobody who goes on sending, however short the ageing time', () => {
    for (const ageingTime of [0.01, 1, 300]) {
      const made = bridge([{}, {}], { ageingTime })
      for (let step = 0; step < 400; step++) {
        pass(made, 1, [frame(host(2), host(1))], (step * ageingTime) / 50)
        expect(made.learned).toBe(1)
      }
      made.advance(ageingTime * 9.1)
      expect(made.learned).toBe(0)
    }
  })

  it('drops a frame whose station is where it came from, unless it may turn round', () => {
    const made = bridge([{}, {}])
    pass(made, 1, [frame(broadcast, host(1))])
    expect(to(made, 1, host(1), host(2))).toEqual([])
    expect(made.counters(1).dropped.samePort).toBe(1)
    made.setPort(1, 0, { hairpin: true })
    expect(to(made, 1, host(1), host(2))).toEqual([1])
    expect(to(made, 1, broadcast, host(2))).toEqual([0, 1, 2])
  })

  it('drops what no switch forwards', () => {
    const made = bridge([{}, {}], { stp: true })
    made.advance(100)
    out(made)
    for (const [cause, bytes] of [
      ['malformed', new Uint8Array(13)],
      ['malformed', new Uint8Array(0)],
      ['badSource', frame(broadcast, broadcast)],
      ['badSource', frame(broadcast, '00:00:00:00:00:00')],
      ['badSource', frame(broadcast, own)],
      ['reserved', frame('01:80:c2:00:00:0e', host(1))],
      ['reserved', frame('01:80:c2:00:00:00', host(1))],
    ] as const) {
      const before = made.counters(1).dropped[cause]
      expect(portsOf(pass(made, 1, [bytes], 100)), cause).toEqual([])
      expect(made.counters(1).dropped[cause], cause).toBe(before + 1)
    }
  })

  it('forwards BPDUs only without spanning tree, and reserved groups that are asked for', () => {
    expect(to(bridge([{}, {}]), 1, '01:80:c2:00:00:00', host(1))).toEqual([0, 2])
    expect(to(bridge([{}, {}]), 1, '01:80:c2:00:00:0e', host(1))).toEqual([])
    expect(to(bridge([{}, {}], { groupForwardMask: 1 << 14 }), 1, '01:80:c2:00:00:0e', host(1))).toEqual([0, 2])
    expect(() => bridge([], { groupForwardMask: 1 })).toThrow('bits 0 to 2')
    expect(to(bridge([{}, {}]), 1, '01:80:c2:00:00:10', host(1))).toEqual([0, 2])
  })

  it('drops what is longer than the port can send', () => {
    const made = bridge([{}, { mtu: 1500 }, {}])
    const sent = pass(made, 1, [
      frame(broadcast, host(1), { length: 1518 }),
      frame(broadcast, host(1), { length: 1519 }),
    ])
    expect([sent.get(2)?.length, sent.get(3)?.length]).toEqual([1, 2])
    expect(made.counters(2).dropped.tooLong).toBe(1)
    const batch = new FrameBatch({ headroom: 0 })
    batch.headerSize = 12
    batch.add(frame(host(9), host(1), { length: 9000 }))
    batch.header(0)[1] = 1
    made.forward(batch, 1, 0)
    const lengths: number[] = []
    made.deliver((_, frames) => lengths.push(frames.length(0), frames.headerSize))
    expect(lengths).toEqual([9000, 12, 9000, 12])
  })

  it('a port that is down neither takes nor gets frames, and forgets', () => {
    const made = bridge([{}, {}, {}])
    pass(made, 1, [frame(broadcast, host(1))])
    made.addMac(host(8), 1)
    made.setPort(1, 0, { up: false })
    expect(made.macs.map(({ mac }) => mac)).toEqual([host(8)])
    expect(to(made, 2, host(1), host(2))).toEqual([3])
    expect(to(made, 2, host(8), host(2))).toEqual([])
    expect(to(made, 1, host(2), host(1))).toEqual([])
    expect(made.counters(1).dropped.blocked).toBe(1)
    expect(made.port(1)).toMatchObject({ up: false, role: 'disabled', state: 'discarding' })
    made.setPort(1, 0, { up: true })
    expect(to(made, 2, host(1), host(2))).toEqual([1, 3])
    made.removePort(1, 0)
    expect(made.port(1)).toBeUndefined()
    expect(made.macs.map(({ mac }) => mac)).toEqual([host(2)])
    expect(made.addPort(0)).toBe(1)
  })
})

describe('the table of stations', () => {
  it('ages by the second, and a frame makes young again', () => {
    const made = bridge([{}, {}, {}], { ageingTime: 10 })
    pass(made, 1, [frame(broadcast, host(1))], 0)
    pass(made, 1, [frame(broadcast, host(1))], 6)
    expect(to(made, 2, host(1), host(2), 15.9)).toEqual([1])
    expect(to(made, 2, host(1), host(2), 16)).toEqual([1, 3])
    expect(made.deadline).toBeCloseTo(26)
    made.advance(26)
    expect([made.macs, made.deadline]).toEqual([[], undefined])
    expect(bridge([{}], { ageingTime: 0 }).learned).toBe(0)
  })

  it('follows a station that moves', () => {
    const events: SwitchEvent[] = []
    const made = bridge([{}, {}, {}], { onEvent: (event) => events.push(event) })
    pass(made, 1, [frame(broadcast, host(1))])
    pass(made, 2, [frame(broadcast, host(1))])
    expect(to(made, 3, host(1), host(3))).toEqual([2])
    expect(events.filter(({ kind }) => kind !== 'port').map((event) => event.kind)).toEqual([
      'learned',
      'moved',
      'learned',
    ])
    expect(events.find(({ kind }) => kind === 'moved')).toMatchObject({ from: 1, entry: { port: 2, mac: host(1) } })
  })

  it('keeps static and sticky entries where they are', () => {
    const made = bridge([{}, {}, {}, { sticky: true }], { ageingTime: 10 })
    made.addMac(host(1), 1)
    expect(to(made, 2, host(9), host(1))).toEqual([])
    expect(made.counters(2).dropped.moved).toBe(1)
    expect(to(made, 2, host(1), host(2), 100)).toEqual([1])
    pass(made, 4, [frame(broadcast, host(4))], 100)
    expect(to(made, 2, host(9), host(4), 101)).toEqual([])
    expect(to(made, 2, host(4), host(2), 101)).toEqual([4])
    pass(made, 2, [frame(broadcast, host(4))], 111)
    expect(to(made, 4, host(4), host(5), 111)).toEqual([2])
    made.flush()
    expect(made.macs.map(({ mac }) => mac)).toEqual([host(1)])
    expect([made.deleteMac(host(1)), made.deleteMac(host(1)), made.macs.length]).toEqual([true, false, 0])
  })

  it('is bounded: the oldest makes room', () => {
    const made = bridge([{}, {}, {}], { maxLearned: 4 })
    for (let i = 0; i < 4; i++) pass(made, 1, [frame(broadcast, host(i + 1))], i)
    pass(made, 1, [frame(broadcast, host(1))], 5)
    pass(made, 1, [frame(broadcast, host(100))], 6)
    expect(made.macs.map(({ mac }) => mac).sort()).toEqual([host(1), host(3), host(4), host(100)].sort())
    for (let i = 0; i < 1000; i++) pass(made, 2, [frame(broadcast, host(i + 200))], 7)
    expect(made.learned).toBe(4)
    expect(bridge([{}, {}], { maxLearned: 0 }).learned).toBe(0)
    const none = bridge([{}, {}, {}], { maxLearned: 0 })
    pass(none, 1, [frame(broadcast, host(1))])
    expect(to(none, 2, host(1), host(2))).toEqual([1, 3])
    expect(() => none.addMac(host(2), 1, { sticky: true })).toThrow(/sticky: the entry would age/)
    expect(() => none.deleteMac(host(2), { vlan: 7 })).toThrow(/vlan/)
    none.addMac(host(1), 1)
    expect(to(none, 2, host(1), host(2))).toEqual([1])
  })
})

describe('options of a port', () => {
  it('isolated ports reach only others', () => {
    const made = bridge([{ isolated: true }, { isolated: true }, {}])
    expect(to(made, 1, broadcast, host(1))).toEqual([0, 3])
    pass(made, 2, [frame(broadcast, host(2))])
    expect(to(made, 1, host(2), host(1))).toEqual([])
    expect(made.counters(1).dropped.nowhere).toBe(1)
    expect(to(made, 3, host(2), host(3))).toEqual([2])
  })

  it('only allowed sources may send, and denied ones never', () => {
    const made = bridge([{ allow: [host(1), host(2)], deny: [host(2)] }, { deny: [host(3)] }, { allow: [] }])
    expect(to(made, 1, broadcast, host(1))).toEqual([0, 2, 3])
    expect(to(made, 1, broadcast, host(2))).toEqual([])
    expect(to(made, 1, broadcast, host(4))).toEqual([])
    expect(made.counters(1).dropped.notAllowed).toBe(2)
    expect([to(made, 2, broadcast, host(3)), to(made, 2, broadcast, host(4))]).toEqual([[], [0, 1, 3]])
    expect(to(made, 3, broadcast, host(5))).toEqual([])
    expect(made.macs.map(({ mac }) => mac)).toEqual([host(1), host(4)])
  })

  it('lists change between two frames, of a batch that is written anew too: who may send loses nothing, others gain nothing', () => {
    const made = bridge([{ deny: [host(2)] }, {}])
    const ways = [{ allow: [host(1)], deny: null }, { deny: [host(2)] }, { allow: [host(1), host(3)] }, { allow: null }]
    for (let round = 0; round < 40; round++) {
      const frames = [1, 2, 1, 2].map((number) => frame(broadcast, host(number)))
      expect(pass(made, 1, frames).get(2)).toEqual([frames[0], frames[2]])
      made.setPort(1, 0, ways[round % ways.length] as SwitchPortOptions)
    }
    expect(made.counters(1).dropped.notAllowed).toBe(80)
    made.setPort(1, 0, { allow: null, deny: null })
    expect(to(made, 1, broadcast, host(2))).toEqual([0, 2])
  })

  it('floods can be switched off by sort, and learning too', () => {
    const made = bridge([
      { learning: false },
      { floodUnicast: false },
      { floodMulticast: false },
      { floodBroadcast: false },
    ])
    expect(to(made, 1, host(9), host(1))).toEqual([3, 4])
    expect(to(made, 1, '33:33:00:00:00:01', host(1))).toEqual([0, 2, 4])
    expect(to(made, 1, broadcast, host(1))).toEqual([0, 2, 3])
    expect(made.learned).toBe(0)
  })

  it('storms are limited by sort', () => {
    const storm = { broadcast: { rate: 10, burst: 2 }, multicast: { rate: 1 }, unknown: { rate: 5, burst: 1 } }
    const made = bridge([{ storm }, {}])
    const count = (destination: string, frames: number, now: number) =>
      pass(
        made,
        1,
        Array.from({ length: frames }, () => frame(destination, host(1))),
        now,
      ).get(2)?.length ?? 0
    expect([count(broadcast, 5, 1), count('01:00:5e:00:00:01', 5, 1), count(host(9), 5, 1)]).toEqual([2, 1, 1])
    expect([count(broadcast, 5, 1.1), count(host(9), 5, 1.1), count(host(9), 5, 1.25)]).toEqual([1, 0, 1])
    expect([count(broadcast, 5, 60), made.counters(1).dropped.storm]).toEqual([2, 3 + 4 + 4 + 4 + 5 + 4 + 3])
    pass(made, 2, [frame(broadcast, host(2))], 60)
    expect(count(host(2), 5, 60)).toBe(5)
  })

  it('wrong options are refused with their path', () => {
    const refused = (options: object) => {
      try {
        bridge([{}]).addPort(0, options)
      } catch (error) {
        return (error as { attribute?: string }).attribute
      }
      return 'taken'
    }
    expect(refused({ isolatd: true })).toBe('isolatd')
    expect(refused({ mtu: 67 })).toBe('mtu')
    expect(refused({ allow: ['x'] })).toBe('allow[0]')
    expect(refused({ storm: { broadcast: {} } })).toBe('storm.broadcast.rate')
    expect(refused({ vlan: { mode: 'access', id: 1 } })).toBe('vlan')
    expect(refused({ stp: { cost: 1 } })).toBe('stp')
    expect(() => new Switch({ mac: '01:00:00:00:00:00' })).toThrow(RangeError)
    expect(() => new Switch({} as SwitchOptions)).toThrow('mac')
    expect(() => bridge([{}]).setPort(7, 0, {})).toThrow('there is no port 7')
    expect(() => bridge([{}]).setPort(0, 0, {})).toThrow('host port')
  })
})
