/** Packet sockets (packet(7)): frames of a link, from its header on. @module */
import type { LinkSpec } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually, fails, present } from './expectation.js'
import { ethernet, everybody, ipv4, joined, macOctets, u16, unknownMac } from './frame.js'
import { octets, opener, placeNeeds, received, socketPlace } from './socket-place.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

/** An EtherType for tests (IEEE 802, local experimental). */
const OURS = 0x88b5

/** Registers the tests. */
export function socketPacket(suite: Suite): void {
  const needs = [...placeNeeds, 'capture'] as const

  suite.test('frames go out of a link, and come in with what the kernel knows of them', needs, async (context) => {
    const { here, there, open } = await socketPlace(context)
    const [sender, receiver] = [
      await open(here, { kind: 'packet', protocol: OURS, link: 'v0' }),
      await open(there, { kind: 'packet', protocol: OURS, link: 'v1' }),
    ]
    const link = present(await there.link.get('v1')).index
    for (const [to, packetType] of [
      [mac(2), 'host'],
      [everybody, 'broadcast'],
      ['01:00:5e:00:00:09', 'multicast'],
      [mac(9), 'other-host'],
    ] as const) {
      const frame = ethernet(to, mac(1), OURS, octets('some octets'))
      await sender.send(frame)
      const heard = await received(receiver)
      expect(heard).toEqual({ data: frame, link, packetType, protocol: OURS, mac: mac(1) })
    }
  })

  suite.test('all protocols of all links, also what leaves; not what it sends itself', needs, async (context) => {
    const { here, open } = await socketPlace(context)
    const [all, own] = [await open(here, { kind: 'packet' }), await open(here, { kind: 'packet', protocol: OURS })]
    await own.send(ethernet(mac(2), mac(1), OURS, octets('x')), { link: 'v0' })
    let heard = await received(all)
    while (heard.protocol !== OURS) heard = await received(all)
    expect(heard).toMatchObject({ packetType: 'outgoing', link: present(await here.link.get('v0')).index })
    expect(own.take()).toBeUndefined()
  })

  suite.test('a VLAN tag is where it was; who wants one protocol has the frame without it', needs, async (context) => {
    const { here, there, open } = await socketPlace(context)
    const [sender, all, one] = [
      await open(here, { kind: 'packet', link: 'v0' }),
      await open(there, { kind: 'packet', link: 'v1' }),
      await open(there, { kind: 'packet', link: 'v1', protocol: OURS }),
    ]
    const tagged = ethernet(mac(2), mac(1), 0x8100, joined(Uint8Array.of(0, 9, OURS >> 8, OURS & 255), octets('in')))
    await sender.send(tagged)
    let heard = await received(all)
    while (heard.protocol !== OURS) heard = await received(all)
    expect([...heard.data]).toEqual([...tagged])
    expect([u16(heard.data, 12), heard.packetType]).toEqual([0x8100, 'host'])
    // Of a VLAN that nobody here has it is for others.
    const plain = await received(one)
    expect([...plain.data]).toEqual([...ethernet(mac(2), mac(1), OURS, octets('in'))])
    expect(plain.packetType).toBe('other-host')
  })

  for (const kind of ['vlan', 'macvlan', 'ipvlan', 'bond', 'team'] as const) {
    suite.test(
      `who asked for a link has also what a ${kind} takes from it`,
      [...needs, `link ${kind}`],
      async (context) => {
        const { here, there, open } = await aboveCable(context, kind)
        const above = present(await there.link.get('u0'))
        const [below, everywhere, all] = [
          await open(there, { kind: 'packet', link: 'v1', protocol: 0x0800 }),
          await open(there, { kind: 'packet', protocol: 0x0800 }),
          await open(there, { kind: 'packet', link: 'v1' }),
        ]
        const sender = await open(here, { kind: 'packet', link: 'v0' })
        const packet = ipv4('10.4.0.1', '10.4.0.2', 200, octets('a packet'))
        const tag = kind === 'vlan' ? Uint8Array.of(0x81, 0, 0, 9) : new Uint8Array()
        const to = macOctets(present((kind === 'macvlan' ? above : await there.link.get('v1'))?.mac))
        const head = joined(to, macOctets(mac(1)))
        const type = Uint8Array.of(8, 0)
        await sender.send(joined(head, tag, type, packet))
        // Once, from the link that has it in the end.
        const wanted = { data: joined(head, type, packet), link: above.index, packetType: 'host', protocol: 0x0800 }
        for (const socket of [below, everywhere]) {
          expect(await received(socket)).toMatchObject(wanted)
          expect(socket.take()).toBeUndefined()
        }
        // Who asked for all has it where it came in, as it was there.
        let heard = await received(all)
        while (heard.protocol !== 0x0800) heard = await received(all)
        expect(heard).toMatchObject({
          data: joined(head, tag, type, packet),
          link: present(await there.link.get('v1')).index,
        })
      },
    )
  }

  suite.test(
    'who asked for a port of a bridge has nothing of what that takes',
    [...needs, 'link bridge'],
    async (context) => {
      const { here, there, open } = await aboveCable(context, 'bridge')
      const below = await open(there, { kind: 'packet', link: 'v1', protocol: OURS })
      const above = await open(there, { kind: 'packet', link: 'u0', protocol: OURS })
      const sender = await open(here, { kind: 'packet', link: 'v0' })
      await sender.send(ethernet(everybody, mac(1), OURS, octets('x')))
      await received(above)
      expect(below.take()).toBeUndefined()
    },
  )

  suite.test(
    'what UDP makes of a datagram: not to be cut where it fits, cut where it does not',
    needs,
    async (context) => {
      const { here, there, open } = await socketPlace(context)
      const frames = await open(there, { kind: 'packet', link: 'v1', protocol: 0x0800 })
      const socket = await open(here, { kind: 'udp4', hops: 77 })
      socket.bind({ port: 5300 })
      const packets = async (count: number) => {
        const found: Uint8Array[] = []
        while (found.length < count) {
          const { data } = await received(frames)
          if (data[23] === 17) found.push(data)
        }
        return found
      }
      await socket.send(octets('datagram'), { address: '10.0.0.2', port: 5400 })
      const [small] = await packets(1)
      if (small === undefined) throw new Error('no frame')
      expect([small[22], u16(small, 20), u16(small, 16), u16(small, 38)]).toEqual([77, 0x4000, 36, 16])
      expect([u16(small, 34), u16(small, 36), small.length]).toEqual([5300, 5400, 50])
      await socket.send(new Uint8Array(3000), { address: '10.0.0.2', port: 5400 })
      const parts = await packets(3)
      expect(parts.map((part) => u16(part, 20))).toEqual([0x2000, 0x2000 + 185, 370])
      expect(new Set(parts.map((part) => u16(part, 18))).size).toBe(1)
    },
  )

  suite.test('what cannot be sent', needs, async (context) => {
    const { here, open } = await socketPlace(context)
    const socket = await open(here, { kind: 'packet', link: 'v0' })
    await fails(socket.send(new Uint8Array(13)), 'EINVAL')
    await fails(socket.send(ethernet(mac(2), mac(1), OURS, new Uint8Array(1501))), 'EMSGSIZE')
    await fails(socket.send(new Uint8Array(60), { link: 9999 }), 'ENXIO')
    await fails(socket.send(new Uint8Array(60), { link: 'nowhere' }), 'ENODEV')
    const nowhere = await open(here, { kind: 'packet' })
    await fails(nowhere.send(new Uint8Array(60)), 'ENXIO')
    await fails(open(here, { kind: 'packet', link: 'nowhere' }), 'ENODEV')
    await fails(open(here, { kind: 'packet', link: 9999 }), ['ENODEV'])
    await here.link.set('v0', { up: false })
    const down = await open(here, { kind: 'packet', protocol: OURS })
    await fails(down.send(ethernet(mac(2), mac(1), OURS, octets('x')), { link: 'v0' }), 'ENETDOWN')
  })

  suite.test('a frame longer than 64 KiB, where the link takes it', ['packets', 'socket'], async ({ ns, defer }) => {
    await ns.link.set('lo', { mtu: 80_000, up: true })
    const open = opener(defer)
    const [sender, receiver] = [
      await open(ns, { kind: 'packet', link: 'lo', protocol: OURS }),
      await open(ns, { kind: 'packet', link: 'lo', protocol: OURS, receiveBuffer: 200_000 }),
    ]
    // Linux before 6.6 has 17 pages for what is behind the header.
    const frame = ethernet(unknownMac, unknownMac, OURS, new Uint8Array(17 * 4096))
    frame.set([1, 2, 3], frame.length - 3)
    await sender.send(frame)
    const { data } = await received(receiver)
    expect(data.length).toBe(frame.length)
    expect([...data.subarray(-3)]).toEqual([1, 2, 3])
    await fails(sender.send(ethernet(unknownMac, unknownMac, OURS, new Uint8Array(80_001))), 'EMSGSIZE')
  })

  suite.test('a link that goes down is told once, and heard again when it is up', needs, async (context) => {
    const { here, there, open } = await socketPlace(context)
    const [sender, receiver] = [
      await open(here, { kind: 'packet', link: 'v0', protocol: OURS }),
      await open(there, { kind: 'packet', link: 'v1', protocol: OURS }),
    ]
    await there.link.set('v1', { up: false })
    await fails(received(receiver), 'ENETDOWN')
    expect(receiver.take()).toBeUndefined()
    await there.link.set('v1', { up: true })
    const late = await opener(context.defer)(there, { kind: 'packet', link: 'v1', protocol: OURS })
    await sender.send(ethernet(mac(2), mac(1), OURS, octets('x')))
    expect(await received(receiver)).toMatchObject({ packetType: 'host' })
    expect(await received(late)).toMatchObject({ packetType: 'host' })
    expect(() => receiver.bind({})).toThrow(RangeError)
    await receiver.close()
  })
}

