/** Teams in mode `loadbalance`: the port that a program gives, what is counted of it, and what is left to the ports. @module */
import type { BpfInstruction, TeamBalancing } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually, failure, present } from './expectation.js'
import { ethernet, everybody } from './frame.js'
import { listenAt } from './listen.js'
import { opener, received } from './socket-place.js'
import type { Suite } from './suite.js'
import { addBridge, mac } from './surroundings.js'
import { addTap, send } from './taps.js'

const needs = ['packets team', 'link team', 'team options', 'link veth', 'link bridge', 'link tap', 'tun port'] as const
const withCapture = [...needs, 'capture'] as const

const instruction = (code: number, k: number, jt = 0, jf = 0): BpfInstruction => ({ code, jt, jf, k })
/** Loads an octet into A, and gives A as the number of the frame. */
const octetAt = (at: number) => instruction(0x30, at)
const give = instruction(0x16, 0)
/** Stores A in a word of memory, loads it into A and into X. */
const [store, loadA, loadX] = [0x02, 0x60, 0x61].map((code) => (word: number) => instruction(code, word)) as [
  (word: number) => BpfInstruction,
  (word: number) => BpfInstruction,
  (word: number) => BpfInstruction,
]
/** What the kernel knows of a frame (`SKF_AD_OFF`). */
const known = (word: number) => instruction(0x20, 0xfffff000 + word)

/** The number of a frame is the last octet of its destination. */
const byDestination = [octetAt(5), give]
const numbers = Array.from({ length: 8 }, (_, number) => number)

