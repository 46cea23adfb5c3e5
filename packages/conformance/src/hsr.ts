/** HSR and PRP links (`ip link add … type hsr slave1 … slave2 …`). @module */
import type { HsrOptions, Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, present } from './expectation.js'
import { macOctets, u16 } from './frame.js'
import { listen } from './listen.js'
import type { Suite } from './suite.js'
import { mac, namesOf } from './surroundings.js'

const needs = ['link hsr', 'link veth'] as const
const slaves = { slave1: 'v0', slave2: 'v1' } as const

/** Registers the tests of HSR and PRP links. */
export function hsr(suite: Suite): void {
  suite.test('made, read, listed, deleted: MAC and MTU of its links', needs, async ({ ns }) => {
    await addPairs(ns)
    const made = await ns.link.add({ kind: 'hsr', name: 'h0', hsr: slaves })
    const [v0, v1] = [present(await ns.link.get('v0')), present(await ns.link.get('v1'))]
    const state = { slave1: v0.index, slave2: v1.index, supervision: 0, supervisionAddress: '01:15:4e:00:01:00' }
    expect(made).toMatchObject({ kind: 'hsr', mac: mac(0x10), mtu: 1494, hsr: { ...state, protocol: 'hsr' } })
    expect(made.hsr?.sequenceNumber).toBeTypeOf('number')
    expect(v0).toMatchObject({ promiscuity: 1 })
    expect(await ns.link.list({ kind: 'hsr' })).toHaveLength(1)
    await ns.link.delete('h0')
    expect((await namesOf(ns)).sort()).toEqual(['p0', 'p1', 'v0', 'v1'])
    expect(await ns.link.get('v0')).toMatchObject({ promiscuity: 0 })
  })

  suite.test('supervision, version and protocol', needs, async ({ ns }) => {
    await addPairs(ns)
    const rows: [Partial<HsrOptions>, object][] = [
      [
        { supervision: 255, version: 1 },
        { supervision: 255, supervisionAddress: '01:15:4e:00:01:ff', protocol: 'hsr' },
      ],
      [
        { protocol: 'prp', supervision: 1 },
        { supervision: 1, protocol: 'prp' },
      ],
      [{ protocol: 'hsr', version: 0 }, { protocol: 'hsr' }],
    ]
    for (const [options, told] of rows) {
      const made = await ns.link.add({ kind: 'hsr', name: 'h0', hsr: { ...slaves, ...options } })
      expect(made.hsr).toMatchObject(told)
      await ns.link.delete('h0')
    }
  })

  suite.test('its MTU leaves room for the tag; its MAC is that of the first link', needs, async ({ ns }) => {
    await addPairs(ns)
    await ns.link.add({ kind: 'hsr', name: 'h0', hsr: slaves })
    await fails(ns.link.set('h0', { mtu: 1495 }), 'EINVAL')
    await ns.link.set('h0', { mtu: 1400 })
    await ns.link.set('v0', { mac: mac(0x77) })
    expect(await ns.link.get('h0')).toMatchObject({ mac: mac(0x77), mtu: 1400 })
  })

  suite.test('links that it cannot have, and nothing has changed', needs, async ({ ns }) => {
    await addPairs(ns)
    await ns.link.add({ kind: 'hsr', name: 'h0', hsr: slaves })
    const before = (await namesOf(ns)).sort()
    const tries: [HsrOptions, string][] = [
      [{ slave1: 'lo', slave2: 'p1' }, 'EINVAL'],
      [{ slave1: 'p0', slave2: 'lo' }, 'EINVAL'],
      [{ slave1: 'p0', slave2: 'h0' }, 'EINVAL'],
      [{ slave1: 'p0', slave2: 'v0' }, 'EINVAL'],
      [{ slave1: 'nope', slave2: 'p0' }, 'ENODEV'],
      [{ slave1: 'p0', slave2: 'nope' }, 'ENODEV'],
      [{ slave1: 'p0', slave2: 4711 }, 'EINVAL'],
    ]
    for (const [options, code] of tries) await fails(ns.link.add({ kind: 'hsr', name: 'h1', hsr: options }), code)
    expect((await namesOf(ns)).sort()).toEqual(before)
  })

  suite.test('gone with its last link', needs, async ({ ns }) => {
    await addPairs(ns)
    await ns.link.add({ kind: 'hsr', name: 'h0', hsr: slaves })
    await ns.link.delete('v0')
    const { hsr } = present(await ns.link.get('h0'))
    expect([hsr?.slave1, hsr?.slave2]).toEqual([undefined, present(await ns.link.get('v1')).index])
    await ns.link.delete('v1')
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test(
    'packets through a ring of two, also when one way is cut',
    ['packets hsr', ...needs],
    async ({ ns, another }) => {
      const far = await another()
      for (const i of [0, 1]) {
        await ns.link.add({ kind: 'veth', name: `v${i}`, up: true, peer: { name: `v${i}`, namespace: far, up: true } })
      }
      for (const [place, last] of [[ns, 1] as const, [far, 2] as const]) {
        await place.link.add({ kind: 'hsr', name: 'h0', up: true, hsr: { ...slaves, version: 1 } })
        await place.address.add({ link: 'h0', address: `10.0.0.${last}/24` })
      }
      const reached = () => eventually(() => ns.ping({ address: '10.0.0.2', timeout: 1 }))
      expect(await reached()).toMatchObject({ address: '10.0.0.2' })
      await ns.link.set('v0', { up: false })
      expect(await reached()).toMatchObject({ address: '10.0.0.2' })
    },
  )

  suite.test(
    'PRP: packets over two networks, also when one is cut',
    ['packets hsr', ...needs],
    async ({ ns, another }) => {
      const far = await another()
      for (const i of [0, 1]) {
        await ns.link.add({ kind: 'veth', name: `v${i}`, up: true, peer: { name: `v${i}`, namespace: far, up: true } })
      }
      for (const [place, last] of [[ns, 1] as const, [far, 2] as const]) {
        await place.link.add({ kind: 'hsr', name: 'h0', up: true, hsr: { ...slaves, protocol: 'prp' } })
        await place.address.add({ link: 'h0', address: `10.0.0.${last}/24` })
      }
      const reached = () => eventually(() => ns.ping({ address: '10.0.0.2', timeout: 1 }))
      expect(await reached()).toMatchObject({ address: '10.0.0.2' })
      await ns.link.set('v0', { up: false })
      expect(await reached()).toMatchObject({ address: '10.0.0.2' })
    },
  )

  const rows: readonly (readonly [title: string, options: Partial<HsrOptions>])[] = [
    ['HSR of version 0', {}],
    ['HSR of version 1', { version: 1 }],
    ['PRP', { protocol: 'prp' }],
  ]
  for (const [title, options] of rows) {
    suite.test(
      `${title}: two copies with one number, and supervision`,
      ['packets hsr', 'capture', ...needs],
      async (context) => {
        const { ns, another, defer } = context
        const far = await another()
        for (const i of [0, 1]) {
          const peer = { name: `p${i}`, namespace: far.ref, up: true }
          await ns.link.add({ kind: 'veth', name: `v${i}`, mac: mac(0x10 + i), up: true, peer })
        }
        const heard = await Promise.all(['p0', 'p1'].map((name) => listen(far, defer, name)))
        await ns.link.add({ kind: 'hsr', name: 'h0', up: true, hsr: { ...slaves, supervision: 7, ...options } })
        await ns.address.add({ link: 'h0', address: '10.0.0.1/24' })
        await ns.neighbour.add({ link: 'h0', address: '10.0.0.2', mac: mac(0x77) })
        await eventually(async () => {
          for (const name of ['h0', 'v0', 'v1']) expect((await ns.link.get(name))?.operationalState).toBe('up')
        })
        const isPrp = options.protocol === 'prp'
        const tagged = options.version === 1 ? 0x892f : 0x88fb
        const isEcho = (frame: Uint8Array) => frame[5] === 0x77 && u16(frame, isPrp ? 12 : 18) === 0x0800
        // The first request may fall into the moment in which the second way comes up; the last copies are of one request.
        const [first, second] = await eventually(async () => {
          await fails(ns.ping({ address: '10.0.0.2', timeout: 0.2 }), 'ETIMEDOUT')
          return heard.map(({ frames }) => present(frames.findLast(isEcho), 'a copy of the request'))
        })
        for (const [lane, frame] of [present(first), present(second)].entries()) {
          // Where the number and the size stand, and what tells the path or the LAN.
          const [number, size, mark] = isPrp ? [-6, -4, 0xa + lane] : [16, 14, lane]
          const at = (place: number) => u16(frame, place < 0 ? frame.length + place : place)
          expect(at(isPrp ? -2 : 12)).toBe(isPrp ? 0x88fb : tagged)
          expect(at(size)).toBe((mark << 12) | (frame.length - 14))
          expect(at(number)).toBe(u16(present(first), isPrp ? present(first).length - 6 : 16))
          expect(frame.subarray(6, 12)).toEqual(macOctets(mac(0x10 + lane)))
        }
        const supervision = await eventually(() =>
          heard.map(({ frames }) =>
            present(
              frames.find((frame) => frame[0] === 1 && frame[1] === 0x15),
              'supervision',
            ),
          ),
        )
        for (const frame of supervision) {
          expect(frame.subarray(0, 6)).toEqual(macOctets('01:15:4e:00:01:07'))
          const body = options.version === 1 ? 20 : 14
          expect(frame[body + 4]).toBe(isPrp ? 20 : options.version === 1 ? 23 : 22)
          expect(frame.subarray(body + 6, body + 12)).toEqual(macOctets(mac(0x10)))
        }
      },
    )
  }

  suite.test(
    'a ring of three: frames pass through the one between, once; also when it is cut',
    ['packets hsr', 'capture', ...needs],
    async (context) => {
      const { ns, another, defer } = context
      const nodes = [ns, await another(), await another()] as const
      for (const [i, node] of nodes.entries()) {
        const next = nodes[(i + 1) % 3] as (typeof nodes)[number]
        await node.link.add({ kind: 'veth', name: 'v1', up: true, peer: { name: 'v0', namespace: next.ref, up: true } })
      }
      for (const [i, node] of nodes.entries()) {
        await node.link.add({ kind: 'hsr', name: 'h0', up: true, hsr: { ...slaves, version: 1 } })
        await node.address.add({ link: 'h0', address: `10.0.0.${i + 1}/24` })
      }
      for (const last of [2, 3]) await eventually(() => ns.ping({ address: `10.0.0.${last}`, timeout: 1 }))
      const heard = await listen(nodes[2], defer, 'h0')
      const requests = (sequence: number) =>
        heard.frames.filter((frame) => u16(frame, 12) === 0x0800 && frame[34] === 8 && u16(frame, 40) === sequence)
      // Both ways of a node are known to be one when it has told so.
      let sequence = 1000
      await eventually(async () => {
        await ns.ping({ address: '10.0.0.3', sequence: ++sequence, timeout: 2 })
        expect(requests(sequence)).toHaveLength(1)
      })
      await ns.link.set('v0', { up: false })
      await eventually(() => ns.ping({ address: '10.0.0.3', sequence: 4712, timeout: 1 }))
      await eventually(() => expect(requests(4712).length).toBeGreaterThan(0))
    },
  )
}

/** Pairs `v0`–`p0` and `v1`–`p1`, with MACs 02:…:10 and 11 at the first ends. */
async function addPairs(ns: Namespace): Promise<void> {
  for (const i of [0, 1])
    await ns.link.add({ kind: 'veth', name: `v${i}`, mac: mac(0x10 + i), peer: { name: `p${i}` } })
}
