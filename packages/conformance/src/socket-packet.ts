/** Packet sockets (packet(7)): frames of a link, from its header on. @module */
import { expect } from 'vitest'
import { fails, present } from './expectation.js'
import { ethernet, everybody, joined, u16, unknownMac } from './frame.js'
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