/** Registers the tests. */
export function teamBalancing(suite: Suite): void {
  suite.test(
    'the port whose number the program gives, in the order in which they came',
    withCapture,
    async (context) => {
      const { tap, seen } = await balanced(context, { hashProgram: byDestination })
      await send(tap, ...numbers.map((number) => ({ to: mac(0x70 + number), number })))
      expect(await seen(8)).toEqual([
        ['0', '2', '4', '6'],
        ['1', '3', '5', '7'],
      ])
    },
  )

  suite.test('four octets of the number make the hash, its table gives the port', withCapture, async (context) => {
    const { tap, seen } = await balanced(context, {
      // The last four octets of the destination: 0, 0, 0 and that which differs.
      hashProgram: [instruction(0x20, 2), give],
      method: 'hash_to_port_mapping',
      hashPorts: { 112: 'v1', 113: 'v1', 114: 'v0', 115: 'v0' },
    })
    await send(tap, ...numbers.map((number) => ({ to: mac(0x70 + number), number })))
    // What the table does not name goes by the number.
    expect(await seen(8)).toEqual([
      ['2', '3', '4', '6'],
      ['0', '1', '5', '7'],
    ])
    const { ns } = context
    await ns.team.set('t0', { ports: [{ link: 'v0', enabled: false }] })
    await send(tap, { to: mac(0x72), number: 8 })
    expect((await seen(9))[1]).toEqual(['0', '1', '5', '7', '8'])
  })

  const programs: readonly (readonly [title: string, program: readonly BpfInstruction[]])[] = [
    ['memory, X and arithmetic', [octetAt(5), store(3), loadX(3), instruction(0x74, 1), instruction(0x0c, 0), give]],
    // Where the last octet is above 0x73, 1; else 0.
    ['jumps', [octetAt(5), instruction(0x25, 0x73, 1, 0), instruction(0x06, 0), instruction(0x06, 1)]],
    // Octets from the network header on: the number of the frame is the second one.
    ['the network header', [instruction(0x30, 0xfff00001), give]],
    ['the Ethernet header by X', [instruction(0x01, 4), instruction(0x50, 0xffe00001), give]],
    // 0 where the program looks beyond the end of a frame of 60 octets.
    ['beyond the end', [octetAt(60), instruction(0x06, 1)]],
    ['division by nothing', [octetAt(5), instruction(0x01, 0), instruction(0x3c, 0), instruction(0x06, 1)]],
    ['the tag of a VLAN', [known(44), give]],
    ['whether there is a tag', [known(48), give]],
    ['the EtherType of the tag', [known(60), give]],
    ['the EtherType, which is behind the tag', [instruction(0x28, 12), give]],
    ['the length, without the tag', [instruction(0x80, 0), give]],
  ]
  /** The number of a frame by each of them, in the same order. */
  const given: readonly ((last: number, number: number, tci: number) => number)[] = [
    (last) => last + (last >> 1),
    (last) => (last > 0x73 ? 1 : 0),
    (_, number) => number,
    (last) => last,
    () => 0,
    () => 0,
    (_last, _number, tci) => tci,
    (_last, _number, tci) => (tci === 0 ? 0 : 1),
    (_last, _number, tci) => (tci === 0 ? 0 : 0x8100),
    () => 0x88b5,
    () => 60,
  ]
  suite.test('what programs read of a frame', withCapture, async (context) => {
    const { ns } = context
    const { tap, seen } = await balanced(context, {})
    const expected: [string[], string[]] = [[], []]
    for (const [at, [title, hashProgram]] of programs.entries()) {
      await ns.team.set('t0', { balancing: { hashProgram } })
      const frames = [0, 1, 2, 3].map((i) => ({
        last: 0x72 + i,
        number: 16 * at + i,
        tci: i % 2 === 0 ? 0 : 0x2004 + i,
      }))
      await send(
        tap,
        ...frames.map(({ last, number, tci }) => ({
          ...{ to: mac(last), number },
          tags: tci === 0 ? [] : ([[0x8100, tci]] as const),
        })),
      )
      for (const { last, number, tci } of frames) {
        const value = (given[at] as (typeof given)[number])(last, number, tci)
        const hash = value ^ (value >> 8)
        const words = tci === 0 ? String(number) : `8100:${tci.toString(16)} ${number}`
        expected[hash & 1]?.push(words)
      }
      expect(await seen(expected.flat().length), title).toEqual(expected)
    }
  })

  suite.test(
    'what was sent is counted by hash and port, and told after each interval',
    withCapture,
    async (context) => {
      const { ns } = context
      const { tap, seen } = await balanced(context, { hashProgram: byDestination })
      await send(tap, { to: mac(0x70), number: 1, size: 100 }, { to: mac(0x71), number: 2, size: 200 })
      await seen(2)
      const told = async () => {
        const { options } = present(await ns.team.get('t0'))
        const octets = (value: unknown) => Number(new BigUint64Array((value as Uint8Array).slice().buffer)[0])
        const [ports, hashes] = ['lb_port_stats', 'lb_hash_stats'].map((name) =>
          options.filter((option) => option.name === name).map(({ value }) => octets(value)),
        )
        return { ports, hashes: [hashes?.[0x70], hashes?.[0x71], hashes?.[0x72]] }
      }
      const none = { ports: [0, 0], hashes: [0, 0, 0] }
      expect(await told()).toEqual(none)
      await ns.team.set('t0', { balancing: { statisticsInterval: 0.1 } })
      // What the kernel sends by itself counts for its ports, too.
      const atLeast = async (first: number, second: number, hashes: readonly number[]) => {
        const now = await told()
        expect(now.hashes).toEqual(hashes)
        expect(now.ports?.[0]).toBeGreaterThanOrEqual(first)
        expect(now.ports?.[1]).toBeGreaterThanOrEqual(second)
      }
      await eventually(() => atLeast(100, 200, [100, 200, 0]))
      // A tag does not count.
      await send(tap, { to: mac(0x72), number: 3, size: 300, tags: [[0x8100, 5]] })
      await eventually(() => atLeast(400, 200, [100, 200, 300]))
      await ns.team.set('t0', { balancing: { statisticsInterval: 0 } })
      await send(tap, { to: mac(0x70), number: 4, size: 100 })
      await seen(4)
      expect((await told()).hashes).toEqual([100, 200, 300])
    },
  )

  suite.test(
    'messages of LACP are left to the ports, for who listens there',
    [...needs, 'socket', 'capture'],
    async (context) => {
      const { ns, defer } = context
      const { far } = await balanced(context, {})
      const open = opener(defer)
      const [lacp, ours] = [0x8809, 0x88b5]
      const sender = await open(far, { kind: 'packet', link: 'p1' })
      const [atPort, atTeam, anywhere] = [
        await open(ns, { kind: 'packet', link: 'v1', protocol: lacp }),
        await open(ns, { kind: 'packet', link: 't0', protocol: lacp }),
        await open(ns, { kind: 'packet', protocol: lacp }),
      ]
      const lacpGroup = '01:80:c2:00:00:02'
      const frame = ethernet(lacpGroup, mac(9), lacp, new Uint8Array(46).fill(3))
      await sender.send(frame)
      const heard = await received(atPort)
      expect(heard).toMatchObject({ data: frame, link: present(await ns.link.get('v1')).index })
      await atPort.close()
      // The same to another group is for the team.
      await ns.link.set('t0', { master: null })
      const other = await open(ns, { kind: 'packet', link: 't0', protocol: ours })
      const slow = ethernet(everybody, mac(9), lacp, new Uint8Array(46))
      for (const one of [slow, ethernet(lacpGroup, mac(9), ours, new Uint8Array(46))]) await sender.send(one)
      expect(await received(other)).toMatchObject({ mac: mac(9), protocol: ours })
      expect((await received(atTeam)).data).toEqual(slow)
      expect((await received(anywhere)).data).toEqual(slow)
      for (const socket of [atTeam, anywhere]) expect(socket.take()).toBeUndefined()
    },
  )

  suite.test('programs that the kernel does not take', ['link team', 'team options'], async ({ ns }) => {
    await ns.link.add({ kind: 'team', name: 't0' })
    await ns.team.set('t0', { mode: 'loadbalance' })
    const set = (...hashProgram: readonly BpfInstruction[]) => ns.team.set('t0', { balancing: { hashProgram } })
    const refused: readonly (readonly BpfInstruction[])[] = [
      [loadA(2), give],
      [loadX(2), give],
      [octetAt(5), store(1), loadA(2), give],
      // One way leads past what writes the word.
      [octetAt(5), instruction(0x15, 7, 1, 0), store(2), loadA(2), give],
      [octetAt(5), store(16), give],
      [instruction(0x34, 0), give],
      [instruction(0x74, 32), give],
      [instruction(0x05, 1), give],
      [instruction(0x15, 0, 0, 1), give],
      [instruction(0x99, 0), give],
      [give, octetAt(5)],
    ]
    for (const program of refused) {
      const error = await failure(set(...program))
      expect(error).toMatchObject({ code: 'EINVAL', attribute: 'spec.balancing.hashProgram' })
      expect(error.hint).toContain('memory')
    }
    // Both ways write it; and what is passed over may read what nobody wrote.
    const both = [instruction(0x15, 7, 0, 2), store(2), instruction(0x05, 1), store(2), loadA(2), give]
    await set(octetAt(5), ...both)
    const over = [instruction(0x05, 1), loadA(9), give]
    await set(...over)
    expect((await ns.team.get('t0'))?.balancing?.hashProgram).toEqual(over)
  })
}

/** A team with the ports `v0` and `v1`, itself a port of `br0` like a TAP; the ports' other ends `p0` and `p1` are elsewhere, and listened to. */
async function balanced(context: Context, balancing: TeamBalancing) {
  const { ns, another, defer } = context
  const far = await another()
  await ns.link.add({ kind: 'team', name: 't0', mac: mac(0xb1) })
  await ns.team.set('t0', { mode: 'loadbalance' })
  for (const i of [0, 1]) {
    const peer = { name: `p${i}`, namespace: far.ref, mac: mac(0x20 + i), up: true }
    await ns.link.add({ kind: 'veth', name: `v${i}`, mac: mac(0x10 + i), peer })
    await ns.link.set(`v${i}`, { master: 't0' })
  }
  await ns.team.set('t0', { balancing: { method: 'hash', ...balancing } })
  await addBridge(ns)
  const tap = await addTap(ns, defer, 'tap1', 1)
  await ns.link.set('t0', { master: 'br0', up: true })
  await eventually(async () => expect((await ns.link.get('t0'))?.port?.state).toBe('forwarding'))
  return { tap, far, seen: await listenAt(far, defer, ['p0', 'p1']) }
}
