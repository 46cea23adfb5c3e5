/** Groups of UDP sockets (ip(7), ipv6(7); RFC 1112, RFC 4291 § 2.7): members, loops, hops, links. @module */
import { expect } from 'vitest'
import { fails, present } from './expectation.js'
import { octets, placeNeeds, received, socketPlace, textOf } from './socket-place.js'
import type { Suite } from './suite.js'

const versions = [
  ['udp4', '239.1.2.3', '10.0.0.1'],
  ['udp6', 'ff05::1:3', '2001:db8::1'],
] as const

/** Registers the tests. */
export function socketGroup(suite: Suite): void {
  suite.test('members hear what is sent to their group', placeNeeds, async (context) => {
    const { here, there, open } = await socketPlace(context)
    for (const [kind, group, near] of versions) {
      const [member, sender] = [await open(there, { kind }), await open(here, { kind, multicastLink: 'v0' })]
      member.bind({ port: 5300 })
      member.join(group, 'v1')
      const to = { address: group, port: 5300 }
      await sender.send(octets('1'), to)
      const heard = await received(member)
      expect(textOf(heard)).toBe('1')
      expect(heard).toMatchObject({ to: group, hops: 1, from: { address: near } })
      expect(heard.link).toBe(present(await there.link.get('v1')).index)
      member.leave(group, 'v1')
      await sender.send(octets('2'), to)
      member.join(group, 'v1')
      await sender.send(octets('3'), to)
      expect(textOf(await received(member))).toBe('3')
      await member.close()
    }
  })

  suite.test('members on the same host hear too, unless the sender does not want it', placeNeeds, async (context) => {
    const { here, open } = await socketPlace(context)
    const index = present(await here.link.get('v0')).index
    for (const [kind, group] of versions) {
      const [member, sender] = [await open(here, { kind }), await open(here, { kind, multicastLink: 'v0' })]
      member.bind({ port: 5300 })
      member.join(group, 'v0')
      const to = { address: group, port: 5300 }
      await sender.send(octets('1'), to)
      expect(await received(member)).toMatchObject({ to: group, link: index })
      sender.set({ multicastLoop: false })
      await sender.send(octets('2'), to)
      sender.set({ multicastLoop: true, multicastHops: 0 })
      await sender.send(octets('3'), to)
      const heard = await received(member)
      expect(textOf(heard)).toBe('3')
      expect(heard.hops).toBe(0)
      await member.close()
    }
  })

  suite.test('an address that is a group makes no member, and takes none away', placeNeeds, async (context) => {
    const { here, there, open } = await socketPlace(context)
    const group = { link: 'v1', address: '224.0.0.1/32' }
    await there.address.add(group)
    await there.address.delete(group)
    const [member, sender] = [
      await open(there, { kind: 'udp4' }),
      await open(here, { kind: 'udp4', multicastLink: 'v0' }),
    ]
    member.bind({ port: 5300 })
    await sender.send(octets('1'), { address: '224.0.0.1', port: 5300 })
    expect(textOf(await received(member))).toBe('1')
  })

  suite.test('what has no hops stays on its host', placeNeeds, async (context) => {
    const { here, there, open } = await socketPlace(context)
    for (const [kind, group] of versions) {
      const [member, sender] = [await open(there, { kind }), await open(here, { kind, multicastLink: 'v0' })]
      member.bind({ port: 5300 })
      member.join(group, 'v1')
      // Only where there is a member on the host itself the kernel looks at it.
      const own = await open(here, { kind })
      own.join(group, 'v0')
      sender.set({ multicastHops: 0 })
      await sender.send(octets('0'), { address: group, port: 5300 })
      sender.set({ multicastHops: 7 })
      await sender.send(octets('7'), { address: group, port: 5300 })
      const heard = await received(member)
      expect([textOf(heard), heard.hops]).toEqual(['7', 7])
      await member.close()
    }
  })

  suite.test('joining twice, leaving what was not joined, links that are not there', placeNeeds, async (context) => {
    const { here, open } = await socketPlace(context)
    for (const [kind, group] of versions) {
      const socket = await open(here, { kind })
      const code = (error: string) => expect.objectContaining({ code: error, subject: group })
      socket.join(group, 'v0')
      expect(() => socket.join(group, 'v0')).toThrow(code('EADDRINUSE'))
      socket.leave(group, 'v0')
      expect(() => socket.leave(group, 'v0')).toThrow(code('EADDRNOTAVAIL'))
      expect(() => socket.join(group, 'nowhere')).toThrow(code('ENODEV'))
      const index = present(await here.link.get('v0')).index
      socket.join(group, index)
      expect(() => socket.join(group, 'v0')).toThrow(code('EADDRINUSE'))
    }
    // No route leads to a group of IPv4 here.
    const socket = await open(here, { kind: 'udp4' })
    expect(() => socket.join('239.1.2.3')).toThrow(expect.objectContaining({ code: 'ENODEV' }))
    await fails(socket.send(octets('x'), { address: '239.1.2.3', port: 9 }), 'ENETUNREACH')
  })

  suite.test('the link listens as long as somebody is a member', placeNeeds, async (context) => {
    const { here, open } = await socketPlace(context)
    const listens = async (mac: string) => (await here.fdb.list({ link: 'v0' })).some((entry) => entry.mac === mac)
    for (const [kind, group, groupMac] of [
      ['udp4', '239.1.2.3', '01:00:5e:01:02:03'],
      ['udp6', 'ff05::1:3', '33:33:00:01:00:03'],
    ] as const) {
      const [a, b] = [await open(here, { kind }), await open(here, { kind })]
      a.join(group, 'v0')
      b.join(group, 'v0')
      expect(await listens(groupMac)).toBe(true)
      a.leave(group, 'v0')
      expect(await listens(groupMac)).toBe(true)
      await b.close()
      expect(await listens(groupMac)).toBe(false)
    }
  })
}