/** A cable from `v0` to the `v1` of another namespace, and there a link `u0` that takes the frames of `v1`. */
async function aboveCable(
  { ns: here, another, defer }: Context,
  kind: 'bridge' | 'bond' | 'team' | 'vlan' | 'macvlan' | 'ipvlan',
) {
  const there = await another()
  const isMaster = kind === 'bridge' || kind === 'bond' || kind === 'team'
  const peer = { name: 'v1', mac: mac(2), up: !isMaster, namespace: there }
  await here.link.add({ kind: 'veth', name: 'v0', mac: mac(1), up: true, peer })
  if (isMaster) {
    await there.link.add({ kind, name: 'u0', up: true })
    await there.link.set('v1', { master: 'u0' })
    await there.link.set('v1', { up: true })
  } else {
    const options = kind === 'vlan' ? { vlan: { id: 9 } } : {}
    await there.link.add({ kind, name: 'u0', parent: 'v1', up: true, ...options } as LinkSpec)
  }
  await there.address.add({ link: 'u0', address: '10.4.0.2/24' })
  await eventually(async () => expect((await there.link.get('u0'))?.operationalState).toMatch(/up|unknown/))
  if (kind === 'bridge')
    await eventually(async () => expect((await there.link.get('v1'))?.port?.state).toBe('forwarding'))
  return { here, there, open: opener(defer) }
}
